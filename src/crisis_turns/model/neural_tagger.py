"""A trained neural tagger from dialogues to beliefs, and how one is put together from its configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from crisis_turns.config import RunConfig
from crisis_turns.data.batch import Batch, Collate
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.tokenize import EncodedDialogue, TurnTokenizer
from crisis_turns.decision.tagged import Tagged
from crisis_turns.model.chains import Posterior, build_chain
from crisis_turns.model.dialogue_encoder import DialogueEncoder
from crisis_turns.model.dialogue_model import DialogueModel
from crisis_turns.model.encoders import KINDS
from crisis_turns.model.encoders.backbone import Backbone
from crisis_turns.tags import TagSet

_BATCH = 16


class NeuralTagger:
    """Model, tokenizer and tag set in one: what a run folder holds.

    Args:
        rule: ``filter`` (past only), or ``smooth`` or ``viterbi`` (offline analysis).
        token_budget: word pieces, padding included, in one pass through the turn encoder.
        cached: whether what a frozen part of the encoder makes of a text is computed once and kept in the user's cache,
            which pays where the same dialogues come again and again.
    """

    def __init__(
        self,
        model: DialogueModel,
        tokenizer: TurnTokenizer,
        tags: TagSet,
        *,
        rule: str = "filter",
        token_budget: int = 4096,
        cached: bool = False,
    ) -> None:
        self.model, self.tokenizer, self.tags = model, tokenizer, tags
        self.rule, self.collate = rule, Collate(token_budget)
        self._token_budget, self._cached = token_budget, cached

    def encode(self, dialogues: Sequence[Dialogue], *, to_train: bool = False) -> list[EncodedDialogue]:
        """Word pieces, and with ``cached`` what the frozen part of the encoder makes of them, on the model's device.

        Args:
            to_train: whether they are trained from, and not scored.
        """
        encoded, encoder = self.tokenizer(dialogues, self.tags), self.model.turn_encoder
        if self._cached and encoder.has_frozen_part:
            return encoder.with_frozen_part(encoded, token_budget=self._token_budget, to_train=to_train)
        return encoded

    def tag(self, dialogues: Sequence[Dialogue], *, alike: bool = False) -> list[Tagged]:
        """Beliefs about every user turn, in order; nothing is decided yet.

        Args:
            alike: whether they are one batch, in which equal turns are encoded once.
        """
        return self.tag_encoded(self.encode(dialogues), at_once=max(1, len(dialogues)) if alike else _BATCH)

    def tag_encoded(self, dialogues: Sequence[EncodedDialogue], *, at_once: int = _BATCH) -> list[Tagged]:
        self.model.eval()
        device = next(self.model.parameters()).device
        found: list[Tagged] = []
        for start in range(0, len(dialogues), at_once):
            part = dialogues[start : start + at_once]
            batch = self.collate(part).to(device)
            with torch.no_grad():
                posterior = self.model.posterior(self.model(batch), batch, rule=self.rule)
            tagged = tagged_dialogues(batch, posterior)
            found.extend(replace(t, dialogue_id=d.id, turn_ids=d.turn_ids) for t, d in zip(tagged, part, strict=True))
        return found


def tagged_dialogues(batch: Batch, posterior: Posterior) -> Iterator[Tagged]:
    """Unpad a batch's posteriors, one :class:`Tagged` per dialogue (ids are the caller's)."""
    onset = posterior.onset.double().cpu().numpy()
    begun = None if posterior.begun is None else posterior.begun.double().cpu().numpy()
    every_gold = batch.gold.cpu().numpy()
    for b, length in enumerate(batch.mask.sum(1).tolist()):
        gold = every_gold[b, :length]
        yield Tagged(
            dialogue_id="",
            turn_ids=(),
            gold=gold,
            predicted=gold & False,
            onset=onset[b, :length],
            begun=None if begun is None else begun[b, :length],
        )


def build_tagger(
    backbone: Backbone, config: RunConfig, *, token_budget: int | None = None, cached: bool = False
) -> NeuralTagger:
    """Put the parts together; weights outside the backbone are fresh, drawn from torch's global generator.

    Args:
        token_budget: in place of the configuration's, where a run is loaded elsewhere than it was trained.
        cached: see :class:`NeuralTagger`.
    """
    model, encoder, tags = config.neural, config.encoder, config.data.tag_set
    turn_encoder = KINDS[model.name].configured(backbone, config)
    tokenizer = TurnTokenizer(
        backbone.tokenizer,
        max_tokens=encoder.max_tokens,
        turn_input=model.turn_input,
        window=model.context_window,
        listener=model.listener,
        users_only=model.dialogue_encoder == "none" or not model.listener,
    )
    dialogue_encoder = DialogueEncoder(
        input_width=turn_encoder.width,
        width=model.width,
        kind=model.dialogue_encoder,
        layers=model.layers,
        heads=model.heads,
        dropout=model.dropout,
        context_window=model.context_window,
        look=model.look,
        listener=model.listener,
    )
    network = DialogueModel(
        turn_encoder=turn_encoder,
        dialogue_encoder=dialogue_encoder,
        chain=build_chain(config.head, tags, transitions=model.transitions),
        width=model.width,
        dropout=model.dropout,
    )
    budget = token_budget or config.trainer.token_budget
    return NeuralTagger(network, tokenizer, tags, rule=config.decision.rule, token_budget=budget, cached=cached)
