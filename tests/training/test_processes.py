"""Several processes share each step's dialogues and learn what one would."""

import json

import pytest
import torch
from pytorch_lightning.callbacks import Callback

from crisis_turns.errors import InputError
from crisis_turns.files import read_json
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.training.loaders import SeededOrder, Share
from crisis_turns.training.run import train
from tests.support.invented import simple_dialogue, write_csv
from tests.support.tiny import TINY, config


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 8, 9, 10])
def test_processes_divide_the_dialogues_of_a_step_among_them(size, processes):
    order = SeededOrder(size, seed=1)
    whole = list(Share(order, 4, rank=0, processes=1))
    assert [i for step in whole for i in step] == list(order)
    shares = [Share(order, 4, rank=rank, processes=processes) for rank in range(processes)]
    parts = list(zip(*shares, strict=True))
    assert len(parts) == len(shares[0])
    assert all(part for step in parts for part in step)
    together = [sorted(i for part in step for i in part) for step in parts]
    assert together == [sorted(step) for step in whole if len(step) >= processes]


class FirstGradients(Callback):
    """Writes the gradients of the first step, before they are clipped."""

    def __init__(self, path):
        self.path = path

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        if trainer.global_step == 0 and trainer.is_global_zero:
            torch.save({n: p.grad for n, p in pl_module.named_parameters() if p.grad is not None}, self.path)


@pytest.mark.slow
@pytest.mark.enable_socket
def test_two_processes_have_the_gradients_of_one(tmp_path):
    """Three dialogues a step: one process has two of them, the other one."""
    tiny = load_backbone("tiny")
    tiny.model.config.hidden_dropout_prob = tiny.model.config.attention_probs_dropout_prob = 0.0
    for part in (tiny.model, tiny.tokenizer):
        part.save_pretrained(tmp_path / "encoder")
    for split, first in (("train", 0), ("validation", 20)):
        write_csv(tmp_path / f"{split}.csv", [simple_dialogue(f"d{n}", n) for n in range(first, first + 6)])
    common = [
        *TINY[1:], "encoder=pretrained", f"encoder.name={tmp_path / 'encoder'}", "model.dropout=0", "head=hazard",
        "data=table", f"data.path={tmp_path}", "data.tags=[alert_ongoing,confirm_SH_ongoing]",
        "optim.dialogues_per_step=3", "optim.epochs=1", "score_test=false",
    ]  # fmt: skip
    gradients, scores = [], []
    for devices in (1, 2):
        overrides = ["trainer=ddp", "trainer.accelerator=cpu", "trainer.precision='32'", f"trainer.devices={devices}"]
        file = tmp_path / f"{devices}.pt"
        run = train(config(*overrides, *common, f"run_dir={tmp_path / str(devices)}"), callbacks=[FirstGradients(file)])
        gradients.append(torch.load(file, weights_only=True))
        scores.append(read_json(run.metrics("validation"))["turn"])
        assert "epoch 1: " in run.log.read_text()
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-6, rtol=1e-4)
    assert json.dumps(scores[0]) == json.dumps(scores[1])


def test_more_devices_than_dialogues_in_a_step_are_refused(tmp_path):
    overrides = ["trainer.devices=3", "optim.dialogues_per_step=2", f"run_dir={tmp_path / 'run'}"]
    with pytest.raises(InputError, match="too small to be divided among 3 devices"):
        train(config(*TINY, *overrides))
    assert not (tmp_path / "run").exists()
