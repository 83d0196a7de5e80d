"""Files to rows: formats agree, and every mistake names its file and row."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crisis_turns.data.table import read_rows
from crisis_turns.errors import InputError

ROWS = [(0, 'User: hi, "you"\nthere', ""), (1, "Listener: yes", None), (2, "User: bad", "alert_ongoing; alert_past")]


def write(path, rows):
    if path.suffix == ".csv":
        import csv

        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("turn_id", "text", "labels"), *rows])
    elif path.suffix == ".parquet":
        names = ("turn_id", "text", "labels")
        pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    else:
        records = [dict(zip(("turn_id", "text", "labels"), row, strict=True)) for row in rows]
        text = json.dumps(records) if path.suffix == ".json" else "\n".join(map(json.dumps, records))
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".parquet"])
def test_all_formats_give_the_same_rows(tmp_path, suffix):
    found = read_rows(write(tmp_path / f"x{suffix}", ROWS))
    assert [(r.turn_id, r.text, r.labels or None) for r in found] == [(i, t, lab or None) for i, t, lab in ROWS]
    assert found[2].where == f"{tmp_path / 'x'}{suffix}, " + {".csv": "line 5", ".jsonl": "line 3"}.get(suffix, "row 3")


def test_columns_as_json_and_labels_as_lists_are_read(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"turn_id": [0, 1], "text": ["User: a", "User: b"], "labels": [["p", "q"], []]}))
    assert [r.labels for r in read_rows(path)] == [("p", "q"), ()]


def test_nan_in_a_column_of_labels_means_none(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"turn_id": 0.0, "text": "User: a", "labels": NaN}')
    assert read_rows(path)[0].labels is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "turn_id,text\n0,User: a\n", "line 2: expected a column 'labels', found the columns turn_id, text"),
        ("x.csv", "a,b\n0,User: a\n", "line 1: expected a column 'text', found the columns a, b"),
        ("x.csv", "turn_id,text,labels,text\n", "line 1: the column 'text' stands twice"),
        ("x.csv", "turn_id,text,labels\n0,User: a\n", "line 2: expected 3 cells as in the header, found 2"),
        ("x.csv", 'turn_id,text,labels\n0,"User: a"b,\n', "line 2: not a CSV record"),
        (
            "x.csv",
            "turn_id,text,labels\nzero,User: a,\n",
            "line 2: expected a whole number from 0 as turn_id, found 'zero'",
        ),
        (
            "x.csv",
            "turn_id,text,labels\n-1,User: a,\n",
            "line 2: expected a whole number from 0 as turn_id, found '-1'",
        ),
        ("x.jsonl", '{"turn_id": 0, "text": "User: a", "labels": ""}\n{', "line 2: expected a JSON object"),
        ("x.jsonl", "[1]", "line 1: expected a JSON object, found list"),
        ("x.jsonl", '{"turn_id": 0, "text": null, "labels": ""}', "line 1: expected text in the column 'text'"),
        ("x.jsonl", '{"turn_id": true, "text": "User: a", "labels": ""}', "line 1: expected a whole number"),
        ("x.json", '{"turn_id": [0], "text": [], "labels": []}', "expected columns of one length"),
        ("x.json", '"text"', "expected a JSON array of rows, found str"),
        ("x.parquet", "no parquet", "not a Parquet file"),
        ("x.doc", "", "expected a dialogue, found an empty file"),
    ],
)
def test_mistakes_name_file_and_row(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_rows(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_not_utf8_name_their_line(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"turn_id,text,labels\n0,User: a,\n1,User: caf\xe9,\n")
    with pytest.raises(InputError, match="line 3: expected UTF-8 text, found byte 0xe9"):
        read_rows(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_rows(tmp_path / "none.csv")


def test_prediction_reads_tables_without_labels(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("turn_id,text\n0,User: a\n")
    assert read_rows(path, labelled=False)[0].labels is None
