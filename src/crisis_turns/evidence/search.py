"""From turns to words: what of a dialogue a belief stands on, asked in a bounded number of passes.

First each turn of the window is left out; then, in the turns that are missed most, each word, and every window of four
words. A word weighs what it does alone and what the windows that hold it do on average, half and half: a phrase is
found where no single word of it would be missed, and a word where it alone is.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from crisis_turns.evidence.occlusion import Occlusion, Stretch

TURNS = 17
"""Turns that are asked about, the flag's own and those before it: the default window."""
DEEP = 3
"""Turns whose words are asked about, for each flag."""
MISSED = 0.1
"""Share of the belief that must go with a turn before its words are asked about."""
WIDTHS = (1, 4)
"""Words of a window."""
MOST_LOTS = 61
"""Of a turn. In a longer one several words in a row are asked about as if they were one."""
CARRIES = 0.4
"""Share of the heaviest word's weight from which a word is shown."""
MOST_SPANS = 5
MOST_PASSES = TURNS + DEEP * sum(MOST_LOTS + width - 1 for width in WIDTHS) + MOST_SPANS
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
    """``(words, Y)``: by width the mean weight of the windows of a turn that hold a word, and the mean of these."""
    size = len(occlusion.words[place])
    windows = {width: list(_windows(place, size, width)) for width in WIDTHS}
    occlusion.scores([[window] for of_width in windows.values() for window in of_width])  # all in one go
    weights = np.zeros((size, len(beliefs)))
    for width, of_width in windows.items():
        lost = beliefs - occlusion.scores([[window] for window in of_width])  # (windows, Y)
        for window, weight in zip(of_width, lost, strict=True):
            weights[window.begin : window.end] += weight / width / len(WIDTHS)  # as many windows hold each word
    return weights


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


def in_a_row(place: int, words: Collection[int]) -> Iterator[Stretch]:
    """A turn's words, in ascending order, as stretches: neighbours are one."""
    chosen = set(words)
    begins = [word for word in words if word - 1 not in chosen]
    ends = [word + 1 for word in words if word + 1 not in chosen]
    return (Stretch(place, begin, end) for begin, end in zip(begins, ends, strict=True))


def _windows(place: int, size: int, width: int) -> Iterator[Stretch]:
    """Every window of a turn, at both ends narrower ones, so that ``width`` of them hold each word."""
    lot = -(-size // MOST_LOTS)
    for begin in range(-(width - 1) * lot, size, lot):
        yield Stretch(place, max(0, begin), min(size, begin + width * lot))
