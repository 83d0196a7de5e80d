"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import json
import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict

from crisis_turns.commands import app
from crisis_turns.config import PathText, validated
from crisis_turns.data.chat_files import read_input
from crisis_turns.deploy.line_stream import follow
from crisis_turns.errors import InputError
from crisis_turns.files import write_text
from crisis_turns.predictions.format import prediction_lines
from crisis_turns.runs.load import load_run


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
    run = load_run(config.run, thresholds=config.thresholds)
    said = (line for d in run.decide(dialogues) for line in prediction_lines(d, run.tags, with_gold=False))
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in said)
    if config.output:
        write_text(Path(config.output), "".join(lines))
    else:
        sys.stdout.writelines(lines)


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line."""
    run = load_run(config.run, thresholds=config.thresholds)
    follow(run.stream, sys.stdin.buffer, sys.stdout)
