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
from crisis_turns.deploy.line_stream import follow, lines_of
from crisis_turns.errors import InputError
from crisis_turns.evidence.explainer import Explainer
from crisis_turns.files import check_writable, write_atomic, write_text
from crisis_turns.log import NOTE, logged_to
from crisis_turns.predictions.answers import Answered, as_csv, as_json_lines, write_parquet
from crisis_turns.runs.load import Run, load_run

log = logging.getLogger(__name__)

Kind = Literal["jsonl", "csv", "parquet", "text"]
_BY_SUFFIX: dict[str, Kind] = {".csv": "csv", ".parquet": "parquet"}


class PredictConfig(ChatConfig):
    """The keys of ``conf/predict.yaml``."""

    run: PathText
    """A run folder, or a folder that ``export`` has written."""
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
    explain: bool = False
    """Also say which words raised each flag, at the cost of many passes for each (``docs/evidence.md``)."""

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
    if config.follow and config.explain:
        raise InputError("explain=true asks about a conversation again and again: it does not go with follow=true")
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
    answers = _answers(run, chats.dialogues, run.explainer if config.explain else None)
    if output is None:
        sys.stdout.writelines(_text(config.kind, answers, run))
        return
    try:
        if config.kind == "parquet":
            found = list(answers)  # here, where a mistake of the tagger is none of the file's
            write_atomic(output, lambda temporary: write_parquet(temporary, found, run.tags))
        else:
            write_text(output, "".join(_text(config.kind, answers, run)))
    except OSError as error:
        app.fail(f"output={output}: cannot be written ({error.strerror})", status=1)


def _text(kind: Kind, answers: Iterator[Answered], run: Run) -> Iterator[str]:
    if kind == "csv":
        return as_csv(answers, run.tags)
    if kind == "text":
        return (line for answered in answers for line in as_text(answered, run.tags))
    return as_json_lines(answers, run.tags)


def _answers(run: Run, dialogues: Sequence[Dialogue], explainer: Explainer | None) -> Iterator[Answered]:
    """Dialogues with what is found; once per dialogue standard error tells where the model cannot read it."""
    for dialogue, decided in zip(dialogues, run.decide(dialogues), strict=True):
        for turn in islice(run.unread(dialogue), 1):
            log.warning("%s", turn.told)
        yield Answered(dialogue, decided, explainer.flags(dialogue, decided) if explainer else None)


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line."""
    run = load_run(config.run, thresholds=config.thresholds)
    follow(run.stream, lines_of(sys.stdin.buffer), sys.stdout, config)
