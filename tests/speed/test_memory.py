"""Memory counts what one process alone holds."""

import sys

import numpy as np

from crisis_turns.speed import memory
from crisis_turns.speed.memory import alone, highest_mib, resident_mib


def test_the_parents_memory_is_not_the_childs():
    held = np.ones(50_000_000)
    assert alone(highest_mib) < held.nbytes / 2**20 < highest_mib()


def test_memory_now_is_at_most_the_highest():
    assert 0 < resident_mib() <= highest_mib()


def test_a_process_that_measures_an_export_imports_no_torch():
    assert alone(_heavy, memory.peak_mib_of_export) == []


def _heavy(_function: object) -> list[str]:
    return [name for name in ("torch", "transformers") if name in sys.modules]
