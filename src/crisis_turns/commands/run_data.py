"""What a run's corpus says where the command line does not: ``data.path=…`` without a choice of ``data`` changes the
run's own corpus, and a table without ``data.tags`` has the run's.
"""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from crisis_turns.config import DataConfig
from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.pretrained import run_path


def with_run_data(values: dict[str, Any], key: str = "run") -> dict[str, Any]:
    """The values of a command with ``data`` and a run; keys of ``data`` that stand alone are laid over the run's.

    Args:
        key: which names the run.

    Raises:
        InputError: if there is no run whose corpus it could be.
    """
    given = values.get("data")
    if not given or "name" in given:  # every choice of data has a name
        return values
    if not values.get(key):
        raise InputError(
            f"data.{next(iter(given))}=… alone belongs to the corpus of a run: give {key}=DIR, or data=NAME"
        )
    own = _own(values[key])
    return values | {"data": _laid_over(own.model_dump(mode="json"), given)}


def with_run_tags(values: DictConfig) -> DictConfig:
    """The composed values of a command with ``run``; a choice of ``data`` that leaves the tags open has the run's."""
    data = values.get("data")
    if data is None or not OmegaConf.is_missing(data, "tags") or OmegaConf.is_missing(values, "run"):
        return values
    own = _own(values.run)
    tags = None if own.tags is None else list(own.tags)
    filled = OmegaConf.merge(values, {"data": {"tags": tags, "exclusive": own.exclusive}})
    assert isinstance(filled, DictConfig)
    return filled


def _own(run: str) -> DataConfig:
    return load_config(RunFolder(run_path(run))).data


def _laid_over(own: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The run's values with those that are given; of a section (``data.speakers``) only the given keys change."""
    return own | {
        name: _laid_over(own[name], value) if isinstance(value, dict) and isinstance(own.get(name), dict) else value
        for name, value in given.items()
    }
