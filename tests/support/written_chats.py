"""One conversation written down in every format, for the reader to read back.

Each writer takes turns ``(is_user, text, labels)`` and the folder to write into, and gives the path with the keys that
the reader needs.
"""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

Turns = list[tuple[bool, str, tuple[str, ...]]]
Keys = dict[str, object]


class Writer(NamedTuple):
    """A way to write conversations down.

    Attributes:
        form: its name in the table of formats.
        write: the writer.
        lines: whether a message may have several lines.
        labels: whether it has labels.
    """

    form: str
    write: Callable[[Turns, Path], tuple[Path, Keys]]
    lines: bool = True
    labels: bool = False


def _named(turns: Turns, user="User", listener="Listener") -> list[tuple[str, str, str]]:
    return [(user if is_user else listener, text, "; ".join(labels)) for is_user, text, labels in turns]


def _rows(turns: Turns, *, column: bool) -> list[dict[str, object]]:
    return [
        {"turn_id": n, **({"speaker": who, "text": text} if column else {"text": f"{who}: {text}"}), "labels": labels}
        for n, (who, text, labels) in enumerate(_named(turns))
    ]


def _csv(delimiter: str, *, column: bool, head: str = "", end: str = "\n", bom: str = "") -> Callable:
    def write(turns: Turns, folder: Path) -> tuple[Path, Keys]:
        path = folder / "chat.csv"
        rows = _rows(turns, column=column)
        with path.open("w", newline="", encoding="utf-8") as file:
            file.write(bom + head)
            writer = csv.DictWriter(file, [name.upper() for name in rows[0]], delimiter=delimiter, lineterminator=end)
            writer.writeheader()
            writer.writerows({name.upper(): value for name, value in row.items()} for row in rows)
        return path, {}

    return write


def _zipped(turns: Turns, folder: Path) -> tuple[Path, Keys]:
    path = folder / "chat.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, _rows(turns, column=True))).encode()))
    return path, {}


def _frame(orient: str) -> Callable:
    def write(turns: Turns, folder: Path) -> tuple[Path, Keys]:
        path = folder / "chat.json"
        pd.DataFrame(_rows(turns, column=False)).to_json(path, orient=orient)
        return path, {}

    return write


def _parquet(turns: Turns, folder: Path) -> tuple[Path, Keys]:
    path = folder / "chat.parquet"
    pd.DataFrame(_rows(turns, column=True)).to_parquet(path)
    return path, {}


def _json(value: Callable[[Turns], object], keys: Keys | None = None) -> Callable:
    def write(turns: Turns, folder: Path) -> tuple[Path, Keys]:
        path = folder / "chat.json"
        path.write_text(json.dumps(value(turns)), encoding="utf-8")
        return path, keys or {}

    return write


def _text(lines: Callable[[Turns], list[str]], keys: Keys | None = None, name: str = "chat.txt") -> Callable:
    def write(turns: Turns, folder: Path) -> tuple[Path, Keys]:
        path = folder / name
        path.write_text("\n".join(lines(turns)) + "\n", encoding="utf-8", newline="")
        return path, keys or {}

    return write


def _table(columns: tuple[str, ...], rows: Callable[[Turns], list[tuple]], keys: Keys | None = None) -> Callable:
    def write(turns: Turns, folder: Path) -> tuple[Path, Keys]:
        path = folder / "chat.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows(turns)])
        return path, keys or {}

    return write


def _empathetic(turns: Turns, folder: Path) -> tuple[Path, Keys]:
    path = folder / "chat.csv"
    lines = ["conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags"]
    first = turns[0][0]
    for n, (is_user, text, _) in enumerate(turns, 1):
        lines.append(f"hit:1,{n},sad,a week,{3 if is_user == first else 8},{text.replace(',', '_comma_')},5_5,")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path, {} if first else {"speakers": {"user": ["listener"], "listener": ["speaker"]}}


ANN = {"speakers": {"user": ["Ann"], "listener": ["Bea"]}}
WRITERS = (
    Writer("rows", _csv(",", column=False), labels=True),
    Writer("rows", _csv(";", column=True, head="sep=;\r\n", end="\r\n", bom="\ufeff"), labels=True),
    Writer("rows", _csv("\t", column=True), labels=True),
    Writer("rows", _zipped, labels=True),
    Writer("rows", _parquet, labels=True),
    *(Writer("rows", _frame(how), labels=True) for how in ("split", "records", "index", "columns", "values", "table")),
    Writer("openai", _json(lambda turns: {"messages": [
        {"role": "user" if u else "assistant", "content": [{"type": "text", "text": t}], "labels": list(li)}
        for u, t, li in turns]}), labels=True),
    Writer("sharegpt", _json(lambda turns: [{"conversations": [
        {"from": "human" if u else "gpt", "value": t} for u, t, _ in turns]}])),
    Writer("esconv", _json(lambda turns: [{"dialog": [
        {"speaker": "usr" if u else "sys", "text": t} for u, t, _ in turns]}])),
    Writer("annomi", _table(
        ("transcript_id", "utterance_id", "interlocutor", "utterance_text", "client_talk_type"),
        lambda turns: [(0, n, "client" if u else "therapist", t, ";".join(li) or "n/a")
                       for n, (u, t, li) in enumerate(turns)]), labels=True),
    Writer("meld", _table(
        ("Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"),
        lambda turns: [(t, "Ann" if u else "Bea", ";".join(li), 7, n + 2) for n, (u, t, li) in enumerate(turns)], ANN),
        labels=True),
    Writer("empathetic", _empathetic, lines=False),
    Writer("convokit", _text(lambda turns: [json.dumps(
        {"id": f"u{n}", "conversation_id": "u0", "speaker": "Ann" if u else "Bea", "text": t, "reply-to": None})
        for n, (u, t, _) in enumerate(turns)], ANN, "utterances.jsonl")),
    Writer("whatsapp", _text(lambda turns: [
        f"{n % 12 + 1}/13/24, 9:05\u202fPM - {'Ann' if u else 'Bea'}: {t}" for n, (u, t, _) in enumerate(turns)],
        {**ANN, "turns": {"join": "none"}})),
    Writer("whatsapp", _text(lambda turns: [
        f"\u200e[13.{n % 12 + 1}.24, 21:05:{n:02}] {'Ann' if u else 'Bea'}: {t}\r"
        for n, (u, t, _) in enumerate(turns)], {**ANN, "turns": {"join": "none"}})),
    Writer("telegram", _json(lambda turns: {"type": "personal_chat", "id": 1, "messages": [
        {"id": n, "type": "message", "date_unixtime": str(n), "from": "Ann" if u else "Bea",
         "text": [t[:2], {"type": "bold", "text": t[2:]}]} for n, (u, t, _) in enumerate(turns)]},
        {**ANN, "turns": {"join": "none"}})),
    Writer("follow", _text(lambda turns: [
        *(json.dumps({"dialogue_id": "a", "speaker": who, "text": t, "labels": li}) for who, t, li in _named(turns)),
        '{"dialogue_id": "a", "end": true}']), labels=True),
    Writer("transcript", _text(lambda turns: [f"{who}: {t}\n" for who, t, _ in _named(turns)])),
    Writer("transcript", _text(lambda turns: [f"**{who}:** {t}" for who, t, _ in _named(turns, "client", "BOT")])),
    Writer("transcript", _text(lambda turns: [
        f"[09:0{n % 10}] {who}：{t}" for n, (who, t, _) in enumerate(_named(turns))])),
)  # fmt: skip
