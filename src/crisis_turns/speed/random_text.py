"""Random dialogues with the benchmark release's lengths: for speed, where only lengths matter.

Turns per dialogue: mean 15.9, as in its train split. Words per turn: a skewed spread with about 43 word pieces of
all-MiniLM-L6-v2 in the mean, special tokens included (about 170 bytes of text in the release).
"""

import numpy as np

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.tags import CRADLE

_WORDS = (
    "the of and to in a is that it was for on are as with they at be this from have or by one had not but what all "
    "were when we there can an your which their said if do will each about how up out them then she many some so "
    "these would other into has more her two like him see time could no make than first been its who now people my "
    "made over did down only way find use may water long little very after words called just where most know get "
    "through back much before go good new write our used me man too any day same right look think also around "
    "another came come work three word must because does part even place well such here take why things help put "
    "years different away again off went old number "
)
_MEDIAN_WORDS, _SPREAD = 37, 0.45


def random_dialogues(n: int, *, seed: int, turns: int | None = None) -> list[Dialogue]:
    """Dialogues of random words, user turns first, with 1.3 random tags each.

    Args:
        turns: of every dialogue; by default drawn as in the release.
    """
    draw = np.random.default_rng(seed)
    lengths = np.full(n, turns) if turns else np.clip(np.rint(draw.normal(15.9, 4, n)), 4, 40).astype(int)
    return [_dialogue(f"random-{number:06d}", int(length), draw) for number, length in enumerate(lengths)]


def _dialogue(name: str, length: int, draw: np.random.Generator) -> Dialogue:
    tagged = dict(zip(draw.integers(0, length, 3) // 2 * 2, draw.choice(CRADLE.names, draw.poisson(1.3)), strict=False))
    return Dialogue(
        name,
        tuple(
            Turn(n, Speaker.LISTENER if n % 2 else Speaker.USER, _text(draw), (str(tagged[n]),) if n in tagged else ())
            for n in range(length)
        ),
    )


def _text(draw: np.random.Generator) -> str:
    n_words = int(np.clip(draw.lognormal(np.log(_MEDIAN_WORDS), _SPREAD), 1, 120))
    return " ".join(draw.choice(_WORDS.split(), n_words))
