"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import logging
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import hydra
from omegaconf import DictConfig

from crisis_turns.commands import app
from crisis_turns.commands.chat_text import as_text
from crisis_turns.commands.terminal import speak_utf8
from crisis_turns.config import ChatConfig, PathText, validated
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.tagged import Tagged
from crisis_turns.deploy.line_stream import follow, lines_of
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable, write_atomic, write_text
from crisis_turns.log import NOTE, logged_to
from crisis_turns.predictions.answers import as_csv, as_json_lines, write_parquet
from crisis_turns.runs.load import Run, load_run

log = logging.getLogger(__name__)

Kind = Literal["jsonl", "csv", "parquet", "text"]
_BY_SUFFIX: dict[str, Kind] = {".csv": "csv", ".parquet": "parquet"}


class PredictConfig(ChatConfig):
    """The keys of ``conf/predict.yaml``."""

    run: PathText
    """A run folder, a folder that ``export`` has written, or ``pretrained``: the tagger in the package (a folder of
    that name is ``./pretrained``).
    """
    input: PathText
    """Conversations: a file or folder in any of the formats, or ``-``: standard input."""
    output: PathText | None = None
    """File to write; ``null``: standard output."""
    format_out: Kind | None = None
    """``text``: turns, flags and beliefs for reading; ``null``: as the output's name ends, otherwise JSON Lines."""
    thresholds: PathText | None = None
    """A thresholds file, in place of the run's own."""
    follow: bool = False
    """Answer standard input line by line, as a conversation goes on."""

    @property
    def kind(self) -> Kind:
        """What is written."""
        suffix = Path(self.output or "").suffix.lower()
        return self.format_out or _BY_SUFFIX.get(suffix, "jsonl")


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="predict")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(PredictConfig, app.values(values))
    if config.follow and (config.input != "-" or config.output or config.format_out):
        raise InputError(
            "follow=true answers standard input on standard output: give input=- and no output=FILE, and no format_out"
        )
    if config.kind == "parquet" and not config.output:
        raise InputError("format_out=parquet is no text: give output=FILE")
    if config.kind != "text":
        speak_utf8()
    with logged_to():
        answer_lines(config) if config.follow else predict(config)


def predict(config: PredictConfig) -> None:
    """Tag the input's dialogues and write what is found on each user turn."""
    # first: a mistake in input and output is told before weights are loaded
    output = Path(config.output) if config.output else None
    if output is not None:
        if config.input != "-" and output.resolve() == Path(config.input).resolve():
            raise InputError(f"output={output}: is the input, which would be lost; name another file")
        check_writable(output, "output")
    chats = read_chats(config.input, config)
    log.log(NOTE, "%s", chats.told)
    run = load_run(config.run, thresholds=config.thresholds)
    decided = _decided(run, chats.dialogues)
    if output is None:
        sys.stdout.writelines(_text(config.kind, decided, run))
        return
    try:
        if config.kind == "parquet":
            found = list(decided)  # here, where a mistake of the tagger is none of the file's
            write_atomic(output, lambda temporary: write_parquet(temporary, found, run.tags))
        else:
            write_text(output, "".join(_text(config.kind, decided, run)))
    except OSError as error:
        app.fail(f"output={output}: cannot be written ({error.strerror})", status=1)


def _text(kind: Kind, decided: Iterator[tuple[Dialogue, Tagged]], run: Run) -> Iterator[str]:
    if kind == "csv":
        return as_csv(decided, run.tags)
    if kind == "text":
        return (line for dialogue, tagged in decided for line in as_text(dialogue, tagged, run.tags))
    return as_json_lines(decided, run.tags)


def _decided(run: Run, dialogues: Sequence[Dialogue]) -> Iterator[tuple[Dialogue, Tagged]]:
    """Dialogues with what is found; once per dialogue standard error tells where the model cannot read it."""
    for dialogue, decided in zip(dialogues, run.decide(dialogues), strict=True):
        for turn in islice(run.unread(dialogue), 1):
            log.warning("%s", turn.told)
        yield dialogue, decided


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line."""
    run = load_run(config.run, thresholds=config.thresholds)
    follow(run.stream, lines_of(sys.stdin.buffer), sys.stdout, config)
