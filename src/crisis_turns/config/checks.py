"""From values to a checked configuration, or to one sentence on the first mistake."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crisis_turns.config.run import RunConfig
from crisis_turns.config.sections import DataConfig, TfidfConfig
from crisis_turns.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def check(values: dict[str, Any]) -> RunConfig:
    """The typed configuration, or an :class:`InputError` that names the first wrong key."""
    config = validated(RunConfig, values)
    _check_combinations(config)
    return config


def validated(model: type[Model], values: object) -> Model:
    """The values as a typed model, or an :class:`InputError` that names the first wrong key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError(_first_mistake(error)) from None


def _first_mistake(error: ValidationError) -> str:
    """One sentence on the first thing that pydantic found wrong."""
    first = error.errors(include_url=False)[0]
    models = ("hier_crf", "turn_only", "flat", "fast", "tfidf")
    key = ".".join(str(part) for part in first["loc"] if part not in models)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    found = "" if first["type"] in ("extra_forbidden", "missing") else f", found {str(first['input'])[:60]!r}"
    return f"configuration key '{key}': {first['msg'][0].lower()}{first['msg'][1:]}{found}{more}"


def _check_combinations(config: RunConfig) -> None:
    tags = config.data.tag_set  # also checks the names
    exclusive = config.head == "exclusive"
    if exclusive != tags.exclusive:
        kind = "exactly one class per user turn" if tags.exclusive else "any number of tags per user turn"
        fitting = "head=exclusive" if tags.exclusive else "head=onset, hazard, binary or independent"
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
    if not model.transitions and config.head not in ("binary", "exclusive"):
        raise InputError(
            f"model.transitions=false needs head=binary or exclusive: head={config.head} has none to leave"
        )
    if model.coarse and not (tags.alerts and tags.confirms and not tags.exclusive):
        raise InputError(f"model.coarse=true needs Alert and Confirm tags: data={config.data.name} has no such pair")
    if model.label_meaning == "features":
        if model.static is not None:
            raise InputError("model.label_meaning=features needs an encoder that reads definitions, not model=fast")
        _check_definitions(config.data)
    if model.turn_input == "flat" and model.dialogue_encoder != "none":
        raise InputError(
            f"model.turn_input=flat reads the window itself: use model=flat, found "
            f"model.dialogue_encoder={model.dialogue_encoder}"
        )
    if model.width % model.heads:
        raise InputError(f"model.width={model.width} must be a multiple of model.heads={model.heads}")


def _check_definitions(data: DataConfig) -> None:
    names, given = data.tag_set.names, data.definitions or {}
    unknown = [name for name in given if name not in names]
    undefined = [name for name in names if data.tags is not None and not given.get(name, "").strip()]
    if unknown:
        raise InputError(f"data.definitions: '{unknown[0]}' is no tag of data={data.name}")
    if undefined:
        raise InputError(
            f"model.label_meaning=features needs a sentence on what each tag means: data.definitions has none for "
            f"'{undefined[0]}'"
        )


def _check_score(config: RunConfig) -> None:
    decision, key = config.decision, f"decision.score={config.decision.score}"
    if decision.score == "onset":
        return
    if config.head == "exclusive":
        raise InputError(f"{key} does not fit head=exclusive, whose classes do not begin: the likeliest one is taken")
    if decision.rule != "filter":
        raise InputError(f"{key} is made of filtered beliefs: it needs decision.rule=filter, found {decision.rule}")
    if decision.score == "fresh" and config.head not in ("onset", "hazard"):
        raise InputError(f"{key} needs tags that begin once, so head=onset or hazard, found head={config.head}")
    if decision.score == "begun" and not decision.once:
        raise InputError(f"{key} fires on every turn after an onset: it needs decision.once=true")
