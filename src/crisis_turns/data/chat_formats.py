"""How conversations are written down: the one table of formats, which drives reader, tests and documents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crisis_turns.config import ChatConfig, FormatName, Join
from crisis_turns.data.columns import Cells, Columns
from crisis_turns.data.conversation_records import rows_of_conversations
from crisis_turns.data.csv_and_json import Record, sound
from crisis_turns.data.file_content import Content
from crisis_turns.data.records import records_of
from crisis_turns.data.row import Rows
from crisis_turns.data.speakers import Side, Speakers
from crisis_turns.data.telegram import telegram_rows
from crisis_turns.data.transcript import is_stream, stream_rows, transcript_rows
from crisis_turns.data.turn_records import Adapt, annomi, as_they_are, empathetic, meld, rows_of_turns
from crisis_turns.data.whatsapp import is_whatsapp, whatsapp_rows
from crisis_turns.errors import InputError

_RELEASE = Columns()


@dataclass(frozen=True)
class Format:
    """One way to write conversations down.

    Attributes:
        name: what ``format=`` takes.
        what: it in a few words.
        keys: of records: each of these sets holds names that mark its records together, lower-cased.
        columns: of records: what the parts of a message are called.
        messages: of records of one conversation each: the key of the list of messages.
        adapt: of records of one message each: the corpus's own conventions.
        own: the format's own words for the two sides.
        no_label: its own spellings of "no label".
        join: what ``turns.join`` is unless it is given.
        text: of plain text: whether it looks so, and the reader.
    """

    name: FormatName
    what: str
    keys: tuple[frozenset[str], ...] = ()
    columns: Columns = _RELEASE
    messages: str | None = None
    adapt: Adapt = as_they_are
    own: Mapping[str, Side] = field(default_factory=dict)
    no_label: frozenset[str] = frozenset()
    join: Join = "none"
    text: Callable[[str], bool] | None = None

    def speakers(self, config: ChatConfig) -> Speakers:
        """Who is who in it."""
        return Speakers(config.speakers, self.own)

    def cells(self, config: ChatConfig) -> Cells:
        """The cells of its messages."""
        timed = isinstance(config.turns.join, float)
        return Cells(self.columns.chosen(config), config.columns.separator, timed, self.no_label)


_MESSAGES = Columns(
    text=("content", "text", "value"),
    speaker=("role", "speaker", "from"),
    dialogue_id=("dialogue_id", "conversation_id", "id"),
    turn_id=(),
)

FORMATS: tuple[Format, ...] = (
    Format(
        "annomi",
        "AnnoMI's tables, `AnnoMI-simple.csv` and `AnnoMI-full.csv`",
        (frozenset({"utterance_text", "interlocutor"}),),
        Columns(
            ("utterance_text",), ("interlocutor",), ("transcript_id",), ("utterance_id",), ("client_talk_type",), ()
        ),
        adapt=annomi,
        no_label=frozenset({"n/a"}),
    ),
    Format(
        "meld",
        "MELD's tables",
        (frozenset({"utterance", "speaker", "dialogue_id", "utterance_id"}),),
        Columns(("utterance",), ("speaker",), ("dialogue_id",), ("utterance_id",), ("emotion",), ()),
        adapt=meld,
    ),
    Format(
        "empathetic",
        "EmpatheticDialogues' tables",
        (frozenset({"conv_id", "utterance_idx", "speaker_idx"}),),
        Columns(("utterance",), ("speaker_idx",), ("conv_id",), ("utterance_idx",), (), ()),
        adapt=empathetic,
        own={"speaker": Side.USER, "listener": Side.LISTENER},
    ),
    Format(
        "convokit",
        "`utterances.jsonl` of a ConvoKit corpus, or its folder",
        tuple(frozenset({"text", who, where}) for who in ("speaker", "user") for where in ("conversation_id", "root")),
        Columns(
            speaker=("speaker", "user"),
            dialogue_id=("conversation_id", "root"),
            turn_id=(),
            labels=(),
            time=("timestamp",),
        ),
    ),
    Format(
        "telegram",
        "`result.json` of Telegram Desktop",
        (frozenset({"type", "id", "messages"}),),
        Columns(("text",), ("from",), (), (), (), ("date_unixtime", "date")),
        join="same_speaker",
    ),
    Format(
        "openai", "OpenAI's `messages`, with texts or parts", (frozenset({"messages"}),), _MESSAGES, messages="messages"
    ),
    Format(
        "sharegpt", "ShareGPT's `conversations`", (frozenset({"conversations"}),), _MESSAGES, messages="conversations"
    ),
    Format(
        "esconv",
        "ESConv's `dialog`",
        (frozenset({"dialog"}),),
        Columns(("content", "text"), ("speaker",), ("dialogue_id",), (), (), ()),
        messages="dialog",
        own={"sys": Side.LISTENER},
    ),
    Format("rows", "rows in the release's columns, with or without one of speakers", (frozenset({"text"}),)),
    Format("whatsapp", "a chat exported by WhatsApp, from Android or iOS", join="same_speaker", text=is_whatsapp),
    Format("follow", "the lines that `follow=true` reads", text=is_stream),
    Format("transcript", "`Name: text` lines, `---` between conversations", text=lambda text: True),
)
"""Every format; what records or text are, the first says that knows them."""

_TEXT_COLUMNS = {name.casefold() for each in FORMATS if each.keys and not each.messages for name in each.columns.text}


def read_content(content: Content, config: ChatConfig, *, labelled: bool = False) -> tuple[Format, Rows]:
    """The rows of a file in the format that it has, or that the configuration names.

    Args:
        labelled: whether labels must be there: a corpus to learn from or to score on.

    Raises:
        InputError: naming file and row for what cannot be read.
    """
    wanted = {config.columns.text.casefold()} if config.columns.text else set()
    forced = next((each for each in FORMATS if each.name == config.format), None)
    if forced is None and content.text is not None and is_stream(content.text):
        forced = next(each for each in FORMATS if each.text is is_stream)
    is_text = forced is not None and forced.text is not None
    records = None if is_text else records_of(content, _TEXT_COLUMNS | wanted)
    if records is not None and not records:
        raise InputError(f"{content.source}: expected conversations, found an empty file")
    if records is None:
        return _of_text(content, config, forced)
    found = list(sound(records))
    form = forced or _format_of(found[0][1], config)
    return form, _of_records(form, found, content, config, labelled=labelled)


def _of_text(content: Content, config: ChatConfig, forced: Format | None) -> tuple[Format, Rows]:
    text = content.text
    if text is None or (forced is not None and forced.text is None):
        raise InputError(f"{content.source}: expected {forced.what if forced else 'text'}, found another format")
    form = forced or next(each for each in FORMATS if each.text is not None and each.text(text))
    if form.name == "whatsapp":
        return form, whatsapp_rows(text, content.source)
    if form.name == "follow":
        return form, stream_rows(text, content.source, form.cells(config), form.speakers(config))
    return form, transcript_rows(text, content.source)


def _format_of(record: Record, config: ChatConfig) -> Format:
    """The format of a record; one that no format knows is a row that lacks columns."""
    names = {str(name).strip().casefold() for name in record}
    if config.columns.text is None:
        for each in FORMATS:
            if any(keys <= names for keys in each.keys):
                return each
        if {"role", "content"} <= names or {"from", "value"} <= names:
            return next(each for each in FORMATS if each.name == "openai")
    return next(each for each in FORMATS if each.name == "rows")


def _of_records(
    form: Format, records: Sequence[tuple[str, Record]], content: Content, config: ChatConfig, *, labelled: bool
) -> Rows:
    cells = form.cells(config)
    if form.name == "telegram":
        rows = telegram_rows(records, cells)
    elif form.messages is not None:
        if all(form.messages not in record for _, record in records):  # the file is one conversation
            records = [(content.source, {form.messages: [record for _, record in records]})]
        rows = rows_of_conversations(records, cells, messages=form.messages)
    else:
        rows = rows_of_turns(records, cells, adapt=form.adapt, labelled=labelled and form.columns.labels != ())
    if content.note:
        rows.notes.append(content.note)
    return rows
