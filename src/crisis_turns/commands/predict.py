"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, PositiveInt

from crisis_turns.commands import app
from crisis_turns.config import PathText, validated
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError

if TYPE_CHECKING:
    from crisis_turns.decision.policy import Policy
    from crisis_turns.runs.weights import Tagger
    from crisis_turns.tags import TagSet


class PredictConfig(BaseModel):
    """The keys of ``conf/predict.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    run: PathText
    """A run folder, or a folder that ``export`` has written."""
    input: PathText
    """Release CSV, Parquet, JSON or JSONL, a transcript of "User:" and "Listener:" lines, or ``-``: standard input."""
    output: PathText | None
    """JSON Lines to write; ``null``: standard output."""
    thresholds: PathText | None = None
    """A thresholds file, in place of the run's own."""
    follow: bool = False
    """Answer standard input line by line, as a conversation goes on."""
    token_budget: PositiveInt
    """Word pieces, padding included, in one pass through the turn encoder."""


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
    from crisis_turns.predictions.jsonl import records

    if is_exported(Path(config.run)):
        exported = load_exported(Path(config.run), thresholds=config.thresholds)
        tags, decided = exported.tags, exported.tag(dialogues)
    else:
        tagger, policy, tags = _load_run(config)
        decided = policy.apply(tagger.tag(list(dialogues)))
    lines = [json.dumps(r, ensure_ascii=False) + "\n" for d in decided for r in records(d, tags, with_gold=False)]
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
    from crisis_turns.runs.folder import RunFolder, load_config, load_policy
    from crisis_turns.runs.weights import load_tagger

    folder = RunFolder(Path(config.run))
    trained = load_config(folder)
    tags = trained.data.tag_set
    policy = load_policy(folder, tags, config.thresholds)
    return load_tagger(folder, trained, token_budget=config.token_budget), policy, tags


def read_input(name: str) -> Sequence[Dialogue]:
    """Dialogues from a file (by its suffix) or from standard input (by its first line).

    Raises:
        InputError: for an empty input, or one that is neither a release format nor a transcript.
    """
    from crisis_turns.data.release import build_dialogues
    from crisis_turns.data.table import SUFFIXES, read_rows, rows_from_csv, rows_from_json_lines
    from crisis_turns.data.transcript import read_transcript
    from crisis_turns.files import decode_utf8, read_text

    path = Path(name)
    if name == "-":
        text, source, split = decode_utf8(sys.stdin.buffer.read(), "standard input"), "standard input", "input"
    else:
        split, source = path.stem, str(path)
        if path.suffix.lower() in (*SUFFIXES, ".ndjson"):
            rows = read_rows(path, labelled=False)
            if not rows:
                raise InputError(f"{source}: expected dialogues, found no row")
            return build_dialogues(rows, split=split, tags=None)[0]
        text = read_text(path)
    first = text.lstrip()[:1000].split("\n", 1)[0]
    if first.startswith("{"):
        return build_dialogues(rows_from_json_lines(text, source, labelled=False), split=split, tags=None)[0]
    if "turn_id" in first and "text" in first and "," in first:
        return build_dialogues(rows_from_csv(text, source, labelled=False), split=split, tags=None)[0]
    return [read_transcript(text, source=source, split=split)]
