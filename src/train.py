"""``python -m src.train``, from a checkout: forwards to ``crisis-turns train``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("train")
