"""``python -m tests.robustness [--seed N] [--quick] [names]``: accidents by the thousand, and what came of them."""

import argparse
import datetime
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.robustness import flipped_files, full_disk, killed_runs, many_conversations, mutated_files
from tests.robustness.tally import Tally
from tests.robustness.workplace import Workplace
from tests.support.checkout import ROOT

PAGE = ROOT / "notebooks" / "robustness.md"


class Experiment(Protocol):
    def __call__(self, workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally: ...


EXPERIMENTS: dict[str, Experiment] = {
    "mutated_files": mutated_files.run,
    "flipped_files": flipped_files.run,
    "many_conversations": many_conversations.run,
    "full_disk": full_disk.run,
    "killed_runs": killed_runs.run,
}


class Done(NamedTuple):
    name: str
    tally: Tally
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Run the experiments, print the table and write the page; the status is 1 if there was a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="seconds each, and no page is written")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(EXPERIMENTS)}")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(EXPERIMENTS):
        parser.error(f"no experiment {', '.join(sorted(unknown))}: expected some of {', '.join(EXPERIMENTS)}")
    done = []
    with tempfile.TemporaryDirectory(prefix="crisis-turns-robustness-") as folder:
        os.environ["XDG_CACHE_HOME"], os.environ["HF_HUB_OFFLINE"] = f"{folder}/cache", "1"
        workplace = Workplace(Path(folder))
        for name in asked.names or EXPERIMENTS:
            began = time.monotonic()
            tally = EXPERIMENTS[name](workplace, random.Random(f"{asked.seed} {name}"), quick=asked.quick)
            done.append(Done(name, tally, time.monotonic() - began))
            print(table(done[-1:]), flush=True)
            if not asked.quick:
                write_page(done[-1], asked.seed)
    return int(any(experiment.tally.faults for experiment in done))


def table(done: Sequence[Done]) -> str:
    """Markdown: an experiment a line, then its faults."""
    lines = ["| experiment | cases | how they ended | faults | seconds |", "|---|---|---|---|---|"]
    for name, tally, seconds in done:
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in tally.outcomes.most_common())
        lines.append(f"| {name} | {tally.cases:,} | {outcomes} | {tally.faults.total():,} | {seconds:.0f} |")
    for name, tally, _ in done:
        lines += ["", *(f"- {name}: {stated}" for stated in tally.stated)] if tally.stated else []
        lines += ["", *(f"- {name}: {n:,} × {what}. {_cut(tally.examples[what])}" for what, n in tally.faults.items())]
    return "\n".join(lines)


def write_page(done: Done, seed: int) -> None:
    """Put the experiment's section in its place; all others stay, those written by hand too."""
    first, *rest = PAGE.read_text(encoding="utf-8").split("\n## ") if PAGE.is_file() else ["# Robustness\n"]
    sections = dict(section.split("\n", 1) for section in rest)
    sections[done.name] = (
        f"\nMeasured {datetime.datetime.now(datetime.UTC):%Y-%m-%d} with seed {seed} on {os.cpu_count()} shared "
        f"processors, {platform.system()}, Python {platform.python_version()}.\n\n{table([done])}\n"
    )
    PAGE.write_text("\n## ".join([first, *("\n".join(section) for section in sections.items())]), encoding="utf-8")


def _cut(example: str) -> str:
    return " ".join(example.split()).replace("|", "¦").replace(str(tempfile.gettempdir()), "…")[:220]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
