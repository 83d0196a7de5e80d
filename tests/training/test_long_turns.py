"""Turns among others: nothing of a turn is lost, nothing but user turns changes, and each run has the same."""

import random

import pytest

from crisis_turns.training.long_turns import among_others, label_free_turns, with_long_turns
from crisis_turns.training.preparation import prepare
from tests.support.invented import dialogue
from tests.support.tiny import TINY, config

FREE = [dialogue(f"U rota {n:02d}", f"L listen {n}", f"U bus {n:02d}", name=f"free-{n}") for n in range(40)]
SAID = [dialogue(f"U hello {n}", f"L well {n}", f"U hurt {n} | alert_ongoing", name=f"said-{n}") for n in range(40)]


def test_only_user_turns_get_longer_and_keep_their_own_text_and_tags():
    before, after = [*FREE, *SAID], with_long_turns([*FREE, *SAID], 0.5)
    assert [d.id for d in after] == [d.id for d in before]
    others = set(label_free_turns(before))
    assert others == {turn.text for d in FREE for turn in d.user_turns}
    longer = {True: 0, False: 0}
    for old, new in zip(before, after, strict=True):
        for turn, made in zip(old.turns, new.turns, strict=True):
            assert (made.turn_id, made.speaker, made.tags) == (turn.turn_id, turn.speaker, turn.tags)
            if made.text == turn.text:
                continue
            assert turn.is_user
            longer[bool(turn.tags)] += 1
            assert turn.text in made.text
            rest = made.text.replace(turn.text, "", 1).split()
            assert {" ".join(pair) for pair in zip(rest[::2], rest[1::2], strict=True)} <= others
    assert 10 < longer[True] < 30  # of 40 tagged and 120 other user turns
    assert 40 < longer[False] < 80


def test_draws_belong_to_a_dialogue_and_no_share_changes_nothing():
    whole = with_long_turns([*FREE, *SAID], 0.5)
    assert with_long_turns([*FREE, *SAID], 0.5) == whole
    assert with_long_turns([*SAID[20:], *FREE], 0.5)[:20] == whole[60:]
    assert with_long_turns([*FREE, *SAID], 0) == [*FREE, *SAID]


def test_without_a_dialogue_that_has_no_label_nothing_is_made_longer(caplog):
    with caplog.at_level("INFO", logger="crisis_turns"):
        assert with_long_turns(SAID, 0.5) == SAID
    assert "no dialogue without labels" in caplog.text


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_turn_stands_at_every_place_among_the_others(number):
    turn, rng = SAID[0].user_turns[1], random.Random(0)
    made = [among_others(turn, ["x"], rng, numbers=[number]).text.split() for _ in range(100)]
    assert {text.index("hurt") for text in made} == set(range(number + 1))
    assert all(text.count("x") == number for text in made)


def test_training_reads_long_turns_and_scoring_does_not():
    plain, long = (prepare(config(*TINY, f"long_turns={share}"), [*FREE, *SAID], FREE[:4]) for share in (0, 1))
    pieces = [[sum(map(len, runs)) for d in made.train for runs in d.pieces] for made in (plain, long)]
    users = [turn.is_user for d in [*FREE, *SAID] for turn in d.turns]
    assert [b > a for a, b in zip(*pieces, strict=True)] == users
    assert [d.pieces for d in plain.validation] == [d.pieces for d in long.validation]
