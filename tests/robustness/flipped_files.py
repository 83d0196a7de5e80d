"""Experiment: every region of a run folder and of an export flipped in turn; refused, or without effect on beliefs."""

import random
import re
import shutil
from pathlib import Path

import numpy as np

from crisis_turns.data.dialogue import Dialogue
from crisis_turns.errors import InputError
from crisis_turns.runs.load import load_run
from tests.robustness.tally import Tally
from tests.robustness.workplace import Workplace


def run(workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally:
    """One bit in each of up to 64 regions of each file, and each number and switch of the configurations."""
    tally = Tally()
    for folder in (workplace.run, workplace.export):
        copy = workplace.path / f"flipped-{folder.name}"
        shutil.copytree(folder, copy)
        some = workplace.dialogues[:3]
        expected = _beliefs(copy, some)
        for path in sorted(p for p in copy.rglob("*") if p.is_file()):
            whole = path.read_bytes()
            regions = min(len(whole), 2 if quick else 64)
            for region in range(regions):
                at = rng.randrange(region * len(whole) // regions, (region + 1) * len(whole) // regions)
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
                _judge(tally, copy, path, at, some, expected)
            path.write_bytes(whole)
        if not quick:
            _change_settings(tally, copy, copy / "config.yaml", some, expected)
    return tally


def _change_settings(tally: Tally, folder: Path, path: Path, some: list[Dialogue], expected: np.ndarray) -> None:
    whole = path.read_bytes()
    for found in re.finditer(rb"\d|true|false", whole):
        other = {b"true": b"false", b"false": b"true"}.get(found[0]) or b"%d" % ((int(found[0]) + 1) % 10)
        path.write_bytes(whole[: found.start()] + other + whole[found.end() :])
        _judge(tally, folder, path, found.start(), some, expected)
    path.write_bytes(whole)


def _judge(tally: Tally, folder: Path, path: Path, at: int, some: list[Dialogue], expected: np.ndarray) -> None:
    name = f"{path.relative_to(folder)} of {folder.name.removeprefix('flipped-')}"
    try:
        found = _beliefs(folder, some)
    except InputError:
        tally.fine("refused")
    except Exception as error:
        tally.escaped(error, f"{name}, byte {at}")
    else:
        if found.shape == expected.shape and (found == expected).all():
            tally.fine("without effect")
        else:
            tally.fault(f"other beliefs: {name}", f"byte {at}: {path.read_bytes()[max(0, at - 30) : at + 10]!r}")


def _beliefs(folder: Path, dialogues: list[Dialogue]) -> np.ndarray:
    return np.concatenate([tagged.beliefs for tagged in load_run(folder).decide(dialogues)])
