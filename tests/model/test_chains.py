"""Chains against enumeration of all paths, against pytorch-crf, and against each other."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchcrf import CRF

from crisis_turns.heads import HEADS
from crisis_turns.model.chains import build_chain
from crisis_turns.model.chains.onset import AFTER, BEFORE, ONSET, OnsetChain
from tests.support.random_chains import CLASSES, TAGS, chain, logits_for, tags_of

MULTI_LABEL = ("onset", "hazard", "competing", "binary", "independent")


def legal_paths(head, turns, causes=1):
    """The paths of one chain; of a competing one with so many causes, whose last state is that after all."""
    if head == "competing":
        yield [BEFORE] * turns
        for s, cause in itertools.product(range(turns), range(causes)):
            yield [BEFORE] * s + [ONSET + cause] + [3] * (turns - s - 1)
    elif head in ("onset", "hazard"):
        yield [BEFORE] * turns
        for s in range(turns):
            yield [BEFORE] * s + [ONSET] + [AFTER] * (turns - s - 1)
    else:
        yield from itertools.product(range({"exclusive": 3}.get(head, 2)), repeat=turns)


def path_score(built, head, emissions, c, path) -> float:
    """The score of one path of chain c, summed term by term."""
    e = emissions[0, :, c]
    if head == "independent":
        return sum(float(e[t, 0]) if state else 0.0 for t, state in enumerate(path))
    total = sum(float(e[t, state]) for t, state in enumerate(path))
    if head == "binary":
        start, steps = built.start[c], built.transitions[c]
    elif head == "exclusive":
        start, steps = built.crf.start_transitions, built.crf.transitions
    else:
        return total
    total += float(start[path[0]])
    return total + sum(float(steps[i, j]) for i, j in itertools.pairwise(path))


def enumerated(built, head, emissions, c):
    """All legal paths with their probabilities."""
    causes = int(built.caused[c].sum()) if head == "competing" else 1
    paths = [list(p) for p in legal_paths(head, emissions.shape[1], causes)]
    weights = torch.tensor([path_score(built, head, emissions, c, p) for p in paths], dtype=torch.float64)
    return paths, weights.softmax(0)


def held(built, head, tag) -> tuple[int, int]:
    """The chain of a tag, and the state of it in which the tag holds."""
    if head == "exclusive":
        return 0, tag
    if head == "competing":
        return next((c, 1 + event.index(tag)) for c, event in enumerate(tags_of(head).events) if tag in event)
    return tag, 1


@pytest.mark.parametrize("turns", [1, 2, 4])
@pytest.mark.parametrize("head", HEADS)
def test_likelihood_of_every_path_is_its_share_of_all_paths(head, turns):
    built = chain(head)
    emissions = built.emissions(logits_for(built, turns))
    mask = torch.ones(1, turns, dtype=torch.bool)
    per_chain = [enumerated(built, head, emissions, c) for c in range(built.n_chains)]
    for n in range(max(len(paths) for paths, _ in per_chain)):
        chosen = [n % len(paths) for paths, _ in per_chain]
        states = torch.tensor([paths[m] for m, (paths, _) in zip(chosen, per_chain, strict=True)]).T[None]
        expected = sum(float(p[m].log()) for m, (_, p) in zip(chosen, per_chain, strict=True))
        assert float(built.log_likelihood(emissions, states, mask)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("head", HEADS)
def test_filtered_posterior_is_the_enumerated_posterior_of_each_prefix(head):
    built, turns = chain(head), 4
    emissions = built.emissions(logits_for(built, turns))
    found = built.log_filtered(emissions).exp()
    posterior = built.posterior(emissions)
    for t, c in itertools.product(range(turns), range(built.n_chains)):
        paths, probabilities = enumerated(built, head, emissions[:, : t + 1], c)
        for state in range(found.shape[-1]):
            expected = sum(float(p) for path, p in zip(paths, probabilities, strict=True) if path[-1] == state)
            assert float(found[0, t, c, state]) == pytest.approx(expected, abs=1e-9)
    for t, tag in itertools.product(range(turns), range(len(tags_of(head)))):
        c, state = held(built, head, tag)
        paths, probabilities = enumerated(built, head, emissions[:, : t + 1], c)
        expected = sum(float(p) for path, p in zip(paths, probabilities, strict=True) if path[-1] == state)
        assert float(posterior.onset[0, t, tag]) == pytest.approx(expected, abs=1e-9)
        if posterior.begun is not None:
            expected = sum(float(p) for path, p in zip(paths, probabilities, strict=True) if state in path)
            assert float(posterior.begun[0, t, tag]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("head", HEADS)
def test_smoothing_and_viterbi_agree_with_enumeration(head):
    built, turns = chain(head, seed=3), 4
    emissions = built.emissions(logits_for(built, turns, seed=5))
    mask = torch.ones(1, turns, dtype=torch.bool)
    smoothed, best = built.smoothed(emissions, mask).onset, built.viterbi(emissions, mask)
    for t, tag in itertools.product(range(turns), range(len(tags_of(head)))):
        c, state = held(built, head, tag)
        paths, probabilities = enumerated(built, head, emissions, c)
        expected = sum(float(p) for path, p in zip(paths, probabilities, strict=True) if path[t] == state)
        assert float(smoothed[0, t, tag]) == pytest.approx(expected, abs=1e-9)
        assert bool(best[0, t, tag]) == (paths[int(probabilities.argmax())][t] == state)


@pytest.mark.parametrize("head", HEADS)
def test_a_dialogue_in_a_padded_batch_is_the_dialogue_alone(head):
    built = chain(head)
    logits = logits_for(built, 5, batch=2)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    gold = torch.zeros(2, 5, len(tags_of(head)), dtype=torch.bool)
    gold[:, 1, 0] = True
    kinds = ["path", "filtered"]
    together = {kind: built.loss(logits, gold, mask, kind=kind) for kind in kinds}
    emissions = built.emissions(logits)
    smoothed, best = built.smoothed(emissions, mask).onset, built.viterbi(emissions, mask)
    for kind in kinds:
        alone = built.loss(logits[1:, :3], gold[1:, :3], mask[1:, :3], kind=kind)
        torch.testing.assert_close(together[kind][1:], alone)
    short, short_mask = emissions[1:, :3], mask[1:, :3]
    torch.testing.assert_close(smoothed[1:, :3], built.smoothed(short, short_mask).onset)
    assert torch.equal(best[1:, :3], built.viterbi(short, short_mask))
    assert not best[1, 3:].any()


@pytest.mark.parametrize("head", ["onset", "hazard"])
def test_onset_chain_is_pytorch_crf_with_forbidden_steps(head):
    """The closed form against a three-state CRF whose impossible starts and steps score minus ten thousand."""
    built = chain(head)
    emissions = built.emissions(logits_for(built, 6))
    crf = CRF(3, batch_first=True).double()
    allowed = {(BEFORE, BEFORE), (BEFORE, ONSET), (ONSET, AFTER), (AFTER, AFTER)}
    with torch.no_grad():
        crf.start_transitions.copy_(torch.tensor([0.0, 0.0, -1e4]))
        crf.end_transitions.zero_()
        crf.transitions.fill_(-1e4)
        for i, j in allowed:
            crf.transitions[i, j] = 0
    mask = torch.ones(1, 6, dtype=torch.bool)
    for path in legal_paths(head, 6):
        states = torch.tensor(path)[None, :, None].expand(1, 6, 2)
        expected = sum(float(crf(emissions[:, :, c], torch.tensor(path)[None], mask=mask)) for c in range(2))
        assert float(built.log_likelihood(emissions, states, mask)) == pytest.approx(expected, abs=1e-6)
    for c in range(2):
        decoded = torch.tensor(crf.decode(emissions[:, :, c])[0]) == ONSET
        assert torch.equal(built.viterbi(emissions, mask)[0, :, c], decoded)


def test_binary_and_exclusive_chains_agree_with_pytorch_crf():
    binary, turns = chain("binary"), 5
    emissions = binary.emissions(logits_for(binary, turns))
    mask = torch.ones(1, turns, dtype=torch.bool)
    states = torch.tensor([0, 1, 1, 0, 1])[None, :, None].expand(1, turns, 2)
    expected = 0.0
    for c in range(2):
        crf = CRF(2, batch_first=True).double()
        with torch.no_grad():
            crf.start_transitions.copy_(binary.start[c])
            crf.transitions.copy_(binary.transitions[c])
            crf.end_transitions.zero_()
        expected += float(crf(emissions[:, :, c], states[:, :, c], mask=mask))
        decoded = torch.tensor(crf.decode(emissions[:, :, c])[0]) == 1
        assert torch.equal(binary.viterbi(emissions, mask)[0, :, c], decoded)
    assert float(binary.log_likelihood(emissions, states, mask)) == pytest.approx(expected, abs=1e-9)


def test_hazard_is_the_onset_chain_with_normalised_emissions():
    hazard, onset = chain("hazard"), chain("onset")
    emissions = hazard.emissions(logits_for(hazard, 5))
    torch.testing.assert_close(emissions[..., :2].exp().sum(-1), torch.ones_like(emissions[..., 0]))
    torch.testing.assert_close(hazard.log_filtered(emissions), onset.log_filtered(emissions))
    survival = (1 - emissions[..., ONSET].exp()).cumprod(1)
    torch.testing.assert_close(hazard.posterior(emissions).begun, 1 - survival)


def test_turns_after_the_onset_leave_the_hazard_loss():
    hazard = chain("hazard")
    logits = logits_for(hazard, 5).requires_grad_()
    gold = torch.zeros(1, 5, 2, dtype=torch.bool)
    gold[0, 2] = True
    hazard.loss(logits, gold, torch.ones(1, 5, dtype=torch.bool), kind="path").sum().backward()
    assert logits.grad[:, 3:].abs().max() < 1e-12
    assert logits.grad[:, :3].abs().min() > 1e-6


def test_a_repeated_tag_is_learnt_from_its_first_turn():
    gold = torch.zeros(1, 4, 2, dtype=torch.bool)
    gold[0, [1, 3], 0] = True
    states = OnsetChain(2).states(gold)
    assert states[0, :, 0].tolist() == [BEFORE, ONSET, AFTER, AFTER]
    assert states[0, :, 1].tolist() == [BEFORE] * 4


@pytest.mark.parametrize("head", HEADS)
def test_losses_are_float32_under_autocast(head):
    built = chain(head).float()
    logits = logits_for(built, 6).float()
    gold = torch.zeros(1, 6, len(tags_of(head)), dtype=torch.bool)
    gold[0, :, 0] = head == "exclusive"
    mask = torch.ones(1, 6, dtype=torch.bool)
    plain = built.loss(logits, gold, mask, kind="path")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = built.loss(logits, gold, mask, kind="path")
    assert cast.dtype == torch.float32
    torch.testing.assert_close(plain, cast, rtol=0, atol=0)


@pytest.mark.parametrize("head", HEADS)
def test_two_thousand_turns_stay_finite_and_exact(head):
    """Float32 in, compared with the same chain in float64."""
    turns = 2000
    built = chain(head)
    logits = logits_for(built, turns)
    exact = built.posterior(built.emissions(logits))
    single = built.float().posterior(built.emissions(logits.float()))
    assert single.onset.isfinite().all()
    torch.testing.assert_close(single.onset.double(), exact.onset, atol=2e-4, rtol=0)
    if head != "exclusive":
        gold = torch.zeros(1, turns, len(tags_of(head)), dtype=torch.bool)
        gold[0, 1500] = True
        loss = built.loss(logits.float(), gold, torch.ones(1, turns, dtype=torch.bool), kind="path")
        assert loss.isfinite().all()


@pytest.mark.parametrize("head", HEADS)
@settings(max_examples=25, deadline=None)
@given(turns=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_later_turns_never_move_a_filtered_posterior(head, turns, seed):
    built = chain(head, seed)
    logits = logits_for(built, turns, seed)
    changed = torch.cat((logits, 50 * torch.ones_like(logits[:, :1])), dim=1)
    before, after = (built.posterior(built.emissions(s)) for s in (logits, changed))
    torch.testing.assert_close(before.onset, after.onset[:, :turns])
    assert (before.onset >= 0).all()
    assert (before.onset <= 1 + 1e-9).all()
    if before.begun is not None:
        torch.testing.assert_close(before.begun, after.begun[:, :turns])


def test_filtered_loss_weighs_its_terms_and_a_path_cannot():
    built = chain("exclusive")
    logits = logits_for(built, 3)
    gold = torch.eye(3, dtype=torch.bool)[None]
    mask = torch.ones(1, 3, dtype=torch.bool)
    weights = torch.tensor([[1.0, 0.0, 2.0]], dtype=torch.float64)
    terms = built.log_filtered(built.emissions(logits))[0, :, 0]
    expected = -(terms[0, 0] + 2 * terms[2, 2])
    loss = built.loss(logits, gold, mask, kind="filtered", state_weights=weights)
    assert float(loss) == pytest.approx(float(expected))
    with pytest.raises(ValueError, match="filtered"):
        built.loss(logits, gold, mask, kind="path", state_weights=weights)


def test_end_scores_of_the_exclusive_chain_stay_out():
    built = build_chain("exclusive", CLASSES)
    assert not built.crf.end_transitions.requires_grad
    assert built.crf.end_transitions.abs().sum() == 0


def test_initial_biases_state_that_onsets_are_rare():
    for head in MULTI_LABEL:
        built = build_chain(head, tags_of(head))
        emissions = built.emissions(built.initial_bias()[None, None])
        assert float(built.posterior(emissions).onset.max()) < 0.06
        assert math.isfinite(float(emissions.sum()))


@pytest.mark.parametrize("head", ["binary", "exclusive"])
def test_without_transitions_a_chain_falls_apart_into_turns(head):
    tags = CLASSES if head == "exclusive" else TAGS
    built = build_chain(head, tags, transitions=False)
    assert not any(parameter.requires_grad for parameter in built.parameters())
    logits = logits_for(built, 4).float()
    torch.testing.assert_close(built.log_filtered(built.emissions(logits)), logits.log_softmax(-1))
    gold = torch.zeros(1, 4, len(tags), dtype=torch.bool)
    gold[0, :, 0] = head == "exclusive"
    losses = [built.loss(logits, gold, torch.ones(1, 4, dtype=torch.bool), kind=kind) for kind in ("path", "filtered")]
    torch.testing.assert_close(*losses)
