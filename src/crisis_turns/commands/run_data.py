"""Where a run's corpus lies now: ``data.path=…`` without a choice of ``data`` changes the run's own corpus."""

from typing import Any

from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config
from crisis_turns.runs.pretrained import run_path


def with_run_data(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a command with ``run`` and ``data``; keys of ``data`` that stand alone are laid over the run's.

    Raises:
        InputError: if there is no run whose corpus it could be.
    """
    given = values.get("data")
    if not given or "name" in given:  # every choice of data has a name
        return values
    if not values.get("run"):
        raise InputError(f"data.{next(iter(given))}=… alone belongs to the corpus of a run: give run=DIR, or data=NAME")
    own = load_config(RunFolder(run_path(values["run"]))).data
    return values | {"data": _laid_over(own.model_dump(mode="json"), given)}


def _laid_over(own: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The run's values with those that are given; of a section (``data.speakers``) only the given keys change."""
    return own | {
        name: _laid_over(own[name], value) if isinstance(value, dict) and isinstance(own.get(name), dict) else value
        for name, value in given.items()
    }
