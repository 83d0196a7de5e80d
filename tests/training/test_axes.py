"""Every axis of the design's key table with every other: one epoch of training for each pair of settings."""

import copy
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import check
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.fit import fit
from crisis_turns.training.preparation import prepare
from tests.support.invented import dialogue, simple_dialogue
from tests.support.tiny import TINY

AXES = {
    "head": ("onset", "hazard", "competing", "binary", "independent"),
    "loss": ("path", "filtered"),
    "model.look": ("past", "full"),
    "decision.once": (True, False),
    "model.dialogue_encoder": ("transformer", "gru", "mean", "none"),
    "model.context_window": (16, 0, 2, None),
    "model.turn_input": ("turn", "pair"),
    "late_starts": (0.5, 0),
    "long_turns": (0.5, 0),
    "model.listener": (True, False),
    "model.class_weights": ("none", "sqrt", "balanced"),
    "model.transitions": (True, False),
    "decision.rule": ("filter", "viterbi", "smooth"),
    "decision.score": ("onset", "fresh", "begun"),
    "decision.thresholds": ("global", "group", "per_tag"),
    "encoder.trainable_layers": ("all", 0, 1),
    "encoder.rank": (None, 2),
    "model.detectors": (0, 3),
}
NEEDS = {
    ("model.class_weights", "sqrt"): ("loss", ("filtered",)),
    ("model.class_weights", "balanced"): ("loss", ("filtered",)),
    ("model.transitions", False): ("head", ("binary",)),
    ("model.turn_input", "pair"): ("late_starts", (0,)),
    ("encoder.rank", 2): ("encoder.trainable_layers", ("all", 1)),
    ("decision.rule", "viterbi"): ("model.look", ("full",)),
    ("decision.rule", "smooth"): ("model.look", ("full",)),
    ("decision.score", "begun"): ("decision.once", (True,)),
    ("decision.score", "fresh"): ("head", ("onset", "hazard", "competing")),
}
FILTERED = ("decision.score", ("fresh", "begun")), ("decision.rule", ("viterbi", "smooth"))


def go_together(settings) -> bool:
    """Whether the configuration takes these settings; axes that are not there may still become anything."""
    needed = all(settings.get(axis) in (*kept, None) for key, (axis, kept) in NEEDS.items() if key in settings.items())
    return needed and not all(settings.get(axis) in values for axis, values in FILTERED)


def pairs(settings):
    return {frozenset(pair) for pair in itertools.combinations(settings.items(), 2)}


def pairwise() -> list[dict]:
    """Settings of all axes in which every pair that goes together occurs (greedy; the same each time)."""
    generator = random.Random(0)
    single = [(axis, value) for axis, values in AXES.items() for value in values]
    wanted = [dict(pair) for pair in itertools.combinations(single, 2) if pair[0][0] != pair[1][0]]
    rows, open_pairs = [], {frozenset(pair.items()): pair for pair in wanted if go_together(pair)}
    while open_pairs:
        seed = next(iter(open_pairs.values()))
        row = dict(seed)
        for axis, values in AXES.items():
            choices = [value for value in values if axis not in row and go_together({**row, axis: value})]
            generator.shuffle(choices)
            if choices:
                row[axis] = max(choices, key=lambda value: len(pairs({**row, axis: value}) & open_pairs.keys()))
        if len(row) == len(AXES):
            rows.append({axis: row[axis] for axis in AXES})
        for pair in (*pairs(row), frozenset(seed.items())):  # a seed that cannot be completed is given up
            open_pairs.pop(pair, None)
    return rows


def configured(settings, *overrides, folder):
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        values = copy.deepcopy(app.values(compose("train", overrides=[*TINY, "optim.epochs=1", *overrides])))
    for key, value in settings.items():
        *groups, last = key.split(".")
        place = values
        for group in groups:
            place = place[group]
        place[last] = value
    return check({**values, "run_dir": str(folder)})


def trained(config):
    """A tagger after one epoch, with its beliefs on validation."""
    dialogues = [simple_dialogue(f"d{n}", n) for n in range(8)]
    if config.head == "exclusive":
        labels = [" | x", " | y", " | z"]
        dialogues = [dialogue("U a | x", "L hm", *(f"U b{labels[n % 3]}" for n in range(5)), name=d.id)
                     for d in dialogues]  # fmt: skip
    tagger = fit(prepare(config, dialogues[:5], dialogues[5:]), config, RunFolder(Path(config.folder)))
    return tagger, tagger.tag(dialogues[5:])


ROWS = pairwise()


@pytest.mark.parametrize("settings", ROWS, ids=lambda row: "-".join(str(value) for value in row.values()))
def test_each_pair_of_settings_trains_believes_and_decides(settings, tmp_path):
    config = configured(settings, folder=tmp_path)
    tagger, believed = trained(config)
    decision = config.decision
    policy = tune(believed, tagger.tags, scope=decision.thresholds, once=decision.once, score=decision.score)
    for d in policy.apply(believed):
        for belief in (d.onset, d.begun):
            assert np.isfinite(belief).all()
            assert belief.min() >= 0
            assert belief.max() <= 1 + 1e-6
        assert not decision.once or d.predicted.sum(0).max() <= 1


EXCLUSIVE = [
    {"model.transitions": transitions, "model.dialogue_encoder": encoder, "model.context_window": window}
    for (transitions, window), encoder in zip(
        itertools.product((True, False), (16, 0)), ("transformer", "none", "gru", "mean"), strict=True
    )
]


@pytest.mark.parametrize("settings", EXCLUSIVE, ids=lambda row: "-".join(str(value) for value in row.values()))
def test_exclusive_classes_train_with_and_without_transitions(settings, tmp_path):
    tags = ("data=table", "data.path=x", "data.tags=[x,y,z]", "data.exclusive=true", "head=exclusive")
    weighed = {"loss": "filtered", "model.class_weights": "sqrt"}
    config = configured({**settings, **weighed}, *tags, folder=tmp_path)
    tagger, believed = trained(config)
    assert all(np.allclose(d.beliefs.sum(1), 1, atol=1e-5) for d in believed)
    moved = max(float(parameter.detach().abs().max()) for parameter in tagger.model.chain.parameters())
    assert (moved > 0) == settings["model.transitions"]
