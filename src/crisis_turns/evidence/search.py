"""From turns to words: what of a dialogue a belief stands on, asked in a bounded number of passes.

First each turn of the window is left out; then, in the turns that are missed most, every window of a few words. A word
weighs what the windows that hold it weigh on average: a phrase is found where no single word of it would be missed.
Heavy words in a row are a stretch; last, words at its ends that are not missed are taken off.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

import numpy as np

from crisis_turns.evidence.occlusion import Occlusion, Stretch

TURNS = 17
"""Turns that are asked about, the flag's own and those before it: the default window."""
DEEP = 3
"""Turns whose words are asked about, for each flag."""
MISSED = 0.1
"""Share of the belief that must go with a turn before its words are asked about."""
WIDTH = 4
"""Words of a window."""
MOST_WINDOWS = 64
"""Of a turn. In a longer one windows are wider, and steps from one to the next: its words are told in lots."""
CARRIES = 0.35
"""Share of the heaviest word's weight from which a word is shown."""
MOST_SPANS = 5
MOST_CUTS = 16
"""Places, from either end of a stretch, where it might end as well."""
SAYS_IT = 0.9
"""Share of a stretch's weight that must remain where words are taken off its ends."""
MOST_PASSES = TURNS + DEEP * MOST_WINDOWS + MOST_SPANS * (2 * MOST_CUTS + 1)
"""For one flag; flags of the same turn share most of them."""


def missed_turns(occlusion: Occlusion, tags: Sequence[int], beliefs: np.ndarray) -> list[list[int]]:
    """For each tag, the places of the turns whose words are worth asking about, the most missed first.

    Args:
        beliefs: ``(Y,)`` with all words.
    """
    last = len(occlusion.words)
    places = [place for place in range(max(0, last - TURNS), last) if occlusion.words[place]]
    if not places:
        return [[] for _ in tags]
    lost = beliefs - occlusion.scores([[occlusion.whole(place)] for place in places])  # (turns, Y)
    return [
        [places[n] for n in np.argsort(-lost[:, tag], kind="stable")[:DEEP] if lost[n, tag] >= MISSED * beliefs[tag]]
        for tag in tags
    ]


def word_weights(occlusion: Occlusion, place: int, beliefs: np.ndarray) -> np.ndarray:
    """``(words, Y)``: what the windows of a turn that hold a word weigh on average."""
    size = len(occlusion.words[place])
    windows = list(_windows(place, size))
    lost = beliefs - occlusion.scores([[window] for window in windows])  # (windows, Y)
    total, held = np.zeros((size, len(beliefs))), np.zeros((size, 1))
    for window, weight in zip(windows, lost, strict=True):
        total[window.begin : window.end] += weight
        held[window.begin : window.end] += 1
    return np.asarray(total / held)


def carrying(weights: dict[int, np.ndarray]) -> list[Stretch]:
    """The stretches of words that carry a belief, those of the heaviest words first.

    Args:
        weights: by a turn's place, those of its words: ``(words,)``.
    """
    heaviest = max((float(of_turn.max()) for of_turn in weights.values()), default=0.0)
    if heaviest <= 0:
        return []
    found = [
        (float(of_turn[stretch.begin : stretch.end].sum()), stretch)
        for place, of_turn in weights.items()
        for stretch in in_a_row(place, np.flatnonzero(of_turn >= CARRIES * heaviest).tolist())
    ]
    found.sort(key=lambda one: (-one[0], one[1]))
    return [stretch for _, stretch in found[:MOST_SPANS]]


def trimmed(occlusion: Occlusion, stretches: Sequence[Stretch], tag: int, belief: float) -> dict[Stretch, float]:
    """The stretches without what they say as well without at either end, each with its weight; those of none are
    dropped.
    """
    cuts = {stretch: _cuts(stretch) for stretch in stretches}
    asked = [part for sides in cuts.values() for side in sides for part in side]
    lost = dict(zip(asked, belief - occlusion.scores([[part] for part in asked])[:, tag], strict=True)) if asked else {}
    short = [_shortest(stretch, *cuts[stretch], lost) for stretch in stretches if lost[stretch] > 0]
    without = occlusion.scores([[stretch] for stretch in short])
    weights = {stretch: float(belief - left[tag]) for stretch, left in zip(short, without, strict=True)}
    return {stretch: weight for stretch, weight in weights.items() if weight > 0}


def _cuts(stretch: Stretch) -> tuple[list[Stretch], list[Stretch]]:
    """The stretch begun ever later, and ended ever sooner; first of both itself."""
    place, begin, end = stretch
    step = -(-(end - begin) // MOST_CUTS)
    later = [Stretch(place, at, end) for at in range(begin, end, step)]
    return later, [Stretch(place, begin, at) for at in range(end, begin, -step)]


def _shortest(
    stretch: Stretch, later: Sequence[Stretch], sooner: Sequence[Stretch], lost: Mapping[Stretch, float]
) -> Stretch:
    def enough(part: Stretch) -> bool:
        return lost[part] >= SAYS_IT * lost[stretch]

    *_, one = takewhile(enough, later)
    *_, other = takewhile(enough, sooner)
    # where each end says it alone, one of them is taken off
    return Stretch(stretch.turn, one.begin, other.end if other.end > one.begin else stretch.end)


def in_a_row(place: int, words: Collection[int]) -> Iterator[Stretch]:
    """A turn's words, in ascending order, as stretches: neighbours are one."""
    chosen = set(words)
    begins = [word for word in words if word - 1 not in chosen]
    ends = [word + 1 for word in words if word + 1 not in chosen]
    return (Stretch(place, begin, end) for begin, end in zip(begins, ends, strict=True))


def _windows(place: int, size: int) -> Iterator[Stretch]:
    """Every window of a turn, at both ends narrower ones: each word is in equally many."""
    step = -(-size // (MOST_WINDOWS - WIDTH + 1))
    for begin in range(-(WIDTH - 1) * step, size, step):
        yield Stretch(place, max(0, begin), min(size, begin + WIDTH * step))
