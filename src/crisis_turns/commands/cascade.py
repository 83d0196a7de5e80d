"""Ask a large system only where a small one is unsure: ``python -m src.cascade small=RUN_OR_FILE large=FILE``."""

from pathlib import Path
from typing import Annotated, Literal

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from crisis_turns.cascade.cascade import Both, Chosen, Settings, cascade, chosen_rule, given_rule
from crisis_turns.cascade.cascade_file import CascadeRecord
from crisis_turns.cascade.systems import SmallFile, SmallRun, large_system, small_system
from crisis_turns.commands import app
from crisis_turns.commands.live_cascade import LiveConfig, answer_lines
from crisis_turns.commands.run_data import with_run_data
from crisis_turns.config import DataConfig, PathText, Split, validated
from crisis_turns.data.corpus import log_oddities, read_split
from crisis_turns.data.split_files import has_dev
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable
from crisis_turns.log import logged_to
from crisis_turns.predictions.format import write_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.pretrained import run_path


class CascadeConfig(BaseModel):
    """The keys of ``conf/cascade.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    small: PathText
    """Folder of a trained run, or predictions with probabilities: a file, or a folder of predictions-<split>.jsonl."""
    large: PathText
    """Predictions of the system that costs more: a file, or a folder of predictions-<split>.jsonl."""
    data: DataConfig | None = None
    """The corpus; ``null``: the run's own. ``data.path`` alone: where the run's own lies now."""
    split: Split
    """Which part of the corpus the curve is drawn on."""
    tune_on: Split | None
    """Which part the rule and the turns to ask about are chosen on; ``null``: dev where there is one, otherwise
    validation.
    """
    tune_small: PathText | None
    """The small system's predictions of that part, where ``small`` is a file of another."""
    tune_large: PathText | None
    """The large system's, where ``large`` is a file."""
    rule: Literal["near", "high", "entropy", "silent"] | None
    """What says where the small system is unsure: a tag near its threshold, a tag high above it, the entropy of what
    begins now, or a tag that is believed to have begun and was never given. ``null``: the one that serves best on
    ``tune_on``; a rule that is given needs nothing of ``tune_on``.
    """
    share: Annotated[float, Field(gt=0, le=1)]
    """Largest share of the user turns that may be asked about."""
    price: NonNegativeFloat | None
    """Of one turn that is asked about, in any currency."""
    thresholds: PathText | None
    """A thresholds file, in place of a small run's own, or of the tags of a small file."""
    once: bool
    """Whether each tag is given at most once per dialogue, after both systems' tags are merged."""
    steps: PositiveInt
    """Steps of the curve from never to always."""
    run_dir: PathText
    """Folder to write."""
    seed: NonNegativeInt
    """Of the turns that are drawn by lot, for comparison."""
    bootstrap: PositiveInt
    """Resamples of the dialogues behind each interval."""
    follow: bool = False
    """Answer standard input line by line, as ``predict`` does, with the language model of ``large=FOLDER``."""
    cascade: LiveConfig
    """Of ``follow=true``."""
    quiet: bool = False
    """Print no tables."""

    @property
    def settings(self) -> Settings:
        return Settings(self.share, self.price, self.once, self.steps, self.bootstrap, self.seed)


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="cascade")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(CascadeConfig, with_run_data(app.values(values), "small"))
    with logged_to(quiet=config.quiet):
        if not config.follow:
            draw(config)
            return
        record = _path(config.cascade.record) or Path(config.run_dir) / f"cascade-{config.split}.json"
        answer_lines(
            config.cascade, run_path(config.small), Path(config.large), record, config.data, _path(config.thresholds)
        )


def draw(config: CascadeConfig) -> CascadeRecord:
    """Write the record, its tables and picture and the cascade's predictions, print the tables; returns the first."""
    from crisis_turns.cascade.output import print_cascade, write_cascade  # matplotlib

    folder = RunFolder(Path(config.run_dir))
    check_writable(folder.predictions(config.split), "run_dir")
    small = small_system(run_path(config.small), _path(config.thresholds), config.data)
    data = config.data or small.data
    assert data is not None
    if data.exclusive:
        raise InputError(f"data={data.name} has exclusive classes, which do not begin: a cascade is for tags that do")
    both = _both(config, small, data, config.split)
    chosen = _chosen(config, small, data, both)
    record, decided = cascade(both, chosen, config.settings, small=_name(config.small), large=_name(config.large))
    write_cascade(record, folder.path)
    write_predictions(folder.predictions(config.split), decided, data.tag_set)
    if not config.quiet:
        print_cascade(record)
        print(f"tables and figures: {folder.path}")
    return record


def _chosen(config: CascadeConfig, small: SmallRun | SmallFile, data: DataConfig, both: Both) -> Chosen:
    if config.rule:
        if config.tune_on or config.tune_small or config.tune_large:
            raise InputError(f"rule={config.rule} is given, not chosen: leave out tune_on, tune_small and tune_large")
        return given_rule(config.rule, small.policy, both.small)
    split = config.tune_on or ("dev" if has_dev(data) else "validation")
    if split == config.split:
        raise InputError(f"split={split}: the rule is chosen on it; give another tune_on=…, or rule=…")
    for key in ("small", "large"):
        if Path(getattr(config, key)).is_file() and not getattr(config, f"tune_{key}"):
            raise InputError(
                f"{key}={getattr(config, key)} is of one split: give tune_{key}=FILE of {split}, on which the rule is "
                "chosen, or choose none: rule=…"
            )
    tuning = _both(config, small, data, split, _path(config.tune_small), _path(config.tune_large))
    return chosen_rule(tuning, small.policy, config.settings)


def _both(
    config: CascadeConfig, small: SmallRun | SmallFile, data: DataConfig, split: Split,
    small_file: Path | None = None, large_file: Path | None = None,
) -> Both:  # fmt: skip
    corpus = read_split(data, split)
    log_oddities(corpus)
    large = large_system(Path(config.large), corpus, large_file)  # first: what is missing there is told at once
    return Both(corpus, small.on(corpus, small_file), large)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _name(text: str) -> str:
    path = Path(text)
    return path.stem if path.is_file() else path.resolve().name
