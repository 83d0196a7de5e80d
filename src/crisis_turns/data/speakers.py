"""Who is who: names of speakers to the two sides of a dialogue, and where a line says whose it is."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from crisis_turns.config import SpeakersConfig
from crisis_turns.data.dialogue import Speaker
from crisis_turns.errors import InputError

USER = (
    "user", "usr", "client", "patient", "caller", "seeker", "help seeker", "help-seeker", "helpseeker", "human",
    "texter", "visitor",
)  # fmt: skip
LISTENER = (
    "listener", "assistant", "bot", "chatbot", "gpt", "chatgpt", "ai", "model", "therapist", "counsellor", "counselor",
    "psychologist", "supporter", "helper", "agent", "operator", "responder", "volunteer",
)  # fmt: skip
NOBODY = (
    "system", "developer", "tool", "function", "function_call", "tool_call", "tool_response", "observation", "ipython",
)  # fmt: skip


class Side(StrEnum):
    """Whose words they are."""

    USER = "user"
    LISTENER = "listener"
    NOBODY = "nobody"
    UNKNOWN = "unknown"

    @property
    def speaker(self) -> Speaker:
        """Of the two sides that speak."""
        return Speaker.USER if self is Side.USER else Speaker.LISTENER


_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,6})?(?:\s?[ap]\.?m\.?)?"
_STAMP = rf"[\[(]?(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?:,\s*|\s+|T))?{_CLOCK}Z?[\])]?\s*(?:[-–—]\s*)?"
_NAME = r"[^\W\d_][^:：\n*\[\]<>|\"“”]{0,39}?"
_AFTER = rf"\s*(?:[\[(]{_CLOCK}[\])]\s*)?"
_OPENING = re.compile(
    rf"\s*(?:{_STAMP})?"
    rf"(?:(?P<mark>\*{{1,3}}|__?)(?:{_STAMP})?(?P<marked>{_NAME})(?:{_AFTER}[:：]\s*(?P=mark)|(?P=mark){_AFTER}[:：])"
    rf"|(?P<plain>{_NAME}){_AFTER}[:：])(?P<rest>[^\n]?)",
    re.IGNORECASE,
)
_NO_NAMES = frozenset({
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "first", "second", "third",
    "fourth", "fifth", "firstly", "secondly", "thirdly", "lastly", "finally", "next", "then", "also", "note", "notes",
    "ps", "p.s", "pps", "edit", "update", "tip", "example", "question", "answer", "remember",
})  # fmt: skip
"""Words before a colon that count or announce, as people and language models write them: never a speaker's name."""
_WORD = re.compile(r"[\w.'’&()/-]+")
_MOST_WORDS = 4


class Speakers:
    """The names on each side.

    Args:
        config: the user's lists, in place of the usual words.
        own: a format's own words for the sides, which count where the lists say nothing.

    Raises:
        InputError: if a name is on both lists.
    """

    def __init__(self, config: SpeakersConfig | None = None, own: Mapping[str, Side] | None = None) -> None:
        config = config or SpeakersConfig()
        user, listener = (
            {_folded(name) for name in (usual if given is None else given)}
            for given, usual in ((config.user, USER), (config.listener, LISTENER))
        )
        if both := sorted(user & listener):
            raise InputError(
                f"'{shown(both[0])}' is on both lists, speakers.user and speakers.listener; a list that is not given "
                "has the usual words"
            )
        self._sides = {_folded(name): Side.NOBODY for name in NOBODY} | dict(own or {})
        self._sides |= dict.fromkeys(user, Side.USER) | dict.fromkeys(listener, Side.LISTENER)
        self.refuses_unknown = config.unknown == "refuse"
        """Whether a name on neither list is a mistake, and not text."""
        self._others = Side.USER if config.unknown == "user" else Side.UNKNOWN

    def side(self, name: str) -> Side:
        """Whose words follow the name."""
        return self._sides.get(_folded(name), self._others)

    def told(self, name: str, text: str) -> str:
        """What is read of a name's words: its name too if it is a user's on no list."""
        return f"{name}: {text}" if self._others is Side.USER and not self._is_listed(name) else text

    def opening(self, text: str) -> tuple[str | None, str]:
        """The name that opens a text and what is said then; no name and the whole text where none does.

        A time stamp before the name and Markdown's marks around it are no part of either. A name on neither list counts
        if it looks like one: a single word, or up to four that begin with capitals, before a colon; but for words that
        count or announce ("First: …").
        """
        found = _OPENING.match(text)
        if found is None:
            return None, text.strip()
        name = (found["marked"] or found["plain"]).strip()
        if not self._is_listed(name) and not _looks_like_a_name(name, found["rest"]):
            return None, text.strip()
        return name, text[found.start("rest") :].strip()

    def names_inside(self, text: str) -> int:
        """How many lines after the first open with a name of the lists."""
        return sum(
            name is not None and self._sides.get(_folded(name)) in (Side.USER, Side.LISTENER)
            for line in text.split("\n")[1:]
            for name in [self.opening(line)[0]]
        )

    def _is_listed(self, name: str) -> bool:
        return _folded(name) in self._sides


RELEASE = SpeakersConfig(user=(Speaker.USER,), listener=(Speaker.LISTENER,), unknown="text")
"""The release's own convention: two names, and every other row goes on with the one before."""


def unknown_names(first: Mapping[str, str], *, opens_a_text: bool) -> InputError:
    """What to say of names on neither list.

    Args:
        first: each name with where it stands first.
        opens_a_text: whether one of them only opens a text, and may be no name.
    """
    name, *others = map(shown, first)
    where = next(iter(first.values()))
    also = f" (nor {'are' if len(others) > 1 else 'is'} {_listed(others)})" if others else ""
    or_text = ", or speakers.unknown=text if such lines go on with the one before" if opens_a_text else ""
    return InputError(
        f"{where}: '{name}' is on no list of speakers{also}: say who is who with speakers.user=[{name}] or "
        f"speakers.listener=[{name}]{or_text}"
    )


def shown(name: str) -> str:
    """A name in a message: in one line, of at most 40 characters."""
    return "".join(character if character.isprintable() else "·" for character in name[:40])


def _listed(names: Iterable[str]) -> str:
    listed = [f"'{name}'" for name in names]
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")


def _looks_like_a_name(name: str, after: str) -> bool:
    words = name.split()
    if name.casefold().rstrip(".") in _NO_NAMES:
        return False
    if after in ("/", "\\") or (after.isdigit() and name[-1].isdigit()):  # an address, a path, a time of day
        return False
    if not all(map(_WORD.fullmatch, words)) or len(words) > _MOST_WORDS:
        return False
    return len(words) == 1 or all(word[0].upper() == word[0] for word in words)


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split()).strip("*: ")
