"""``python -m src.compare``, from a checkout: forwards to ``crisis-turns compare``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("compare")
