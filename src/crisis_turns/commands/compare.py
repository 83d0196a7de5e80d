"""Several finished runs beside each other: ``python -m src.compare runs='outputs/heads/*' baseline=independent``."""

from pathlib import Path

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt

from crisis_turns.commands import app
from crisis_turns.comparison.schema import Comparison
from crisis_turns.config import Split, validated

Setting = str | bool | int | float | None


class CompareConfig(BaseModel):
    """The keys of ``conf/compare.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    runs: str | tuple[str, ...]
    baseline: Setting | tuple[Setting, ...]
    split: Split | None
    out: str | None
    bootstrap: PositiveInt
    quiet: bool = False


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
        out=Path(config.out) if config.out else None,
        resamples=config.bootstrap,
        quiet=config.quiet,
    )
