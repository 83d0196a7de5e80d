"""What was taken for what: past for ongoing, one crisis type for another.

Confusions are counted per dialogue, turn positions dropped (timing has its own figures). What is right is taken out
first; then each gold left is paired with the prediction left that is nearest in turns, one to one. A gold without a
partner goes to ``none``, and so does a prediction.
"""

from collections.abc import Mapping, Sequence

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.by_tag import united
from crisis_turns.metrics.outcomes import NEVER, first_turns
from crisis_turns.metrics.score_sections import Matrix
from crisis_turns.tags import TIMES, TagSet

NONE = "none"


def time_confusion(dialogues: Sequence[Tagged], tags: TagSet) -> Matrix:
    """Gold time to predicted time of the same type (Alerts included): ``matrix[gold][predicted]``."""
    matrix = _empty(TIMES)
    for dialogue in dialogues:
        for indices in tags.types.values():
            first_gold, first_predicted = first_turns(dialogue.gold), first_turns(dialogue.predicted)
            sides = [
                {tags.time(tag): int(first[tag]) for tag in indices if first[tag] != NEVER}
                for first in (first_gold, first_predicted)
            ]
            _add(matrix, *sides)
    return matrix


def type_confusion(dialogues: Sequence[Tagged], tags: TagSet) -> Matrix:
    """Gold crisis type to predicted crisis type over Confirm tags, time dropped: ``matrix[gold][predicted]``."""
    names = [name for name, indices in tags.types.items() if set(indices) <= set(tags.confirms)]
    columns = [list(tags.types).index(name) for name in names]
    matrix = _empty(names)
    for dialogue in dialogues:
        sides = []
        for flags in (dialogue.gold, dialogue.predicted):
            of_type = united(flags, tags)[:, columns]
            sides.append({name: int(of_type[:, i].argmax()) for i, name in enumerate(names) if of_type[:, i].any()})
        _add(matrix, *sides)
    return matrix


def class_confusion(dialogues: Sequence[Tagged], tags: TagSet) -> Matrix:
    """Gold class to predicted class of every user turn of an exclusive corpus."""
    matrix = _empty(tags.names)
    for dialogue in dialogues:
        for gold, predicted in zip(dialogue.gold, dialogue.predicted, strict=True):
            (true,), said = tags.named(gold), tags.named(predicted)
            matrix[true][said[0] if said else NONE] += 1
    return matrix


def _empty(labels: Sequence[str]) -> Matrix:
    return {row: dict.fromkeys((*labels, NONE), 0) for row in (*labels, NONE)}


def _add(matrix: Matrix, gold: Mapping[str, int], predicted: Mapping[str, int]) -> None:
    """Count one dialogue; the mappings give each label's first turn."""
    for label in gold.keys() & predicted.keys():
        matrix[label][label] += 1
    due, came = ({k: v for k, v in side.items() if k not in other} for side, other in
                 ((gold, predicted), (predicted, gold)))  # fmt: skip
    pairs = sorted((abs(came[p] - due[g]), i, j, g, p) for i, g in enumerate(due) for j, p in enumerate(came))
    for _, _, _, g, p in pairs:
        if g in due and p in came:
            matrix[g][p] += 1
            del due[g], came[p]
    for g in due:
        matrix[g][NONE] += 1
    for p in came:
        matrix[NONE][p] += 1
