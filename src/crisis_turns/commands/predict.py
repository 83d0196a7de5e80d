"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt

from crisis_turns.commands import app
from crisis_turns.config import validated
from crisis_turns.data.conversations import read_input
from crisis_turns.errors import InputError

if TYPE_CHECKING:
    from crisis_turns.decision.policy import Policy
    from crisis_turns.runs.weights import Tagger
    from crisis_turns.tags import TagSet


class PredictConfig(BaseModel):
    """The keys of ``conf/predict.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str
    input: str
    output: str | None
    thresholds: str | None = None
    follow: bool = False
    token_budget: PositiveInt


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="predict")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(PredictConfig, app.values(values))
    if config.follow and (config.input != "-" or config.output):
        raise InputError("follow=true answers standard input on standard output: give input=- and no output=FILE")
    answer_lines(config) if config.follow else predict(config)


def predict(config: PredictConfig) -> None:
    """Tag the input's dialogues and write one JSON object per user turn."""
    dialogues = read_input(config.input)  # first: a mistake in the input is told before weights are loaded

    from crisis_turns.deploy.load import is_exported, load_exported
    from crisis_turns.files import write_text
    from crisis_turns.predictions.jsonl import prediction_lines

    if is_exported(Path(config.run)):
        exported = load_exported(Path(config.run), thresholds=config.thresholds)
        tags, decided = exported.tags, exported.tag(dialogues)
    else:
        tagger, policy, tags = _load_run(config)
        decided = policy.apply(tagger.tag(list(dialogues)))
    said = [line for dialogue in decided for line in prediction_lines(dialogue, tags, with_gold=False)]
    lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in said]
    if config.output:
        write_text(Path(config.output), "".join(lines))
    else:
        sys.stdout.writelines(lines)


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line, with an exported folder or with a run."""
    from crisis_turns.deploy.lines import follow
    from crisis_turns.deploy.load import is_exported, load_exported
    from crisis_turns.deploy.torch_runtime import streamable, streaming_tagger

    if is_exported(Path(config.run)):
        runtime = load_exported(Path(config.run), thresholds=config.thresholds).runtime
    else:
        tagger, policy, _ = _load_run(config)
        runtime = streaming_tagger(streamable(tagger), policy)
    follow(runtime, sys.stdin.buffer, sys.stdout)


def _load_run(config: PredictConfig) -> "tuple[Tagger, Policy, TagSet]":
    from crisis_turns.decision.thresholds_file import read_thresholds
    from crisis_turns.runs.folder import RunFolder, load_config
    from crisis_turns.runs.weights import load_tagger

    folder = RunFolder(Path(config.run))
    trained = load_config(folder)
    tags = trained.data.tag_set
    policy = read_thresholds(Path(config.thresholds or folder.thresholds), tags)
    return load_tagger(folder, trained, token_budget=config.token_budget), policy, tags
