"""Score a run, or any system's predictions: ``python -m src.evaluate run=DIR`` or ``predictions=FILE data=NAME
split=test``.
"""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from src import cli
from src.config import DataConfig, Split, first_mistake
from src.errors import InputError


class EvaluateConfig(BaseModel):
    """The keys of ``conf/evaluate.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str | None
    predictions: str | None
    data: DataConfig | None = None
    split: Split
    run_dir: str | None
    bootstrap: PositiveInt
    token_budget: PositiveInt


@hydra.main(version_base="1.3", config_path="../conf", config_name="evaluate")
@cli.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    try:
        config = EvaluateConfig.model_validate(cli.values(values))
    except ValidationError as error:
        raise InputError(first_mistake(error)) from None
    if (config.run is None) == (config.predictions is None):
        raise InputError("give either run=DIR or predictions=FILE")
    evaluate(config)


def evaluate(config: EvaluateConfig) -> dict[str, Any]:
    """Score, write ``metrics-<split>.json`` (and a run's predictions), print the tables; returns the metrics."""
    from src.files import write_json
    from src.run_folder import RunFolder
    from src.summary import print_scores

    record, default_folder = _score_run(config) if config.run else _score_file(config)
    folder = RunFolder(Path(config.run_dir) if config.run_dir else default_folder)
    write_json(folder.metrics(config.split), record)
    print_scores(record)
    print(f"metrics: {folder.metrics(config.split)}")
    return record


def _score_run(config: EvaluateConfig) -> tuple[dict[str, Any], Path]:
    from src.data.corpus import read_split
    from src.predictions import write_predictions
    from src.run_folder import RunFolder, load_config, load_policy, load_tagger
    from src.scored import metrics_record

    folder = RunFolder(Path(str(config.run)))
    trained = load_config(folder)
    data = config.data or trained.data
    if data.tag_set != trained.data.tag_set:
        raise InputError(f"run={folder.path} was trained on other tags than those of data={data.name}")
    tagger = load_tagger(folder, trained, token_budget=config.token_budget)
    policy = load_policy(folder, data.tag_set)
    corpus = read_split(data, config.split)
    decided = policy.apply(tagger.tag(list(corpus.dialogues)))
    target = RunFolder(Path(config.run_dir)) if config.run_dir else folder
    if data.name != trained.data.name and not config.run_dir:
        raise InputError(f"data={data.name} is not the run's corpus: name a folder for its scores with run_dir=DIR")
    write_predictions(target.predictions(config.split), decided, data.tag_set)
    return metrics_record(corpus, decided, resamples=config.bootstrap, policy=policy), folder.path


def _score_file(config: EvaluateConfig) -> tuple[dict[str, Any], Path]:
    from src.data.corpus import read_split
    from src.predictions import read_predictions
    from src.scored import metrics_record

    if config.data is None:
        raise InputError("predictions=FILE needs the corpus that it tags: give data=mini, data=cradle, …")
    path = Path(str(config.predictions))
    corpus = read_split(config.data, config.split)
    tagged = read_predictions(path, corpus.dialogues, corpus.tags)
    return metrics_record(corpus, tagged, resamples=config.bootstrap), path.parent


if __name__ == "__main__":
    cli.start(main)
