"""``python -m src.benchmark``, from a checkout: forwards to ``crisis-turns benchmark``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("benchmark")
