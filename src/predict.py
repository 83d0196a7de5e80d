"""``python -m src.predict``, from a checkout: forwards to ``crisis-turns predict``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("predict")
