"""torchmetrics classes for epochs: their states are counts, which add up over batches and processes.

A dialogue-level count needs whole dialogues: one update takes one dialogue's user turns.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torchmetrics import Metric, MetricCollection

from crisis_turns.metrics import counts as counting
from crisis_turns.tags import TagSet


class TagF1(Metric):
    """Micro, macro or weighted F1 of tags on their turns, or of the sets of tags of dialogues.

    Args:
        n_tags: Y.
        level: ``turn`` or ``dialogue``.
        average: ``micro`` divides summed counts, ``macro`` means F1 over tags with gold or predicted support,
            ``weighted`` over all by their gold support.
        tags: indices of the tags that count; all by default.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    counts: Tensor

    def __init__(
        self,
        n_tags: int,
        *,
        level: Literal["turn", "dialogue"] = "turn",
        average: Literal["micro", "macro", "weighted"] = "micro",
        tags: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.average = average
        self.kept = list(range(n_tags) if tags is None else tags)
        self._count = counting.turn_counts if level == "turn" else counting.dialogue_counts
        self.add_state("counts", torch.zeros(n_tags, 3, dtype=torch.long), dist_reduce_fx="sum")

    def update(self, gold: Tensor, predicted: Tensor) -> None:
        """Add one dialogue's ``(S, Y)`` bool user turns, padding removed."""
        if gold.shape != predicted.shape or gold.ndim != 2 or gold.shape[1] != len(self.counts):
            raise ValueError(
                f"expected gold and predicted of shape (S, {len(self.counts)}), "
                f"found {tuple(gold.shape)} and {tuple(predicted.shape)}"
            )
        counted = self._count(gold.cpu().numpy(), predicted.cpu().numpy())
        self.counts += torch.from_numpy(counted).to(self.counts)

    def compute(self) -> Tensor:
        """The score as a 0-d tensor; nan if nothing was there to score."""
        counts = self.counts.cpu().numpy()[self.kept]
        if self.average == "micro":
            return torch.tensor(float(counting.f1(counts.sum(0))))
        return torch.tensor(float((counting.macro_f1 if self.average == "macro" else counting.weighted_f1)(counts)))

    def per_tag(self) -> Tensor:
        """``(Y, 3)`` TP, FP, FN so far."""
        return self.counts.clone()


class ExactMatch(Metric):
    """Share of user turns whose set of tags is fully right. Silence scores high on rare tags: never a headline."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    matched: Tensor
    turns: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("matched", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("turns", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, gold: Tensor, predicted: Tensor) -> None:
        """Add ``(S, Y)`` bool user turns, padding removed."""
        self.matched += counting.exact_matches(gold.cpu().numpy(), predicted.cpu().numpy())
        self.turns += len(gold)

    def compute(self) -> Tensor:
        return self.matched / self.turns


def tagging_metrics(tags: TagSet, *, prefix: str) -> MetricCollection:
    """The scores logged after each epoch. Compute groups are off: they share states between look-alike metrics."""
    metrics: dict[str, Metric | MetricCollection] = {
        "turn_f1": TagF1(len(tags)),
        "macro_f1": TagF1(len(tags), average="macro"),
        "exact_match": ExactMatch(),
    }
    if tags.exclusive:
        metrics["weighted_f1"] = TagF1(len(tags), average="weighted")
    else:
        metrics["dialogue_f1"] = TagF1(len(tags), level="dialogue")
    if tags.alerts and tags.confirms:
        metrics["alert_f1"] = TagF1(len(tags), tags=tags.alerts)
        metrics["confirm_f1"] = TagF1(len(tags), tags=tags.confirms)
    return MetricCollection(metrics, prefix=prefix, compute_groups=False)
