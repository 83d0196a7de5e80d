"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import logging
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import hydra
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict

from crisis_turns.commands import app
from crisis_turns.commands.terminal import speak_utf8
from crisis_turns.config import PathText, validated
from crisis_turns.data.chat_files import read_input
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.deploy.line_stream import follow, lines_of
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable, write_text
from crisis_turns.log import logged_to
from crisis_turns.predictions.format import json_line, prediction_lines
from crisis_turns.runs.load import Run, load_run

log = logging.getLogger(__name__)


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
    speak_utf8()
    with logged_to():
        answer_lines(config) if config.follow else predict(config)


def predict(config: PredictConfig) -> None:
    """Tag the input's dialogues and write one JSON object per user turn."""
    # first: a mistake in input and output is told before weights are loaded
    output = Path(config.output) if config.output else None
    if output is not None:
        if config.input != "-" and output.resolve() == Path(config.input).resolve():
            raise InputError(f"output={output}: is the input, which would be lost; name another file")
        check_writable(output, "output")
    dialogues = read_input(config.input)
    run = load_run(config.run, thresholds=config.thresholds)
    if output is None:
        sys.stdout.writelines(answers(run, dialogues))
    else:
        text = "".join(answers(run, dialogues))
        try:
            write_text(output, text)
        except OSError as error:
            app.fail(f"output={output}: cannot be written ({error.strerror})", status=1)


def answers(run: Run, dialogues: Sequence[Dialogue]) -> Iterator[str]:
    """The lines to write; once per dialogue standard error tells where the model cannot read it."""
    for dialogue, decided in zip(dialogues, run.decide(dialogues), strict=True):
        for turn in islice(run.unread(dialogue), 1):
            log.warning("%s", turn.told)
        yield from map(json_line, prediction_lines(decided, run.tags, with_gold=False))


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line."""
    run = load_run(config.run, thresholds=config.thresholds)
    follow(run.stream, lines_of(sys.stdin.buffer), sys.stdout)
