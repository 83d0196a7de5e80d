"""What a fit begins with: the same each time, encoded once, and kept in the cache by training alone."""

import numpy as np
import pytest
import torch

from crisis_turns.errors import InputError
from crisis_turns.model.encoders.array_cache import folder as cache
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.neural_tagger import build_tagger
from crisis_turns.training.device import device_of, processes_of
from crisis_turns.training.preparation import prepare
from crisis_turns.training.teacher_beliefs import with_beliefs
from tests.support.invented import simple_dialogue
from tests.support.tiny import TINY, config

DIALOGUES = [simple_dialogue(f"d{n}", n) for n in range(6)]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_preparing_twice_draws_the_same_weights():
    first, second = (prepare(config(*TINY), DIALOGUES[:4], DIALOGUES[4:]).tagger.model.state_dict() for _ in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(("trainable", "kept"), [("0", "vectors"), ("1", "states"), ("all", None)])
def test_dialogues_come_with_what_a_frozen_part_makes_of_them(trainable, kept):
    prepared = prepare(config(*TINY, f"encoder.trainable_layers={trainable}"), DIALOGUES[:4], DIALOGUES[4:])
    assert [d.id for d in (*prepared.train, *prepared.validation)] == [d.id for d in DIALOGUES]
    for dialogue in (*prepared.train, *prepared.validation):
        assert {name for name in ("vectors", "states") if getattr(dialogue, name) is not None} == {kept} - {None}


def test_more_layers_than_there_are_is_an_error():
    with pytest.raises(
        InputError, match="trainable_layers=9 is more than the 2 layers of encoder=tiny; give 2 or less"
    ):
        prepare(config(*TINY, "encoder.trainable_layers=9"), DIALOGUES[:4], DIALOGUES[4:])


def test_dialogues_without_labels_stand_behind_those_with():
    prepared = prepare(config(*TINY), DIALOGUES[:2], DIALOGUES[2:3], unlabelled=DIALOGUES[3:])
    assert [(d.id, d.labelled) for d in prepared.train] == [(f"d{n}", n < 2) for n in (0, 1, 3, 4, 5)]
    assert all(d.labelled for d in prepared.validation)


def test_each_dialogue_has_its_beliefs_and_one_too_few_is_an_error():
    train = prepare(config(*TINY), DIALOGUES[:2], DIALOGUES[2:]).train
    beliefs = [np.full((len(d.turn_ids), 2, 2), n, dtype=np.float32) for n, d in enumerate(train)]
    taught = with_beliefs(train, beliefs)
    assert all(d.beliefs is believed for d, believed in zip(taught, beliefs, strict=True))
    assert all(d.beliefs is None for d in train)
    with pytest.raises(ValueError, match="shorter"):
        with_beliefs(train, beliefs[:1])


@pytest.mark.parametrize("cached", [True, False])
def test_text_reaches_the_cache_only_where_that_was_asked_for(cached):
    cfg = config(*TINY, "encoder.trainable_layers=0")
    tagger = build_tagger(load_backbone("tiny"), cfg, cached=cached)
    tagger.tag(DIALOGUES)
    assert bool(list(cache().glob("*.npy"))) == cached


def test_a_run_on_the_cpu_is_one_process_unless_more_are_asked_for(monkeypatch):
    trainer = config(*TINY).trainer
    assert (device_of(trainer).type, processes_of(trainer)) == ("cpu", 1)
    assert processes_of(trainer.model_copy(update={"devices": "auto"})) == 1
    assert processes_of(trainer.model_copy(update={"devices": 3})) == 3
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="trainer=gpu: torch finds no GPU on this machine; use trainer=cpu"):
        device_of(trainer.model_copy(update={"accelerator": "gpu"}))
