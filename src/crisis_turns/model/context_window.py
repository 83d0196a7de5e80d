"""What each target turn may see of its dialogue."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from crisis_turns.data.batch import Batch


class Reach(NamedTuple):
    """How far a target sees.

    Attributes:
        size: k, how many turns before the target are seen (and after it if ``look=full``); ``None`` is all.
        listener: whether the Listener's turns are seen; if not, they still count in distances.
    """

    size: int | None
    look: Literal["past", "full"]
    listener: bool


@dataclass(frozen=True)
class Windows:
    """What each target may see, packed to the left, oldest first.

    Attributes:
        index: ``(M, W)`` indices into the batch's N turns; 0 beyond the window.
        seen: ``(M, W)`` bool, true on turns of the window.
        target: ``(M,)`` column of the target itself.
        distance: ``(M, W)`` turns from the target back to each (negative: ahead).
    """

    index: Tensor
    seen: Tensor
    target: Tensor
    distance: Tensor


def windows(batch: Batch, reach: Reach) -> Windows:
    """The windows of all user turns."""
    turns = torch.arange(len(batch.is_user), device=batch.is_user.device)
    targets = batch.user  # (M,)
    members = turns if reach.listener else targets
    size = batch.longest if reach.size is None else reach.size
    first = torch.maximum(batch.first[targets], targets - size)
    last = targets if reach.look == "past" else torch.minimum(batch.last[targets], targets + size)
    begin = torch.searchsorted(members, first)
    end = torch.searchsorted(members, last, right=True)
    longest = batch.longest if reach.listener else batch.mask.shape[1]
    width = min(longest, (size if reach.look == "past" else 2 * size) + 1)  # an upper bound that asks no device
    place = begin[:, None] + torch.arange(width, device=turns.device)
    seen = place < end[:, None]
    index = members[place.clamp(max=len(members) - 1)]
    return Windows(
        index=torch.where(seen, index, 0),
        seen=seen,
        target=torch.searchsorted(members, targets) - begin,
        distance=targets[:, None] - index,
    )
