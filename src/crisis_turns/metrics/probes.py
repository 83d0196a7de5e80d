"""Scores of the probes: false alarms and pair accuracy by phenomenon (``data/embedded/probes``)."""

from collections import defaultdict
from collections.abc import Sequence

from crisis_turns.decision.tagged import Tagged
from crisis_turns.metrics.score_sections import ProbeScores


def probe_scores(dialogues: Sequence[Tagged], of: dict[str, tuple[str, str]]) -> dict[str, ProbeScores]:
    """By phenomenon, in alphabetical order; ``of`` gives each dialogue's phenomenon and pair.

    Label-free phenomena: share of dialogues with any flag. Statements (labelled, without a pair): share of dialogues
    with any flag on the very turn of the statement (``flagged_at_once``), and with its own tag there
    (``right_at_once``). Minimal pairs: share of pairs in which both dialogues get exactly their own Confirm over the
    dialogue (``both_right``), and of those in which at least one does (``one_right``).
    """
    groups: dict[str, list[Tagged]] = defaultdict(list)
    for dialogue in dialogues:
        groups[of[dialogue.dialogue_id][0]].append(dialogue)
    found: dict[str, ProbeScores] = {}
    for phenomenon in sorted(groups):
        members = groups[phenomenon]
        if not any(d.gold.any() for d in members):
            flagged = sum(bool(d.predicted.any()) for d in members)
            found[phenomenon] = {"n_dialogues": len(members), "flagged": flagged / len(members)}
            continue
        if not any(of[d.dialogue_id][1] for d in members):
            stated = [d.gold.any(1) for d in members]
            flagged = sum(bool(d.predicted[turn].any()) for d, turn in zip(members, stated, strict=True))
            right = sum(bool((d.predicted & d.gold).any()) for d in members)
            n = len(members)
            found[phenomenon] = {"n_dialogues": n, "flagged_at_once": flagged / n, "right_at_once": right / n}
            continue
        pairs: dict[str, list[bool]] = defaultdict(list)
        for d in members:
            pairs[of[d.dialogue_id][1]].append(bool((d.gold.any(0) == d.predicted.any(0)).all()))
        found[phenomenon] = {
            "n_pairs": len(pairs),
            "both_right": sum(all(right) for right in pairs.values()) / len(pairs),
            "one_right": sum(any(right) for right in pairs.values()) / len(pairs),
        }
    return found
