"""The window and the past: what a state may depend on, for every dialogue encoder and depth."""

import pytest
import torch

from crisis_turns.data.batch import Collate
from crisis_turns.model.context_window import Reach, windows
from crisis_turns.model.dialogue_encoder import DialogueEncoder
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import tokenizer

KINDS = ("transformer", "gru", "mean", "none")
H = 12


def encoder(kind, *, k, layers=2, look="past", listener=True) -> DialogueEncoder:
    torch.manual_seed(0)
    built = DialogueEncoder(
        input_width=H,
        width=16,
        kind=kind,
        layers=layers,
        heads=2,
        dropout=0.1,
        context_window=k,
        look=look,
        listener=listener,
    )
    return built.eval()


def batch_of(*speakers: str):
    """A batch of dialogues given as strings of U and L."""
    dialogues = [dialogue(*(f"{s} x" for s in line)) for line in speakers]
    return Collate(10_000)(tokenizer()(dialogues, CRADLE))


def vectors(n, seed=1):
    return torch.randn(n, H, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("k", [0, 2, 5, None])
@pytest.mark.parametrize("kind", KINDS)
def test_later_turns_never_move_earlier_states(kind, k, layers):
    built, turns = encoder(kind, k=k, layers=layers), vectors(10)
    full = built(turns, batch_of("ULULULULUL"))
    for cut in (1, 3, 6, 9):
        shorter = built(turns[:cut], batch_of("ULULULULUL"[:cut]))
        torch.testing.assert_close(full[: len(shorter)], shorter)
        changed = turns.clone()
        changed[cut:] = vectors(10 - cut, seed=9)
        moved = built(changed, batch_of("ULULULULUL"))
        torch.testing.assert_close(full[: len(shorter)], moved[: len(shorter)])


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("k", [0, 1, 2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_turns_before_the_window_can_change_vanish_or_be_added(kind, k, layers):
    built, turns = encoder(kind, k=k, layers=layers), vectors(9)
    last = built(turns, batch_of("LUULULLUU"))[-1]
    kept = turns[8 - k :]
    changed = torch.cat((vectors(8 - k, seed=4), kept))
    torch.testing.assert_close(built(changed, batch_of("LUULULLUU"))[-1], last)
    torch.testing.assert_close(built(kept, batch_of("LUULULLUU"[8 - k :]))[-1], last)
    longer = torch.cat((vectors(7, seed=5), turns))
    torch.testing.assert_close(built(longer, batch_of("ULULULU" + "LUULULLUU"))[-1], last)


@pytest.mark.parametrize("kind", ["transformer", "gru", "mean"])
def test_every_turn_inside_the_window_counts(kind):
    built, turns, batch = encoder(kind, k=3), vectors(8), batch_of("ULULULUU")
    last = built(turns, batch)[-1]
    for seen in (4, 5, 6, 7):
        changed = turns.clone()
        changed[seen] += 1
        assert (built(changed, batch)[-1] - last).abs().max() > 1e-4


def test_the_transformer_and_the_gru_know_the_order_and_the_mean_does_not():
    swapped = [1, 0, 2]
    for kind, knows in (("transformer", True), ("gru", True), ("mean", False)):
        built, turns, batch = encoder(kind, k=2), vectors(3), batch_of("UUU")
        moved = (built(turns, batch)[-1] - built(turns[swapped], batch)[-1]).abs().max()
        assert (moved > 1e-4) == knows, kind


@pytest.mark.parametrize("look", ["past", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_dialogue_alone_is_the_dialogue_in_a_batch(kind, look):
    built, turns = encoder(kind, k=2, look=look), vectors(11)
    together = built(turns, batch_of("ULU", "LULULUU", "U"))
    torch.testing.assert_close(together[:2], built(turns[:3], batch_of("ULU")))
    torch.testing.assert_close(together[2:6], built(turns[3:10], batch_of("LULULUU")))
    torch.testing.assert_close(together[6:], built(turns[10:], batch_of("U")))


@pytest.mark.parametrize("kind", ["transformer", "gru", "mean"])
def test_full_look_sees_as_far_ahead_as_back_and_no_further(kind):
    built, turns, batch = encoder(kind, k=2, look="full"), vectors(9), batch_of("UUUUUUUUU")
    states = built(turns, batch)
    for changed_turn in range(9):
        changed = turns.clone()
        changed[changed_turn] += 1
        moved = (built(changed, batch) - states).abs().amax(1) > 1e-5
        assert moved.nonzero().flatten().tolist() == [t for t in range(9) if abs(t - changed_turn) <= 2]


@pytest.mark.parametrize("kind", ["transformer", "gru", "mean"])
def test_without_the_listener_its_turns_are_not_seen(kind):
    built, turns, batch = encoder(kind, k=4, listener=False), vectors(6), batch_of("ULUULU")
    states = built(turns, batch)
    changed = turns.clone()
    changed[[1, 4]] += 1
    torch.testing.assert_close(built(changed, batch), states)
    changed[0] += 1
    assert (built(changed, batch)[1] - states[1]).abs().max() > 1e-4


def test_windows_count_both_speakers_and_stay_in_their_dialogue():
    view = windows(batch_of("ULUL", "LU"), Reach(2, "past", listener=True))
    assert [row[seen].tolist() for row, seen in zip(view.index, view.seen, strict=True)] == [[0], [0, 1, 2], [4, 5]]
    assert [row[seen].tolist() for row, seen in zip(view.distance, view.seen, strict=True)] == [[0], [2, 1, 0], [1, 0]]
    without = windows(batch_of("ULUL", "LU"), Reach(2, "past", listener=False))
    assert [row[seen].tolist() for row, seen in zip(without.index, without.seen, strict=True)] == [[0], [0, 2], [5]]


def test_long_dialogues_are_folded_in_parts(monkeypatch):
    built, turns, batch = encoder("transformer", k=None), vectors(40), batch_of("UL" * 20)
    with torch.no_grad():
        whole = built(turns, batch)
        monkeypatch.setattr("crisis_turns.model.dialogue_encoder._FOLD_BUDGET", 100)
        torch.testing.assert_close(built(turns, batch), whole)
