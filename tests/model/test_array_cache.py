"""The cache of arrays: hit, damage, who may read it, how large it grows."""

import errno
import logging
import os
from threading import Barrier

import numpy as np
import pytest

from crisis_turns.errors import InputError
from crisis_turns.model.encoders.array_cache import LIMIT, cached_array, folder, room


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    calls = []

    def call(key, value=1.0, shape=(100, 3)):
        def fill(array, part):
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


@pytest.mark.parametrize("suffix", ["npy", "seal"])
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
    assert sorted(p.name for p in folder().iterdir()) == ["a.npy", "a.seal", "c.npy", "c.seal"]


def test_growth_is_told(cache, monkeypatch, caplog):
    monkeypatch.setenv(LIMIT, str(3000 / 2**30))
    with caplog.at_level(logging.INFO):
        for key in ("a", "b", "c"):
            cache(key)
    assert caplog.messages[0] == "the cache of what frozen layers give holds 0.00 of 0.00 GiB"
    assert caplog.messages[2].endswith("GiB; 1 arrays used longest ago were removed")


def test_what_does_not_fit_stays_in_memory(cache, monkeypatch):
    monkeypatch.setenv(LIMIT, "0")
    np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    assert room() == 0
    assert not folder().exists()


def test_parts_are_computed_side_by_side_where_nothing_can_be_kept_too(cache, monkeypatch):
    monkeypatch.setenv(LIMIT, "0")
    together = Barrier(2, timeout=20)

    def fill(array, part):
        together.wait()
        array[part] = part

    np.testing.assert_array_equal(cached_array("a", (4, 1), fill, parts=4, workers=2)[:, 0], np.arange(4))


def test_the_limit_is_a_number_or_infinite(cache, monkeypatch):
    for wrong in ("much", "nan", "-inf", "-1"):
        monkeypatch.setenv(LIMIT, wrong)
        with pytest.raises(InputError, match=f"expected a number of GiB, found '{wrong}'"):
            room()
    monkeypatch.setenv(LIMIT, "inf")
    cache("a")
    assert room() > 0
    assert [path.name for path in folder().glob("*.npy")] == ["a.npy"]


def test_where_nothing_can_be_written_the_array_stays_in_memory_and_that_is_told_once(
    cache, tmp_path, monkeypatch, caplog
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    assert cache.calls == ["a", "a"]
    assert [record.getMessage() for record in caplog.records] == [
        f"the cache {tmp_path}/file/crisis-turns is not used (Not a directory): what it would hold is computed anew "
        "each time"
    ]


@pytest.mark.parametrize("step", ["posix_fallocate", "fsync"])
def test_a_disk_that_fills_up_costs_the_file_and_not_the_work(cache, step, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    np.testing.assert_array_equal(cache("a"), np.ones((100, 3)))
    assert cache.calls == ["a"]
    assert list(folder().iterdir()) == []
    assert "is not used (No space left on device)" in caplog.text


def test_an_error_of_the_work_itself_is_no_fault_of_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fail(array, part):
        raise OSError("of the work")

    with pytest.raises(OSError, match="of the work"):
        cached_array("a", (3, 3), fail)
    assert list(folder().iterdir()) == []
