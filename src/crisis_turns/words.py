"""How figures and sections are written: on the terminal, in tables and in documents.

An undefined figure is a dash.
"""

from collections.abc import Sequence

SECTIONS = {
    "turn": "turn (headline)",
    "turn_confirm": "turn, Confirm only",
    "turn_alert": "turn, Alert only",
    "dialogue": "dialogue",
    "dialogue_confirm": "dialogue, Confirm only",
}
"""Titles of the sections that hold the scores of a level, headline first."""
SECTION_COLUMNS = {
    "turn": "turn",
    "turn_confirm": "Confirm",
    "turn_alert": "Alert",
    "dialogue": "dialogue",
    "accuracy": "accuracy",
}
"""The same as heads of columns, with what stands beside them where classes are exclusive."""
STRETCHES = {
    "label_free": "in dialogues without any label",
    "before_first_label": "before a dialogue's first label",
    "after_first_label": "after it, on unlabelled turns",
    "labelled_turns": "wrong tags on labelled turns",
}
"""Where a false flag stands."""
DEPLOYMENTS = {"deployment": "any tag", "deployment_confirm": "Confirm only"}
"""Whose labels and flags the sections on a service count."""
EARLY_RISK = {
    "erde_5": "ERDE 5 (lower is better)",
    "erde_50": "ERDE 50 (lower is better)",
    "f1": "F1 of conversations",
    "speed": "speed",
    "f_latency": "F-latency (F1 × speed)",
}
"""Scores of early risk detection."""
_DASH = "–"


def forgiven(turns: int) -> str:
    """Title of the scores that forgive so many user turns."""
    return f"turn, ±{turns} user turn{'s' if turns > 1 else ''} forgiven"


def percent(value: float | None, digits: int = 1) -> str:
    """A share or score times 100, as the benchmark writes it: ``12.3``."""
    return _DASH if value is None else f"{100 * value:.{digits}f}"


def percent_sign(value: float | None, digits: int = 0) -> str:
    """A share in running text: ``12 %``."""
    return _DASH if value is None else f"{percent(value, digits)} %"


def signed_percent(value: float | None) -> str:
    """A difference in points: ``+1.2``."""
    return _DASH if value is None else f"{100 * value:+.1f}"


def span(interval: Sequence[float | None] | None) -> str:
    """``12.3 to 15.0`` in percent; a dash where an end is undefined."""
    return _DASH if interval is None or None in interval else f"{percent(interval[0])} to {percent(interval[1])}"


def decimal(value: float | None, digits: int = 1) -> str:
    """``0.4``; also a p value, with more digits."""
    return _DASH if value is None else f"{value:.{digits}f}"


def range_of(interval: Sequence[float | None], digits: int = 1) -> str:
    """``12.3 to 15.0`` of numbers that are no shares; a dash where an end is undefined."""
    return _DASH if None in interval else " to ".join(decimal(end, digits) for end in interval)


def capital(title: str) -> str:
    """With the first letter large, the others as they are."""
    return title[:1].upper() + title[1:]


def spaced(name: str) -> str:
    """A name of the files for reading: ``wrong_time`` as "wrong time"."""
    return name.replace("_", " ")
