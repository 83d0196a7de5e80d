"""Text to records, where it holds any: JSON in every layout, or lines of cells with a header."""

import re
from collections.abc import Collection, Sequence
from functools import partial

from crisis_turns.data.csv_and_json import Line, csv_lines, csv_reader, json_lines
from crisis_turns.data.file_content import Content
from crisis_turns.data.json_layouts import json_rows
from crisis_turns.errors import InputError

_JSON = re.compile(r"\s*(?:\{|\[\s*[\[{\]\"])")
_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t", "|")
_TABLES = (".csv", ".tsv", ".tab")
_JSON_LINES = (".jsonl", ".ndjson")
_JSONS = (".json", *_JSON_LINES)
_JSON_LINE = re.compile(r"\s*(?:\{.*\}|\[.*\])\s*(?:\n|$)")
_UNQUOTED = "utterance_idx"
"""A column of EmpatheticDialogues, whose quotation marks are text."""


def records_of(content: Content, text_columns: Collection[str]) -> Sequence[Line] | None:
    """The file's records; ``None`` if it is plain text.

    Args:
        text_columns: what the column of texts may be called, lower-cased: a line of cells with one of them is a header.

    Raises:
        InputError: if the file's name says that it is a table or JSON, and it is none.
    """
    if content.text is None:
        return content.records
    path = content.source.lower().removesuffix(".gz")
    if path.endswith(_JSON_LINES) and _JSON_LINE.match(content.text):
        return tuple(json_lines(content.text, content.source))
    if _JSON.match(content.text) or path.endswith(_JSONS):
        return tuple(json_rows(content.text, content.source))
    is_table = path.endswith(_TABLES)
    header = _Header.of(content.text, text_columns, alone=is_table)
    if header is None:
        if is_table:
            header = _Header.likeliest(content.text)
            header.refuse(content.source, text_columns)
        return None
    return tuple(header.lines(content))


class _Header:
    """The first line of cells: what they are, and what stands between them."""

    def __init__(self, delimiter: str, cells: Sequence[str], first: int, skipped: int) -> None:
        self.delimiter, self.cells, self.first, self._skipped = delimiter, cells, first, skipped

    @classmethod
    def of(cls, text: str, text_columns: Collection[str], *, alone: bool) -> "_Header | None":
        """The header with a column of texts, which may be the only one if ``alone``; ``None`` if there is none."""
        found = [header for header in cls._all(text) if set(header.folded) & set(text_columns)]
        found = [header for header in found if alone or len(header.cells) > 1]
        return max(found, key=lambda header: len(header.cells), default=None)

    @classmethod
    def likeliest(cls, text: str) -> "_Header":
        """The one with most cells."""
        return max(cls._all(text), key=lambda header: len(header.cells))

    @classmethod
    def _all(cls, text: str) -> list["_Header"]:
        said = _SEPARATOR.match(text)
        skipped = said.end() if said else 0
        first = 2 if said else 1
        line = next((line for line in re.split(r"[\r\n]", text[skipped:]) if line.strip()), "")
        return [
            cls(delimiter, next(csv_reader([line], delimiter=delimiter), []), first, skipped)
            for delimiter in ([said[1]] if said else _DELIMITERS)
        ]

    @property
    def folded(self) -> list[str]:
        return [cell.strip().casefold() for cell in self.cells]

    def lines(self, content: Content) -> list[Line]:
        assert content.text is not None
        read = partial(csv_lines, content.text[self._skipped :], content.source, first=self.first)
        return list(read(delimiter=self.delimiter, quoted=_UNQUOTED not in self.folded))

    def refuse(self, source: str, text_columns: Collection[str]) -> None:
        found = ", ".join(self.cells)[:200]
        if not found.strip():
            raise InputError(f"{source}: expected conversations, found an empty file")
        if not found.count(":"):  # a transcript under a table's name is one
            raise InputError(
                f"{source}, line {self.first}: expected a column 'text', found the columns {found}; columns.text=NAME "
                "says which it is"
            )
