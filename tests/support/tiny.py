"""Configurations, taggers and tokenizers of the tiny random encoder."""

import numpy as np
from hydra import compose, initialize_config_dir

from crisis_turns.commands import app
from crisis_turns.config import RunConfig, check
from crisis_turns.data.tokenize import TurnTokenizer
from crisis_turns.decision.policy import Policy
from crisis_turns.model.encoders.backbone import load_backbone
from crisis_turns.model.neural_tagger import NeuralTagger, build_tagger
from tests.support.invented import dialogue

TINY = (
    "encoder=tiny", "encoder.trainable_layers=all", "optim.encoder_lr=5e-5",
    "model.width=16", "model.layers=2", "model.heads=2",
    "trainer.progress=false", "bootstrap=50",
)  # fmt: skip
FAST = ("model=fast", "model.static.width=8", "model.static.features=8")


def config(*overrides: str, name: str = "train") -> RunConfig:
    """A checked training configuration composed from conf/, as the command would."""
    with initialize_config_dir(str(app.CONF), version_base="1.3"):
        return check(app.values(compose(name, overrides=list(overrides))))


def tagger(*overrides: str) -> NeuralTagger:
    """An untrained tiny tagger in evaluation mode, as the configuration puts it together."""
    cfg = config(*TINY, *overrides)
    built = build_tagger(load_backbone(cfg.encoder.name), cfg)
    built.model.eval()
    return built


def tokenizer(max_tokens: int = 64, **options) -> TurnTokenizer:
    return TurnTokenizer(load_backbone("tiny").tokenizer, max_tokens=max_tokens, **options)


def policy_for(neural, once=True, score="onset") -> Policy:
    """Thresholds at the medians of what the tagger believes, so that about half of all scores reach theirs."""
    beliefs = neural.tag([dialogue(*(f"U maybe {n} again" for n in range(6)))])[0].onset
    return Policy(np.median(beliefs, axis=0), once=once, exclusive=neural.tags.exclusive, score=score)
