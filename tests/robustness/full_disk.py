"""Experiment: the disk is full from the n-th write on; one sentence, nothing half written, and it works afterwards."""

import builtins
import errno
import io
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from crisis_turns.__main__ import COMMANDS
from crisis_turns.commands.command import CONF
from tests.robustness.forked_command import start, wait
from tests.robustness.tally import Tally
from tests.robustness.workplace import TAGS, Workplace
from tests.support.chat_server import chat_server, said
from tests.support.checkout import ROOT

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def run(workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally:
    """Every command that there is, each with what its keys ask for; a language model answers on the loopback."""
    tally = Tally()
    assert workplace.run.is_dir()
    with chat_server(lambda *_: said(TAGS[0])) as server:
        _go_through(tally, workplace, rng, server.url, quick=quick)
    return tally


def _go_through(tally: Tally, workplace: Workplace, rng: random.Random, url: str, *, quick: bool) -> None:
    for name in ("evaluate", "export") if quick else COMMANDS:
        here = workplace.path / f"full-{name}"
        arguments = _arguments(name, workplace, here, url)
        _clean(here)
        counted = here.with_name(f"{here.name}.count")
        ended = wait(start(here, name, *arguments, before=_Disk(here, None, counted).install), here)
        if ended.status != 0:
            tally.fault(f"{name} fails on an empty disk: no arguments for it here?", ended.errors.strip()[-200:])
            continue
        whole, total = _files(here), int(counted.read_text())
        first = rng.randrange(min(10, total))
        for nth in list(range(first, total, 10))[:: 4 if quick else 1]:
            _fill(tally, here, name, arguments, nth, total, whole)
        tally.stated.append(f"{name}: {total} writes")


def _fill(
    tally: Tally, here: Path, name: str, arguments: tuple[str, ...], nth: int, total: int, whole: set[str]
) -> None:
    _clean(here)
    what = f"{name}, write {nth} of {total}"
    ended = wait(start(here, name, *arguments, before=_Disk(here, nth, None).install), here)
    told = [line for line in ended.errors.strip().splitlines() if not line.startswith("note: ")]
    if ended.status == 0:
        tally.fault(f"{name}: success on a full disk", what)
        return
    if "Traceback" in ended.errors:
        place = [line.strip().replace(f"{ROOT}/", "") for line in told if "crisis_turns" in line and "File" in line]
        tally.fault(f"{name}: a traceback on a full disk", f"{what}: {place[-1] if place else ''} {told[-1][:100]}")
    elif ended.status not in (1, 2) or len(told) != 1:
        tally.fault(f"{name}: status {ended.status} and {len(told)} lines on a full disk", f"{what}: {told}")
    else:
        tally.fine("one sentence")
    for path in here.rglob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            tally.fault(f"{name}: half of {path.name}", what)
    again = wait(start(here, name, *arguments), here)
    if again.status != 0:
        tally.fault(f"{name}: fails once there is room again", f"{what}: {again.errors.strip()[-160:]}")
    elif orphans := sorted(_files(here) - whole):
        tally.fault(f"{name}: orphan files", f"{what}: {', '.join(orphans[:3])}")
    else:
        tally.fine("succeeds afterwards")


class _Disk:
    """Room for so many writes below a folder: files opened for writing, and writes to them."""

    def __init__(self, folder: Path, room: int | None, counted: Path | None) -> None:
        self.folder, self.room, self.counted, self.used = str(folder), room, counted, 0
        self.os_open, self.open = os.open, io.open

    def install(self) -> None:
        """Take the place of ``open``, ``io.open`` and ``os.open`` in this process."""
        os.open = self._os_open  # type: ignore[assignment]
        builtins.open = io.open = self._open  # type: ignore[assignment]

    def write(self) -> None:
        """One more, unless the disk is full."""
        if self.room is not None and self.used >= self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.used += 1
        if self.counted:
            with self.open(self.counted, "w") as file:
                file.write(str(self.used))

    def _is_here(self, path: Any) -> bool:
        if isinstance(path, int):  # of a file that os.open has opened, or of a pipe
            return os.readlink(f"/proc/self/fd/{path}").startswith(self.folder + os.sep)
        return os.path.abspath(os.fsdecode(path)).startswith(self.folder + os.sep)

    def _os_open(self, path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & _WRITING and self._is_here(path):
            self.write()
        return self.os_open(path, flags, *more, **named)

    def _open(self, path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        if not set(mode) & set("wax+") or not self._is_here(path):
            return self.open(path, mode, *more, **named)
        self.write()
        return _File(self.open(path, mode, *more, **named), self.write)


class _File:
    """An open file whose every write takes room."""

    def __init__(self, file: Any, room: Callable[[], None]) -> None:
        self._file, self._room = file, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def __iter__(self) -> Any:
        return iter(self._file)

    def write(self, data: Any) -> int:
        self._room()
        return int(self._file.write(data))


def _arguments(name: str, workplace: Workplace, here: Path, url: str) -> tuple[str, ...]:
    """What a command needs, by the keys that it has: a new one with such keys needs no line here."""
    keys = yaml.safe_load((CONF / f"{name}.yaml").read_text(encoding="utf-8"))
    talk = workplace.path / "talk.txt"
    talk.write_text("User: hello\nListener: hi\nUser: maybe again\n", encoding="utf-8")
    if "optim" in {next(iter(entry)) for entry in keys["defaults"] if isinstance(entry, dict)}:
        return (*workplace.settings, "quiet=true", f"run_dir={here / 'out'}")
    if name == "benchmark":
        small = (
            "target=training",
            "encoder=tiny",
            "dialogues=4",
            "rounds=1",
            "turns=10",
            "lengths=[10]",
            "windows=[4]",
        )
        return (*small, "corpus=20", "memory=false", f"run_dir={here / 'out'}")
    if name == "llm":
        asked = (f"llm.base_url={url}", "llm.model=invented", f"run_dir={here / 'out'}")
        return (*workplace.corpus, *asked, "bootstrap=20", "quiet=true")
    known = {
        "run": str(workplace.run), "runs": f"{workplace.runs}/*", "input": str(talk), "bootstrap": "20",
        "run_dir": str(here / "out"), "out": str(here / "out"), "output": str(here / "out.jsonl"),
        "folder": str(here / "out"), "step": "start", "small": str(workplace.run), "large": str(workplace.runs / "s2"),
    }  # fmt: skip
    return tuple(f"{key}={value}" for key, value in known.items() if key in keys)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def _clean(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
