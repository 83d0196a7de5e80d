"""The runtime: streams against whole dialogues, saved states, broken folders, and nothing but three packages.

Content note: the invented texts below name crises in plain, non-graphic words.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import onnxruntime
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.config import Split
from crisis_turns.data.corpus import embedded_dialogues
from crisis_turns.deploy import runtime as runtime_file
from crisis_turns.deploy.runtime import MAX_STATE_BYTES, Heard, Monitor, Tagger, TaggerError, unread, word_pieces
from crisis_turns.deploy.torch_runtime import streaming_tagger
from crisis_turns.deploy.unread_turns import unread_turns
from crisis_turns.files import sha256, write_json
from crisis_turns.model.encoders.backbone import load_backbone
from tests.support.invented import dialogue
from tests.support.tiny import FAST, policy_for, tagger

TURNS = st.lists(st.tuples(st.sampled_from(("User", "Listener")), st.text(max_size=60)), max_size=9)
VARIANTS = {
    "onset": ("head=onset", "model.context_window=4", "encoder.max_tokens=16"),
    "pair": ("head=hazard", "model.turn_input=pair", "late_starts=0", "encoder.max_tokens=24", "decision.score=fresh"),
    "competing": ("head=competing", "model.context_window=4"),
    "gru": ("head=binary", "model.dialogue_encoder=gru", "model.listener=false", "model.context_window=3"),
    "mean": ("head=onset", "model.dialogue_encoder=mean", "model.context_window=1"),
    "none": ("head=independent", "model.dialogue_encoder=none", "model.context_window=null"),
    "classes": ("head=exclusive", "data=table", "data.path=x", "data.tags=[a,b,c]", "data.exclusive=true"),
}


@pytest.fixture(scope="module", params=VARIANTS)
def pair_of(request):
    """A neural tagger that reads whole dialogues, the runtime around it, and their policy."""
    neural = tagger(*VARIANTS[request.param])
    policy = policy_for(neural, score="fresh" if request.param == "pair" else "onset")
    return neural, streaming_tagger(neural, policy), policy


@pytest.fixture(scope="module")
def folder(tiny_run, tmp_path_factory):
    return export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path_factory.mktemp("exported") / "tagger")))


@settings(max_examples=6, deadline=None)
@given(turns=TURNS)
def test_a_stream_says_what_the_model_says_of_the_whole_dialogue(pair_of, turns):
    neural, runtime, policy = pair_of
    turns = [*turns, ("User", "the end")]
    whole = dialogue(*(f"{speaker[0]} x" for speaker, _ in turns))
    texts = [type(t)(t.turn_id, t.speaker, said.strip()) for t, (_, said) in zip(whole.turns, turns, strict=True)]
    expected = policy.apply(neural.tag([type(whole)("d", tuple(texts))]))[0]
    monitor = runtime.monitor()
    answers = [monitor.add(speaker, text) for speaker, text in turns]
    assert [a is not None for a in answers] == [speaker == "User" for speaker, _ in turns]
    found = [a for a in answers if a is not None]
    onset = np.array([list(a.probabilities.values()) for a in found])
    np.testing.assert_allclose(onset, expected.onset, atol=1e-4)
    if expected.begun is not None:
        np.testing.assert_allclose(np.array([list(a.begun.values()) for a in found]), expected.begun, atol=1e-4)
    scores = expected.scores(policy.score)
    sure = (np.abs(scores - policy.thresholds) > 1e-4).all() if not policy.exclusive else True
    if sure:
        assert [a.tags for a in found] == [neural.tags.named(row) for row in expected.predicted]
    assert runtime.tag(turns) == found


@settings(max_examples=4, deadline=None)
@given(turns=TURNS, cut=st.integers(0, 9))
def test_a_saved_conversation_goes_on_as_if_nothing_had_happened(pair_of, turns, cut):
    _, runtime, _ = pair_of
    monitor = runtime.monitor()
    for turn in turns[:cut]:
        monitor.add(*turn)
    saved = monitor.state()
    restored = Monitor.restore(runtime, saved)
    assert restored.state() == saved
    assert restored.turns == monitor.turns
    for turn in [*turns[cut:], ("User", "the end")]:
        assert restored.add(*turn) == monitor.add(*turn)


def test_odd_turns_are_read_whole_and_wrong_ones_change_nothing(pair_of):
    _, runtime, _ = pair_of
    monitor, undisturbed = runtime.monitor(), runtime.monitor()
    for text in ("", "a\0b", "half \ud83d an emoji", "word " * 1000):
        assert monitor.add("user", text) == undisturbed.add(" USER ", text)
    for speaker, text in (("Bot", "hi"), (None, "hi"), ("User", None), ("User", b"hi")):
        with pytest.raises(TaggerError, match="expected"):
            monitor.add(speaker, text)
    with pytest.raises(TaggerError, match="expected the speaker"):
        runtime.tag([{"text": "hi"}])
    assert monitor.add("User", "x") == undisturbed.add("User", "x")


def test_the_end_of_a_long_turn_is_not_dropped(pair_of):
    _, runtime, _ = pair_of
    long = "word " * 400
    assert runtime.tag([("User", long + "a")]) != runtime.tag([("User", long + "b")])


@pytest.mark.parametrize("overrides", [VARIANTS["onset"], FAST], ids=["transformer", "static"])
def test_a_long_turn_is_pooled_from_bounded_groups(overrides, monkeypatch):
    runtime = streaming_tagger(neural := tagger(*overrides), policy_for(neural))
    text, sizes, encode = "word a i hurt " * 300, [], runtime._encode
    monkeypatch.setattr(runtime, "_encode", lambda ids, mask: (sizes.append(ids.size), encode(ids, mask))[1])
    at_once = runtime.tag([("User", text)])[0]
    assert len(sizes) == 1
    assert runtime_file.MAX_PIECES == 8192
    monkeypatch.setattr(runtime_file, "MAX_PIECES", 1000)
    in_groups = runtime.tag([("User", text)])[0]
    assert len(sizes) > 4
    assert max(sizes[1:]) <= 1000
    assert in_groups.tags == at_once.tags
    assert in_groups.probabilities == pytest.approx(at_once.probabilities, abs=1e-6, rel=0)
    pieces = word_pieces(runtime.tokenizer, text)
    grouped = runtime._vector(pieces)
    monkeypatch.setattr(runtime_file, "MAX_PIECES", 1)  # each run alone, summed in float64
    # rounding of what is near 2: with all in float64 they are within 2e-14
    np.testing.assert_allclose(grouped, runtime._vector(pieces), atol=1e-6, rtol=2e-6)


@pytest.mark.parametrize("version", [1, 3])
def test_a_folder_of_format_1_is_read_and_one_of_format_3_is_not(folder, tmp_path, version):
    copy = shutil.copytree(folder, tmp_path / "copy")
    changed = {name: json.loads((copy / name).read_text()) for name in ("tagger.json", "manifest.json")}
    changed["tagger.json"]["format"] = version
    write_json(copy / "tagger.json", changed["tagger.json"])
    changed["manifest.json"]["files"]["tagger.json"] = sha256(copy / "tagger.json")
    write_json(copy / "manifest.json", changed["manifest.json"])
    if version == 3:
        with pytest.raises(TaggerError, match="format 3, but this runtime reads formats up to 2"):
            Tagger.load(copy)
    else:
        turns = [("User", "word " * 4000)]
        found, expected = (Tagger.load(path).tag(turns)[0] for path in (copy, folder))
        assert found.tags == expected.tags
        assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-6)


ENGLISH = "I went to the shop and then I came home because it was raining."
UNREADABLE = {
    "german": (
        "Ich weiß nicht mehr, was ich machen soll, alles ist so schwer und ich schlafe kaum.",
        "language",
    ),
    "spanish": ("No sé qué hacer, todo me da igual y no tengo a nadie con quien hablar en casa.", "language"),
    "russian": ("Я больше не знаю, что мне делать.", "script"),
    "chinese": ("我不知道该怎么办", "script"),
    "arabic": ("لا أعرف ماذا أفعل الآن", "script"),
    "base64": (
        "bm90IG11Y2gsIGEgbG9uZyB3ZWVrIGFuZCBub3RoaW5nIHRv" * 4,
        "language",
    ),
    "letters": ("xk qpw zzt jfh wq lmn brt vvx kkj qqa pls dfg wrt", "language"),
    "no spaces": ("x" * 1000, "language"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_english_is_told_and_counted_on(name):
    text, why = UNREADABLE[name]
    assert unread(text, 0.0, Heard())[0] == why
    assert unread(text, 0.0, unread(ENGLISH * 20, 0.0, Heard())[1])[0] == why, "also late in an English conversation"


def test_short_turns_are_judged_together_and_unknown_pieces_at_once():
    heard, found = Heard(), []
    for text in ("Ich weiß nicht mehr", "was soll ich denn nur", "", "machen mit all dem", "gut"):
        why, heard = unread(text, 0.0, heard)
        found.append(why)
    assert found == [None, None, None, "language", "language"]
    assert unread("hello", 0.5, Heard())[0] == "pieces"
    for text in ("", "…", "ok", "🙂", "12:30", "Zoë"):
        assert unread(text, 0.0, Heard())[0] is None


def test_no_user_turn_of_the_embedded_corpora_is_called_unreadable():
    tokenizer = load_backbone("minilm").tokenizer.backend_tokenizer
    dialogues = [d for split in get_args(Split) for d in embedded_dialogues(split).values()]
    assert len(dialogues) > 2_000
    assert [turn for d in dialogues for turn in unread_turns(d, tokenizer)] == []


def test_a_monitor_says_what_it_cannot_read_and_a_saved_one_remembers(folder):
    runtime = Tagger.load(folder)
    monitor = runtime.monitor()
    assert monitor.add("User", "Ich weiß nicht mehr, was ich tun soll.").unread is None
    restored = Monitor.restore(runtime, monitor.state())
    assert restored.add("User", "Alles ist so schwer geworden.").unread == "language"


def test_a_state_is_small_and_never_too_large():
    runtime = streaming_tagger(neural := tagger(*VARIANTS["pair"]), policy_for(neural))
    monitor = runtime.monitor()
    monitor.add("User", "x" * 20_000)
    with pytest.raises(TaggerError, match="too long for a saved state"):
        monitor.state()
    monitor.add("User", "short")
    assert runtime.state_bytes < len(monitor.state()) <= MAX_STATE_BYTES


def test_broken_and_foreign_states_are_refused(folder, tiny_run):
    runtime = Tagger.load(folder)
    monitor = runtime.monitor()
    monitor.add("User", "maybe something is off")
    saved = monitor.state()
    assert len(saved) == runtime.state_bytes
    for wrong in (b"", saved[:20], saved[:-1], saved + b"x", saved[:-1] + bytes([saved[-1] ^ 1]), b"?" * len(saved)):
        with pytest.raises(TaggerError, match=r"cut off|damaged"):
            Monitor.restore(runtime, wrong)
    other = streaming_tagger(neural := tagger(), policy_for(neural))
    foreign = other.monitor().state()
    with pytest.raises(TaggerError, match=r"another model|cut off"):
        Monitor.restore(runtime, foreign + bytes(max(0, len(saved) - len(foreign))))
    assert Monitor.restore(runtime, saved).add("User", "again") == monitor.add("User", "again")


def test_every_flipped_byte_and_every_cut_of_a_state_is_refused(folder):
    runtime = Tagger.load(folder)
    monitor = runtime.monitor()
    monitor.add("User", "maybe something is off")
    saved = monitor.state()
    for at in range(len(saved)):
        for wrong in (saved[:at], saved[:at] + bytes([saved[at] ^ (1 << at % 8)]) + saved[at + 1 :]):
            with pytest.raises(TaggerError):
                Monitor.restore(runtime, wrong)
    with pytest.raises(TaggerError, match="expected a saved state as bytes, found NoneType"):
        Monitor.restore(runtime, None)


def test_a_state_of_format_1_goes_on(folder):
    runtime = Tagger.load(folder)
    monitor = runtime.monitor()
    monitor.add("User", "maybe something is off")
    saved = monitor.state()
    payload = saved[runtime_file._HEADER.size :]
    payload = payload[:12] + payload[32:]  # without the words heard and what is being joined
    header = runtime_file._HEADER.pack(saved[:16], 1, runtime.identity, hashlib.sha256(payload).digest())
    assert Monitor.restore(runtime, header + payload).add("User", "again") == monitor.add("User", "again")


def test_a_state_of_one_trained_model_is_refused_by_another():
    one, other = (streaming_tagger(neural, policy_for(neural)) for neural in (tagger(), tagger()))
    with pytest.raises(TaggerError, match="the state was saved by another model"):
        Monitor.restore(other, one.monitor().state())


def _flips(data, step):
    for at in range(0, len(data), step):
        yield data[:at] + bytes([data[at] ^ (1, 0x20, 0x80)[at // step % 3]]) + data[at + 1 :]


@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.slow)])
def test_a_flipped_byte_anywhere_in_an_export_is_refused(folder, tmp_path, step):
    copy = shutil.copytree(folder, tmp_path / "copy")
    for path in sorted(copy.iterdir()):
        data = path.read_bytes()
        for wrong in _flips(data, step if path.name == "manifest.json" else max(step, len(data) // (400 // step))):
            path.write_bytes(wrong)
            with pytest.raises(TaggerError):
                Tagger.load(copy)
        path.write_bytes(data)
    Tagger.load(copy)


def test_conversations_do_not_touch_each_other(folder):
    runtime = Tagger.load(folder)
    one, two = ([("User", f"maybe {n}"), ("Listener", "go on"), ("User", f"again {n}")] for n in (1, 2))
    monitors = runtime.monitor(), runtime.monitor()
    mixed = [(monitors[0].add(*a), monitors[1].add(*b)) for a, b in zip(one, two, strict=True)]
    assert [a for a, _ in mixed if a] == runtime.tag(one)
    assert [b for _, b in mixed if b] == runtime.tag(two)


@pytest.mark.parametrize("name", ["encoder.onnx", "thresholds.json", "README.md", "tagger.py"])
def test_a_changed_or_missing_file_is_refused(folder, tmp_path, name):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / name).write_bytes((copy / name).read_bytes()[:-1])
    with pytest.raises(TaggerError, match=f"{name}: was changed after the export"):
        Tagger.load(copy)
    (copy / name).unlink()
    with pytest.raises(TaggerError, match=f"{name}: the file is missing"):
        Tagger.load(copy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("null", "expected once (true or false), thresholds (a number for each tag) and score"),
        ('{"once": true, "thresholds": {}, "extra": 1}', "expected once (true or false), thresholds"),
        ("never", "expected the JSON of a thresholds file"),
        ({"a": 0.5}, "expected one threshold for each of the 2 tags"),
        (float("nan"), "expected a number as the threshold of 'alert_ongoing', found 'nan'"),
        ("0.5", "expected a number as the threshold of 'alert_ongoing', found '0.5'"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_broken_thresholds_file_is_named_as_such(folder, tmp_path, content, message):
    path = tmp_path / "mine.json"
    tags = json.loads((folder / "tagger.json").read_text())["tags"]
    if isinstance(content, float) or content == "0.5":
        content = json.dumps({"once": True, "thresholds": dict.fromkeys(tags, content)})
    elif isinstance(content, dict):
        content = json.dumps({"once": True, "thresholds": content})
    if content is not None:
        path.write_text(content)
    with pytest.raises(TaggerError) as caught:
        Tagger.load(folder, thresholds=path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize("content", ["null", '{"once": true}', '{"once": true, "thresholds": null}'])
def test_so_is_a_folders_own_even_with_a_fresh_hash(folder, tmp_path, content):
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "thresholds.json").write_text(content)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["thresholds.json"] = sha256(copy / "thresholds.json")
    write_json(copy / "manifest.json", manifest)
    with pytest.raises(TaggerError, match=r"thresholds\.json: expected once"):
        Tagger.load(copy)


def test_a_truncated_graph_is_refused_even_with_a_fresh_hash(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    graph = copy / "encoder.onnx"
    graph.write_bytes(graph.read_bytes()[:5000])
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["encoder.onnx"] = sha256(graph)
    write_json(copy / "manifest.json", manifest)
    with pytest.raises(TaggerError, match="cannot be loaded"):
        Tagger.load(copy)


def test_a_manifest_with_an_endless_name_is_refused_in_a_short_sentence(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["x" * 100_000] = ""
    write_json(copy / "manifest.json", manifest)
    with pytest.raises(TaggerError, match=r"x: the file is missing$") as caught:
        Tagger.load(copy)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"files": {}}', b'{"files": 3}', b"\xff"])
def test_a_folder_without_a_proper_manifest_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(TaggerError, match=r"manifest\.json"):
        Tagger.load(tmp_path)


ISOLATED = """
import sys
sys.path[:0] = [{site!r}, {folder!r}]
allowed = {{"numpy", "onnxruntime", "tokenizers", "tagger"}} | set(sys.stdlib_module_names)
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"refused: {{name}}", name=name)
sys.meta_path.insert(0, Refuse())
from tagger import Monitor, Tagger
import json
tagger = Tagger.load({folder!r})
monitor = tagger.monitor()
found = [monitor.add("User", "maybe something is off"), monitor.add("Listener", "go on")]
found.append(Monitor.restore(tagger, monitor.state()).add("User", "i hurt myself again"))
print(json.dumps([f and [list(f.tags), f.probabilities] for f in found]))
print(sorted({{m.partition(".")[0] for m in sys.modules}} & {{"torch", "crisis_turns", "transformers", "hydra"}}))
"""


def test_the_folder_runs_with_three_packages_and_nothing_else(folder, tmp_path):
    """Another process, outside the repository, that sees numpy, onnxruntime and tokenizers only."""
    site = tmp_path / "site"
    site.mkdir()
    for package in (np, onnxruntime, tokenizers):
        for found in (Path(package.__file__).parent, Path(package.__file__).parent.with_suffix(".libs")):
            if found.is_dir():
                (site / found.name).symlink_to(found)
    copy = shutil.copytree(folder, tmp_path / "copy")
    code = ISOLATED.format(site=str(site), folder=str(copy))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    answers, heavy = process.stdout.splitlines()
    runtime = Tagger.load(folder)
    expected = runtime.tag([("User", "maybe something is off"), ("Listener", "go on"), ("User", "i hurt myself again")])
    found = json.loads(answers)
    assert found[1] is None
    assert [f[1] for f in found if f] == [e.probabilities for e in expected]
    assert heavy == "[]"
