"""Definitions as features: what they say, that they are fixed, and what they add."""

import torch
import yaml

from crisis_turns.files import read_text
from crisis_turns.model.label_meaning import SHIPPED, LabelMeaning, encoded_definitions, written_definitions
from crisis_turns.tags import CRADLE
from tests.support.invented import dialogue
from tests.support.tiny import config, tagger


def test_every_tag_of_the_benchmark_is_defined_once_in_one_sentence():
    shipped = yaml.safe_load(read_text(SHIPPED))
    assert list(shipped) == list(CRADLE.names)
    assert len(set(shipped.values())) == len(CRADLE)
    assert all(text.endswith(".") and text.count(".") == 1 for text in shipped.values())
    assert written_definitions(config("data=mini").data) == list(shipped.values())


def test_own_tags_bring_their_own_definitions():
    data = config("data=annomi", "data.path=x", "head=exclusive", "model.label_meaning=features").data
    assert written_definitions(data) == [data.definitions[name] for name in data.tags]


def test_features_are_cosines_after_the_vector():
    added = LabelMeaning(torch.tensor([[2.0, 0.0], [1.0, 1.0]]))(torch.tensor([[3.0, 0.0], [0.0, -1.0], [0.0, 0.0]]))
    root = 0.5**0.5
    expected = torch.tensor([[3.0, 0, 1, root], [0, -1, 0, -root], [0, 0, 0, 0]])
    torch.testing.assert_close(added, expected)


def test_a_turn_that_says_a_definition_has_similarity_one_to_it():
    built = tagger("model.label_meaning=features")
    texts = written_definitions(config().data)
    batch = built.collate(built.tokenizer([dialogue(f"U {texts[3]}")], CRADLE))
    similar = built.model.eval().meaning(built.model.turn_vectors(batch))[0, -len(CRADLE) :]
    assert int(similar.argmax()) == 3
    torch.testing.assert_close(similar[3], torch.tensor(1.0))


def test_definitions_are_a_snapshot_that_is_saved_and_not_trained():
    built = tagger("model.label_meaning=features")
    assert "meaning.definitions" in built.model.state_dict()
    assert "meaning.definitions" not in dict(built.model.named_parameters())
    before = built.model.meaning.definitions.clone()
    with torch.no_grad():
        next(built.model.turn_encoder.parameters()).add_(1.0)
    torch.testing.assert_close(built.model.meaning.definitions, before)


def test_encoding_definitions_leaves_the_encoders_mode_alone():
    built = tagger()
    encoder = built.model.turn_encoder
    encoder.backbone.train()
    modes = [module.training for module in encoder.modules()]
    first, second = (encoded_definitions(config().data, built.tokenizer, encoder) for _ in range(2))
    assert [module.training for module in encoder.modules()] == modes
    torch.testing.assert_close(first, second, rtol=0, atol=0)  # no dropout
