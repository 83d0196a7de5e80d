"""Several finished runs beside each other: ``python -m src.compare runs='outputs/heads/*' baseline=independent``."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt

from crisis_turns.commands import app
from crisis_turns.config import PathText, Split, validated

Setting = str | bool | int | float | None


class CompareConfig(BaseModel):
    """The keys of ``conf/compare.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    runs: PathText | tuple[PathText, ...]
    """A pattern of run folders, or a list of patterns."""
    baseline: Setting | tuple[Setting, ...]
    """The system that the others are tested against, by one or several of its settings."""
    split: Split | None
    """The runs scored on it; ``null``: test where every run was, otherwise validation."""
    out: PathText | None
    """Folder to write; ``null``: comparison-<split> beside the run folders."""
    bootstrap: PositiveInt
    """Resamples behind each interval and p value."""
    quiet: bool = False
    """Print no tables."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="compare")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    compare(validated(CompareConfig, app.values(values)))


def compare(config: CompareConfig) -> dict[str, Any]:
    """Write ``comparison.json``, ``.csv`` and ``.md`` and the pictures, print the tables; returns the record, whose
    keys ``comparison/record.py`` explains.
    """
    from crisis_turns.comparison.figures import draw_figures
    from crisis_turns.comparison.page import markdown, print_comparison
    from crisis_turns.comparison.record import comparison_record
    from crisis_turns.comparison.runs import find_runs, read_runs, scored_on
    from crisis_turns.comparison.sheet import as_csv
    from crisis_turns.comparison.systems import chosen_baseline, grouped
    from crisis_turns.files import write_atomic, write_json, write_text

    found = find_runs((config.runs,) if isinstance(config.runs, str) else config.runs)
    split, folders = scored_on(found, config.split)
    if len(folders) < len(found) and not config.quiet:
        print(f"{len(folders)} of {len(found)} runs were scored on {split}; the others are left out")
    systems = grouped(read_runs(folders, split))
    baseline = None
    if config.baseline is not None:
        baseline = chosen_baseline(
            systems, config.baseline if isinstance(config.baseline, tuple) else [config.baseline]
        )
    record = comparison_record(systems, split, baseline=baseline, resamples=config.bootstrap)
    out = Path(config.out) if config.out else folders[0].path.parent / f"comparison-{split}"
    write_json(out / "comparison.json", record)
    write_text(out / "comparison.csv", as_csv(record))
    pictures = draw_figures(record, lambda name, write: write_atomic(out / name, write))
    write_text(out / "comparison.md", markdown(record, pictures))
    if not config.quiet:
        print_comparison(record)
        print(f"tables and figures: {out}")
    return record
