"""The cache of turn vectors: hit, miss, damage, and who may read it."""

import numpy as np
import pytest

from src.model import vector_cache
from src.model.vector_cache import folder, with_cached_vectors
from src.tags import CRADLE
from tests.conftest import dialogue, tagger


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = tagger("encoder.trainable_layers=0")
    calls = []

    def compute(dialogues):
        calls.append(len(dialogues))
        return built.with_vectors(dialogues)

    def call(*dialogues):
        return with_cached_vectors(built.tokenizer(dialogues, CRADLE), built.model.turn_encoder, compute)

    call.calls, call.built = calls, built
    return call


FIRST, SECOND = dialogue("U hi", "L yes"), dialogue("U more", name="d-1")


def test_vectors_are_computed_once(cache):
    first, second = cache(FIRST, SECOND), cache(FIRST, SECOND)
    assert cache.calls == [2]
    for a, b in zip(first, second, strict=True):
        assert a.id == b.id
        np.testing.assert_array_equal(a.vectors, b.vectors)


def test_other_text_or_other_weights_are_computed_anew(cache):
    cache(FIRST)
    cache(SECOND)
    next(cache.built.model.turn_encoder.parameters()).data.add_(0.1)
    cache(FIRST)
    assert cache.calls == [1, 1, 1]


def test_a_damaged_file_is_replaced(cache):
    expected = cache(FIRST)[0].vectors
    file = next(folder().glob("*.npy"))
    file.write_bytes(file.read_bytes()[:-4] + b"oops")
    np.testing.assert_array_equal(cache(FIRST)[0].vectors, expected)
    assert cache.calls == [1, 1]


def test_files_are_private_and_bounded(cache, monkeypatch):
    cache(FIRST)
    assert all(p.stat().st_mode & 0o077 == 0 for p in [folder(), *folder().iterdir()])
    monkeypatch.setattr(vector_cache, "MAX_BYTES", 1)
    cache(SECOND)
    assert len(list(folder().glob("*.npy"))) == 1
