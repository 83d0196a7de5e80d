"""Names and sentences: what the page alone says in plain English."""

from crisis_turns.metrics.alarm_sections import AtPrevalence
from crisis_turns.metrics.metrics_file import MetricsRecord
from crisis_turns.metrics.outcomes import Outcome
from crisis_turns.tags import TagSet
from crisis_turns.words import decimal, percent_sign, spaced

CONTENT_NOTE = (
    "Content note: the dialogues on this page may speak of suicide, self-harm, abuse and sexual violence. Keep it as "
    "private as the dialogues themselves. It describes what an experimental system did; it is no clinical judgement."
)
HIDDEN_NOTE = "The turns' text was left out of this file, so that it can be shared for its figures."

TYPES = {
    "SI_passive": "wish to be dead, without a plan",
    "SI_active": "suicidal method, intent or preparation",
    "SH": "self-harm without suicidal intent",
    "DV": "violence by a partner",
    "CA": "child abuse or endangerment",
    "SHA": "sexual harassment",
    "RA": "rape",
}
"""What the benchmark's codes mean (its data card, in our words)."""

OUTCOMES = {
    Outcome.HIT: ("✓", "right turn", "right turns", "predicted on the very turn where it begins"),
    Outcome.EARLY: ("◁", "early", "early", "predicted on an earlier turn than the one where it begins"),
    Outcome.LATE: ("▷", "late", "late", "predicted on a later turn than the one where it begins"),
    Outcome.MISSED: ("○", "missed", "missed", "never predicted in this dialogue, or begun a second time unseen"),
    Outcome.FALSE_ALARM: (
        "△", "false alarm", "false alarms", "predicted although it does not begin in this dialogue, or again"
    ),
}  # fmt: skip
"""Sign, name, plural and meaning of each mark; never told by colour alone."""
CLASS_OUTCOMES = {
    Outcome.HIT: ("✓", "right class", "right classes", "the turn's class was named"),
    Outcome.MISSED: ("○", "missed", "missed", "the turn's class, where another was named"),
    Outcome.FALSE_ALARM: ("△", "wrong class", "wrong classes", "named in place of the turn's class"),
}
"""The same where every turn has exactly one class."""

REVEALS = {
    "early": "early (user turns 1 to 3)",
    "mid": "mid (4 to 6)",
    "late": "late (7 and more)",
    "never": "no Confirm",
}


def outcome_words(tags: TagSet) -> dict[Outcome, tuple[str, str, str, str]]:
    """The marks that a tag set can have."""
    return CLASS_OUTCOMES if tags.exclusive else OUTCOMES


def tag_label(name: str) -> str:
    """``confirm_SI_passive_ongoing`` as "Confirm SI passive, ongoing"; other names as they are."""
    kind, _, rest = name.partition("_")
    if kind not in ("alert", "confirm") or not rest:
        return name
    crisis, _, time = rest.rpartition("_")
    return f"{kind.capitalize()} {spaced(crisis)}".strip() + f", {time}"


def in_words(metrics: MetricsRecord, tags: TagSet) -> list[str]:
    """The split in two or three sentences that need no definition."""
    if tags.exclusive:
        correct = round(metrics["exclusive"]["accuracy"] * metrics["n_user_turns"])
        return [f"The system named the right class on {correct} of {metrics['n_user_turns']} user turns."]
    sentences = []
    timing = metrics["timing"]
    if timing["n_gold"]:
        n = timing["counts"]
        sentences.append(
            f"Of {timing['n_gold']} tags to find, the system placed {n['on_time']} on the very turn where they begin; "
            f"{n['early']} came early, {n['late']} late, and {n['missed']} never."
        )
    safety = metrics.get("safety")
    if safety and safety["n_confirmed"]:
        n_confirmed = safety["n_confirmed"]
        unseen, in_time = (
            round((share or 0.0) * n_confirmed) for share in (safety["never_flagged"], safety["flagged_by_confirm"])
        )
        sentences.append(
            f"Of {n_confirmed} dialogues with a confirmed crisis, {unseen or 'none'} got no flag at all; in "
            f"{in_time} the first flag came by the turn of the Confirm."
        )
    alarms = metrics["false_alarms"]
    if alarms["label_free_dialogues"]:
        flagged = round((alarms["label_free_flagged"] or 0.0) * alarms["label_free_dialogues"])
        sentences.append(
            f"Of {alarms['label_free_dialogues']} dialogues without any label, {flagged or 'none'} "
            f"{'was' if flagged == 1 else 'were'} flagged."
        )
    if "deployment" in metrics and metrics["deployment"]["1_in_100"]["alerts_per_1000"] is not None:
        sentences.append(_of_a_service(metrics["deployment"]["1_in_100"]))
    return sentences


def _of_a_service(found: AtPrevalence) -> str:
    right = "" if found["precision"] is None else f", {percent_sign(found['precision'])} of them right"
    return (
        f"Where one conversation in 100 holds a label, 1,000 of them would raise about "
        f"{decimal(found['alerts_per_1000'], 0)} alerts{right}, and {decimal(found['misses_per_1000'])} of the 10 with "
        "a label would raise none."
    )
