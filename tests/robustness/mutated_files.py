"""Experiment: thousands of broken files, each read in full or refused in a sentence; no label goes missing."""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crisis_turns.comparison.finished_runs import read_runs
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.table import read_rows
from crisis_turns.errors import InputError
from crisis_turns.predictions.format import read_decided, read_predictions
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.load import load_run
from crisis_turns.tags import TagSet, split_labels
from tests.robustness.mutation import MUTATIONS
from tests.robustness.tally import Tally
from tests.robustness.workplace import TAGS, Workplace

TAG_SET = TagSet(TAGS)
_NAMES = re.compile("|".join(TAGS))
Read = Callable[[Path], None]


def run(workplace: Workplace, rng: random.Random, *, quick: bool) -> Tally:
    """Corpora in every format, predictions files, and every file of a run and of an export."""
    tally = Tally()
    scratch = workplace.path / "mutated"
    scratch.mkdir(exist_ok=True)
    for suffix in (".parquet", ".csv", ".jsonl", ".json"):
        source = _corpus(scratch / f"corpus{suffix}", workplace.dialogues)
        _mutate(tally, source, _corpus_reader, rng, 20 if quick else 1250)
        _mutate(tally, source, _conversations_reader, rng, 5 if quick else 250)
    talk = scratch / "talk.txt"
    talk.write_text("\n".join(f"{t.speaker}: {t.text}" for d in workplace.dialogues for t in d.turns), encoding="utf-8")
    _mutate(tally, talk, _conversations_reader, rng, 10 if quick else 500)
    ours = RunFolder(workplace.run).predictions("test")
    table = scratch / "predictions.csv"
    table.write_bytes((workplace.data / "test.csv").read_bytes())
    for source in (ours, table):
        _mutate(tally, source, lambda path: _check_predictions(path, workplace.dialogues), rng, 20 if quick else 750)
    _mutate(tally, ours, lambda path: void(read_decided(path, TAG_SET)), rng, 10 if quick else 500)
    for folder in (workplace.run, workplace.export):
        files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        copy = scratch / f"copy-{folder.name}"
        shutil.copytree(folder, copy)
        for _ in range(10 if quick else 750):
            _spoil_folder(tally, copy, rng.choice(files), workplace, rng)
    return tally


def void(_: object) -> None:
    """Drops what a reader gives."""


def _mutate(tally: Tally, source: Path, read: Read, rng: random.Random, cases: int) -> None:
    whole = source.read_bytes()
    broken = source.with_name(f"broken-{source.name}")
    for _ in range(cases):
        mutation = rng.choice(MUTATIONS)
        broken.write_bytes(mutation(whole, rng))
        _judged(tally, lambda: read(broken), f"{source.name}, {mutation.__name__}")
    broken.unlink(missing_ok=True)


def _judged(tally: Tally, read: Callable[[], None], example: str) -> None:
    try:
        read()
        tally.fine("read")
    except InputError as error:
        if not str(error).strip() or len(str(error)) > 30_000:
            tally.fault("a sentence that is empty or endless", f"{example}: {len(str(error))} characters")
        else:
            tally.fine("refused")
    except AssertionError as error:
        tally.fault(str(error), example)
    except Exception as error:
        tally.escaped(error, example)


def _spoil_folder(tally: Tally, folder: Path, name: Path, workplace: Workplace, rng: random.Random) -> None:
    path, mutation = folder / name, rng.choice(MUTATIONS)
    whole = path.read_bytes()
    path.write_bytes(mutation(whole, rng))

    def read() -> None:
        load_run(folder)
        if RunFolder(folder).finished.is_file():
            read_runs([RunFolder(folder), RunFolder(workplace.runs / "s2")], "test")

    _judged(tally, read, f"{name}, {mutation.__name__}")
    path.write_bytes(whole)


def _corpus_reader(path: Path) -> None:
    """Every label of the file is scored or told; one that came into a text by a lost comma counts as seen."""
    rows = read_rows(path)
    dialogues, report = build_dialogues(rows, split="test", tags=TAG_SET)
    labels = sum(len(row.labels if isinstance(row.labels, tuple) else split_labels(row.labels)) for row in rows)
    assert report.labels == labels, "labels that the report does not count"
    told = report.labels_scored + report.labels_on_listener + report.labels_repeated
    assert told == labels, "labels neither scored nor told"
    assert sum(len(turn.tags) for d in dialogues for turn in d.turns) == report.labels_scored, "labels scored twice"
    if path.suffix != ".parquet":
        elsewhere = sum(len(_NAMES.findall(f"{row.text} {row.dialogue_id}")) for row in rows)
        written = len(_NAMES.findall(path.read_text(encoding="utf-8-sig")))
        assert written <= labels + elsewhere, "labels of the file that no row has"


def _conversations_reader(path: Path) -> None:
    read_chats(path)


def _check_predictions(path: Path, dialogues: list[Dialogue]) -> None:
    read_predictions(path, dialogues, TAG_SET)


def _corpus(path: Path, dialogues: list[Dialogue]) -> Path:
    """The dialogues in the format of the suffix.

    Raises:
        KeyError: for a suffix that is new, and not written here yet.
    """
    rows = [
        {"dialogue_id": d.id, "turn_id": t.turn_id, "text": f"{t.speaker}: {t.text}", "labels": "; ".join(t.tags)}
        for d in dialogues
        for t in d.turns
    ]
    lines = {".csv": "", ".jsonl": "\n".join(map(json.dumps, rows)), ".json": json.dumps(rows, indent=1)}
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        cells = [",".join(f'"{cell}"' for cell in row.values()) for row in rows]
        path.write_text("\n".join([",".join(rows[0]), *cells]), encoding="utf-8")
    else:
        path.write_text(lines[path.suffix], encoding="utf-8")
    return path
