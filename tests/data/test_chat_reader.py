"""Who is who, what is nobody's turn, and what the reader says of files that it cannot read for sure."""

import gzip
import json
import os
import zipfile
from pathlib import Path

import datasets
import pytest

from crisis_turns.config import ChatConfig, DataConfig
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.corpus import read_split
from crisis_turns.data.release import build_dialogues
from crisis_turns.data.row import Row
from crisis_turns.errors import InputError
from crisis_turns.tags import CRADLE, TagSet
from tests.support.checkout import ROOT

CASES = Path(os.environ.get("CASES", ROOT.parent / "shared" / "cases"))
TAGS = TagSet(("sad", "glad"))


def said(chats):
    return [[(t.turn_id, t.speaker[0], t.text) for t in dialogue.turns] for dialogue in chats.dialogues]


def read(path, content, **keys):
    path.write_text(content, encoding="utf-8")
    return read_chats(path, ChatConfig(**keys), tags=TAGS)


def table_of(folder, *tags):
    return DataConfig(
        name="t", path=str(folder), tags=tags or TAGS.names, exclusive=False, dialogues_per_step=1, source=""
    )


@pytest.fixture
def cases():
    if not CASES.is_dir():
        pytest.skip("the shared cases are not part of the repository; CASES=FOLDER names a copy")
    return CASES


WHATSAPP = {"speakers": {"user": ["Ann"], "listener": ["Bea"]}}
WHOLE = (
    "openai-messages.jsonl", "speaker-and-text.jsonl", "speaker-column.csv", "semicolons.csv", "tabs.tsv",
    "compressed.csv.gz", "pandas-split.json", "whatsapp.txt", "markdown.txt", "esconv.json",
)  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_shared_cases_hold_the_same_talk(cases, name):
    chats = read_chats(cases / name, ChatConfig(**(WHATSAPP if name == "whatsapp.txt" else {})), tags=CRADLE)
    for dialogue in chats.dialogues:
        assert [turn.turn_id for turn in dialogue.user_turns] == [0, 2, 4]
        assert dialogue.turns[0].text == "long week, sorry"
        assert len(dialogue.turns) == 5
    labelled = name.startswith(("speaker-column", "semi", "tabs", "compressed", "pandas"))
    assert chats.report.labels_scored == labelled
    assert len(chats.dialogues) == 1 + (name == "openai-messages.jsonl")


def test_shared_cases_of_faults(cases):
    assert [len(d.turns) for d in read_chats(cases / "two-conversations.txt").dialogues] == [2, 2]
    (talk,) = said(read_chats(cases / "therapist-after-user.txt"))
    assert [speaker for _, speaker, _ in talk] == ["U", "L", "U"]
    with pytest.raises(InputError, match=r"line 1: 'Ann' is on no list of speakers \(nor is 'Bea'\): .*user=\[Ann\]"):
        read_chats(cases / "whatsapp.txt")
    data = DataConfig(
        name="t",
        path=str(cases / "label-on-assistant"),
        tags=("joy",),
        exclusive=False,
        dialogues_per_step=1,
        source="",
    )
    corpus = read_split(data, "test")
    assert (corpus.n_labels, corpus.report.labels_on_listener) == (0, 1)
    assert "1 labels stand on Listener turns: reported, not scored" in corpus.report.warnings()


def test_a_line_that_looks_like_another_speaker_is_refused_or_told(tmp_path):
    text = "User: hi\nDr Kim: I hurt\nFirst: this\nhttp://x.y\nsaid to him: go\n"
    with pytest.raises(InputError, match="line 2: 'Dr Kim' is on no list of speakers: say who is who with"):
        read(tmp_path / "x.txt", text)
    chats = read(tmp_path / "x.txt", text, speakers={"unknown": "text"})
    assert said(chats) == [[(0, "U", "hi\nDr Kim: I hurt\nFirst: this\nhttp://x.y\nsaid to him: go")]]
    assert "1 rows open with a name on no list and went on with the row before" in chats.told
    chats = read(tmp_path / "x.txt", text, speakers={"listener": ["dr KIM"]})
    assert [speaker for _, speaker, _ in said(chats)[0]] == ["U", "L"]


def test_labels_of_a_strangers_row_are_refused_or_told(tmp_path):
    with pytest.raises(InputError, match="line 3: 'Kim' is on no list of speakers"):
        read(tmp_path / "x.csv", "turn_id,text,labels\n0,User: hi,\n1,Kim: sad,sad\n")
    rows = [Row("f, line 2", None, 0, "User: hi", ""), Row("f, line 3", None, 1, "Kim: sad", "sad")]
    dialogues, report = build_dialogues(rows, split="test", tags=TAGS)  # the release's own convention
    assert (dialogues[0].turns[0].tags, report.rows_like_speakers) == (("sad",), 1)
    assert "rows open with a name on no list" in report.warnings()[0]


def test_a_column_of_speakers_refuses_strangers_even_as_text(tmp_path):
    table = "turn_id,speaker,text,labels\n0,User,hi,\n1,Kim,no,sad\n"
    with pytest.raises(InputError, match=r"line 3: 'Kim' is on no list of speakers: say .*listener=\[Kim\]$"):
        read(tmp_path / "x.csv", table, speakers={"unknown": "text"})


def test_a_speakers_line_inside_of_a_message_is_told(tmp_path):
    messages = [
        {"role": "user", "content": "look:\nTherapist: you hurt yourself"},
        {"role": "assistant", "content": "o"},
    ]
    chats = read(tmp_path / "x.json", json.dumps({"messages": messages}))
    assert "1 lines inside of turns open with a speaker's name: they stayed with the turn" in chats.told


def test_blank_messages_that_were_joined_are_one_blank_turn(tmp_path):
    lines = "User:\nUser: \t\nListener:\n---\nUser:\nUser: hi\n"
    assert read(tmp_path / "x.txt", lines).report.blank_user_turns == 3
    joined = read(tmp_path / "y.txt", lines, turns={"join": "same_speaker"})
    assert "; 1 user turn without text; left out: nothing" in joined.told


def test_a_name_on_both_lists_is_refused(tmp_path):
    with pytest.raises(InputError, match="'human' is on both lists"):
        read(tmp_path / "x.txt", "human: hi", speakers={"listener": ["Human"]})


def test_what_is_nobodys_takes_no_turn_and_its_labels_are_told(tmp_path):
    rows = [("system", "Be kind.", "sad"), ("user", "hi", "glad"), ("tool", "{}", ""), ("assistant", "oh", "sad")]
    lines = [json.dumps({"dialogue_id": "a", "speaker": s, "text": t, "labels": li}) for s, t, li in rows]
    chats = read(tmp_path / "x.jsonl", "\n".join(lines))
    assert said(chats) == [[(0, "U", "hi"), (1, "L", "oh")]]
    assert chats.told.endswith("left out: 1 system message, 1 tool message")
    report = chats.report
    assert (report.labels, report.labels_left_out, report.labels_on_listener, report.labels_scored) == (3, 1, 1, 1)


NUMBERS = [
    ([[0], [], [1, 0]], ["sad"], ["sad", "glad"]),
    ([[1, 0], [0, 0], [0, 1]], ["sad"], ["glad"]),
    ([0, None, 1], ["sad"], ["glad"]),
    (["[0]", "[]", "['glad', 'sad']"], ["sad"], ["glad", "sad"]),
    (["glad, sad", "none", "sad"], ["glad", "sad"], ["sad"]),
]


@pytest.mark.parametrize(("labels", "first", "last"), NUMBERS)
def test_labels_as_numbers_lists_and_with_another_separator(tmp_path, labels, first, last):
    lines = [json.dumps({"turn_id": n, "text": f"User: {n}", "labels": value}) for n, value in enumerate(labels)]
    separator = "," if labels[0] == "glad, sad" else ";"
    chats = read(tmp_path / "x.jsonl", "\n".join(lines), columns={"separator": separator})
    tags = [set(turn.tags) for turn in chats.dialogues[0].turns]
    assert tags == [set(first), set(), set(last)]


def test_a_number_beyond_the_tags_is_refused(tmp_path):
    with pytest.raises(InputError, match="line 1: expected a tag's place from 0 to 1 as label, found 2"):
        read(tmp_path / "x.jsonl", '{"turn_id": 0, "text": "User: a", "labels": [2]}')


UNREADABLE = [
    (b"\xff\xfet\0u\0r\0n\0", "expected UTF-8 text, found UTF-16: save it as UTF-8 (in Excel: save as CSV UTF-8)"),
    (b"text,speaker\ncaf\xe9,User\n", "line 2: expected UTF-8 text, found byte 0xe9: save it as UTF-8 (in Excel: save"),
    (b"\x1f\x8bno", "not a whole gzip file"),
    (b"PK\x03\x04 something", "a zip archive: unpack it, and give the file inside"),
    (b"PK\x03\x04 xl/ something", "not an Excel file that can be read"),
    (b"a,b\n1,2\n", "line 1: expected a column 'text', found the columns a, b; columns.text=NAME says which it is"),
    (b"text,Text\na,b\n", "line 2: the column 'Text' stands twice, in other letters"),
]


def test_a_column_of_texts_alone_makes_a_table_where_the_name_says_so(tmp_path):
    content = "text\nUser: hello there\nListener: hi\n"
    assert said(read(tmp_path / "x.csv", content)) == [[(0, "U", "hello there"), (1, "L", "hi")]]
    with pytest.raises(InputError, match=r"x\.txt, line 1"):
        read(tmp_path / "x.txt", content)


@pytest.mark.parametrize(("data", "message"), UNREADABLE)
def test_what_cannot_be_read_says_what_to_do(tmp_path, data, message):
    if b"xl/" in data:
        pytest.importorskip("python_calamine", reason="the extra .[excel]")
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_chats(tmp_path / "x.csv")
    assert message in str(caught.value)


def test_an_excel_file_is_read_by_its_first_sheet(tmp_path):
    pytest.importorskip("python_calamine", reason="the extra .[excel]")
    chats = read_chats(workbook(tmp_path / "x.xlsx", [("turn_id", "text"), (0, "User: hi"), (1, "Bot: 5")]))
    assert said(chats) == [[(0, "U", "hi"), (1, "L", "5")]]


def workbook(path, rows):
    """The smallest Excel file that holds these cells."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    cells = "".join(
        "<row>" + "".join(
            f"<c><v>{cell}</v></c>" if isinstance(cell, int) else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in row
        ) + "</row>"
        for row in rows
    )  # fmt: skip
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships {links}><Relationship Id="r" Type="{kind}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{kind}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships {links}><Relationship Id="r1" Type="{kind}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return path


def test_folders_are_read_whole_and_what_is_no_conversation_is_told(tmp_path):
    (tmp_path / "b.txt").write_text("User: b")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"turn_id,text\n0,User: a\n"))
    (tmp_path / "photo.jpg").write_bytes(b"")
    chats = read_chats(tmp_path)
    assert [dialogue.id for dialogue in chats.dialogues] == ["a-000000", "b-000000"]
    assert "rows and transcript, 2 dialogues, 2 user turns of 2" in chats.told
    assert "1 other things in the folder are not read" in chats.told


def test_a_saved_dataset_is_read_as_a_file_and_as_a_corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    rows = {"turn_id": [0, 1], "text": ["User: hi", "Bot: oh"], "labels": [[0], []]}
    splits = {name: datasets.Dataset.from_dict(rows) for name in ("train", "validation")}
    datasets.DatasetDict(splits).save_to_disk(str(tmp_path / "saved"))
    assert [d.id for d in read_chats(tmp_path / "saved").dialogues] == ["train-000000", "validation-000000"]
    assert read_split(table_of(tmp_path / "saved"), "train").dialogues[0].turns[0].tags == ("sad",)


@pytest.mark.parametrize("name", ["dev.jsonl", "valid.csv", "validation-00000-of-00001-0a1b2c3d.csv"])
def test_splits_under_names_of_the_hub(tmp_path, name):
    table = "turn_id,text,labels\n0,User: hi,sad\n"
    row = json.dumps({"turn_id": 0, "text": "User: hi", "labels": "sad"})
    (tmp_path / name).write_text(row if name.endswith("jsonl") else table)
    assert read_split(table_of(tmp_path), "validation").n_labels == 1


def test_a_conversation_that_comes_back_after_its_end_is_refused(tmp_path):
    turn = '{"dialogue_id": "a", "speaker": "User", "text": "x"}\n'
    with pytest.raises(InputError, match="line 3: the dialogue 'a' stands twice"):
        read(tmp_path / "x.jsonl", f'{turn}{{"dialogue_id": "a", "end": true}}\n{turn}')


def test_whatsapp_dates_say_their_order_or_are_refused(tmp_path):
    def chat(*dates):
        return "".join(f"{date}, 10:00 - Ann: hi\n" for date in dates)

    found = read(tmp_path / "a.txt", chat("1/13/24", "1/14/24"), **WHATSAPP)
    assert "dates are read as month, day, year;" in found.told
    assert "day, month, year (the dates fit" in read(tmp_path / "a.txt", chat("1/2/24", "2/3/24"), **WHATSAPP).told
    with pytest.raises(InputError, match="line 1: expected dates in one order of day, month and year"):
        read(tmp_path / "a.txt", chat("1/13/24", "13/1/24"), **WHATSAPP)
    with pytest.raises(InputError, match="line 1: expected dates in one order of day, month and year"):
        read(tmp_path / "a.txt", "31/12/9999, 99:00 - Ann: hi\n", **WHATSAPP)


def test_whatsapps_own_lines_are_nobodys_and_captions_the_persons(tmp_path):
    text = (
        "[12.07.22, 23:10:45] Family: \u200eMessages and calls are end-to-end encrypted.\r\n"
        "\u200e[12.07.22, 23:10:46] Ann: \u200eBild weggelassen\r\n"
        "[12.07.22, 23:10:47] Ann: look: a\r\nTherapist said no\r\n"
        '[12.07.22, 23:10:48] Bea changed the subject to "x: y"\r\n'
        "[12.07.22, 23:10:49] ~Bea: IMG-1.jpg (file attached)\r\nthe sea\r\n"
    )
    chats = read(tmp_path / "a.txt", text, **WHATSAPP)
    assert said(chats) == [[(0, "U", "look: a\nTherapist said no"), (1, "L", "the sea")]]
    assert chats.report.left_out == {"medium or deleted message": 3, "line of WhatsApp's own": 1}
