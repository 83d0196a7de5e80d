"""Run folders of older versions load, or are refused by the key that is gone."""

import pytest

from crisis_turns.errors import InputError
from crisis_turns.runs.folder import RunFolder, load_config
from tests.support.tiny import config

OLDER = """
model:
  name: hier_crf
  dialogue_encoder: transformer
  context_window: 16
  look: past
  turn_input: turn
  listener: true
  width: 128
  layers: 1
  heads: 4
  dropout: 0.2
  class_weights: none
  label_meaning: none
  coarse: false
  transitions: true
  static: null
head: onset
loss: path
data:
  name: mini
  path: null
  tags: null
  exclusive: false
  dialogues_per_step: 8
  train_limit: null
  expected: {}
  definitions: null
  source: it ships with the package
encoder:
  name: minilm
  trainable_layers: 2
  max_tokens: 256
optim:
  epochs: 8
  patience: 4
  dialogues_per_step: 8
  encoder_lr: 0.0002
  head_lr: 0.001
  weight_decay: 0.01
  warmup: 0.1
  clip: 1.0
trainer:
  accelerator: cpu
  precision: '32'
  devices: 1
  token_budget: 4096
  trainable_layers: 2
  epochs: 8
  encoder_lr: 0.0002
  tensorboard: false
  progress: true
decision:
  rule: filter
  thresholds: global
  once: true
  score: onset
teacher: null
distill:
  weight: 0.2
  folds: 5
  unlabelled: null
  identity: null
seed: 1
score_test: true
run_dir: null
runs_dir: outputs
resume: true
bootstrap: 10000
report:
  text: shown
quiet: false
"""


THIS_VERSION = config(
    "head=onset", "data.parts=[oblique]", "optim.epochs=8", "late_starts=0", "long_turns=0", "model.detectors=0"
)


def loaded(folder, text):
    (folder / "config.yaml").write_text(text)
    return load_config(RunFolder(folder))


def test_a_run_in_which_the_keys_did_nothing_loads(tmp_path):
    assert loaded(tmp_path, OLDER) == THIS_VERSION


def test_definitions_did_nothing_without_label_meanings(tmp_path):
    assert loaded(tmp_path, OLDER.replace("definitions: null", "definitions: {a: one}")) == THIS_VERSION


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("coarse: false", "coarse: true", "model.coarse=true of an older version: this one no longer has that key"),
        (
            "label_meaning: none",
            "label_meaning: features",
            "model.label_meaning=features of an older version: this one no longer has that key",
        ),
        ("coarse: false", "courses: false", "configuration key 'model.courses': extra inputs are not permitted"),
        ("model:", "models:", "configuration key 'model': field required"),
        ("model:", "model: 3\nmodels:", "configuration key 'model'"),
    ],
)
def test_a_run_in_which_they_did_something_is_refused(tmp_path, before, after, message):
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, OLDER.replace(before, after, 1))
    assert message in str(caught.value)
    assert str(tmp_path / "config.yaml") in str(caught.value)
