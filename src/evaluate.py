"""``python -m src.evaluate``, from a checkout: forwards to ``crisis-turns evaluate``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("evaluate")
