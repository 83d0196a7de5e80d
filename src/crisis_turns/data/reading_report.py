"""What the reader met in a split, in counts: what can be checked against published ones, and every oddity."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise

from crisis_turns.data.dialogue import Dialogue, Speaker
from crisis_turns.tags import TagSet

_SHAPES = {
    "rows_continued": "rows without a speaker went on with the row before",
    "messages_joined": "messages went on with the turn before (turns.join)",
    "opened_by_listener": "dialogues open with the Listener",
    "user_after_user": "user turns follow a user turn",
}
_DOUBTS = {
    "rows_like_speakers": "rows open with a name on no list and went on with the row before (speakers.unknown=text)",
    "names_inside": "lines inside of turns open with a speaker's name: they stayed with the turn",
}
_ODDITIES = {
    "empty_turns": "turns have no text",
    "turn_id_gaps": "places where turn_id skips numbers",
    "labels_repeated": "labels repeat one of the same turn: scored once",
}


@dataclass
class ReadingReport:
    """Counts of one split; those of rows and of labels are taken before continuation rows are glued.

    ``labels == labels_scored + labels_on_listener + labels_repeated + labels_left_out`` always holds: no label goes
    missing unseen.

    Attributes:
        user_rows: rows that open a user turn.
        rows_continued: rows without a speaker, which go on with the row before.
        rows_like_speakers: of these, rows that open with a name on no list.
        names_inside: lines inside of turns that open with a name of the lists.
        messages_joined: messages that go on with the turn before.
        empty_turns: of either speaker.
        blank_user_turns: the user's alone; white space is no text.
        labels_left_out: labels of what is nobody's turn.
        labels_after_first: scored labels that repeat a tag of their dialogue; 0 for exclusive classes.
        with_alert: dialogues with an Alert; likewise the other three.
        left_out: what is nobody's turn, by kind, with how often.
        names_met: the names on each side as written, with how often.
    """

    dialogues: int = 0
    rows: int = 0
    user_rows: int = 0
    rows_continued: int = 0
    rows_like_speakers: int = 0
    names_inside: int = 0
    messages_joined: int = 0
    user_turns: int = 0
    opened_by_listener: int = 0
    user_after_user: int = 0
    empty_turns: int = 0
    blank_user_turns: int = 0
    turn_id_gaps: int = 0
    labels: int = 0
    labels_scored: int = 0
    labels_on_listener: int = 0
    labels_repeated: int = 0
    labels_left_out: int = 0
    labels_after_first: int = 0
    with_alert: int = 0
    with_confirm: int = 0
    with_both: int = 0
    with_neither: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    names_met: dict[Speaker, Counter[str]] = field(default_factory=lambda: {side: Counter() for side in Speaker})

    def __getitem__(self, name: str) -> int:
        """The count of this name, for counts that are named in a file; a KeyError if there is none."""
        if name not in self.names():
            raise KeyError(name)
        count: int = getattr(self, name)
        return count

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(count.name for count in fields(cls) if count.type in (int, "int"))

    @property
    def recall_ceiling(self) -> float | None:
        """Share of scored labels that a tagger can reach if each tag fires at most once per dialogue."""
        return 1 - self.labels_after_first / self.labels_scored if self.labels_scored else None

    def add(self, other: "ReadingReport") -> None:
        """Count what another file had as well."""
        for name in self.names():
            setattr(self, name, self[name] + other[name])
        self.left_out += other.left_out
        for side, met in other.names_met.items():
            self.names_met[side] += met

    def count_dialogues(self, dialogues: Sequence[Dialogue], tags: TagSet | None) -> None:
        """Add what shows in whole dialogues; without tags, nothing of labels."""
        self.dialogues += len(dialogues)
        for dialogue in dialogues:
            self.user_turns += len(dialogue.user_turns)
            self.opened_by_listener += not dialogue.turns[0].is_user
            self.user_after_user += sum(a.is_user and b.is_user for a, b in pairwise(dialogue.turns))
            self.empty_turns += sum(not turn.text for turn in dialogue.turns)
            self.blank_user_turns += sum(not turn.text for turn in dialogue.user_turns)
            if tags is None:
                continue
            found = [tag for turn in dialogue.turns for tag in turn.tags]
            alert = any(tags.index[tag] in tags.alerts for tag in found)
            confirm = any(tags.index[tag] in tags.confirms for tag in found)
            self.labels_scored += len(found)
            self.labels_after_first += 0 if tags.exclusive else len(found) - len(set(found))
            self.with_alert += alert
            self.with_confirm += confirm
            self.with_both += alert and confirm
            self.with_neither += not (alert or confirm)

    def warnings(self) -> list[str]:
        """One sentence each on labels that are left out and on lines that may be another speaker's, if there are any,
        and one if no label is left.
        """
        lines = self.doubts()
        if self.labels_left_out:
            lines.append(f"{self.labels_left_out} labels stand on what is nobody's turn: left out")
        if self.labels_on_listener:
            lines.append(f"{self.labels_on_listener} labels stand on Listener turns: reported, not scored")
        if not self.labels_scored:
            lines.append(f"no label on any of {self.user_turns} user turns: most scores are undefined")
        return lines

    def doubts(self) -> list[str]:
        """One sentence per kind of lines that may be another speaker's, of which there are any."""
        return [f"{self[name]} {sentence}" for name, sentence in _DOUBTS.items() if self[name]]

    def shapes(self) -> list[str]:
        """One sentence per way to write a dialogue that the release knows too: nothing is odd about them."""
        return [f"{self[name]} {sentence}" for name, sentence in _SHAPES.items() if self[name]]

    def notes(self) -> list[str]:
        """One sentence per oddity that was met and changes no label, in a fixed order."""
        lines = [f"{self[name]} {sentence}" for name, sentence in _ODDITIES.items() if self[name]]
        if self.labels_after_first:
            lines.append(
                f"{self.labels_after_first} labels repeat a tag of their dialogue: at most one of each can be hit, "
                f"so recall cannot exceed {self.recall_ceiling:.4f}"
            )
        return lines
