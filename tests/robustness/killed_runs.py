"""Experiment: trainings and sweeps killed at random moments; the same command then ends as an unbroken one."""

import os
import random
import re
import signal
import time
from pathlib import Path

from crisis_turns.files import read_json
from tests.robustness.forked_command import start, wait
from tests.robustness.tally import Tally
from tests.robustness.workplace import Workplace

_RESULTS = ("metrics-", "predictions-", "model.safetensors", "thresholds.json")


def run(workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally:
    """20 ``kill -9`` and 20 SIGTERM, half of them of one training and half of a sweep of two."""
    tally = Tally()
    assert workplace.dialogues
    settings = (*workplace.settings, "quiet=true", "optim.patience=9")
    commands = {
        "sweep": ("-m", *settings, "seed=1,2"),
        "training": (*settings, "run_dir=outputs/one"),
    }
    for kind, arguments in commands.items():
        unbroken = workplace.path / f"unbroken-{kind}"
        began = time.monotonic()
        ended = wait(start(unbroken, "train", *arguments), unbroken)
        seconds = time.monotonic() - began
        assert ended.status == 0, ended.errors
        for number in (signal.SIGKILL, signal.SIGTERM):
            for attempt in range(1 if quick else 10):
                here = workplace.path / f"{kind}-{number.name}-{attempt}"
                moment = rng.uniform(0, seconds)
                _kill_once(tally, here, arguments, number, moment)
                again = wait(start(here, "train", *arguments), here)
                what = f"{kind}, {number.name} after {moment:.2f} of {seconds:.2f} s"
                _compare(tally, unbroken, here, again.status, again.errors, what)
    return tally


def _kill_once(tally: Tally, here: Path, arguments: tuple[str, ...], number: signal.Signals, moment: float) -> None:
    child = start(here, "train", *arguments)
    time.sleep(moment)
    os.kill(child, number)
    ended = wait(child, here)
    if "Traceback" in ended.errors:
        tally.fault(f"a traceback on {number.name}", ended.errors.strip().splitlines()[-1][:160])


def _compare(tally: Tally, unbroken: Path, here: Path, status: int, errors: str, what: str) -> None:
    if status != 0:
        tally.fault("the same command fails afterwards", f"{what}: status {status}, {errors.strip()[-160:]}")
        return
    expected, found = ({str(p.relative_to(f)): p for p in f.rglob("*")} for f in (unbroken, here))
    orphans, lost = sorted(set(found) - set(expected)), sorted(set(expected) - set(found))
    results = [name for name in expected if Path(name).name.startswith(_RESULTS)]
    differ = [name for name in results if name in found and _content(expected[name]) != _content(found[name])]
    for shape in {_shape(name) for name in orphans}:
        tally.fault(f"orphan files: {shape}", f"{what}: {', '.join(orphans[:4])}")
    if lost:
        tally.fault("files that an unbroken run has are lost", f"{what}: {', '.join(lost[:4])}")
    if differ:
        tally.fault("other results than unbroken", f"{what}: {', '.join(differ)}")
    if not lost + differ:
        tally.fine("same results as unbroken")


def _content(path: Path) -> object:
    return read_json(path) if path.suffix == ".json" else path.read_bytes()


def _shape(name: str) -> str:
    """The file's kind, without what is random or counted in its name."""
    last = Path(name).name
    return re.sub(r"\d+", "N", f"{last.rpartition('.')[0]}.*" if last.startswith(".") else last)
