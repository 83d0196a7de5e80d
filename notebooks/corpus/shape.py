"""The shape of the embedded corpus, split by split, beside the published figures of CRADLE-Dialogue, as Markdown.

``python -m notebooks.corpus.shape`` prints the tables of the card (``src/crisis_turns/data/embedded/README.md``); a
test holds them against it.
"""

from collections import Counter
from itertools import chain
from statistics import mean
from typing import get_args

from crisis_turns.config import Split
from crisis_turns.data.dialogue import Dialogue, Turn
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.split_files import read_embedded
from crisis_turns.tags import CRADLE

PARTS: dict[str, tuple[Split, ...]] = {
    "plain": ("train", "validation", "dev", "test"),
    "oblique": ("train", "validation", "test"),
}
PUBLISHED = {
    "dialogues": ("3,058", "600"), "rows": ("48,557", "8,975"), "user turns": ("–", "4,527"),
    "labels": ("3,902", "711"), "rows per dialogue": ("15.9", "15.0"), "words per user turn": ("about 30", "about 32"),
    "labels per dialogue": ("1.28", "1.19"), "without any label": ("–", "26.7 %"), "with Alert": ("–", "37.7 %"),
    "with Confirm": ("–", "69.5 %"), "with both": ("–", "33.8 %"), "labelled user turns": ("–", "15.5 %"),
    "unlabelled turns after the first label": ("–", "44.4 %"),
}  # fmt: skip
"""Of train and of the clinicians' test set: data card and public loaders (``SungJoo/Cradle-Dialogue``)."""
PUBLISHED_SUPPORT = dict(zip(CRADLE.names, (172, 64, 78, 4, 58, 11, 77, 27, 25, 31, 8, 27, 23, 40, 7, 59), strict=True))
"""Gold labels on user turns of the clinicians' test set."""


def shape(part: str, split: Split) -> dict[str, str]:
    """The figures of one split as the card prints them."""
    dialogues, report = build_dialogues(read_embedded(part, split), split=split, tags=CRADLE)
    n = len(dialogues)
    turns = [turn for dialogue in dialogues for turn in dialogue.user_turns]
    after = sum(
        len(turns_after) - sum(bool(turn.tags) for turn in turns_after) for turns_after in map(_after, dialogues)
    )
    places = [place for dialogue in dialogues if (place := _first_confirm(dialogue)) is not None]
    reveal = [sum(low <= place < high for place in places) for low, high in ((0, 3), (3, 6), (6, 99))]

    def share(count: int, whole: int = n) -> str:
        return f"{100 * count / whole:.1f} %"

    return {
        "dialogues": f"{n:,}",
        "rows": f"{report.rows:,}",
        "user turns": f"{len(turns):,}",
        "labels": f"{sum(len(turn.tags) for turn in turns):,}",
        "rows per dialogue": f"{report.rows / n:.1f}",
        "words per user turn": f"{mean(len(turn.text.split()) for turn in turns):.1f}",
        "labels per dialogue": f"{sum(len(turn.tags) for turn in turns) / n:.2f}",
        "without any label": share(report.with_neither),
        "with Alert": share(report.with_alert),
        "with Confirm": share(report.with_confirm),
        "with both": share(report.with_both),
        "labelled user turns": share(sum(bool(turn.tags) for turn in turns), len(turns)),
        "unlabelled turns after the first label": share(after, len(turns)),
        "first Confirm in user turns 1 to 3 / 4 to 6 / later": " / ".join(map(str, reveal)),
        "opened by the Listener": share(sum(not dialogue.turns[0].is_user for dialogue in dialogues)),
        "ended by the Listener": share(sum(not dialogue.turns[-1].is_user for dialogue in dialogues)),
        "rows that go on with the row before": f"{report.rows_continued}",
        "user turns after a user turn": f"{report.user_after_user}",
    }


def support(part: str, split: Split) -> Counter[str]:
    """Gold labels by tag."""
    dialogues, _ = build_dialogues(read_embedded(part, split), split=split, tags=CRADLE)
    return Counter(chain.from_iterable(turn.tags for dialogue in dialogues for turn in dialogue.user_turns))


def tables(part: str) -> str:
    """Both tables of one part."""
    splits = PARTS[part]
    shapes = [shape(part, split) for split in splits]
    counts = [support(part, split) for split in splits]
    head = f"| {part} | {' | '.join(splits)} | CRADLE train | CRADLE test |\n|{'---|' * (len(splits) + 3)}"
    rows = [
        f"| {name} | {' | '.join(found[name] for found in shapes)} | {' | '.join(PUBLISHED.get(name, ('–', '–')))} |"
        for name in shapes[0]
    ]
    labels = [
        f"| `{tag}` | {' | '.join(str(found[tag]) for found in counts)} | – | {PUBLISHED_SUPPORT[tag]} |"
        for tag in CRADLE.names
    ]
    return "\n".join([head, *rows, *labels])


def _after(dialogue: Dialogue) -> tuple[Turn, ...]:
    """The user turns after the first labelled one."""
    turns = dialogue.user_turns
    first = next((n for n, turn in enumerate(turns) if turn.tags), len(turns))
    return turns[first + 1 :]


def _first_confirm(dialogue: Dialogue) -> int | None:
    found = (
        n for n, turn in enumerate(dialogue.user_turns) if any(CRADLE.index[t] in CRADLE.confirms for t in turn.tags)
    )
    return next(found, None)


if __name__ == "__main__":
    assert {split for splits in PARTS.values() for split in splits} == set(get_args(Split))
    print("\n\n".join(map(tables, PARTS)))
