"""Chats that WhatsApp exports as text, from Android or from iOS, as rows.

Their layouts follow the phone's language: ``12/07/2022, 11:10 pm - Ann: …`` and ``[12.07.22, 23:10:45] Ann: …`` are two
of many. Which of the first two numbers is the day is found in the dates themselves, and told.
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from crisis_turns.data.row import Row, Rows
from crisis_turns.errors import InputError

_DATE = r"(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{1,4})"
_TIME = r"(?P<time>\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)\s?(?P<half>[ap]\.?\s?m\.?)?"
_WORD = r"(?:[^\W\d]+ )?"  # "klo", "um"
_ANDROID = re.compile(rf"{_DATE},? {_WORD}{_TIME} [-–] (?P<rest>.*)", re.IGNORECASE)
_IOS = re.compile(rf"\[{_DATE}(?P<comma>,?) {_WORD}{_TIME}\] (?P<rest>.*)", re.IGNORECASE)
_YEAR_FIRST = {"year, month, day": (0, 1, 2)}
_YEAR_LAST = {"day, month, year": (2, 1, 0), "month, day, year": (2, 0, 1)}
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"))
_SPACES = {ord(space): " " for space in "\u202f\u00a0"}
_SENDER = re.compile(r"(?P<name>[^:\"“”]{1,60}): ?(?P<text>.*)")
_MEDIA = re.compile(
    r"<[^<>]*\b(?:omitted|attached|ausgeschlossen|weggelassen|omitid[oa]s?|omis(?:es)?|omess[oi]|ocult[oa]s?|null)\b[^<>]*>"
    r"|<(?:attached|Anhang|adjunto|pièce jointe|allegato|anexado): [^<>]+>"
    r"|\S.{0,120}\.\w{2,5} \([^()]*(?:attached|angehängt|adjunto|joint|allegato|anexado)[^()]*\)"
    r"|(?:image|video|audio|sticker|GIF|document|Contact card) omitted"
    r"|(?:You deleted this message|This message was deleted|Waiting for this message\b.*|null)\.?"
    r"|(?:Missed (?:voice|video|group) call.*)",
    re.IGNORECASE,
)


_EDITED = re.compile(r"\s*<This message was edited>$")
_OWN = "\u200e"
"""The mark that iOS sets before words of its own."""


class _Heading(NamedTuple):
    """What stands before a message."""

    numbers: tuple[int, ...]
    """Of the date, as written."""
    time: timedelta
    rest: str
    marked: bool
    """Whether a mark that iOS sets before its own words stands before the text."""


def is_whatsapp(text: str) -> bool:
    """Whether the first line that says something is a message of an export."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return _heading(first) is not None


def whatsapp_rows(text: str, source: str) -> Rows:
    """The rows of one chat; lines without a date go on with the message before.

    Lines of WhatsApp's own and media are nobody's turn.

    Raises:
        InputError: naming the line of a date that is none, or if there is no message.
    """
    rows = Rows()
    messages: list[tuple[Row | None, _Heading]] = []
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{source}, line {number}"
        heading = _heading(line)
        if heading:
            messages.append((_message(heading, where, rows.left_out), heading))
        elif messages and line.strip():
            row, before = messages[-1]
            if row is not None:
                messages[-1] = replace(row, text=f"{row.text}\n{_plain(line)}"), before
        elif line.strip():
            raise InputError(f"{where}: expected a message that begins with its date")
    times = _times([(row.where if row else source, heading) for row, heading in messages], rows.notes)
    for (row, _), seconds in zip(messages, times, strict=True):
        kept = None if row is None else _without_media(row, rows.left_out)
        if kept is not None:
            rows.rows.append(replace(kept, begins=not rows.rows, seconds=seconds))
    if not rows.rows:
        raise InputError(f"{source}: expected messages of people, found none")
    return rows


def _heading(line: str) -> _Heading | None:
    plain = _plain(line).translate(_SPACES)
    found = _ANDROID.match(plain) or _IOS.match(plain)
    if found is None:
        return None
    numbers = tuple(map(int, re.split(r"[./-]", found["date"])))
    if found.re is _IOS and not found["comma"] and numbers[0] > 31:  # a transcript's time stamp
        return None
    hours, minutes, *seconds = map(int, re.split(r"[:.]", found["time"]))
    if found["half"]:
        hours = hours % 12 + 12 * found["half"].lower().startswith("p")
    rest = line.translate(_SPACES).rstrip("\r")
    said = rest.partition(": ")[2] if found.re is _IOS else ""
    time = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return _Heading(numbers, time, _rest(line, found["rest"]), said.startswith(_OWN))


def _rest(line: str, rest: str) -> str:
    """What follows the heading with the spaces of the text as they are."""
    plain = _plain(line)
    return plain[len(plain) - len(rest) :]


def _message(heading: _Heading, where: str, left_out: Counter[str]) -> Row | None:
    found = _SENDER.match(heading.rest)
    if found is None:
        left_out["line of WhatsApp's own"] += 1
        return None
    text = _EDITED.sub("", found["text"])
    text = f"{_OWN}{text}" if heading.marked else text
    return Row(where, None, None, text, None, found["name"].strip().removeprefix("~").strip())


def _without_media(row: Row, left_out: Counter[str]) -> Row | None:
    """The message without a first line that stands for a picture or the like, whose caption may follow."""
    first, _, caption = row.text.partition("\n")
    if not (first.startswith(_OWN) or _MEDIA.fullmatch(first.strip())):
        return row
    left_out["medium or deleted message"] += 1
    return replace(row, text=caption) if caption.strip() else None


def _plain(line: str) -> str:
    return line.rstrip("\r").translate(_MARKS)


def _times(headings: list[tuple[str, _Heading]], notes: list[str]) -> list[float]:
    """Seconds of each message, by the order of day and month that the dates have."""
    year_first = bool(headings) and headings[0][1].numbers[0] > 31
    orders = _YEAR_FIRST if year_first else _YEAR_LAST
    fitting = {name: times for name, order in orders.items() if (times := _in_order(headings, order)) is not None}
    if not fitting:
        dates = ((where, [_date(heading, order) for order in orders.values()]) for where, heading in headings)
        where = next((where for where, found in dates if not any(found)), headings[0][0])
        raise InputError(f"{where}: expected dates in one order of day, month and year, from here on or in all lines")
    rising = {name: times for name, times in fitting.items() if all(a <= b for a, b in pairwise(times))} or fitting
    name = next(iter(rising))
    doubt = " (the dates fit another order as well)" if len(rising) > 1 else ""
    notes.append(f"dates are read as {name}{doubt}")
    return rising[name]


def _in_order(headings: list[tuple[str, _Heading]], order: tuple[int, ...]) -> list[float] | None:
    dates = [_date(heading, order) for _, heading in headings]
    return None if None in dates else [date for date in dates if date is not None]


def _date(heading: _Heading, order: tuple[int, ...]) -> float | None:
    year, month, day = (heading.numbers[place] for place in order)
    try:
        moment = datetime(year + 2000 if year < 100 else year, month, day) + heading.time
    except (ValueError, OverflowError):  # the hour, as written, may lead beyond the calendar's last day
        return None
    return (moment - datetime(1970, 1, 1)).total_seconds()
