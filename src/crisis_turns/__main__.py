"""``crisis-turns COMMAND key=value …``: the console script, and ``python -m crisis_turns``."""

import importlib
import sys
from importlib.metadata import version
from typing import NamedTuple

from crisis_turns.processor import share_the_machine


class _Entry(NamedTuple):
    summary: str
    config: str
    """The class of its configuration, in the command's file."""


COMMANDS = {
    "train": _Entry("train a tagger, choose its threshold on validation, score it", "RunConfig"),
    "evaluate": _Entry("score a run, or any system's predictions file", "EvaluateConfig"),
    "compare": _Entry("several finished runs beside each other", "CompareConfig"),
    "predict": _Entry("tag conversations", "PredictConfig"),
    "thresholds": _Entry("choose when a belief becomes a tag", "ThresholdsConfig"),
    "export": _Entry("write the small fast tagger of a run", "ExportConfig"),
    "cascade": _Entry("ask a large system only where a small one is unsure", "CascadeConfig"),
    "benchmark": _Entry("measure speed", "BenchmarkConfig"),
    "llm": _Entry("ask a language model behind an OpenAI-compatible server", "LlmCommandConfig"),
    "annotate": _Entry("label dialogues blind, turn by turn", "AnnotateConfig"),
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
    share_the_machine()
    try:
        from crisis_turns.commands.app import start  # here, so that the list of commands is there at once

        file = importlib.import_module(f"crisis_turns.commands.{name}")
    except KeyboardInterrupt:  # before there is anything to say
        sys.exit(130)
    start(name, file.main, getattr(file, COMMANDS[name].config))


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {entry.summary}" for name, entry in COMMANDS.items()]
    return "\n".join(
        (
            "usage: crisis-turns COMMAND key=value …",
            "",
            *lines,
            "",
            "crisis-turns COMMAND --help: its keys, with their defaults and what they mean.",
        )
    )


if __name__ == "__main__":
    main()
