"""Tag dialogues with a run or an exported folder: ``python -m src.predict run=DIR input=FILE``, JSON lines."""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import hydra
from omegaconf import DictConfig
from pydantic import Field

from crisis_turns.commands import app
from crisis_turns.commands.chat_text import as_text
from crisis_turns.commands.flags_at_rates import StatedRates, flags_at_rates
from crisis_turns.commands.terminal import speak_utf8
from crisis_turns.config import ChatConfig, PathText, Section, validated
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.expected_flags import check_enough
from crisis_turns.decision.tagged import Tagged
from crisis_turns.deploy.line_stream import follow, lines_of
from crisis_turns.errors import InputError
from crisis_turns.evidence.explainer import Explainer
from crisis_turns.files import check_writable, write_atomic, write_text
from crisis_turns.log import NOTE, logged_to
from crisis_turns.predictions.answers import Answered, as_csv, as_json_lines, write_parquet
from crisis_turns.runs.load import Run, load_run
from crisis_turns.runs.usual_rates import usual_rates

log = logging.getLogger(__name__)

Kind = Literal["jsonl", "csv", "parquet", "text"]
_BY_SUFFIX: dict[str, Kind] = {"": "jsonl", ".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"}


class PredictDecision(Section):
    thresholds: Literal["stored", "rate"] = "stored"
    """The run's (or those of ``thresholds``), or set on the input's own dialogues so that as many flags per dialogue
    are raised as are expected.
    """


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
    """``text``: turns, flags and beliefs for reading; ``null``: as the output's name ends (``.jsonl``, ``.csv`` or
    ``.parquet``), JSON Lines without an ending and on standard output.
    """
    thresholds: PathText | None = None
    """A thresholds file, in place of the run's own."""
    decision: PredictDecision = PredictDecision()
    """From beliefs to tags."""
    expected: StatedRates = Field(default={})
    """With ``decision.thresholds=rate``: flags per dialogue, by ``alert``, ``confirm``, ``other`` or the name of a tag;
    what is not given is as in the run's train.
    """
    follow: bool = False
    """Answer standard input line by line, as a conversation goes on."""
    explain: bool = False
    """Also say which words raised each flag, at the cost of many passes for each (``docs/evidence.md``)."""

    @property
    def at_rate(self) -> bool:
        """Whether thresholds are set on the input."""
        return self.decision.thresholds == "rate"

    @property
    def kind(self) -> Kind:
        """What is written.

        Raises:
            InputError: if only the output's name could say, and it ends in no way that is known.
        """
        suffix = Path(self.output or "").suffix.lower()
        found = self.format_out or _BY_SUFFIX.get(suffix)
        if found is None:
            known = ", ".join(filter(None, _BY_SUFFIX))
            raise InputError(f"output={self.output}: expected a name that ends in one of {known}, or give format_out=…")
        return found


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="predict")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    config = validated(PredictConfig, app.values(values))
    if config.follow and (config.input != "-" or config.output or config.format_out):
        raise InputError(
            "follow=true answers standard input on standard output: give input=- and no output=FILE, and no format_out"
        )
    if config.at_rate and (config.follow or config.thresholds):
        raise InputError(
            "decision.thresholds=rate counts the flags of a whole input before any is raised, so it takes neither "
            "follow=true nor thresholds=FILE; python -m src.thresholds objective=rate writes such a FILE for both"
        )
    if config.expected and not config.at_rate:
        raise InputError(f"expected.{next(iter(config.expected))}=… belongs to decision.thresholds=rate")
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
        if config.input != "-" and os.path.realpath(output) == os.path.realpath(config.input):
            raise InputError(f"output={output}: is the input, which would be lost; name another file")
        check_writable(output, "output")
    chats = read_chats(config.input, config)
    log.log(NOTE, "%s", chats.told)
    if config.at_rate:
        check_enough(chats.dialogues, chats.source)
    run = load_run(config.run, thresholds=config.thresholds)
    tagged = _at_rates(run, config, chats.dialogues) if config.at_rate else run.decide(chats.dialogues)
    answers = _answers(run, chats.dialogues, tagged, run.explainer if config.explain else None)
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


def _at_rates(run: Run, config: PredictConfig, dialogues: Sequence[Dialogue]) -> list[Tagged]:
    """What is found with thresholds that are set on these very dialogues, and told."""
    believed = list(run.decide(dialogues))
    policy, told = flags_at_rates(run, believed, stated=config.expected, usual=lambda: usual_rates(run))
    log.log(NOTE, "%s", "; ".join(told))
    return policy.apply(believed)


def _answers(
    run: Run, dialogues: Sequence[Dialogue], tagged: Iterable[Tagged], explainer: Explainer | None
) -> Iterator[Answered]:
    """Dialogues with what is found; once per dialogue standard error tells where the model cannot read it."""
    for dialogue, decided in zip(dialogues, tagged, strict=True):
        for turn in islice(run.unread(dialogue), 1):
            log.warning("%s", turn.told)
        yield Answered(dialogue, decided, explainer.flags(dialogue, decided) if explainer else None)


def answer_lines(config: PredictConfig) -> None:
    """Answer standard input line by line."""
    run = load_run(config.run, thresholds=config.thresholds)
    follow(run.stream, lines_of(sys.stdin.buffer), sys.stdout, config)
