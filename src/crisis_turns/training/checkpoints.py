"""Checkpoints of a fit: what a killed training resumes from, which epoch is kept, and when it stops early."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint

from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.module import SELECTION

_LAST, _BEST = "last.ckpt", "best.ckpt"
_AT_EPOCH_END: dict[str, Any] = {"save_on_train_epoch_end": True, "enable_version_counter": False}


class _Patience(EarlyStopping):
    """Early stopping that a resumed run remembers: a kill after the last epoch must not bring one more."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        trainer.should_stop = self.wait_count >= self.patience


def checkpointing(folder: RunFolder, *, patience: int) -> list[Callback]:
    """Keep the best epoch and the last one, and stop after so many epochs without a better validation score."""
    # "best" stands first, so that "last" stores what it knows; with save_last it would be written with a new best only
    best = ModelCheckpoint(folder.checkpoints, filename="best", monitor=SELECTION, mode="max", **_AT_EPOCH_END)
    latest = ModelCheckpoint(folder.checkpoints, filename="last", **_AT_EPOCH_END)
    return [_Patience(SELECTION, mode="max", patience=patience, check_on_train_epoch_end=True), best, latest]


def to_resume_from(folder: RunFolder) -> Path | None:
    """The last checkpoint of a killed training, if there is one: with it the fit goes on as if unbroken."""
    last = folder.checkpoints / _LAST
    return last if last.is_file() else None


def best_epoch(folder: RunFolder) -> dict[str, Any]:
    """The checkpoint with the highest validation score: its ``epoch``, counted from 0, and its ``state_dict``."""
    checkpoint: dict[str, Any] = torch.load(folder.checkpoints / _BEST, map_location="cpu", weights_only=True)
    return checkpoint
