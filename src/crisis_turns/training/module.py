"""The Lightning module: loss per step, tuned validation scores per epoch."""

import math
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from crisis_turns.config import DecisionConfig, OptimConfig, Split
from crisis_turns.data.batch import Batch
from crisis_turns.decision.tagged import Tagged
from crisis_turns.decision.threshold_tuning import tune
from crisis_turns.errors import InputError
from crisis_turns.metrics.epoch_metrics import tagging_metrics
from crisis_turns.model.chains.base import LossKind
from crisis_turns.model.dialogue_model import DialogueModel
from crisis_turns.model.neural_tagger import tagged_dialogues
from crisis_turns.tags import TagSet
from crisis_turns.training.loaders import step_seed
from crisis_turns.training.optim import optimizer_and_schedule

SELECTION = "val/selection"
"""What the best epoch is chosen by: turn micro F1 with the threshold tuned for that epoch; macro F1 of exclusive
classes.
"""


class TaggingModule(pl.LightningModule):
    """Trains a :class:`DialogueModel`; checkpoints hold its trainable parameters only.

    Args:
        model: the tagger.
        tags: its tag set.
        loss: ``path`` or ``filtered``.
        state_weights: ``(C, states)`` or ``None``.
        decision: how beliefs become tags in validation.
        optim: learning rates and schedule.
        teacher_weight: share of a teacher's beliefs in the training loss.
        seed: dropout in a step is a function of this, the epoch and the step.
    """

    def __init__(
        self,
        model: DialogueModel,
        *,
        tags: TagSet,
        loss: LossKind,
        state_weights: Tensor | None,
        decision: DecisionConfig,
        optim: OptimConfig,
        seed: int,
        teacher_weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.model = model
        self.tags, self.loss_kind, self.decision, self.optim, self.seed = tags, loss, decision, optim, seed
        self.teacher_weight = teacher_weight
        self.state_weights: Tensor | None
        self.register_buffer("state_weights", state_weights, persistent=False)
        self.metrics = tagging_metrics(tags, prefix="val/")
        self.strict_loading = False  # frozen parameters are not in the checkpoint
        self._validated: list[Tagged] = []
        self._losses: list[Tensor] = []

    def on_fit_start(self) -> None:
        # With deterministic algorithms torch fills memory before it is written to, for a sixth of a step; nothing here
        # reads it. Here, as every process of a fit passes.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        # per step, not in on_train_epoch_start: Lightning leaves that hook out for the first epoch after a resume
        processes, rank = self.trainer.world_size, self.trainer.global_rank
        torch.manual_seed(step_seed(self.seed, self.current_epoch, batch_idx * processes + rank))
        loss = self._loss(self.model(batch), batch)
        self.log(
            "train/loss",
            loss.detach(),
            on_step=False,
            on_epoch=True,
            batch_size=batch.n_dialogues,
            sync_dist=processes > 1,
        )
        if processes == 1:
            return loss
        # gradients are averaged over processes, but the loss is to be a mean over dialogues
        own = torch.full((), batch.n_dialogues, dtype=loss.dtype, device=loss.device)
        return loss * own / self.trainer.strategy.reduce(own.clone(), reduce_op="mean")

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        logits = self.model(batch)
        loss = self._loss(logits, batch)
        self._losses.append(loss.detach())
        self.log("val/loss", loss, batch_size=batch.n_dialogues)
        self._validated.extend(tagged_dialogues(batch, self.model.posterior(logits, batch, rule=self.decision.rule)))

    def _loss(self, logits: Tensor, batch: Batch) -> Tensor:
        return self.model.loss(
            logits,
            batch,
            kind=self.loss_kind,
            state_weights=self.state_weights,
            teacher_weight=self.teacher_weight,
        )

    def on_validation_epoch_end(self) -> None:
        decision = self.decision
        loss = float(torch.stack(self._losses).mean())
        if not (math.isfinite(loss) and all(np.isfinite(dialogue.beliefs).all() for dialogue in self._validated)):
            raise self._diverged("validation", loss)
        policy = tune(self._validated, self.tags, scope=decision.thresholds, once=decision.once, score=decision.score)
        for dialogue in policy.apply(self._validated):
            self.metrics.update(torch.from_numpy(dialogue.gold), torch.from_numpy(dialogue.predicted))
        scores = {name: float(value) for name, value in self.metrics.compute().items()}
        scores[SELECTION] = scores["val/macro_f1" if self.tags.exclusive else "val/turn_f1"]
        if not self.tags.exclusive and self.decision.thresholds == "global":
            scores["val/threshold"] = float(policy.thresholds[0])
        self.log_dict(scores)
        self.metrics.reset()
        self._validated, self._losses = [], []

    def on_train_epoch_end(self) -> None:
        loss = float(self.trainer.callback_metrics["train/loss"])
        if not math.isfinite(loss):
            raise self._diverged("train", loss)

    def _diverged(self, split: Split, loss: float) -> InputError:
        optim = self.optim
        return InputError(
            f"training diverged in epoch {self.current_epoch + 1}: the loss on {split} is {loss:g}; give lower "
            f"learning rates than optim.head_lr={optim.head_lr:g} and optim.encoder_lr={optim.encoder_lr:g}"
        )

    def configure_optimizers(self) -> Any:
        steps = int(self.trainer.estimated_stepping_batches)
        optimizer, schedule = optimizer_and_schedule(self.model, self.optim, steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        trained = {f"model.{name}" for name, parameter in self.model.named_parameters() if parameter.requires_grad}
        checkpoint["state_dict"] = {name: value for name, value in checkpoint["state_dict"].items() if name in trained}
