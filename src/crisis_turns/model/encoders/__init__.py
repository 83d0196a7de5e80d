"""From word pieces to turn vectors: the kinds of turn encoder, by the model that reads with them."""

from crisis_turns.model.encoders.static_encoder import StaticTurnEncoder
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.model.encoders.turn_encoder import TurnEncoder

KINDS: dict[str, type[TurnEncoder]] = {
    "hier_crf": TransformerTurnEncoder,
    "turn_only": TransformerTurnEncoder,
    "flat": TransformerTurnEncoder,
    "fast": StaticTurnEncoder,
}
"""By ``model.name``."""

__all__ = ["KINDS", "TurnEncoder"]
