"""``python -m src.thresholds``, from a checkout: forwards to ``crisis-turns thresholds``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("thresholds")
