"""``crisis-turns COMMAND key=value …``: the console script, and ``python -m crisis_turns``."""

import importlib
import sys
from importlib.metadata import version

COMMANDS = {
    "train": "train a tagger, choose its threshold on validation, score it",
    "evaluate": "score a run, or any system's predictions file",
    "compare": "several finished runs beside each other",
    "predict": "tag conversations",
    "thresholds": "choose when a belief becomes a tag",
    "export": "write the small fast tagger of a run",
    "benchmark": "measure speed",
}
_HELP = ("-h", "--help", "help")


def main() -> None:
    """Run the command that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in COMMANDS:
        sys.argv = [f"crisis-turns {name}", *sys.argv[2:]]
        run(name)
    elif name in _HELP:
        print(_usage())
    elif name == "--version":
        print(f"crisis-turns {version('crisis-turns')}")
    else:
        wrong = f"no command '{name}'" if name else "no command"
        print(f"error: {wrong}: expected one of {', '.join(COMMANDS)} (crisis-turns --help)", file=sys.stderr)
        sys.exit(2)


def run(name: str) -> None:
    """Run one command with the arguments that stand in ``sys.argv``."""
    from crisis_turns.commands.app import start

    start(importlib.import_module(f"crisis_turns.commands.{name}").main)


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        (
            "usage: crisis-turns COMMAND key=value …",
            "",
            *lines,
            "",
            "crisis-turns COMMAND --help lists a command's keys.",
        )
    )


if __name__ == "__main__":
    main()
