"""How far two labellers agree: micro F1 of one against the other, and Cohen's kappa by group of tags.

Kappa: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
"""

from dataclasses import dataclass
from itertools import combinations

from crisis_turns.annotation.session import Answers, Session, TurnKey


@dataclass(frozen=True)
class Agreement:
    """Of two labellers in one group of tags, over the user turns that both have answered.

    Attributes:
        group: ``all``, ``alert``, a crisis type, or a tag where the tags follow no such naming.
        first: tags given by the first labeller; ``second`` and ``both`` likewise.
        f1: ``2 both / (first + second)``, a tag counting on its very turn; ``None`` without any tag.
        kappa: of whether a turn has a tag of the group, agreement beyond chance; ``None`` where chance explains all.
    """

    labellers: tuple[str, str]
    group: str
    turns: int
    first: int
    second: int
    both: int
    f1: float | None
    kappa: float | None


def agreements(session: Session) -> list[Agreement]:
    """Of each pair of labellers, each group of tags."""
    names = session.tags.names
    types = {stem: frozenset(names[i] for i in indices) for stem, indices in session.tags.types.items()}
    groups = {"all": frozenset(names)} | (types or {name: frozenset({name}) for name in names})
    passes = session.passes
    return [
        _agreement(pair, group, tags, passes[pair[0]], passes[pair[1]])
        for pair in combinations(passes, 2)
        for group, tags in groups.items()
    ]


def disputes(session: Session) -> dict[TurnKey, dict[str, frozenset[str]]]:
    """Turns that labellers have answered differently, with what each said, in the order of the text."""
    passes, found = session.passes, {}
    for key in session.user_turns:
        said = {labeller: given[key] for labeller, given in passes.items() if key in given}
        if len(set(said.values())) > 1:
            found[key] = said
    return found


def _agreement(
    labellers: tuple[str, str], group: str, tags: frozenset[str], first: Answers, second: Answers
) -> Agreement:
    pairs = [(first[key] & tags, second[key] & tags) for key in first.keys() & second.keys()]
    a, b = sum(len(x) for x, _ in pairs), sum(len(y) for _, y in pairs)
    both = sum(len(x & y) for x, y in pairs)
    return Agreement(
        labellers, group, len(pairs), a, b, both, 2 * both / (a + b) if a + b else None,
        _kappa([(bool(x), bool(y)) for x, y in pairs]),
    )  # fmt: skip


def _kappa(pairs: list[tuple[bool, bool]]) -> float | None:
    n = len(pairs)
    if not n:
        return None
    first, second = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else (sum(x == y for x, y in pairs) / n - chance) / (1 - chance)
