"""Loaders of encoded dialogues, as Lightning wants them; the order of an epoch is a function of seed and epoch alone.

With several processes each step still has the same dialogues, divided among them whole.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, Sampler

from crisis_turns.data.batch import Collate
from crisis_turns.data.tokenize import EncodedDialogue


class SeededOrder(Sampler[int]):
    """A permutation drawn from (seed, epoch), so that a resumed run goes on where the broken one would have.

    Lightning calls :meth:`set_epoch` before each epoch.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.seed, self.epoch = size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(step_seed(self.seed, self.epoch, -1))
        yield from torch.randperm(self.size, generator=generator).tolist()

    def __len__(self) -> int:
        return self.size


class Share(BatchSampler):
    """What one of several processes has of each step's dialogues.

    A last step with fewer dialogues than processes is left out.

    Args:
        order: of all dialogues, the same in every process.
        dialogues_per_step: of all processes together.
        rank, processes: which of how many this is.
    """

    def __init__(self, order: SeededOrder, dialogues_per_step: int, *, rank: int, processes: int) -> None:
        super().__init__(order, dialogues_per_step, drop_last=len(order) % dialogues_per_step < processes)
        self.rank, self.processes = rank, processes

    def __iter__(self) -> Iterator[list[int]]:
        return (step[self.rank :: self.processes] for step in super().__iter__())


def step_seed(seed: int, epoch: int, step: int) -> int:
    """A seed that is a function of the three numbers, spread so that neighbours share nothing."""
    words = np.random.SeedSequence((seed, epoch, step + 1)).generate_state(2)
    return int(words[0]) << 31 | int(words[1]) >> 1


class LateStarts(Dataset[EncodedDialogue]):
    """Dialogues of which a share lacks its beginning, another share in each epoch: a tagger that has always been told a
    story first waits for one.

    A cut never goes beyond the first labelled turn: half of them make that turn the first, the others fall on any turn
    up to it (of a dialogue without labels, on any turn up to the user's last). So no label is lost, and none becomes a
    second mention. Dialogues whose labels are unknown stay whole.

    Args:
        share: of the dialogues, 0 to 1.
        order: gives seed and epoch; with a dialogue's place they decide what is drawn.
    """

    def __init__(self, dialogues: Sequence[EncodedDialogue], share: float, order: SeededOrder) -> None:
        self._dialogues, self._share, self._order = dialogues, share, order

    def __len__(self) -> int:
        return len(self._dialogues)

    def __getitem__(self, place: int) -> EncodedDialogue:
        dialogue = self._dialogues[place]
        # numpy fills seeds up with zeros: the order or a step has this one too, but for torch, which draws otherwise
        rng = np.random.default_rng((self._order.seed, self._order.epoch, place, 0))
        if not dialogue.labelled or rng.random() >= self._share:
            return dialogue
        users = np.flatnonzero(dialogue.is_user)
        labelled = users[dialogue.gold.any(1)]
        latest = labelled[0] if len(labelled) else users[-1]
        return dialogue.since(int(latest if rng.random() < 0.5 else rng.integers(latest + 1)))


class DialogueData(pl.LightningDataModule):
    """Train and validation loaders of whole dialogues; Lightning moves their batches to the device of a process.

    Args:
        train, validation: the dialogues.
        to_train, to_score: how a step of the one and of the other becomes a batch.
        dialogues_per_step: of both.
        seed, late_starts: see :class:`SeededOrder` and :class:`LateStarts`.
    """

    def __init__(
        self,
        train: Sequence[EncodedDialogue],
        validation: Sequence[EncodedDialogue],
        *,
        to_train: Collate,
        to_score: Collate,
        dialogues_per_step: int,
        seed: int,
        late_starts: float = 0.0,
    ) -> None:
        super().__init__()
        self.order = SeededOrder(len(train), seed)
        self.train, self.validation = LateStarts(train, late_starts, self.order), validation
        self.to_train, self.to_score, self.dialogues_per_step = to_train, to_score, dialogues_per_step

    def train_dataloader(self) -> DataLoader[EncodedDialogue]:
        trainer = self.trainer
        assert trainer is not None
        share = Share(self.order, self.dialogues_per_step, rank=trainer.global_rank, processes=trainer.world_size)
        return DataLoader(self.train, batch_sampler=share, collate_fn=self.to_train, **self._options)

    def val_dataloader(self) -> DataLoader[EncodedDialogue]:
        """All of validation in every process: each has to choose the same epoch and threshold."""
        return DataLoader(
            self.validation,  # type: ignore[arg-type]
            batch_size=self.dialogues_per_step,
            collate_fn=self.to_score,
            **self._options,
        )

    @property
    def _options(self) -> dict[str, Any]:
        """Batches are made here while the device works; from pinned memory they also travel meanwhile."""
        trainer = self.trainer
        assert trainer is not None
        # not wherever there is a GPU: pinning starts CUDA, which a run on the processor leaves alone
        return {"pin_memory": trainer.strategy.root_device.type == "cuda"}
