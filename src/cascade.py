"""``python -m src.cascade``, from a checkout: forwards to ``crisis-turns cascade``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("cascade")
