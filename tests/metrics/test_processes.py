"""Epoch scores of two processes, whole dialogues in each, are those of one."""

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from crisis_turns.metrics.epoch_metrics import tagging_metrics
from crisis_turns.tags import CRADLE
from tests.support.tables import random_dialogues

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="this torch has no torch.distributed")


def epoch(dialogues):
    metrics = tagging_metrics(CRADLE, prefix="val/")
    for d in dialogues:
        metrics.update(torch.from_numpy(d.gold), torch.from_numpy(d.predicted))
    return {name: float(value) for name, value in metrics.compute().items()}


def work(rank, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save(epoch(random_dialogues(8)[rank::2]), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.enable_socket
def test_two_gloo_processes_add_up_to_one(tmp_path):
    mp.spawn(work, args=(str(tmp_path),), nprocs=2)
    expected = epoch(random_dialogues(8))
    for rank in range(2):
        assert torch.load(tmp_path / f"{rank}.pt", weights_only=True) == pytest.approx(expected)
