"""From answers to labels: what labellers agree on stands, what they dispute is settled by another, with a reason."""

from pathlib import Path

from crisis_turns.annotation.agreement import disputes
from crisis_turns.annotation.session import Answers, Session, TurnKey
from crisis_turns.data.csv_and_json import csv_text
from crisis_turns.errors import InputError
from crisis_turns.files import write_text


def write_disputes(session: Session, path: Path) -> int:
    """Write the disputed turns with empty columns ``final`` and ``reason`` to be filled in; returns their number.

    Raises:
        InputError: if the file is there: somebody may have filled it in.
    """
    if path.exists():
        raise InputError(f"{path}: is there already, and may have been filled in; choose another file or remove it")
    text = {(d.id, turn.turn_id): turn.text for d in session.dialogues for turn in d.user_turns}
    rows = [
        (*key, text[key], *(session.cell(said.get(name, ())) for name in session.labellers), "", "")
        for key, said in disputes(session).items()
    ]
    write_text(path, csv_text([("dialogue_id", "turn_id", "text", *session.labellers, "final", "reason"), *rows]))
    return len(rows)


def settle(session: Session, path: Path) -> int:
    """Take the settled labels in, all or none; returns their number.

    Raises:
        InputError: for a disputed turn that is missing or has no reason, or a turn that is not disputed.
    """
    open_disputes = disputes(session)
    final = session.read_labels(path, column="final")
    reasons = {}
    for where, key, cell in session.cells(path, "reason"):
        if key not in open_disputes:
            raise InputError(f"{where}: the labellers agree on the turn {key[1]} of '{key[0]}'")
        reasons[key] = cell.strip()
        if not reasons[key]:
            raise InputError(f"{where}: expected a reason, found none")
    if missing := [key for key in open_disputes if key not in final]:
        raise InputError(
            f"{path}: {len(missing)} of {len(open_disputes)} disputed turns are missing, the first is turn "
            f"{missing[0][1]} of '{missing[0][0]}'"
        )
    rows = [(*key, session.cell(final[key]), reasons[key]) for key in open_disputes]
    write_text(session.settled, csv_text([("dialogue_id", "turn_id", "final", "reason"), *rows]))
    return len(rows)


def final_labels(session: Session) -> Answers:
    """The label of every user turn.

    Raises:
        InputError: if a labeller is not through, or a dispute is not settled.
    """
    passes = session.passes
    if not passes:
        raise InputError(f"folder={session.folder}: nobody has labelled anything yet")
    for labeller, given in passes.items():
        if len(given) < len(session.user_turns):
            raise InputError(
                f"folder={session.folder}: {labeller} has answered {len(given)} of {len(session.user_turns)} user turns"
            )
    settled = session.read_labels(session.settled, column="final") if session.settled.exists() else {}
    open_disputes = [key for key in disputes(session) if key not in settled]
    if open_disputes:
        raise InputError(
            f"folder={session.folder}: {len(open_disputes)} disputed turns are not settled: step=disputes writes them"
        )
    return next(iter(passes.values())) | settled


def given_again(session: Session) -> int:
    """How many final labels give a tag that the dialogue had before: an event begins once."""
    final, seen = final_labels(session), set[tuple[str, str]]()
    again = 0
    for dialogue_id, turn_id in session.user_turns:
        tags = {(dialogue_id, tag) for tag in final[dialogue_id, turn_id]}
        again += len(tags & seen)
        seen |= tags
    return again


def export(session: Session, path: Path) -> Path:
    """Write the labelled dialogues in the release's columns, and beside them who said what.

    Returns:
        ``<name>-passes.csv``: each turn on which anybody gave a tag, with every labeller's answer, the final
        labels, whether it was disputed (0 or 1), and the reason.
    """
    final = final_labels(session)
    rows = [
        (dialogue.id, turn.turn_id, f"{turn.speaker}: {turn.text}",
         session.cell(final.get((dialogue.id, turn.turn_id), ())))
        for dialogue in session.dialogues for turn in dialogue.turns
    ]  # fmt: skip
    write_text(path, csv_text([("dialogue_id", "turn_id", "text", "labels"), *rows]))
    passes, disputed = session.passes, disputes(session)
    reasons = _reasons(session) if disputed else {}
    tagged = [
        (*key, *(session.cell(given[key]) for given in passes.values()), session.cell(final[key]),
         int(key in disputed), reasons.get(key, ""))
        for key in session.user_turns if final[key] or any(given[key] for given in passes.values())
    ]  # fmt: skip
    beside = path.with_name(f"{path.stem}-passes.csv")
    header = ("dialogue_id", "turn_id", *passes, "final", "disputed", "reason")
    write_text(beside, csv_text([header, *tagged]))
    return beside


def _reasons(session: Session) -> dict[TurnKey, str]:
    return {key: reason for _, key, reason in session.cells(session.settled, "reason")}
