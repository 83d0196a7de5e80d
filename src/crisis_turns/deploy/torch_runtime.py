"""The runtime of exported folders (``runtime.py``) with a trained model behind it, and its specification."""

import hashlib
import json
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer as TextCutter

from crisis_turns.decision.policy import Policy
from crisis_turns.decision.thresholds_file import thresholds_record
from crisis_turns.deploy.runtime import FORMAT, Tagger
from crisis_turns.errors import InputError
from crisis_turns.model.dialogue_model import DialogueModel
from crisis_turns.model.neural_tagger import NeuralTagger
from crisis_turns.model.streaming_step import Carried, OneTurn, Step


def streamable(tagger: object) -> NeuralTagger:
    """The tagger, if it can answer turn by turn from a bounded memory.

    Raises:
        InputError: naming the key that prevents it.
    """
    if not isinstance(tagger, NeuralTagger):
        raise InputError("model=tfidf does not run turn by turn: only neural models do")
    if tagger.tokenizer.turn_input == "flat":
        raise InputError("model=flat reads the last turns anew with every turn: it keeps no state to go on from")
    reach = tagger.model.dialogue_encoder.reach
    if reach.look != "past":
        raise InputError(f"model.look={reach.look} needs later turns: only model.look=past can run turn by turn")
    if reach.size is None and tagger.model.dialogue_encoder.kind != "none":
        raise InputError("model.context_window=null remembers every turn: only a bounded window can run turn by turn")
    return tagger


def tokenizer_of(tagger: object) -> TextCutter | None:
    """What a tagger of a run folder cuts texts with; ``None`` for TF-IDF, which reads words."""
    return tagger.tokenizer.cutter if isinstance(tagger, NeuralTagger) else None


def specification(tagger: NeuralTagger) -> dict[str, Any]:
    """The content of ``tagger.json``: tags, how texts are cut, and the shapes of a conversation's state."""
    start = Step(tagger.model).start()
    fill = {"window": [0.0], "distance": [0], "chain": list(tagger.model.chain.start_state)}
    return {
        "format": FORMAT,
        "tags": list(tagger.tags.names),
        "exclusive": tagger.tags.exclusive,
        "text": tagger.tokenizer.rules,
        "state": [
            {"name": name, "shape": list(part.shape), "dtype": str(part.numpy().dtype), "start": fill[name]}
            for name, part in zip(Carried._fields, start, strict=True)
        ],
    }


def streaming_tagger(tagger: NeuralTagger, policy: Policy) -> Tagger:
    """The runtime with torch in place of the graphs; any other model, exported or not, refuses its saved states."""
    encoder, step = OneTurn(tagger.model.turn_encoder).eval(), Step(tagger.model).eval()
    device = next(tagger.model.parameters()).device

    @torch.no_grad()
    def encode(ids: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
        return [part.cpu().numpy() for part in encoder(*(torch.from_numpy(value).to(device) for value in (ids, mask)))]

    @torch.no_grad()
    def advance(*values: np.ndarray) -> list[np.ndarray]:
        found = step(*(torch.from_numpy(np.array(value)).to(device) for value in values))
        return [part.cpu().numpy() for part in found if part is not None]

    record = thresholds_record(policy, tagger.tags)
    spec, cutter = specification(tagger), tagger.tokenizer.cutter
    return Tagger(spec, record, cutter, encode, advance, _identity(tagger.model, spec, cutter.to_str()))


def _identity(model: DialogueModel, spec: dict[str, Any], tokenizer: str) -> bytes:
    """Names weights, tokenizer and tags."""
    digest = hashlib.sha256(json.dumps([spec, tokenizer]).encode())
    for name, weight in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().reshape(-1).view(torch.uint8).numpy())
    return digest.digest()
