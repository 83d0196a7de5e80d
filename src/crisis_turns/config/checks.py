"""From values to a checked configuration, or to one sentence on the first mistake."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crisis_turns.config.run_config import RunConfig
from crisis_turns.config.sections import TfidfConfig
from crisis_turns.errors import InputError
from crisis_turns.heads import HEADS, heads_where

Model = TypeVar("Model", bound=BaseModel)
_OF_A_UNION = ("literal[", "function-after[", "tuple[")
"""How pydantic begins the name of one of the types that a key may have."""


def check(values: dict[str, Any]) -> RunConfig:
    """The typed configuration, or an :class:`InputError` that names the first wrong key."""
    config = validated(RunConfig, values)
    _check_combinations(config)
    return config


def validated(model: type[Model], values: object) -> Model:
    """The values as a typed model, or an :class:`InputError` that names the first wrong key."""
    if not isinstance(values, Mapping):
        found = "nothing" if values is None else f"a {type(values).__name__}"
        raise InputError(f"expected keys and values ({', '.join(model.model_fields)}), found {found}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_first_mistake(error)) from None


def _first_mistake(error: ValidationError) -> str:
    """One sentence on the first thing that pydantic found wrong."""
    first, *others = error.errors(include_url=False)
    place, message = first["loc"], first["msg"].removeprefix("Value error, ")
    # where a key takes a number or a word, a path or several, each is a place of its own below the key
    twins = [other for other in others if other["loc"][:-1] == place[:-1]]
    if twins and any(str(each["loc"][-1]).startswith(_OF_A_UNION) for each in (first, *twins)):
        place = place[:-1]
        message = " or ".join((message, *(twin["msg"].removeprefix("Input should be ") for twin in twins)))
    else:
        twins = []
    parts = [str(part) for part in place]
    if parts[:1] == ["model"]:
        del parts[1:2]  # pydantic says here which model it is
    left = len(others) - len(twins)
    more = f" (and {left} more)" if left else ""
    found = "" if first["type"] in ("extra_forbidden", "missing") else f", found {str(first['input'])[:60]!r}"
    return f"configuration key '{'.'.join(parts)}': {message[0].lower()}{message[1:]}{found}{more}"


def _check_combinations(config: RunConfig) -> None:
    tags = config.data.tag_set  # also checks the names
    head = HEADS[config.head]
    if head.exclusive != tags.exclusive:
        kind = "exactly one class per user turn" if tags.exclusive else "any number of tags per user turn"
        fitting = heads_where(lambda other: other.exclusive == tags.exclusive)
        raise InputError(f"head={config.head} does not fit data={config.data.name}, which has {kind}: use {fitting}")
    _check_score(config)
    if config.distill.folds == 1:
        raise InputError("distill.folds=1 leaves nothing to train on: give 0 or two or more")
    if isinstance(config.model, TfidfConfig):
        if config.teacher:
            raise InputError("teacher=… needs a neural student, such as model=fast")
        return
    model = config.model
    if (model.static is None) == (model.name == "fast"):
        raise InputError("model.static belongs to model=fast")
    if config.decision.rule != "filter" and model.look != "full":
        raise InputError(
            f"decision.rule={config.decision.rule} looks at later turns; say so with model.look=full (offline analysis)"
        )
    if model.class_weights != "none" and config.loss != "filtered":
        raise InputError(f"model.class_weights={model.class_weights} needs loss=filtered, found loss={config.loss}")
    if not model.transitions and not head.transitions:
        fitting = heads_where(lambda other: other.transitions)
        raise InputError(f"model.transitions=false needs {fitting}: head={config.head} has none to leave")
    if model.turn_input == "flat" and model.dialogue_encoder != "none":
        raise InputError(
            f"model.turn_input=flat reads the window itself: use model=flat, found "
            f"model.dialogue_encoder={model.dialogue_encoder}"
        )
    if (rank := config.encoder.rank) and (model.static or config.encoder.trainable_layers == 0):
        raise InputError(f"encoder.rank={rank} needs an encoder with trainable layers, and there are none")
    if model.static and model.detectors:
        raise InputError(f"model.detectors={model.detectors} needs an encoder: model=fast has n-grams instead")
    if config.late_starts and model.turn_input != "turn":
        raise InputError(
            f"late_starts={config.late_starts:g} needs turns that are read alone, found "
            f"model.turn_input={model.turn_input}: give late_starts=0"
        )
    if model.width % model.heads:
        raise InputError(f"model.width={model.width} must be a multiple of model.heads={model.heads}")


def _check_score(config: RunConfig) -> None:
    head, decision, key = HEADS[config.head], config.decision, f"decision.score={config.decision.score}"
    if decision.score == "onset":
        return
    if head.exclusive:
        raise InputError(f"{key} does not fit head={head.name}, whose classes do not begin: the likeliest one is taken")
    if decision.rule != "filter":
        raise InputError(f"{key} is made of filtered beliefs: it needs decision.rule=filter, found {decision.rule}")
    if decision.score == "fresh" and not head.begins_once:
        fitting = heads_where(lambda other: other.begins_once)
        raise InputError(f"{key} needs tags that begin once, so {fitting}, found head={config.head}")
    if decision.score == "begun" and not decision.once:
        raise InputError(f"{key} fires on every turn after an onset: it needs decision.once=true")
