"""What an experiment has met: how many cases ended how, and each fault once with an example."""

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tally:
    """Outcomes of one experiment.

    Attributes:
        outcomes: what is allowed to happen, to how often it did.
        faults: what is not, to how often it did.
        examples: of each fault the first case.
        stated: measured figures, in words.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    stated: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return self.outcomes.total() + self.faults.total()

    def fine(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def fault(self, what: str, example: str) -> None:
        self.faults[what] += 1
        self.examples.setdefault(what, example)

    def escaped(self, error: BaseException, example: str) -> None:
        """An exception that no user should meet: known by its type and the last place in the package."""
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "crisis_turns" in Path(f.filename).parts]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside the package"
        self.fault(f"{type(error).__name__} at {where}", f"{example}: {' '.join(str(error).split())[:120]}")
