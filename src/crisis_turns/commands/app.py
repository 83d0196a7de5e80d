"""What all commands share: one-line errors with exit status 2, signals, and nothing heavy imported before the config
is checked.
"""

import errno
import functools
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel
from yaml import YAMLError

from crisis_turns.commands.arguments import for_hydra, read
from crisis_turns.commands.command import CONF as CONF
from crisis_turns.commands.command import command
from crisis_turns.commands.error_hints import advice, no_value
from crisis_turns.commands.help import help_text
from crisis_turns.commands.terminal import reader_left, show_everything
from crisis_turns.errors import InputError
from crisis_turns.files import NoPlaceError
from crisis_turns.processor import take_free_cores

_OF_PATHS = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTEMPTY}
_OF_MACHINE = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO, errno.EMFILE,
    errno.ENOLCK, errno.ENOTSUP, errno.EBUSY,
}  # fmt: skip
_STOPPED_BY = {signal.SIGINT: 130, signal.SIGTERM: 143}
_RESUMED = {"train", "llm"}
"""Commands that go on where a stopped one of the same arguments has left off."""
_stopped: list[int] = []
"""The status to end with, once a signal has come."""


def start(name: str, main: Callable[[], Any], schema: type[BaseModel]) -> None:
    """Run a Hydra application; a user's mistake ends with one sentence on standard error and status 2.

    A signal that stops it ends it with status 130 (Ctrl-C) or 143, and a sentence on how to go on.
    """
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # let exceptions come here instead of Hydra's own printing
    heed_stops(*_STOPPED_BY)
    show_everything()
    try:
        typed = read(sys.argv[1:])
        called = command(name, schema, typed.own)
        overrides = for_hydra(typed, called)
        if typed.wants_help:
            print(help_text(called, _spelling(name), overrides, typed.own))
        else:
            sys.argv[1:] = [*overrides, *typed.flags]
            with advice(called, overrides), _stop_before_what_it_breaks():
                main()
        print(end="", flush=True)  # here, where a failure is told; without a standard output it does nothing
    except InputError as error:
        fail(str(error))
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        fail(" ".join(str(error).split()))
    except SystemExit as ended:
        if ended.code in _STOPPED_BY.values():
            again = "again goes on where this one stopped" if name in _RESUMED else "starts anew"
            print(f"error: stopped before the end: the same command {again}", file=sys.stderr)
        raise
    except BrokenPipeError:
        reader_left()
    except Exception as error:
        if hindrance := _hindrance(error):
            fail(*hindrance)
        if not type(error).__module__.startswith("submitit."):
            raise
        lost = str(error).partition("\n")[0]  # one of the sweep's jobs was killed, so it has no result
        fail(f"{lost}: no result; the other runs go on, and the same command again finishes what is not finished")


def job(task: Callable[[DictConfig], None]) -> Callable[[DictConfig], Exception | None]:
    """Wrap a Hydra task: in a sweep an error fails its own run only, and is the run's result (``sweep.py``).

    Outside a sweep a user's mistake ends the command here, before Hydra prints its own account of it.
    """

    @functools.wraps(task)
    def run(values: DictConfig) -> Exception | None:
        take_free_cores()
        if in_sweep():
            return outcome(lambda: task(values))
        show_everything()
        try:
            with _stop_before_what_it_breaks():
                task(values)
        except InputError as error:
            fail(str(error))
        except Exception as error:
            if isinstance(error, BrokenPipeError):  # before Hydra prints its own account
                reader_left()
            if hindrance := _hindrance(error):
                fail(*hindrance)
            raise
        return None

    return run


def outcome(run: Callable[[], None]) -> Exception | None:
    """Do one run of a sweep, maybe in a process of its own: the error that it has ended with, if any."""
    show_everything()
    try:
        run()
    except InputError as error:
        return error
    except BrokenPipeError:
        reader_left()
    except Exception as error:
        if hindrance := _hindrance(error):
            return InputError(hindrance[0])
        traceback.print_exc()
        return RuntimeError(f"{type(error).__name__}: {error}")  # one that every process can read
    return None


def in_sweep() -> bool:
    """Whether this is one run of several (``-m``)."""
    return HydraConfig.get().mode is RunMode.MULTIRUN


def fail(message: str, status: int = 2) -> NoReturn:
    """Say it and end with status 2, or 1 where the machine is to blame and not the user."""
    print("\n".join(f"error: {line}" for line in message.split("\n")), file=sys.stderr)
    sys.exit(status)


def _hindrance(error: Exception) -> tuple[str, int] | None:
    """What keeps a file from being read or written, with the exit status: 2 where another path would do, 1 where the
    machine is to blame; ``None`` for any other error.
    """
    place, number = None, re.search(r"\(os error (\d+)\)", str(error))  # safetensors and tokenizers have it as text
    code = int(number[1]) if number else None
    if isinstance(error, OSError):
        place, code = error.filename, error.errno
    if code is not None and (code in _OF_PATHS or isinstance(error, NoPlaceError)):
        return f"{place or 'a path'}: {os.strerror(code)}; choose another path", 2
    if code in _OF_MACHINE:
        return f"{place or 'a file could not be written'}: {os.strerror(code)}", 1
    return None


def values(config: DictConfig) -> dict[str, Any]:
    """The composed configuration as plain data, interpolations resolved.

    Raises:
        InputError: naming the mandatory keys without a value.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise InputError(no_value(missing))
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def heed_stops(*numbers: signal.Signals) -> None:
    """End this process with its own status when one of these signals comes, wherever it is."""
    for number in numbers:
        signal.signal(number, _stop)
    sys.unraisablehook = _stop_again


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End the process wherever it is.

    Of Python's own KeyboardInterrupt Lightning makes a status 1, and of a SIGTERM a status 0; this one it lets pass.
    """
    _stopped.append(_STOPPED_BY[signal.Signals(number)])
    raise SystemExit(_stopped[-1])


def _stop_again(lost: "sys.UnraisableHookArgs") -> None:
    """Where a destructor has swallowed the stop, it comes once more when that is through."""
    if not isinstance(lost.exc_value, SystemExit) or not _stopped:
        sys.__unraisablehook__(lost)
        return
    number = next(number for number, status in _STOPPED_BY.items() if status == _stopped[-1])
    again = threading.Timer(0.05, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


@contextmanager
def _stop_before_what_it_breaks() -> Iterator[None]:
    """Let the stop through where a library's own cleaning up fails on it: what then comes is of no use to anybody."""
    try:
        yield
    except Exception:
        if _stopped:
            raise SystemExit(_stopped[-1]) from None
        raise


def _spelling(name: str) -> str:
    """How the command was called."""
    return f"python -m src.{name}" if sys.argv[0].endswith(".py") else f"crisis-turns {name}"
