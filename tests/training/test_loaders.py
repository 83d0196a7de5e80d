"""Dialogues that begin later: no label is lost, what is drawn is a function of seed, epoch and place; loaders."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.training.loaders import DialogueData, LateStarts, SeededOrder
from tests.support.tiny import tagger


def encoded(name, speakers, labelled_users):
    is_user = np.array([speaker == "U" for speaker in speakers])
    n, users = len(speakers), int(is_user.sum())
    gold = np.zeros((users, 2), dtype=bool)
    gold[labelled_users, 0] = True
    return EncodedDialogue(
        id=name,
        pieces=tuple(((place,),) for place in range(n)),
        is_user=is_user,
        gold=gold,
        turn_ids=tuple(np.flatnonzero(is_user).tolist()),
        vectors=np.arange(2.0 * n).reshape(n, 2),
        states=tuple(np.full((1, 2), place) for place in range(n)),
        beliefs=np.arange(4.0 * users).reshape(users, 2, 2),
    )


DIALOGUES = [
    encoded("late", "ULULULUL", [2, 3]),
    encoded("first", "ULUL", [0]),
    encoded("listener first", "LULUU", [1]),
    encoded("free", "LULUL", []),
]


def starts(share, seed=1, epochs=200, dialogues=DIALOGUES):
    """The first turns that each dialogue had over the epochs."""
    order = SeededOrder(len(dialogues), seed)
    varied = LateStarts(dialogues, share, order)
    found = [[] for _ in dialogues]
    for epoch in range(epochs):
        order.set_epoch(epoch)
        for place in range(len(varied)):
            found[place].append(varied[place])
    return found


def test_a_late_start_loses_no_label_and_reaches_every_turn_up_to_the_first():
    for dialogue, found in zip(DIALOGUES, starts(1.0), strict=True):
        users = np.flatnonzero(dialogue.is_user)
        latest = next(iter(users[dialogue.gold.any(1)]), users[-1])
        assert {len(dialogue.pieces) - len(late.pieces) for late in found} == set(range(latest + 1))
        assert all(late.gold.sum() == dialogue.gold.sum() for late in found)


@pytest.mark.parametrize("turn", range(8))
def test_what_belongs_to_a_turn_stays_with_it(turn):
    whole = DIALOGUES[0]
    late = whole.since(turn)
    users = (turn + 1) // 2
    assert late.turn_ids == whole.turn_ids[users:]
    for field in ("gold", "beliefs"):
        np.testing.assert_array_equal(getattr(late, field), getattr(whole, field)[users:])
    for field in ("pieces", "is_user", "vectors", "states"):
        np.testing.assert_array_equal(getattr(late, field), getattr(whole, field)[turn:])
    touched = {"turn_ids", "gold", "beliefs", "pieces", "is_user", "vectors", "states"}
    assert {field.name for field in fields(whole)} == touched | {"id", "labelled"}


def test_the_share_is_kept_and_the_same_seed_and_epoch_draw_the_same():
    lengths = [[len(d.pieces) for d in found] for found in starts(0.5)]
    assert lengths == [[len(d.pieces) for d in found] for found in starts(0.5)]
    assert lengths != [[len(d.pieces) for d in found] for found in starts(0.5, seed=2)]
    whole = np.mean([n == 8 for n in lengths[0]])
    assert 0.45 < whole < 0.65  # of the half that is drawn, one in ten begins at the first turn again


def test_without_a_share_or_without_labels_dialogues_are_as_they_were():
    assert all(late is DIALOGUES[place] for place, found in enumerate(starts(0.0)) for late in found)
    unknown = [replace(dialogue, labelled=False) for dialogue in DIALOGUES]
    assert all(late is unknown[n] for n, found in enumerate(starts(1.0, dialogues=unknown)) for late in found)


def test_a_late_start_is_the_shorter_dialogue_encoded():
    turns = tuple(Turn(n, Speaker.USER if n % 2 == 0 else Speaker.LISTENER, f"word {n}") for n in range(6))
    late, short = (tagger().encode([Dialogue("d", part)])[0] for part in (turns, turns[2:]))
    assert late.since(2).pieces == short.pieces
    assert late.since(2).turn_ids == short.turn_ids


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_memory_is_pinned_for_a_gpu_and_not_because_there_is_one(device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    data = DialogueData(DIALOGUES, DIALOGUES, to_train=None, to_score=None, dialogues_per_step=2, seed=1)
    strategy = SimpleNamespace(root_device=torch.device(device))
    data.trainer = SimpleNamespace(global_rank=0, world_size=1, strategy=strategy)
    assert {loader.pin_memory for loader in (data.train_dataloader(), data.val_dataloader())} == {device == "cuda"}
