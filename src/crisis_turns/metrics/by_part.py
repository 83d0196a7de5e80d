"""The headline scores of each part of a corpus, and by part the difference to another system."""

from collections.abc import Iterator, Sequence

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.false_alarms import label_free_flags
from crisis_turns.metrics.levels import level_scores, levels
from crisis_turns.metrics.metrics_file import PartScores
from crisis_turns.metrics.numbers import share
from crisis_turns.metrics.score_sections import PairedDifference
from crisis_turns.metrics.statistics.paired import compare
from crisis_turns.tags import TagSet

PartSizes = Sequence[tuple[str, int]]
"""Names of the parts in their order, with how many of the dialogues each has."""


def part_scores(
    dialogues: Sequence[Tagged], tags: TagSet, sizes: PartSizes, *, resamples: int
) -> dict[str, PartScores]:
    """Scores of each part by itself."""
    found: dict[str, PartScores] = {}
    for part, place in _places(sizes):
        own = dialogues[place]
        scores: PartScores = {
            "n_dialogues": len(own),
            "n_labels": sum(int(dialogue.gold.sum()) for dialogue in own),
            "turn": level_scores(own, tags, "turn", resamples=resamples),
        }
        for name in levels(tags):
            if name != "turn":
                scores[name] = level_scores(own, tags, name, resamples=resamples)
        if not tags.exclusive:
            scores["label_free_flagged"] = share(*label_free_flags(own))
        found[part] = scores
    return found


def part_differences(
    dialogues: Sequence[Tagged], others: Sequence[Tagged], tags: TagSet, sizes: PartSizes, *, resamples: int
) -> dict[str, PairedDifference]:
    """Turn micro F1 of each part minus that of another system on the same dialogues."""
    return {
        part: compare(dialogues[place], others[place], tags, resamples=resamples)["turn"]
        for part, place in _places(sizes)
    }


def _places(sizes: PartSizes) -> Iterator[tuple[str, slice]]:
    start = 0
    for part, size in sizes:
        yield part, slice(start, start + size)
        start += size
