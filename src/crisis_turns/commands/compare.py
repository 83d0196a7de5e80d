"""Several finished runs beside each other: ``python -m src.compare runs='outputs/heads/*' baseline=independent``."""

from pathlib import Path

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt

from crisis_turns.commands import app
from crisis_turns.comparison.comparison_file import Comparison
from crisis_turns.config import PathText, Split, validated

Setting = str | bool | int | float | None


class CompareConfig(BaseModel):
    """The keys of ``conf/compare.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    runs: PathText | tuple[PathText, ...]
    """A pattern of run folders, or a list of patterns; ``pretrained`` is the tagger in the package."""
    baseline: Setting | tuple[Setting, ...]
    """The system that the others are tested against, by one or several of its settings."""
    split: Split | None
    """The runs scored on it; ``null``: test where every run was, otherwise validation."""
    together: bool = False
    """One more system for each that has several seeds: all of them together, with thresholds of their own."""
    out: PathText | None
    """Folder to write; ``null``: comparison-<split> beside the run folders."""
    figures: tuple[str, ...] | str | None = None
    """Dotted keys of numbers in the metrics files, shown as means over seeds; ``null``: the main ones of ``deployment``
    and ``early_risk``.
    """
    bootstrap: PositiveInt
    """Resamples behind each interval and p value."""
    quiet: bool = False
    """Print no tables."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="compare")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    compare(validated(CompareConfig, app.values(values)))


def compare(config: CompareConfig) -> Comparison:
    """Write ``comparison.json``, ``comparison.md`` and the plots, print the tables; returns the first."""
    from crisis_turns.comparison.comparison import compare_runs

    return compare_runs(
        (config.runs,) if isinstance(config.runs, str) else config.runs,
        baseline=config.baseline if isinstance(config.baseline, tuple | None) else (config.baseline,),
        split=config.split,
        together=config.together,
        out=Path(config.out) if config.out else None,
        figures=(config.figures,) if isinstance(config.figures, str) else config.figures,
        resamples=config.bootstrap,
        quiet=config.quiet,
    )
