"""What a fit begins with: a tagger with fresh weights, and dialogues encoded for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytorch_lightning as pl

from crisis_turns.config import RunConfig
from crisis_turns.data.dialogue import Dialogue
from crisis_turns.data.tokenize import EncodedDialogue
from crisis_turns.errors import InputError
from crisis_turns.model.encoders.backbone import Backbone, load_backbone
from crisis_turns.model.neural_tagger import NeuralTagger, build_tagger
from crisis_turns.training.device import check_machine, device_of
from crisis_turns.training.long_turns import with_long_turns


@dataclass(frozen=True)
class Prepared:
    """A tagger to be fitted once, and the dialogues to fit it to; :func:`dataclasses.replace` chooses others.

    Attributes:
        backbone: the pretrained encoder, as it was loaded.
        tagger: its weights are fresh, but for the encoder's.
        train: the training dialogues in the corpus's order, then those without labels.
        validation: what the best epoch is chosen on.
    """

    backbone: Backbone
    tagger: NeuralTagger
    train: tuple[EncodedDialogue, ...]
    validation: tuple[EncodedDialogue, ...]


def prepare(
    config: RunConfig, train: Sequence[Dialogue], validation: Sequence[Dialogue], *, unlabelled: Sequence[Dialogue] = ()
) -> Prepared:
    """Seed all random generators, draw the tagger's weights, and encode the dialogues.

    What a frozen part of the encoder makes of them is computed on the run's device and kept in the user's cache.

    Args:
        unlabelled: of which a teacher's beliefs alone are learnt.

    Raises:
        InputError: if the machine or the encoder is not what the configuration asks for.
    """
    check_machine(config)
    pl.seed_everything(config.seed, verbose=False)
    backbone = load_backbone(config.encoder.name)
    _check_layers(config, backbone)
    tagger = build_tagger(backbone, config, cached=True)
    tagger.model.to(device_of(config.trainer))
    read = with_long_turns(train, config.long_turns)
    labelled, others = (tagger.encode(part, to_train=True) if part else [] for part in (read, unlabelled))
    held_out = tagger.encode(validation) if validation else []
    tagger.model.cpu()  # Lightning puts it on a device in each of its processes
    unknown = (replace(dialogue, labelled=False) for dialogue in others)
    return Prepared(backbone, tagger, train=(*labelled, *unknown), validation=tuple(held_out))


def _check_layers(config: RunConfig, backbone: Backbone) -> None:
    wanted = config.encoder.trainable_layers
    if wanted in ("all", 0) or config.neural.static:
        return
    found = backbone.model.config.num_hidden_layers
    if wanted > found:
        raise InputError(
            f"encoder.trainable_layers={wanted} is more than the {found} layers of encoder={backbone.origin}; "
            f"give {found} or less, or all"
        )
