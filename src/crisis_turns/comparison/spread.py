"""A figure over the seeds of a system."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def spread(values: Sequence[float | None]) -> dict[str, Any]:
    """Mean and sd over seeds; ``None`` if one is undefined."""
    known = [value for value in values if value is not None]
    complete = len(known) == len(values)
    return {
        "mean": float(np.mean(known)) if complete else None,
        "sd": float(np.std(known, ddof=1)) if complete and len(known) > 1 else None,
        "by_seed": list(values),
    }
