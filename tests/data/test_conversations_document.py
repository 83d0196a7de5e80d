"""The document of formats: it has each of the table's, and its commands do what they say."""

import re
import shlex

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.arguments import for_hydra, read
from crisis_turns.commands.command import command
from crisis_turns.commands.predict import PredictConfig
from crisis_turns.config import ChatConfig, FormatName, validated
from crisis_turns.data.chat_files import read_chats
from crisis_turns.data.chat_formats import FORMATS
from tests.support.checkout import ROOT

DOCUMENT = (ROOT / "docs" / "conversations.md").read_text(encoding="utf-8")
ROWS = {
    name: (what, line) for name, what, line in re.findall(r"^\| `(\w+)` \| (.+) \| `(python .+)` \|$", DOCUMENT, re.M)
}
TOLD = {
    "transcript": "2 dialogues, 3 user turns of 6; the user is User; the listener is Therapist; left out: nothing",
    "rows": "1 dialogue, 2 user turns of 3; the user is Client; the listener is Counsellor; left out: nothing",
    "follow": "2 dialogues, 3 user turns of 4; the user is User; the listener is Listener; left out: nothing",
    "openai": "1 dialogue, 2 user turns of 3; the user is user; the listener is assistant; left out: 1 system message",
    "sharegpt": "1 dialogue, 2 user turns of 3; the user is human; the listener is gpt; left out: nothing",
    "esconv": "1 dialogue, 2 user turns of 3; the user is seeker; the listener is supporter; left out: nothing",
    "annomi": "1 dialogue, 1 user turn of 2; the user is client; the listener is therapist; left out: nothing",
    "meld": "1 dialogue, 2 user turns of 3; the user is Ann; the listener is Bea; left out: nothing",
    "empathetic": "1 dialogue, 2 user turns of 3; the user is speaker; the listener is listener; left out: nothing",
    "convokit": "1 dialogue, 1 user turn of 2; the user is ann_77; the listener is bea_12; left out: nothing",
    "whatsapp": (
        "1 dialogue, 2 user turns of 3; the user is Ann; the listener is Bea; dates are read as day, month, year; "
        "1 message went on with the turn before; left out: 1 line of WhatsApp's own, 1 medium or deleted message"
    ),
    "telegram": (
        "1 dialogue, 2 user turns of 3; the user is Ann; the listener is Bea; left out: 1 service message, "
        "1 quoted part of a message, 1 forwarded message"
    ),
}


def test_the_document_has_every_format_of_the_table():
    assert {name: what for name, (what, _) in ROWS.items()} == {each.name: each.what for each in FORMATS}
    assert set(ROWS) == set(FormatName.__args__) == set(TOLD)


@pytest.mark.parametrize("name", ROWS)
def test_its_command_reads_the_sample(name):
    config = configured(ROWS[name][1])
    chats = read_chats(ROOT / config.input, config)
    assert chats.formats == (name,)
    assert sorted(chats.told.partition(f": {name}, ")[2].split("; ")) == sorted(TOLD[name].split("; "))
    forced = read_chats(ROOT / config.input, config.model_copy(update={"format": name}))
    assert forced.dialogues == chats.dialogues


def test_its_python_runs(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.+?)```", DOCUMENT, re.S)
    exec(code, {})
    assert "docs/conversations/whatsapp.txt: whatsapp, 1 dialogue, 2 user turns of 3" in capsys.readouterr().out


def configured(line: str) -> PredictConfig:
    """What the command line of ``predict`` asks for."""
    words = shlex.split(line.replace("[", "'[").replace("]", "]'"))
    assert words[:3] == ["python", "-m", "src.predict"]
    overrides = for_hydra(read(words[3:]), command("predict", PredictConfig))
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return validated(PredictConfig, app.values(compose("predict", overrides=overrides)))


def test_the_keys_are_the_same_everywhere():
    assert set(ChatConfig.model_fields) == {"format", "speakers", "columns", "turns"}
    assert set(ChatConfig.model_fields) <= set(PredictConfig.model_fields)
