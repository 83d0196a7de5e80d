"""Word pieces: nothing is dropped, pairs are joined as the tokenizer joins them, batches keep order."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_turns.data.batch import Collate
from crisis_turns.data.tokenize import TurnTokenizer
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import tokenizer

TINY = load_backbone("tiny").tokenizer


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=120), room=st.integers(8, 40))
def test_every_word_piece_of_a_turn_is_kept(text, room):
    text = "x" + text.replace("\n", " ").replace("|", "!")  # what the shorthand for dialogues means by them
    turn = dialogue("U " + text).turns[0].text
    pieces = tokenizer(room)([dialogue("U " + text)], CRADLE)[0].pieces[0]
    assert all(len(run) <= room for run in pieces)
    assert all((run[0], run[-1]) == (0, 2) for run in pieces)
    content = [piece for run in pieces for piece in run[1:-1]]
    assert content == TINY(turn, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize("name", ["tiny", "minilm"])
def test_pairs_are_joined_as_the_tokenizer_joins_them(name):
    own = load_backbone(name).tokenizer
    encoded = TurnTokenizer(own, max_tokens=64, turn_input="pair")([dialogue("L how are you", "U fine")], CRADLE)[0]
    assert encoded.pieces[0] == (tuple(own("how are you")["input_ids"]),)
    assert encoded.pieces[1] == (tuple(own("how are you", "fine")["input_ids"]),)


def flat(dialogue, **options):
    """The text that is read for the last turn."""
    pieces = tokenizer(turn_input="flat", users_only=True, **options)([dialogue], CRADLE)[0].pieces
    assert len(pieces[-1]) == 1
    return TINY.decode(pieces[-1][0])


def test_flat_input_is_the_window_behind_speakers_names_then_the_turn():
    talk = dialogue("U one", "L two", "U three", "L four", "U five")
    assert flat(talk, window=0) == "<s>five</s>"
    assert flat(talk, window=2) == "<s>User:threeListener:four</s></s>five</s>"
    assert flat(talk, window=2, listener=False) == "<s>User:three</s></s>five</s>"
    assert flat(talk, window=None) == "<s>User:oneListener:twoUser:threeListener:four</s></s>five</s>"
    assert flat(talk, window=4) == flat(talk, window=9) == flat(talk, window=None)


def test_flat_input_is_cut_at_the_left_and_keeps_the_turn_whole():
    talk = dialogue("U one", "L two", "U three")
    assert flat(talk, window=2, max_tokens=16) == "<s>ner:two</s></s>three</s>"
    assert flat(talk, window=2, max_tokens=8) == "<s>three</s>"
    long = tokenizer(8, turn_input="flat", window=2)([dialogue("L two", "U " + "x" * 20)], CRADLE)[0].pieces[1]
    assert [len(run) for run in long] == [8, 8, 8, 4]


def test_where_only_user_turns_need_vectors_nothing_of_the_listener_is_encoded():
    encoded = tokenizer(users_only=True)([dialogue("L hello", "U a", "L how are you", "U b")], CRADLE)
    assert [len(pieces) for pieces in encoded[0].pieces] == [0, 1, 0, 1]
    batch = Collate(1000)(encoded)
    assert sum(len(group.ids) for group in batch.groups) == 2


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
