"""Word pieces: nothing is dropped, pairs are joined as the tokenizer joins them, batches keep order."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from src.data.batch import Collate
from src.data.encode import TurnTokenizer
from src.model.encoder_source import load_backbone
from src.tags import CRADLE
from tests.conftest import dialogue, tokenizer

TINY = load_backbone("tiny").tokenizer


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=120), room=st.integers(8, 40))
def test_every_word_piece_of_a_turn_is_kept(text, room):
    text = "x" + text.replace("\n", " ")
    turn = dialogue("U " + text).turns[0].text
    pieces = tokenizer(room)([dialogue("U " + text)], CRADLE)[0].pieces[0]
    assert all(len(run) <= room for run in pieces)
    assert all((run[0], run[-1]) == (0, 2) for run in pieces)
    content = [piece for run in pieces for piece in run[1:-1]]
    assert content == TINY(turn, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("name", ["tiny", "minilm"])
def test_pairs_are_joined_as_the_tokenizer_joins_them(name):
    own = load_backbone(name).tokenizer
    encoded = TurnTokenizer(own, max_tokens=64, pair=True)([dialogue("L how are you", "U fine")], CRADLE)[0]
    assert encoded.pieces[0] == (tuple(own("how are you")["input_ids"]),)
    assert encoded.pieces[1] == (tuple(own("how are you", "fine")["input_ids"]),)


def test_an_empty_turn_still_has_its_special_tokens():
    assert tokenizer()([dialogue("U ")], CRADLE)[0].pieces == (((0, 2),),)


@pytest.mark.parametrize("text", ["🙂 ok", "שלום עליכם", "half an emoji \ud83d here", "nul \x00 byte", "tab\tand\r"])
def test_odd_characters_are_encoded(text):
    assert len(tokenizer()([dialogue("U " + text)], CRADLE)[0].pieces[0][0]) > 3


def test_a_batch_lays_dialogues_end_to_end():
    first = dialogue("L hello", "U a | alert_past", "U b", name="x")
    second = dialogue("U c | confirm_DV_past; alert_ongoing", name="y")
    batch = Collate(1000)(tokenizer()([first, second], CRADLE))
    assert batch.n_dialogues == 2
    assert batch.is_user.tolist() == [False, True, True, True]
    assert batch.first.tolist() == [0, 0, 0, 3]
    assert batch.last.tolist() == [2, 2, 2, 3]
    assert batch.mask.tolist() == [[True, True], [True, False]]
    assert batch.gold.shape == (2, 2, 16)
    assert CRADLE.named(batch.gold[0, 0].tolist()) == ("alert_past",)
    assert set(CRADLE.named(batch.gold[1, 0].tolist())) == {"confirm_DV_past", "alert_ongoing"}
    assert not batch.gold[1, 1].any()
    assert sorted(torch.cat([g.turn for g in batch.groups]).tolist()) == [0, 1, 2, 3]


def test_stored_vectors_replace_the_word_pieces():
    from dataclasses import replace

    encoded = tokenizer()([dialogue("U a", "L b")], CRADLE)[0]
    batch = Collate(1000)([replace(encoded, vectors=np.ones((2, 3), dtype=np.float32))])
    assert batch.groups == ()
    assert batch.vectors.shape == (2, 3)
