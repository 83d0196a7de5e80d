"""What all commands share: arguments, one-line errors with exit status 2, and nothing heavy imported before the
config is checked.
"""

import functools
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from crisis_turns.errors import InputError

_PACKAGED = Path(__file__).parents[1] / "conf"
CONF = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[3] / "conf"
"""The configurations: inside an installed package, or at the top of a checkout."""


def start(main: Callable[[], Any]) -> None:
    """Run a Hydra application; a user's mistake ends with one sentence on standard error and status 2."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # let exceptions come here instead of Hydra's own printing
    sys.argv[1:] = [part for argument in sys.argv[1:] for part in expand_encoder(argument)]
    try:
        main()
    except InputError as error:
        fail(str(error))
    except (HydraException, OmegaConfBaseException) as error:
        fail(" ".join(str(error).split()))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if not type(error).__module__.startswith("submitit."):
            raise
        lost = str(error).partition("\n")[0]  # one of the sweep's jobs was killed, so it has no result
        fail(f"{lost}: no result; the other runs go on, and the same command again finishes what is not finished")


def job(task: Callable[[DictConfig], None]) -> Callable[[DictConfig], Exception | None]:
    """Wrap a Hydra task: in a sweep an error fails its own run only, and is the run's result (``failed_runs.py``).

    Outside a sweep a user's mistake ends the command here, before Hydra prints its own account of it.
    """

    @functools.wraps(task)
    def run(values: DictConfig) -> Exception | None:
        try:
            task(values)
        except InputError as error:
            if not in_sweep():
                fail(str(error))
            return error
        except Exception as error:
            if not in_sweep():
                raise
            traceback.print_exc()
            return RuntimeError(f"{type(error).__name__}: {error}")  # one that every process can read
        return None

    return run


def in_sweep() -> bool:
    """Whether this is one run of several (``-m``)."""
    return HydraConfig.get().mode is RunMode.MULTIRUN


def fail(message: str) -> NoReturn:
    """Say it and end with status 2."""
    print("\n".join(f"error: {line}" for line in message.split("\n")), file=sys.stderr)
    sys.exit(2)


def expand_encoder(argument: str) -> list[str]:
    """``encoder=NAME`` with a hub name or folder instead of a config file's name becomes two overrides."""
    key, _, name = argument.partition("=")
    known = "," in name or not name or (CONF / "encoder" / f"{name}.yaml").is_file()
    return [argument] if key != "encoder" or known else ["encoder=pretrained", f"encoder.name='{name.strip(chr(39))}'"]


def values(config: DictConfig) -> dict[str, Any]:
    """The composed configuration as plain data, interpolations resolved.

    Raises:
        InputError: naming the first mandatory key without a value.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise InputError(f"{missing[0]} has no value: give {missing[0]}=…")
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
