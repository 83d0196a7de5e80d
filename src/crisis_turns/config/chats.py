"""How conversations are read: the keys that every command with conversations has, and every corpus."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PositiveFloat

FormatName = Literal[
    "rows", "openai", "sharegpt", "esconv", "annomi", "meld", "empathetic", "convokit", "whatsapp", "telegram",
    "follow", "transcript",
]  # fmt: skip
Join = Literal["none", "same_speaker"] | PositiveFloat


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _as_names(value: Any) -> Any:
    """One name stands for a list of it; a number that YAML has read is a name as well."""
    if isinstance(value, str | int):
        value = [value]
    return [str(name) if isinstance(name, int) else name for name in value] if isinstance(value, list) else value


Names = Annotated[tuple[str, ...] | None, BeforeValidator(_as_names)]


class SpeakersConfig(Section):
    """Who is who; names are compared without their case."""

    user: Names = None
    """Names of the person whose turns are tagged; ``null``: the usual words (user, client, patient, caller, …)."""
    listener: Names = None
    """Names of the other side; ``null``: the usual words (listener, assistant, therapist, supporter, bot, …)."""
    unknown: Literal["refuse", "text", "user"] = "refuse"
    """What opens with a name on neither list: refused, text that goes on with the turn before, which is told, or a
    user's turn in which the name stays (``Ann: so what``), as nothing else tells several users apart.
    """


class ColumnsConfig(Section):
    """Columns, or keys of JSON objects, in any case; ``null``: as the format calls them."""

    text: str | None = None
    """What is said."""
    speaker: str | None = None
    """Who says it; without one, a name and a colon open the text."""
    dialogue_id: str | None = None
    """Which conversation it belongs to; without one, a conversation begins at each turn_id 0."""
    turn_id: str | None = None
    """The number of the turn in its conversation."""
    labels: str | None = None
    """The tags: names, or their places in ``data.tags``."""
    time: str | None = None
    """When it is said, in seconds or as ISO 8601 writes it; read with turns.join=SECONDS alone."""
    separator: str = ";"
    """What stands between the tags of one cell."""


class TurnsConfig(Section):
    join: Join | None = None
    """Whether messages of one speaker in a row become one turn: ``none``, ``same_speaker``, or those with pauses of at
    most so many seconds; ``null``: ``same_speaker`` for exports of WhatsApp and Telegram, ``none`` for all else.
    """


class ChatConfig(Section):
    """How conversations are read."""

    format: FormatName | None = None
    """How the conversations are written down; ``null``: found by looking."""
    speakers: SpeakersConfig = SpeakersConfig()
    """Who is who."""
    columns: ColumnsConfig = ColumnsConfig()
    """Names of columns."""
    turns: TurnsConfig = TurnsConfig()
    """From messages to turns."""
