"""``python -m src.export``, from a checkout: forwards to ``crisis-turns export``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("export")
