"""``python -m src.llm``, from a checkout: forwards to ``crisis-turns llm``."""

from crisis_turns.__main__ import run

if __name__ == "__main__":
    run("llm")
