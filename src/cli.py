"""What all commands share: arguments, one-line errors with exit status 2, and nothing heavy imported before the
config is checked.
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from src.errors import InputError

CONF = Path(__file__).parent.parent / "conf"


_failed: list[str] = []


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
    if _failed:
        fail("\n".join(f"run failed: {message}" for message in _failed))


def job(task: Callable[[DictConfig], None]) -> Callable[[DictConfig], None]:
    """Wrap a Hydra task: in a sweep a user's mistake fails its own run and is told again at the end.

    Outside a sweep it ends the command here, before Hydra prints its own account of it.
    """

    @functools.wraps(task)
    def run(values: DictConfig) -> None:
        try:
            task(values)
        except InputError as error:
            if HydraConfig.get().mode is not RunMode.MULTIRUN:
                fail(str(error))
            _failed.append(str(error))
            print(f"error: {error}", file=sys.stderr)

    return run


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
