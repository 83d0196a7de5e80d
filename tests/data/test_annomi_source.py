"""AnnoMI from its source file; all words here are invented, and the real file is read where there is a copy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crisis_turns.data.corpus import read_split
from crisis_turns.errors import InputError
from notebooks.annomi.__main__ import SPLITS, tables
from tests.support.checkout import ROOT
from tests.support.tiny import config

REAL = Path(os.environ.get("ANNOMI", ROOT.parent / "shared" / "data" / "annomi"))
HEADER = "transcript_id,mi_quality,utterance_id,interlocutor,utterance_text,main_therapist_behaviour,client_talk_type\n"
ROWS = (
    '2,low,1,client,"I  drink, \nyes",n/a,sustain\n'
    "2,low,0,therapist,Do you?,question,n/a\n"
    "0,high,0,client,Cafe\u0301 only.,n/a,change\n"
    "10,high,0,client,Mm-hmm.,n/a,neutral\n"
)
SPLIT_ROWS = "dialogue_id,split\nannomi-000,train\nannomi-002,train\nannomi-010,test\n"


@pytest.fixture
def files(tmp_path):
    source, splits = tmp_path / "source.csv", tmp_path / "splits.csv"
    source.write_text(HEADER + ROWS, encoding="utf-8")
    splits.write_text(SPLIT_ROWS, encoding="utf-8")
    return source, splits


def test_rows_stand_in_the_order_of_transcripts_and_turns(files):
    found = tables(*files)
    assert tuple(found) == SPLITS
    assert found["train"] == (
        "dialogue_id,turn_id,text,labels\n"
        "annomi-000,0,User: Caf\u00e9 only.,change\n"
        "annomi-002,0,Listener: Do you?,\n"
        'annomi-002,1,"User: I drink, yes",sustain\n'
    )
    assert found["validation"] == "dialogue_id,turn_id,text,labels\n"
    assert found["test"].endswith("\nannomi-010,0,User: Mm-hmm.,neutral\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("10,high,0", "11,high,0", r"line 6: .*splits.csv has no split for annomi-011"),
        ("10,high,0,client,Mm-hmm.,n/a,neutral\n", "", r"expected the 3 transcripts of .*, found no annomi-010"),
        ("2,low,1", "2,low,0", r"line 4: turn 0 of annomi-002 stands twice"),
        ("low,0,ther", "low,x,ther", r"line 4: expected a whole number from 0 as utterance_id, found 'x'"),
        ("therapist,Do", "doctor,Do", r"line 4: expected client, therapist as interlocutor, found 'doctor'"),
        ("n/a,change", "n/a,n/a", r"line 5: expected change, neutral, sustain as client_talk_type, found 'n/a'"),
        (
            "utterance_text",
            "text",
            r"line 2: expected a column 'utterance_text', found the columns transcript_id, mi_q",
        ),
    ],
)
def test_a_source_that_differs_is_refused(files, old, new, message):
    source, splits = files
    source.write_text((HEADER + ROWS).replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        tables(source, splits)


@pytest.mark.slow
def test_the_command_writes_a_corpus_or_nothing(files, tmp_path):
    source, splits = files
    command = [sys.executable, "-m", "notebooks.annomi", source, tmp_path / "out", "--splits"]
    refused = subprocess.run([*command, tmp_path / "none.csv"], cwd=ROOT, capture_output=True, text=True)
    assert (refused.returncode, (tmp_path / "out").exists()) == (2, False)
    assert refused.stderr.endswith("none.csv: no such file\n")
    done = subprocess.run([*command, splits], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == f"{source}: not the version that was measured here, so figures may differ\n"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{split}.csv" for split in SPLITS}
    corpus = read_split(config("data=annomi", f"data.path={tmp_path / 'out'}", "head=exclusive").data, "train")
    assert [turn.tags for dialogue in corpus.dialogues for turn in dialogue.user_turns] == [("change",), ("sustain",)]


def test_the_real_source_gives_the_corpus_that_was_measured_byte_for_byte():
    source = REAL / "source" / "AnnoMI-simple.csv"
    if not source.is_file():
        pytest.skip("AnnoMI is no part of the repository; ANNOMI=FOLDER names a copy with its source file")
    for split, text in tables(source).items():
        assert text.encode() == (REAL / f"{split}.csv").read_bytes(), split
