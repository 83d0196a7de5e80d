"""Random dialogues have the release's lengths."""

import numpy as np

from crisis_turns.data.tokenize import TurnTokenizer
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.speed.random_text import random_dialogues
from crisis_turns.tags import CRADLE


def test_lengths_are_those_of_the_release():
    dialogues = random_dialogues(300, seed=1)
    assert abs(np.mean([len(d.turns) for d in dialogues]) - 15.88) < 0.8
    assert all(turn.is_user == (n % 2 == 0) for d in dialogues for n, turn in enumerate(d.turns))
    labels = sum(len(turn.tags) for d in dialogues for turn in d.turns)
    assert 1 < labels / len(dialogues) < 1.4
    encoded = TurnTokenizer(load_backbone("minilm").tokenizer, max_tokens=256)(dialogues[:50], CRADLE)
    assert 40 < np.mean([sum(map(len, pieces)) for d in encoded for pieces in d.pieces]) < 46


def test_text_follows_the_seed():
    assert random_dialogues(3, seed=1) == random_dialogues(3, seed=1)
    assert random_dialogues(3, seed=1) != random_dialogues(3, seed=2)
    assert [len(d.turns) for d in random_dialogues(2, seed=1, turns=31)] == [31, 31]
