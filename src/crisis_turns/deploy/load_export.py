"""An exported folder among the project's own types."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.decision.policy import Policy
from crisis_turns.decision.tagged import Tagged, untagged
from crisis_turns.deploy.runtime import Tagger, TaggerError, TurnTags, Vectors
from crisis_turns.errors import InputError
from crisis_turns.tags import TagSet


@dataclass(frozen=True)
class ExportedTagger:
    """The runtime of an exported folder; it decides as it goes, with the thresholds that it was loaded with."""

    runtime: Tagger

    @property
    def tags(self) -> TagSet:
        return TagSet(self.runtime.tags, self.runtime.exclusive)

    @property
    def policy(self) -> Policy:
        """What the runtime decides by: applied to its beliefs it gives the same tags."""
        runtime = self.runtime
        return Policy(runtime.thresholds, once=runtime.once, exclusive=runtime.exclusive, score=runtime.score)

    def tag(self, dialogues: Sequence[Dialogue], *, alike: bool = False) -> list[Tagged]:
        """Beliefs and decisions for every user turn."""
        read: Vectors | None = {} if alike else None
        return [
            _tagged(empty, self.runtime.tag(((turn.speaker, turn.text) for turn in dialogue.turns), read))
            for dialogue, empty in zip(dialogues, untagged(dialogues, self.tags), strict=True)
        ]


def is_exported(folder: Path) -> bool:
    """Whether the folder looks like an export, and not like a run."""
    return (folder / "manifest.json").is_file()


def load_exported(folder: Path, *, threads: int = 1, thresholds: str | Path | None = None) -> ExportedTagger:
    """Load a folder that ``python -m src.export`` has written.

    Args:
        threads: processor threads of one call.
        thresholds: a thresholds file to take in place of the folder's.

    Raises:
        InputError: if it is changed or broken, or onnxruntime is not installed.
    """
    try:
        return ExportedTagger(Tagger.load(folder, threads=threads, thresholds=thresholds))
    except TaggerError as error:
        raise InputError(str(error)) from None
    except ModuleNotFoundError as error:
        raise InputError(f"an exported folder needs the package {error.name} (the extra .[export])") from None


def _tagged(empty: Tagged, found: list[TurnTags]) -> Tagged:
    onset = np.array([list(turn.probabilities.values()) for turn in found])
    begun = [list(turn.begun.values()) for turn in found if turn.begun is not None]
    predicted = np.array([[name in turn.tags for name in turn.probabilities] for turn in found])
    return Tagged(empty.dialogue_id, empty.turn_ids, empty.gold, predicted, onset, np.array(begun) if begun else None)
