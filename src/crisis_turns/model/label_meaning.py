"""Label meaning as input: how near each turn lies to a written definition of every tag.

The definitions are encoded once, by the turn encoder as it is before training, and are then fixed: they are saved with
the model and never encoded again. An encoder that is tuned moves its turns towards or away from these anchors, which
costs nothing per step and cannot drift; a frozen encoder's stored turn vectors are used as they are.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
import yaml
from torch import Tensor, nn
from torch.nn.functional import normalize

from crisis_turns.config import DataConfig
from crisis_turns.data.batch import Collate
from crisis_turns.data.dialogue import Dialogue, Speaker, Turn
from crisis_turns.data.encode import TurnTokenizer
from crisis_turns.files import read_text
from crisis_turns.model.encoders.turn_encoder import TurnEncoder

SHIPPED = Path(__file__).with_name("tag_definitions.yaml")


class LabelMeaning(nn.Module):
    """Adds to each turn vector its cosine similarities to the tags' definitions.

    Args:
        definitions: ``(Y, H)`` vectors of the definitions.
    """

    definitions: Tensor

    def __init__(self, definitions: Tensor) -> None:
        super().__init__()
        self.register_buffer("definitions", normalize(definitions, dim=-1))

    def forward(self, vectors: Tensor) -> Tensor:
        """``(N, H)`` to ``(N, H + Y)``."""
        return torch.cat((vectors, normalize(vectors, dim=-1) @ self.definitions.T), dim=-1)


def written_definitions(data: DataConfig) -> list[str]:
    """A sentence per tag, in tag order: the corpus' own (``data.definitions``), or those that ship for the benchmark's
    tags. The configuration has been checked to have one for every tag.
    """
    shipped = yaml.safe_load(read_text(SHIPPED)) if data.tags is None else {}
    found = {**shipped, **(data.definitions or {})}
    return [found[name] for name in data.tag_set.names]


@torch.no_grad()
def encoded_definitions(data: DataConfig, tokenizer: TurnTokenizer, encoder: TurnEncoder) -> Tensor:
    """``(Y, H)``: each definition encoded as the only turn of a dialogue; the encoder is left in the mode it was in."""
    batch = Collate(4096)(tokenizer(_as_dialogues(written_definitions(data)), data.tag_set))
    modes = [(module, module.training) for module in encoder.modules()]
    encoder.eval()
    vectors: Tensor = encoder(batch.groups, batch.n_distinct)[batch.distinct]
    for module, training in modes:
        module.training = training
    return vectors


def _as_dialogues(texts: Sequence[str]) -> list[Dialogue]:
    return [Dialogue("definition", (Turn(0, Speaker.USER, text),)) for text in texts]
