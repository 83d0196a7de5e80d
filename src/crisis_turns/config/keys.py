"""The keys of a configuration, read off its types: what each means, which values it takes, and whether it is a path."""

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crisis_turns.config.sections import PathText


class Key(NamedTuple):
    """One key that takes a value."""

    name: str
    """With its sections: ``optim.epochs``."""
    meaning: str
    values: str
    """The allowed ones, in words: ``past | full``, ``integer > 0``."""
    default: Any
    """``...`` where there is none."""
    is_path: bool
    is_open: bool
    """Whether its value is a mapping with names of the user's own."""


def keys_of(schema: type[BaseModel], chosen: Mapping[str, Any] | None = None) -> dict[str, Key]:
    """All keys of a configuration by name, in the order of its fields.

    Args:
        chosen: a composed configuration. Of sections that exclude each other (``model``) only the chosen one counts
            then, and a section that is left out is one key; without it, every key of every choice is listed.
    """
    found: dict[str, Key] = {}
    for key in _walk(schema, chosen, ""):
        found.setdefault(key.name, key)
    return found


def dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A configuration's values by their keys in full: ``{"optim": {"epochs": 4}}`` as ``{"optim.epochs": 4}``."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        found |= dotted(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return found


def sections_of(field: FieldInfo) -> tuple[type[BaseModel], ...]:
    """The sections that a field may hold; none for a plain value."""
    return tuple(
        part
        for part in (field.annotation, *get_args(field.annotation))
        if isinstance(part, type) and issubclass(part, BaseModel)
    )


def plain(meaning: str | None) -> str:
    """A docstring as one line of plain text."""
    return " ".join((meaning or "").replace("``", "").split())


def _walk(schema: type[BaseModel], chosen: Mapping[str, Any] | None, prefix: str) -> Iterator[Key]:
    for name, field in schema.model_fields.items():
        given = None if chosen is None else chosen.get(name)
        sections = [section for section in sections_of(field) if given is None or _takes(section, given)]
        if sections and (chosen is None or given is not None):
            for section in sections:
                yield from _walk(section, given, f"{prefix}{name}.")
        else:
            default = ... if field.is_required() else field.get_default(call_default_factory=True)
            yield Key(
                f"{prefix}{name}",
                plain(field.description),
                _in_words(field.annotation, field.metadata),
                default,
                _PATH in (*field.metadata, *_metadata(field.annotation)),
                any(get_origin(part) is dict for part in (field.annotation, *get_args(field.annotation))),
            )


_PATH = get_args(PathText)[1]


def _metadata(annotation: Any) -> list[Any]:
    """What stands in the ``Annotated`` of a type, however deep."""
    own = list(get_args(annotation)[1:]) if get_origin(annotation) is Annotated else []
    return own + [part for argument in get_args(annotation) for part in _metadata(argument)]


def _takes(section: type[BaseModel], given: Mapping[str, Any]) -> bool:
    """Whether this is the section that the values' ``name`` chooses."""
    name = section.model_fields.get("name")
    return name is None or get_origin(name.annotation) is not Literal or given.get("name") in get_args(name.annotation)


def _in_words(annotation: Any, metadata: list[Any]) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _in_words(parts[0], list(parts[1:]))
    if origin is Literal:
        return " | ".join(map(str, parts))
    if origin is tuple:
        return f"[{_in_words(parts[0], [])}, …]"
    if origin is dict:
        return "mapping"
    if parts:
        return " | ".join(dict.fromkeys(_in_words(part, []) for part in parts))
    if annotation is NoneType:
        return "null"
    if annotation is bool:
        return "true | false"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    if annotation is str:
        return "path" if _PATH in metadata else "text"
    return f"{'integer' if annotation is int else 'number'}{_bounds(metadata)}"


def _bounds(metadata: list[Any]) -> str:
    low = high = ""
    flat = [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
    for part in flat:
        match part:
            case Gt(gt=bound):
                low = f" > {bound}"
            case Ge(ge=bound):
                low = f" ≥ {bound}"
            case Lt(lt=bound):
                high = f" < {bound}"
            case Le(le=bound):
                high = f" ≤ {bound}"
    return f"{low}{' and' if low and high else ''}{high}"
