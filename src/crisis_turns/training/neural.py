"""Fit a neural tagger with Lightning and bring back its best epoch."""

import importlib.util
import logging
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint, TQDMProgressBar
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from crisis_turns.config import RunConfig, TrainerConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.encode import EncodedDialogue
from crisis_turns.data.groups import CPU_GROUP_COST, GPU_GROUP_COST
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.encoder_source import load_backbone
from crisis_turns.model.encoders.frozen_part import with_frozen_part
from crisis_turns.model.encoders.static_encoder import StaticTurnEncoder
from crisis_turns.model.encoders.turn_encoder import TurnEncoder
from crisis_turns.model.neural_tagger import NeuralTagger, build_tagger
from crisis_turns.runs.folder import RunFolder
from crisis_turns.runs.weights import save_tokenizer
from crisis_turns.training.class_weights import state_weights
from crisis_turns.training.data import DialogueData
from crisis_turns.training.log import is_open, open_log
from crisis_turns.training.module import SELECTION, TaggingModule

log = logging.getLogger(__name__)
Lesson = Callable[[NeuralTagger, list[EncodedDialogue]], list[EncodedDialogue]]
LAST, BEST = "last.ckpt", "best.ckpt"
_AT_EPOCH_END: dict[str, Any] = {"save_on_train_epoch_end": True, "enable_version_counter": False}


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


class _Patience(EarlyStopping):
    """Early stopping that a resumed run remembers: a kill after the last epoch must not bring one more."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        trainer.should_stop = self.wait_count >= self.patience


def fit_neural(
    folder: RunFolder,
    config: RunConfig,
    train: Sequence[Dialogue],
    validation: Sequence[Dialogue],
    callbacks: Sequence[Callback],
    lesson: Lesson | None = None,
) -> NeuralTagger:
    """Train from the configuration's encoder and return the tagger with the weights of the best validation epoch.

    Args:
        lesson: what is learnt in place of the encoded training dialogues as they are.
    """
    _check_machine(config)
    pl.seed_everything(config.seed, verbose=False)
    _quiet_lightning()
    backbone = load_backbone(config.encoder.name)
    tagger = build_tagger(backbone, config)
    save_tokenizer(folder, backbone)
    keep_frozen_part(tagger, config)
    encoded = [tagger.prepare(tagger.tokenizer(dialogues, tagger.tags)) for dialogues in (train, validation)]
    if lesson:
        encoded[0] = lesson(tagger, encoded[0])
    if isinstance(tagger.model.turn_encoder, StaticTurnEncoder):
        tagger.model.turn_encoder.initialise(backbone, encoded[0], token_budget=config.trainer.token_budget)
    data = DialogueData(
        *encoded,
        dialogues_per_step=config.optim.dialogues_per_step,
        token_budget=config.trainer.token_budget,
        group_cost=GPU_GROUP_COST if config.trainer.accelerator == "gpu" else CPU_GROUP_COST,
        seed=config.seed,
    )
    kind = config.neural.class_weights
    module = TaggingModule(
        tagger.model,
        tags=tagger.tags,
        loss=config.loss,
        state_weights=None
        if kind == "none"
        else state_weights(
            [dialogue for dialogue in encoded[0] if dialogue.labelled],
            kind=kind,
            exclusive=tagger.tags.exclusive,
            n_states=2 if config.head in ("binary", "independent") else 3,
        ),
        decision=config.decision,
        optim=config.optim,
        seed=config.seed,
        teacher_weight=config.distill.weight if config.teacher else 0.0,
    )
    # Lightning leaves the mode as it finds it, and pretrained encoders come in evaluation mode
    tagger.model.cpu().train()
    _fit(folder, config, module, data, callbacks)
    best = torch.load(folder.checkpoints / BEST, map_location="cpu", weights_only=True)
    module.to(_device(config)).load_state_dict(best["state_dict"], strict=False)
    log.info("best epoch: %d", best["epoch"] + 1)
    return tagger


def keep_frozen_part(tagger: NeuralTagger, config: RunConfig) -> None:
    """Let what the frozen layers make of a text be computed once, on the run's device, and cached."""
    encoder = tagger.model.turn_encoder
    if isinstance(encoder, TurnEncoder) and config.encoder.trainable_layers != "all":
        tagger.model.to(_device(config))
        tagger.prepare = partial(with_frozen_part, encoder=encoder, token_budget=config.trainer.token_budget)


def _device(config: RunConfig) -> str:
    return "cuda" if config.trainer.accelerator == "gpu" else "cpu"


def _fit(
    folder: RunFolder, config: RunConfig, module: TaggingModule, data: DialogueData, callbacks: Sequence[Callback]
) -> None:
    last = folder.checkpoints / LAST
    # "best" stands first, so that "last" stores what it knows; with save_last it would be written with a new best only
    best = ModelCheckpoint(folder.checkpoints, filename="best", monitor=SELECTION, mode="max", **_AT_EPOCH_END)
    latest = ModelCheckpoint(folder.checkpoints, filename="last", **_AT_EPOCH_END)
    stop = _Patience(SELECTION, mode="max", patience=config.optim.patience, check_on_train_epoch_end=True)
    progress = [TQDMProgressBar(leave=False)] if config.trainer.progress else []
    trainer = pl.Trainer(
        accelerator=config.trainer.accelerator,
        devices=_devices(config.trainer),
        # each process spawned from here for the fit alone: data, log and files stay this process's business
        strategy="auto" if _devices(config.trainer) == 1 else "ddp_spawn",
        use_distributed_sampler=False,
        max_epochs=config.optim.epochs,
        gradient_clip_val=config.optim.clip,
        deterministic="warn" if config.trainer.accelerator == "gpu" else True,
        logger=[
            CSVLogger(folder.path, name="logs"),
            *([TensorBoardLogger(folder.path, name="tensorboard")] if config.trainer.tensorboard else []),
        ],
        callbacks=[stop, best, latest, _EpochLog(folder.log), *progress, *callbacks],
        enable_progress_bar=config.trainer.progress,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=folder.path,
    )
    trainer.fit(module, data, ckpt_path=last if last.is_file() else None, weights_only=True)


def _check_machine(config: RunConfig) -> None:
    if config.trainer.accelerator == "gpu" and not torch.cuda.is_available():
        raise InputError("trainer=gpu: torch finds no GPU on this machine; use trainer=cpu")
    n_devices = _devices(config.trainer)
    if config.trainer.accelerator == "gpu" and n_devices > torch.cuda.device_count():
        raise InputError(f"trainer.devices={n_devices}: torch finds {torch.cuda.device_count()} GPUs on this machine")
    if (per_step := config.optim.dialogues_per_step) < n_devices:
        raise InputError(f"optim.dialogues_per_step={per_step} is too small to be divided among {n_devices} devices")
    if config.trainer.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            "trainer.tensorboard=true: the package tensorboard is not installed (the extra .[tensorboard])"
        )


def _devices(config: TrainerConfig) -> int:
    """How many devices share each training step."""
    if config.devices != "auto":
        return config.devices
    return torch.cuda.device_count() if config.accelerator == "gpu" else 1


def _quiet_lightning() -> None:
    """Lightning's hints on workers and hardware are noise here: batches are made in microseconds from memory."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
