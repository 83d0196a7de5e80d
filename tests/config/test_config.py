"""Every file in conf/ composes into a checked configuration; mistakes are told in one sentence."""

from itertools import product

import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.commands.arguments import for_hydra, read
from crisis_turns.commands.command import command
from crisis_turns.commands.override_grammar import expand_encoder
from crisis_turns.config import RunConfig
from crisis_turns.config.keys import dotted
from crisis_turns.errors import InputError
from tests.support.tiny import config

GROUPS = [
    (folder.name, file.stem)
    for folder in sorted(app.CONF.iterdir())
    if folder.is_dir()
    for file in sorted(folder.glob("*.yaml"))
]
ENCODERS = [name for group, name in GROUPS if group == "encoder"]
NEEDED = {
    ("data", "annomi"): ("data.path=x", "head=exclusive"),
    ("data", "meld"): ("data.path=x", "head=exclusive"),
    ("data", "table"): ("data.path=x", "data.tags=[a,b]"),
    ("encoder", "pretrained"): ("encoder.name=some/encoder",),
    ("experiment", "annomi"): ("data.path=x",),
    ("experiment", "meld"): ("data.path=x",),
}


@pytest.mark.parametrize(("group", "name"), GROUPS)
def test_every_config_file_composes_and_passes_the_check(group, name):
    composed = config(f"{group}={name}", *NEEDED.get((group, name), ()))
    assert composed.folder.startswith("outputs/")


@pytest.mark.parametrize("head", ["onset", "hazard", "competing", "binary", "independent"])
@pytest.mark.parametrize("loss", ["path", "filtered"])
def test_heads_and_losses_combine(head, loss):
    assert (config(f"head={head}", f"loss={loss}").head, config(f"loss={loss}").loss) == (head, loss)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("head=exclusive",), "head=exclusive does not fit data=embedded, which has any number of tags per user turn"),
        (("model.turn_input=flat",), "model.turn_input=flat reads the window itself: use model=flat"),
        (("data=annomi", "data.path=x"), "head=hazard does not fit data=annomi, which has exactly one class"),
        (("decision.rule=viterbi",), "looks at later turns; say so with model.look=full"),
        (
            ("decision.score=fresh", "head=binary"),
            "needs tags that begin once, so head=onset, hazard or competing, found head=binary",
        ),
        (("decision.score=fresh", "model=tfidf"), "needs tags that begin once"),
        (("decision.score=begun", "decision.once=false"), "needs decision.once=true"),
        (
            ("decision.score=begun", "decision.rule=smooth", "model.look=full"),
            "needs decision.rule=filter, found smooth",
        ),
        (
            ("decision.score=begun", "data=annomi", "data.path=x", "head=exclusive"),
            "does not fit head=exclusive, whose classes do not begin",
        ),
        (("model.transitions=false",), "model.transitions=false needs head=binary or exclusive: head=hazard has none"),
        (("model.class_weights=sqrt",), "model.class_weights=sqrt needs loss=filtered"),
        (("+model.static={width: 8, ngram: 3, features: 8, word_dropout: 0}",), "model.static belongs to model=fast"),
        (("model=fast", "model.static=null"), "model.static belongs to model=fast"),
        (("model=fast", "model.static.word_dropout=1"), "'model.static.word_dropout': input should be less than 1"),
        (("model=tfidf", "teacher=x"), "teacher=… needs a neural student"),
        (("distill.folds=1",), "distill.folds=1 leaves nothing to train on"),
        (("distill.weight=0",), "'distill.weight': input should be greater than 0"),
        (("model.width=10",), "model.width=10 must be a multiple of model.heads=4"),
        (("head=onsets",), "configuration key 'head': input should be"),
        (("+optim.lr=1",), "configuration key 'optim.lr': extra inputs are not permitted"),
        (
            ("encoder.trainable_layers=-3",),
            "key 'encoder.trainable_layers': input should be greater than or equal to 0 or 'all', found '-3'",
        ),
        (
            ("data.turns.join=-1",),
            "key 'data.turns.join': input should be 'none' or 'same_speaker' or greater than 0, found '-1'",
        ),
        (
            ("teacher=",),
            "key 'teacher': a path has at least one character; null is none or a valid tuple",
        ),
        (("data.path=",), "key 'data.path': a path has at least one character; null is none"),
        (("model.detectors=9999",), "configuration key 'model.detectors': input should be less than or equal to 4096"),
        (("optim.epochs=0",), "configuration key 'optim.epochs': input should be greater than 0, found '0'"),
        (("model.context_window=-1",), "'model.context_window'"),
        (("encoder.trainable_layers=some",), "encoder.trainable_layers"),
        (("data=annomi", "head=exclusive"), "data.path has no value: give data.path=…"),
        (("data=table", "data.path=x", "data.tags=[a,a]"), "tags must be distinct names"),
        (
            ("data=table", "data.path=x", "data.tags=[a]", "data.exclusive=true", "head=exclusive"),
            "two classes or more",
        ),
        (
            ("data=meld", "data.path=x", "data.ignored_class=calm", "head=exclusive"),
            "data.ignored_class: expected one of neutral, surprise, fear, sadness, joy, disgust, anger, found 'calm'",
        ),
        (("data.ignored_class=a", "data=table", "data.path=x", "data.tags=[a,b]"), "expected none where tags are no"),
    ],
)
def test_mistakes_are_told_before_anything_is_read(overrides, message):
    with pytest.raises(InputError) as caught:
        config(*overrides)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_encoder_can_be_named():
    assert expand_encoder("encoder=minilm", ENCODERS) == ["encoder=minilm"]
    assert expand_encoder("encoder=minilm,tiny", ENCODERS) == ["encoder=minilm,tiny"]
    assert for_hydra(read(["seed=2"]), command("train", RunConfig)) == ["seed=2"]
    for name in ("FacebookAI/roberta-base", "/a folder/x", "bert-base-uncased"):
        assert expand_encoder(f"encoder={name}", ENCODERS) == ["encoder=pretrained", f"encoder.name='{name}'"]
        assert config(*expand_encoder(f"encoder={name}", ENCODERS)).encoder.name == name


@pytest.mark.parametrize(
    ("trainer", "values"),
    [("cpu", (2, 4, 2e-4)), ("gpu", ("all", 12, 5e-5)), ("ddp", ("all", 12, 5e-5))],
)
def test_the_trainer_brings_what_its_hardware_makes_pleasant(trainer, values):
    def found(*overrides):
        run = config(f"trainer={trainer}", *overrides)
        return run.encoder.trainable_layers, run.optim.epochs, run.optim.encoder_lr

    layers, epochs, rate = values
    assert found() == found("encoder=mpnet", "model=flat") == values
    assert found("model=fast") == (layers, 8, 3e-3)
    assert found("encoder.trainable_layers=1", "optim.epochs=5") == (1, 5, rate)
    assert found("optim.encoder_lr=1e-5", "experiment=heads") == (0, 20, 1e-5)
    assert found("experiment=tuned") == (2, epochs, rate)
    assert found("optim=gpu") == (layers, 12, 5e-5)


def test_the_hash_names_what_decides_the_result():
    plain = config()
    assert plain.hash == config("trainer.progress=false", "run_dir=/tmp/x", "resume=false", "score_test=false").hash
    changed = [
        config("seed=2"),
        config("model.context_window=8"),
        config("trainer.precision=bf16"),
        config("head=onset"),
        config("encoder.rank=8"),
    ]
    assert len({c.hash for c in (plain, *changed)}) == 6
    assert "rank" not in plain.deciding["encoder"], "runs older than the key keep their names"


EXPERIMENTS = sorted(path.stem for path in (app.CONF / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_run_of_an_experiment_is_distinct_away_from_test_and_frozen_but_for_the_tuned_ones(name):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        axes = dict(compose("train", [f"experiment={name}"], return_hydra_config=True).hydra.sweeper.params)
    assert axes.pop("seed") == ("1,2,3" if name in ("learning_curve", "meld") else "1,2,3,4,5")
    grid = product(*([f"{key}={value}" for value in str(values).split(",")] for key, values in axes.items()))
    needed = NEEDED.get(("experiment", name), ())
    runs = [config(f"experiment={name}", *needed, *overrides) for overrides in grid]
    assert len({run.hash for run in runs}) == len(runs)
    tuned = {"tuned": 2, "learning_curve": 2, "meld": 4}
    assert {run.encoder.trainable_layers for run in runs} == {tuned.get(name, 0)}
    assert not any(run.score_test for run in runs)
    assert {run.runs_dir for run in runs} <= {f"outputs/{folder}" for folder in EXPERIMENTS}


def test_the_public_baseline_is_the_published_recipe():
    run = config("experiment=public_baseline", "model.dialogue_encoder=mean")
    assert (run.head, run.loss, run.model.turn_input, run.model.class_weights) == (
        "independent", "filtered", "pair", "balanced",
    )  # fmt: skip
    assert (run.decision.thresholds, run.decision.once, run.decision.rule) == ("global", False, "filter")


def test_values_by_their_keys_in_full_are_what_the_command_line_takes():
    assert dotted({"a": {"b": {"c": 1}, "d": [{"e": 2}]}, "f": None, "g": {}}) == {
        "a.b.c": 1,
        "a.d": [{"e": 2}],
        "f": None,
    }
