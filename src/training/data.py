"""Lightning data module over encoded dialogues; the order of an epoch is a function of seed and epoch alone."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Sampler

from src.data.batch import Batch, Collate
from src.data.encode import EncodedDialogue


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


def step_seed(seed: int, epoch: int, step: int) -> int:
    """A seed that is a function of the three numbers, spread so that neighbours share nothing."""
    words = np.random.SeedSequence((seed, epoch, step + 1)).generate_state(2)
    return int(words[0]) << 31 | int(words[1]) >> 1


class DialogueData(pl.LightningDataModule):
    """Train and validation loaders of whole dialogues."""

    def __init__(
        self,
        train: Sequence[EncodedDialogue],
        validation: Sequence[EncodedDialogue],
        *,
        dialogues_per_step: int,
        token_budget: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self.order = SeededOrder(len(train), seed)
        self.options: dict[str, Any] = {"batch_size": dialogues_per_step, "collate_fn": Collate(token_budget)}

    def train_dataloader(self) -> DataLoader[EncodedDialogue]:
        return DataLoader(self.train, sampler=self.order, **self.options)  # type: ignore[arg-type]

    def val_dataloader(self) -> DataLoader[EncodedDialogue]:
        return DataLoader(self.validation, **self.options)  # type: ignore[arg-type]

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        return batch.to(device)
