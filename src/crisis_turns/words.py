"""How figures are written: on the terminal, in tables and in documents."""

from collections.abc import Sequence


def percent(value: float | None, digits: int = 1) -> str:
    """A share or score times 100; an undefined one is a dash."""
    return "–" if value is None else f"{100 * value:.{digits}f}"


def span(interval: Sequence[float | None] | None) -> str:
    """``12.3 to 15.0`` in percent; a dash where an end is undefined."""
    return "–" if interval is None or None in interval else f"{percent(interval[0])} to {percent(interval[1])}"
