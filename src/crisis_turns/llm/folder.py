"""The folder of a language model's answers: one system's, held by one process, with the record of its calls."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from crisis_turns.config import LlmRunConfig
from crisis_turns.errors import InputError
from crisis_turns.files import locked, write_text
from crisis_turns.llm.record import CallRecord, open_record
from crisis_turns.runs.folder import RunFolder, load_asked


@contextmanager
def held(folder: RunFolder, run: LlmRunConfig) -> Iterator[CallRecord]:
    """The folder's record, to go on with; a new folder in which no call was answered is not left behind.

    Raises:
        InputError: if the folder holds another system, or another process has it.
    """
    _check_own(folder, run)
    fresh = not folder.path.exists()
    with locked(folder.path):
        _check_own(folder, run)
        write_text(folder.asked, run.as_yaml())
        record = None
        try:
            with open_record(folder.calls, run.llm.price) as record:
                yield record
        except BaseException:
            if fresh and record is not None and not record.replies:
                shutil.rmtree(folder.path)
            raise


def _check_own(folder: RunFolder, run: LlmRunConfig) -> None:
    if folder.config.is_file():
        raise InputError(f"{folder.path}: holds a trained run; choose another run_dir")
    if not folder.asked.is_file():
        return
    there, here = load_asked(folder).deciding, run.deciding
    if there != here:
        name, own, new = next(_differences(there, here))
        raise InputError(f"{folder.path}: holds answers with {name}={own}, not {new}; choose another run_dir")


def _differences(there: dict[str, object], here: dict[str, object]) -> Iterator[tuple[str, object, object]]:
    for name in here | there:
        own, new = there.get(name, "nothing"), here.get(name, "nothing")
        if isinstance(own, dict) and isinstance(new, dict):
            yield from ((f"{name}.{key}", old, value) for key, old, value in _differences(own, new))
        elif own != new:
            yield name, own, new
