"""Label dialogues blind, turn by turn: ``python -m src.annotate folder=DIR step=next labeller=NAME``."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import hydra
from omegaconf import DictConfig
from pydantic import PositiveInt

from crisis_turns.annotation.agreement import Agreement, agreements
from crisis_turns.annotation.rounds import answer_round, next_round
from crisis_turns.annotation.session import Session, open_session, start_session
from crisis_turns.annotation.settlement import export, given_again, settle, write_disputes
from crisis_turns.commands import app
from crisis_turns.config import ChatConfig, DataConfig, PathText, Split, validated
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import read_split
from crisis_turns.errors import InputError
from crisis_turns.files import check_writable, locked
from crisis_turns.tags import CRADLE

_LABELS = {"next", "answer", "label"}
_WRITES = {"disputes", "export"}
_READS = {"answer", "settle"}


class AnnotateConfig(ChatConfig):
    """The keys of ``conf/annotate.yaml``."""

    folder: PathText
    """The session: its text, every labeller's answers, the settlement."""
    step: Literal["start", "next", "answer", "label", "agreement", "disputes", "settle", "export"]
    """``start`` takes the text of ``input`` or ``data`` in. ``label`` asks at the terminal; ``next`` shows a round,
    and ``answer`` keeps what ``input`` says of it. Then ``agreement``, ``disputes`` (written to ``output``), ``settle``
    (from ``input``) and ``export`` (to ``output``).
    """
    labeller: str | None
    """Who labels; each has answers of their own."""
    at_once: PositiveInt | None
    """Dialogues in one round; ``null``: all."""
    input: PathText | None
    """``start``: dialogues, as ``predict`` reads them. ``answer``: a CSV with dialogue_id, turn_id and labels; shown
    turns that it does not name have no tag. ``settle``: the file of ``disputes``, filled in.
    """
    data: DataConfig | None = None
    """``start``: a corpus, in place of ``input``; its labels are left behind, its tag set is the session's."""
    split: Split = "test"
    """Which split of ``data``."""
    output: PathText | None
    """CSV to write."""


@hydra.main(version_base="1.3", config_path=str(app.CONF), config_name="annotate")
@app.job
def main(values: DictConfig) -> None:
    """Hydra's entry point."""
    annotate(validated(AnnotateConfig, app.values(values)))


def annotate(config: AnnotateConfig) -> None:
    """One step of a session."""
    needed = {
        "labeller=NAME": config.step in _LABELS and config.labeller is None,
        "input=FILE": config.step in _READS and config.input is None,
        "output=FILE": config.step in _WRITES and config.output is None,
    }
    if lacking := [key for key, lacks in needed.items() if lacks]:
        raise InputError(f"step={config.step} needs {' and '.join(lacking)}")
    if config.output is not None and config.step in _WRITES:
        check_writable(Path(config.output), "output")
    folder = Path(config.folder)
    if config.step == "start":
        print(_told(_start(config, folder)))
        return
    session = open_session(folder)
    if config.step == "agreement":
        _print_agreement(session)
        return
    with locked(folder):
        _take_step(config, session)


def _start(config: AnnotateConfig, folder: Path) -> Session:
    if (config.input is None) == (config.data is None):
        raise InputError("step=start needs input=FILE, or data=NAME with split=NAME, and not both")
    if config.data is not None:
        corpus = read_split(config.data, config.split)
        return start_session(folder, corpus.dialogues, corpus.tags)
    assert config.input is not None
    chats = read_chats(config.input, config)
    print(chats.told)
    return start_session(folder, chats.dialogues, CRADLE)


def _take_step(config: AnnotateConfig, session: Session) -> None:
    labeller, given, output = config.labeller or "", Path(config.input or ""), Path(config.output or "")
    match config.step:
        case "next":
            _print_round(session, labeller, config.at_once)
        case "answer":
            answers = session.read_labels(given)
            shown = answer_round(session, labeller, answers)
            tagged = sum(map(bool, answers.values()))
            print(f"kept {shown} answers: {tagged} with tags, {shown - tagged} without\n{_progress(session, labeller)}")
        case "label":
            _ask(session, labeller)
        case "disputes":
            _print_unfinished(session)
            print(f"{write_disputes(session, output)} disputed turns: {output}")
        case "settle":
            print(f"{settle(session, given)} disputed turns settled")
        case "export":
            print(f"labelled: {output}\nwho said what: {export(session, output)}")
            if len(session.labellers) == 1:
                print("note: one labeller: nobody has looked a second time")
            if not session.tags.exclusive and (again := given_again(session)):
                print(f"note: {again} labels give a tag that their dialogue had before")


def _print_round(session: Session, labeller: str, at_once: int | None) -> None:
    shown = next_round(session, labeller, at_once=at_once)
    print(*shown, sep="\n\n")
    if shown:
        print(f"\n{len(shown)} turns to label; {_progress(session, labeller)}")
    else:
        print(f"everything is labelled; {_progress(session, labeller)}")


def _ask(session: Session, labeller: str) -> None:
    """Dialogue by dialogue at the terminal; the end of input stops, and what was answered is kept."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="backslashreplace")  # a byte that is no text is then no tag, and asked for again
    print(f"tags: {', '.join(session.tags.names)}")
    print("several with ';' between them, nothing for none; an answer stays; Ctrl-D stops\n")
    while shown := next_round(session, labeller, at_once=1):
        turn = shown[0]
        print(turn)
        while True:
            print("tags: ", end="", flush=True)
            line = sys.stdin.readline()
            if not line:
                print(f"\n{_progress(session, labeller)}")
                return
            try:
                answer_round(session, labeller, {turn.key: session.labels(line.strip(), "this answer")})
                break
            except InputError as error:
                print(error)
        print()
    print(f"everything is labelled; {_progress(session, labeller)}")


def _progress(session: Session, labeller: str) -> str:
    return f"{labeller}: {len(session.answers(labeller))} of {len(session.user_turns)} user turns answered"


def _told(session: Session) -> str:
    return f"session: {session.folder}, {len(session.dialogues)} dialogues, {len(session.user_turns)} user turns"


def _print_unfinished(session: Session) -> None:
    """Who is not through: only turns that all have answered can be compared."""
    for labeller in session.labellers:
        if len(session.answers(labeller)) < len(session.user_turns):
            print(f"note: {_progress(session, labeller)}")


def _print_agreement(session: Session) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = agreements(session)
    if not rows:
        raise InputError(f"folder={session.folder}: agreement needs two labellers, found {len(session.labellers)}")
    _print_unfinished(session)
    table = Table("labellers", "tags", *_NUMBERS, title="agreement before settling")
    for row in rows:
        table.add_row(" / ".join(row.labellers), row.group, *_cells(row))
    Console(highlight=False).print(table)


_NUMBERS = ("turns", "first", "second", "both", "F1", "kappa")


def _cells(row: Agreement) -> Sequence[str]:
    scores = (f"{score:.2f}" if score is not None else "–" for score in (row.f1, row.kappa))
    return (str(row.turns), str(row.first), str(row.second), str(row.both), *scores)
