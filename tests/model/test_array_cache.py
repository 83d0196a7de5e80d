"""The cache of arrays: hit, damage, who may read it, how large it grows."""

import numpy as np
import pytest

from crisis_turns.errors import InputError
from crisis_turns.model.encoders.array_cache import LIMIT, cached_array, folder, room


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    calls = []

    def call(key, value=1.0, shape=(100, 3)):
        def fill(array):
            calls.append(key)
            array[:] = value

        return cached_array(key, shape, fill)

    call.calls = calls
    return call


def test_an_array_is_computed_once(cache):
    first, second = cache("a"), cache("a", 2.0)
    assert cache.calls == ["a"]
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, np.ones((100, 3)))
    np.testing.assert_array_equal(first, second)
    first[0] = 5  # what a reader does with its memory stays its own
    np.testing.assert_array_equal(cache("a"), second)


@pytest.mark.parametrize("suffix", ["npy", "sha256"])
def test_a_damaged_or_half_removed_file_is_replaced(cache, suffix):
    cache("a")
    file = next(folder().glob("*.npy"))
    file.write_bytes(file.read_bytes()[:-4] + b"oops")
    np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    next(folder().glob(f"*.{suffix}")).unlink()
    np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    assert cache.calls == ["a", "a", "a"]


def test_a_failure_leaves_nothing_behind(cache):
    with pytest.raises(ValueError, match="broadcast"):
        cache("a", np.ones((7, 7)))
    assert list(folder().iterdir()) == []


def test_files_are_private_even_in_a_folder_that_was_not(cache):
    folder().mkdir(parents=True, mode=0o755)
    cache("a")
    assert all(p.stat().st_mode & 0o077 == 0 for p in [folder(), *folder().iterdir()])


def test_the_files_used_longest_ago_go_first(cache, monkeypatch):
    monkeypatch.setenv(LIMIT, str(3000 / 2**30))  # two of these files
    for key in ("a", "b", "a", "c"):
        cache(key)
    assert sorted(p.name for p in folder().iterdir()) == ["a.npy", "a.sha256", "c.npy", "c.sha256"]


def test_what_does_not_fit_stays_in_memory(cache, monkeypatch):
    monkeypatch.setenv(LIMIT, "0")
    np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    assert room() == 0
    assert not folder().exists()
    monkeypatch.setenv(LIMIT, "much")
    with pytest.raises(InputError, match="expected a number of GiB, found 'much'"):
        room()
