"""Fit a prepared tagger with Lightning and bring back its best epoch."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, TQDMProgressBar
from pytorch_lightning.loggers import TensorBoardLogger

from crisis_turns.config import RunConfig
from crisis_turns.data.batch import Collate
from crisis_turns.log import is_open, open_log
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.runs.folder import RunFolder
from crisis_turns.training.checkpoints import best_epoch, checkpointing, to_resume_from
from crisis_turns.training.class_weights import state_weights
from crisis_turns.training.device import device_of, processes_of
from crisis_turns.training.loaders import DialogueData
from crisis_turns.training.module import TaggingModule
from crisis_turns.training.preparation import Prepared

log = logging.getLogger(__name__)


class _EpochLog(Callback):
    """One line per epoch in the run's log, from the first process where there are several."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        _quiet_lightning()
        if trainer.is_global_zero and not is_open():
            open_log(self.path)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        scores = {name: f"{float(value):.4f}" for name, value in sorted(trainer.callback_metrics.items())}
        log.info("epoch %d: %s", trainer.current_epoch + 1, ", ".join(f"{k} {v}" for k, v in scores.items()))


def fit(
    prepared: Prepared, config: RunConfig, folder: RunFolder, *, callbacks: Sequence[Callback] = ()
) -> NeuralTagger:
    """Train the prepared tagger, going on from the folder's last checkpoint if there is one.

    Args:
        folder: for checkpoints and the log.
        callbacks: further Lightning callbacks.

    Returns:
        The same tagger, with the weights of the best validation epoch, on the run's device.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    _quiet_lightning()
    tagger = prepared.tagger
    tagger.model.turn_encoder.initialise(prepared.backbone, prepared.train, token_budget=config.trainer.token_budget)
    module = _module(prepared, config)
    # Lightning leaves the mode as it finds it, and pretrained encoders come in evaluation mode
    tagger.model.train()
    trainer = _trainer(config, folder, callbacks)
    trainer.fit(module, _data(prepared, config), ckpt_path=to_resume_from(folder), weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    best = best_epoch(folder)
    module.to(device_of(config.trainer)).load_state_dict(best["state_dict"], strict=False)
    log.info("best epoch: %d", best["epoch"] + 1)
    return tagger


def _data(prepared: Prepared, config: RunConfig) -> DialogueData:
    encoder, device = prepared.tagger.model.turn_encoder, device_of(config.trainer)
    to_train, to_score = (
        Collate(config.trainer.token_budget, group_cost=encoder.group_cost(device, precision))
        for precision in (encoder.precision, encoder.scoring_precision)
    )
    return DialogueData(
        prepared.train,
        prepared.validation,
        to_train=to_train,
        to_score=to_score,
        dialogues_per_step=config.optim.dialogues_per_step,
        seed=config.seed,
        late_starts=config.late_starts,
    )


def _module(prepared: Prepared, config: RunConfig) -> TaggingModule:
    model, kind = prepared.tagger.model, config.neural.class_weights
    return TaggingModule(
        model,
        tags=prepared.tagger.tags,
        loss=config.loss,
        state_weights=None if kind == "none" else state_weights(prepared.train, model.chain, kind=kind),
        decision=config.decision,
        optim=config.optim,
        seed=config.seed,
        teacher_weight=config.distill.weight if config.teacher else 0.0,
    )


def _trainer(config: RunConfig, folder: RunFolder, callbacks: Sequence[Callback]) -> pl.Trainer:
    settings, processes = config.trainer, processes_of(config.trainer)
    kept = checkpointing(folder, patience=config.optim.patience)
    progress = [TQDMProgressBar(leave=False)] if settings.progress else []
    tensorboard = [TensorBoardLogger(folder.path, name="tensorboard")] if settings.tensorboard else []
    return pl.Trainer(
        accelerator=settings.accelerator,
        devices=processes,
        # each process spawned from here for the fit alone: data, log and files stay this process's business
        strategy="auto" if processes == 1 else "ddp_spawn",
        use_distributed_sampler=False,
        max_epochs=config.optim.epochs,
        gradient_clip_val=config.optim.clip,
        deterministic="warn" if settings.accelerator == "gpu" else True,
        logger=tensorboard,  # every epoch's scores stand in train.log
        callbacks=[*kept, _EpochLog(folder.log), *progress, *callbacks],
        enable_progress_bar=settings.progress,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=folder.path,
    )


def _quiet_lightning() -> None:
    """Lightning's hints on workers and hardware are noise here: batches are made in microseconds from memory."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
