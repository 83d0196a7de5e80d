"""``python -m src.annotate``, from a checkout: forwards to ``crisis-turns annotate``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("annotate")
