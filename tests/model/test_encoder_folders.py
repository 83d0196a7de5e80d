"""Encoders from folders and the hub: each family reads as it should or is refused; nothing is made up in silence."""

import time
from functools import partial

import pytest
import torch
from huggingface_hub import constants
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from crisis_turns.data.piece_groups import group_pieces
from crisis_turns.errors import InputError
from crisis_turns.model.encoders import encoder_files
from crisis_turns.model.encoders.architecture import inner_width, longest_run
from crisis_turns.model.encoders.backbone import from_config, load_backbone
from crisis_turns.model.encoders.random_weights import tiny_tokenizer
from crisis_turns.model.encoders.transformer_encoder import TransformerTurnEncoder
from crisis_turns.model.encoders.vocabulary import SAMPLES, share_read
from crisis_turns.model.neural_tagger import build_tagger
from crisis_turns.tags import CRADLE
from tests.support.encoder_folders import (
    encoder_folder,
    with_config,
    with_pooling,
    with_weights,
    without_tokenizer,
)
from tests.support.invented import dialogue
from tests.support.tiny import TINY, config

slow = partial(pytest.param, marks=pytest.mark.slow)
IN_PART, WHOLE = ("0", "1", "all"), ("0", "all")


@pytest.fixture
def folder(tmp_path):
    return encoder_folder(tmp_path / "encoder")


def turn_encoder(backbone, layers) -> TransformerTurnEncoder:
    made = config(*TINY, f"encoder.trainable_layers={layers}", "encoder.max_tokens=200")
    torch.manual_seed(0)  # of the detectors
    return build_tagger(backbone, made).model.turn_encoder


@pytest.mark.parametrize(
    ("model_type", "trainable", "longest"),
    [
        ("bert", IN_PART, 258),
        ("modernbert", IN_PART, None),
        slow("roberta", IN_PART, 256),
        slow("xlm-roberta", IN_PART, 256),
        slow("distilbert", IN_PART, 512),
        slow("electra", IN_PART, 258),
        slow("mpnet", IN_PART, 256),
        slow("deberta-v2", IN_PART, None),
        slow("albert", WHOLE, 258),
        slow("xlm", WHOLE, 512),
    ],
)
def test_a_family_is_read_trained_and_found_again(model_type, trainable, longest, tmp_path):
    name = str(encoder_folder(tmp_path / "encoder", model_type))
    backbone = load_backbone(name)
    assert longest_run(backbone.model) == longest
    assert inner_width(backbone.model.config) == (64 if model_type == "xlm" else 32)
    talk = [dialogue("U hi there"), dialogue("U " + "a long story " * 9)]
    for layers in trainable:
        built = turn_encoder(load_backbone(name), layers)
        encoded = [d.pieces[0] for d in build_tagger(backbone, config(*TINY)).tokenizer(talk, CRADLE)]
        together = group_pieces(encoded, 10_000, group_cost=10**9)
        assert len(together) == 1
        assert together[0].padded
        alone = [built.eval()(group_pieces([pieces], 10_000), 1) for pieces in encoded]
        torch.testing.assert_close(built(together, 2), torch.cat(alone), atol=1e-5, rtol=1e-4)
        if layers != "0":
            built.train()(together, 2).sum().backward()
            assert any(p.grad is not None for p in built.parameters())
    for layers in set(IN_PART) - set(trainable):
        with pytest.raises(InputError, match=f"the layers of {model_type} are no list of 2 separate ones"):
            turn_encoder(backbone, layers)
    backbone.model.config.save_pretrained(tmp_path / "run")
    backbone.tokenizer.save_pretrained(tmp_path / "run")
    again = from_config(tmp_path / "run")
    again.model.load_state_dict(backbone.model.state_dict())
    texts = group_pieces([d.pieces[0] for d in build_tagger(again, config(*TINY)).tokenizer(talk, CRADLE)], 10_000)
    found = [turn_encoder(b, "all").eval()(texts, 2) for b in (backbone, again)]
    torch.testing.assert_close(*found, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("model_type", "reason"),
    [
        ("gpt2", "trained as a masked language model .*, found gpt2"),
        slow("xlnet", "trained as a masked language model .*, found xlnet"),
        slow("t5", "expected an encoder alone, found t5, which has a decoder as well"),
        slow("bart", "expected an encoder alone, found bart, which has a decoder as well"),
        slow("convbert", "convbert reads padding as if it were text"),
        slow("fnet", "fnet reads padding as if it were text"),
    ],
)
def test_a_family_that_does_not_fit_is_refused(model_type, reason, tmp_path):
    with pytest.raises(InputError, match=f"^encoder={tmp_path}: .*{reason}"):
        load_backbone(str(encoder_folder(tmp_path, model_type)))


@pytest.mark.parametrize("model_type", ["bert", "roberta"])
def test_a_folder_without_a_tokenizer_is_refused(model_type, tmp_path):
    folder = encoder_folder(tmp_path, model_type)
    without_tokenizer(folder)
    made = AutoTokenizer.from_pretrained(folder)  # the library makes an empty one
    assert share_read(made, SAMPLES[0]) == 0
    with pytest.raises(InputError, match=f"^encoder={folder}: its tokenizer reads 0% of a plain sentence"):
        load_backbone(str(folder))


def test_a_tokenizer_of_another_encoder_is_refused(folder):
    larger = tiny_tokenizer()
    larger.add_tokens(["<one>", "<two>"])
    larger.save_pretrained(folder)
    with pytest.raises(InputError, match="counts word pieces up to 262, the encoder has vectors for 261"):
        load_backbone(str(folder))


def test_a_tokenizer_that_frames_no_text_is_refused(folder):
    bare = tiny_tokenizer()
    bare.backend_tokenizer.post_processor = None
    PreTrainedTokenizerFast(tokenizer_object=bare.backend_tokenizer, unk_token="<unk>").save_pretrained(folder)
    with pytest.raises(InputError, match="expected a tokenizer that puts one special token in front of a text"):
        load_backbone(str(folder))


def not_a_number(name, value):
    return value * torch.nan if "layer.1" in name else value


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: with_weights(folder, rename=lambda name: f"inner.{name}"),
            r"lacks 37 of 37 tensors, such as embeddings\.LayerNorm\.bias; found inner\.embeddings\.LayerNorm\.bias",
        ),
        (
            lambda folder: with_weights(folder, rename=lambda name: name.replace("query", "q")),
            r"lacks 4 of 37 tensors, such as encoder\.layer\.0\.attention\.self\.query\.bias",
        ),
        (lambda folder: with_config(folder, num_hidden_layers=3), r"lacks 16 of 53 tensors, such as encoder\.layer\.2"),
        (
            lambda folder: with_config(folder, num_hidden_layers=1),
            r"no place for 16 of them, such as encoder\.layer\.1",
        ),
        (
            lambda folder: with_config(folder, intermediate_size=64),
            r"expected encoder\.layer\.0\.intermediate\.dense\.bias of shape \(64,\), found \(32,\)",
        ),
        (lambda folder: with_weights(folder, change=not_a_number), "its hidden states are no finite numbers"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config\.json is no JSON file"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "could not be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x"), "could not be loaded"),
        (lambda folder: with_config(folder, hidden_size="wide"), "could not be loaded"),
    ],
)
def test_weights_and_files_that_do_not_fit_are_refused(folder, damage, message):
    damage(folder)
    with pytest.raises(InputError, match=f"^encoder={folder}: .*{message}") as error:
        load_backbone(str(folder))
    assert "\n" not in str(error.value)


def test_poolers_heads_and_old_constants_may_be_missing_or_too_many(folder):
    renamed = {"pooler.dense.weight": "cls.predictions.dense.weight", "pooler.dense.bias": "embeddings.position_ids"}
    expected = load_backbone(str(folder)).model.state_dict()
    with_weights(folder, rename=lambda name: f"bert.{renamed.get(name, name)}".replace("bert.cls", "cls"))
    found = load_backbone(str(folder)).model.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_of_a_folder_is_neither_run_nor_asked_about(folder, file, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    (folder / "code.py").write_text("raise SystemExit('run')")
    path = folder / file
    path.write_text(
        path.read_text().replace("{", '{"auto_map": {"AutoConfig": "code.C", "AutoTokenizer": "code.T"},', 1)
    )
    for load in (lambda: load_backbone(str(folder)), lambda: from_config(folder)):
        with pytest.raises(InputError, match=rf"{file} asks for code of its own \(auto_map\), which is never run"):
            load()


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls_token"),
        ({"pooling_mode": "lasttoken"}, "lasttoken"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "include_prompt": True}, None),
    ],
)
def test_an_encoder_that_its_makers_pool_otherwise_is_told_once(folder, modes, told, caplog):
    with_pooling(folder, **modes)
    load_backbone(str(folder))
    load_backbone(str(folder))
    line = f"encoder={folder}: its own configuration pools by {told}; here the mean over all word pieces is taken"
    assert [record.getMessage() for record in caplog.records] == ([line] if told else [])


def test_runs_longer_than_the_positions_are_refused():
    with pytest.raises(
        InputError, match=r"encoder\.max_tokens=257 is more than the 256 word pieces that the positions of encoder=tiny"
    ):
        build_tagger(load_backbone("tiny"), config(*TINY, "encoder.max_tokens=257"))
    build_tagger(load_backbone("tiny"), config(*TINY, "encoder.max_tokens=256"))


@pytest.mark.parametrize("name", ["./nowhere", "nowhere/", "a/b/c", "../nowhere", "~/no such folder", "~nobody-here/x"])
def test_a_path_is_never_looked_for_on_the_hub(name, monkeypatch):
    monkeypatch.setattr(encoder_files, "get_hf_file_metadata", lambda *_, **__: pytest.fail("asked"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(InputError, match=r"expected a folder with config\.json, found none at"):
        load_backbone(name)


@pytest.mark.parametrize("offline", [False, True])
def test_a_hub_that_cannot_be_reached_is_asked_once(offline, monkeypatch):
    asked = []

    def refuse(url, **_):
        asked.append(url)
        raise ConnectionError("no route\nto the hub")

    monkeypatch.setattr(encoder_files, "get_hf_file_metadata", refuse)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    started = time.perf_counter()
    reason = "HF_HUB_OFFLINE is set" if offline else "no route"
    with pytest.raises(InputError, match=rf"^encoder=some/name: could not be loaded \({reason}\)$"):
        load_backbone("some/name")
    assert len(asked) == (not offline)
    assert time.perf_counter() - started < 5
