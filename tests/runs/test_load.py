"""A run as one object: the same answers from a run folder, an exported folder, a stream, and the commands."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import yaml

import crisis_turns
from crisis_turns import InputError, load_run
from crisis_turns.commands.export import ExportConfig, export
from crisis_turns.data.corpus import read_split
from crisis_turns.evidence import search
from crisis_turns.files import read_json
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.runs import load
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.weights import save_tokenizer
from crisis_turns.training.run import train
from tests.support.invented import dialogue
from tests.support.tiny import config

TALK = [("User", "maybe something is off"), ("Listener", "go on"), ("User", "i hurt myself again")]
SPELLINGS = [
    TALK,
    [list(message) for message in TALK],
    [{"speaker": speaker, "text": text} for speaker, text in TALK],
    [{"role": "user" if speaker == "User" else "assistant", "content": text} for speaker, text in TALK],
    [{"role": "user" if s == "User" else "assistant", "content": [{"type": "text", "text": t}]} for s, t in TALK],
    dialogue("U maybe something is off", "L go on", "U i hurt myself again"),
]


@pytest.fixture(scope="module")
def exported(tiny_run, tmp_path_factory):
    return export(ExportConfig(run=str(tiny_run.path), out=str(tmp_path_factory.mktemp("exported") / "tagger")))


@pytest.fixture(scope="module")
def both(tiny_run, exported):
    return load_run(tiny_run.path), load_run(exported)


def rounded(answers):
    return [
        (
            turn.turn_id,
            turn.tags,
            {n: round(p, 4) for n, p in turn.probabilities.items()},
            turn.begun and len(turn.begun),
        )
        for turn in answers
    ]


def test_all_spellings_of_a_conversation_get_the_same_answers_from_run_export_and_monitor(both):
    answers = [list(run.tag(SPELLINGS)) for run in both]
    first = rounded(answers[0][0])
    assert [turn_id for turn_id, *_ in first] == [0, 2]
    assert all(rounded(found) == first for of_run in answers for found in of_run)
    for run in both:
        monitor = run.monitor()
        said = [monitor.add(*message) for message in TALK]
        assert said[1] is None
        assert rounded([said[0], said[2]]) == first


def test_messages_that_are_nobodys_turn_keep_their_place(both):
    system = {"role": "system", "content": "be kind"}
    messages = [system, *SPELLINGS[3]]
    assert [turn.turn_id for turn in next(both[0].tag([messages]))] == [1, 3]
    assert [turn.tags for turn in next(both[0].tag([messages]))] == [turn.tags for turn in next(both[0].tag([TALK]))]


@pytest.mark.parametrize(
    ("conversation", "message"),
    [
        (
            [("Kim", "hello")],
            r"conversation 1, message 0: 'Kim' is on no list of speakers: say .* speakers\.user=\[Kim\]",
        ),
        ([("User", 3)], "conversation 1, message 0: expected text, found int"),
        ([("Listener", "hello")], "conversation 1, message 0: the dialogue that starts here has no user turn"),
        ("User: hello", "conversation 1: expected a list of messages, found str"),
        (
            ("User", "hello"),
            r"conversation 1, message 0: expected \(speaker, text\) or an object with speaker and text",
        ),
        ([{"content": "hello"}], "conversation 1, message 0: expected a speaker, found 'None'"),
    ],
)
def test_what_is_no_conversation_is_told_with_its_place(both, conversation, message):
    with pytest.raises(InputError, match=message):
        list(both[0].tag([TALK, conversation]))


def test_conversations_are_taken_as_answers_are_asked_for(both, monkeypatch):
    monkeypatch.setattr(load, "_AT_A_TIME", 2)
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield TALK

    for run in both:
        taken.clear()
        answers = run.tag(endless())
        assert not taken
        next(answers)
        assert len(taken) <= 2


def test_decisions_do_not_depend_on_how_many_are_read_at_a_time(both):
    dialogues = list(read_split(both[0].trained.data, "test").dialogues) * 12  # more than are read at once
    for run in both:
        whole = run.policy.apply(run.tagger.tag(dialogues))
        for a, b in zip(run.decide(dialogues), whole, strict=True):
            assert (a.predicted == b.predicted).all()
            np.testing.assert_array_equal(a.beliefs, b.beliefs)


def test_an_export_decides_as_its_policy_says(both):
    run = both[1]
    dialogues = list(read_split(both[0].trained.data, "test").dialogues)
    for decided, own in zip(run.policy.apply(run.tagger.tag(dialogues)), run.tagger.tag(dialogues), strict=True):
        assert (decided.predicted == own.predicted).all()


def test_a_score_is_what_training_wrote(both, tiny_run):
    found, stored = both[0].score("test", resamples=50), read_json(tiny_run.metrics("test"))
    assert found["turn"] == stored["turn"]
    assert found["data_sha256"] == stored["data_sha256"]
    with pytest.raises(InputError, match=r"^data\.path=~nobody-here/x: no such folder"):
        both[0].score("test", path="~nobody-here/x")


def test_an_export_is_scored_where_its_corpus_is(both):
    with pytest.raises(InputError, match=r"data.path=data: no such folder"):
        both[1].score("test", resamples=50)


def test_thresholds_threads_and_device(tiny_run, exported, tmp_path):
    file = tmp_path / "t.json"
    file.write_text('{"once": false, "thresholds": {"alert_ongoing": 0.0, "confirm_SH_ongoing": 2.0}}')
    for path in (tiny_run.path, exported):
        run = load_run(str(path), thresholds=file, threads=1)
        assert [turn.tags for turn in next(run.tag([TALK]))] == [("alert_ongoing",)] * 2
    with pytest.raises(InputError, match=r"^~nobody-here/t\.json: no such file"):
        load_run(tiny_run.path, thresholds="~nobody-here/t.json")
    with pytest.raises(InputError, match="an exported folder runs on the processor, found device=cuda"):
        load_run(exported, device="cuda")
    with pytest.raises(InputError, match="device=nothing: torch cannot use it here"):
        load_run(tiny_run.path, device="nothing")


def test_what_cannot_stream_says_so(tmp_path, tiny_run):
    data = str(load_run(tiny_run.path).trained.data.path)
    table = ["data=table", f"data.path={data}", "data.tags=[alert_ongoing,confirm_SH_ongoing]"]
    folder = train(config("model=tfidf", *table, "model.min_count=1", "bootstrap=50", f"run_dir={tmp_path / 'tfidf'}"))
    run = load_run(folder.path)
    assert len(list(run.tag([TALK]))) == 1
    with pytest.raises(InputError, match="model=tfidf does not run turn by turn"):
        run.monitor()


def test_a_run_and_its_export_find_the_same_words(both, monkeypatch):
    monkeypatch.setattr(search, "MISSED", -1)  # the tiny model hardly misses a turn
    talk = [("User", "maybe it is so"), TALK[1], ("User", "well, i hurt myself again today"), ("User", "zebra again")]
    found = []
    for run in both:
        policy = replace(run.policy, thresholds=np.zeros(2), once=False)
        (flags,) = replace(run, policy=policy).explain([talk])
        assert [(flag.turn_id, flag.tag) for flag in flags] == [(n, tag) for n in (0, 2, 3) for tag in run.tags.names]
        found.append([span for flag in flags for span in flag.spans])
    assert found[0]
    for ours, theirs in zip(*found, strict=True):
        assert ours[:4] == theirs[:4]
        assert ours.weight == pytest.approx(theirs.weight, abs=1e-4)


def test_a_run_that_looks_ahead_tells_no_words(both):
    model = both[0].config.neural.model_copy(update={"look": "full"})
    run = replace(both[0], config=both[0].config.model_copy(update={"model": model}))
    with pytest.raises(InputError, match=r"model\.look=full needs later turns"):
        run.explain([TALK])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "nowhere: no such folder"),
        ("~nobody-here/x", "~nobody-here/x: no such folder"),
        (".", ".: expected the folder of a run, found no config.yaml in it"),
        ("pretrainde", "pretrainde: no such folder; did you mean pretrained?"),
        ("outputs/pretrainde", "outputs/pretrainde: no such folder"),  # the one in the package has no folder above it
        ("outputs/first-ru", "outputs/first-ru: no such folder; did you mean outputs/first-run?"),
    ],
)
def test_a_folder_that_is_none_is_refused(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs" / "first-run").mkdir(parents=True)
    (tmp_path / "outputs" / "first-rum").write_text("a file")
    with pytest.raises(InputError) as caught:
        load_run(path)
    assert str(caught.value) == message


def test_an_older_export_tags_but_cannot_be_scored(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "older")
    manifest = read_json(folder / "manifest.json")
    del manifest["files"]["config.yaml"]
    RunFolder(folder).config.unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    run = load_run(folder)
    assert list(run.tag([TALK]))
    with pytest.raises(InputError, match="exported by an older version"):
        run.score()


def test_importing_the_package_loads_nothing_heavy():
    heavy = "{'torch', 'numpy', 'transformers', 'hydra', 'pydantic'}"
    code = f"import crisis_turns, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_exported_folder_is_tagged_without_torch(exported):
    code = (
        f"import sys, crisis_turns; r = crisis_turns.load_run({str(exported)!r}); list(r.tag([[('User', 'hi')]]));"
        "r.monitor(); r.policy.thresholds[:] = 0; assert len(next(r.explain([[('User', 'hi')]]))) == 2;"
        "print({'torch', 'transformers', 'hydra'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_public_names_are_there_and_others_are_not():
    assert all(getattr(crisis_turns, name) is not None for name in crisis_turns.__all__)
    assert set(crisis_turns.__all__) <= set(dir(crisis_turns))
    with pytest.raises(AttributeError, match="no attribute 'load_runs'"):
        _ = crisis_turns.load_runs


@pytest.mark.parametrize(("section", "key", "value"), [("model", "listener", False), ("encoder", "max_tokens", 64)])
def test_a_configuration_that_was_changed_is_refused(tiny_run, tmp_path, section, key, value):
    run = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "run"))
    values = yaml.safe_load(run.config.read_text())
    run.config.write_text(yaml.safe_dump(values | {"run_dir": "elsewhere", "score_test": False}))
    load_run(run.path)  # nothing of the tagger has changed
    values[section][key] = value
    run.config.write_text(yaml.safe_dump(values))
    with pytest.raises(InputError, match=r"config\.yaml: was changed after training"):
        load_run(run.path)


def test_tags_that_the_model_was_not_trained_on_are_refused(tiny_run, tmp_path):
    """Another order in ``config.yaml`` would give every belief another tag's name."""
    run = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "run"))
    values = yaml.safe_load(run.config.read_text())
    values["data"]["tags"].reverse()
    run.config.write_text(yaml.safe_dump(values))
    run.finished.write_text('{"fit_s": 1, "total_s": 1}')  # an older run: its configuration has no seal
    with pytest.raises(InputError, match=r"config\.yaml: expected the tags of .*tags\.json, in their order, found oth"):
        load_run(run.path)


@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.slow)])
def test_a_flipped_byte_anywhere_in_a_model_is_refused(tiny_run, tmp_path, step):
    """Thresholds are policy, which may be edited: a changed one is read, a broken file is refused."""
    run = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "run"))
    for path in sorted(p for p in run.model.rglob("*") if p.is_file() and p != run.thresholds):
        data = path.read_bytes()
        stride = step if path.name == "manifest.json" else max(step, len(data) // (200 // step))
        for at in range(0, len(data), stride):
            path.write_bytes(data[:at] + bytes([data[at] ^ (1, 0x20, 0x80)[at // stride % 3]]) + data[at + 1 :])
            with pytest.raises(InputError):
                load_run(run.path)
        path.write_bytes(data)


@pytest.mark.parametrize("damage", ["nothing", "an endless name"])
def test_a_manifest_that_leaves_files_out_or_is_damaged_is_refused(tiny_run, tmp_path, damage):
    run = RunFolder(shutil.copytree(tiny_run.path, tmp_path / "run"))
    manifest = run.model / "manifest.json"
    endless = {"x" * 100_000: ""} | read_json(manifest)
    manifest.write_text(json.dumps({} if damage == "nothing" else endless))
    with pytest.raises(InputError, match=r"manifest\.json: expected names and hashes of the model's files"):
        load_run(run.path)


def test_every_way_to_tag_says_what_cannot_be_read(both):
    text = "Ich weiß nicht mehr, was ich machen soll, alles ist so schwer und ich schlafe kaum."
    for run in both:
        assert [turn.unread for turn in next(run.tag([[("User", "maybe"), ("User", text)]]))] == [None, "language"]
        assert run.monitor().add("User", text).unread == "language"


def test_half_a_tokenizer_is_not_left_when_it_cannot_be_written(tmp_path, monkeypatch):
    backbone = load_backbone("tiny")

    def full(folder):
        (folder / "tokenizer_config.json").write_text("{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backbone.tokenizer, "save_pretrained", full)
    with pytest.raises(OSError, match="No space left"):
        save_tokenizer(RunFolder(tmp_path), backbone)
    assert [path.name for path in tmp_path.rglob("*")] == ["model"]
