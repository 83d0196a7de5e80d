"""An array that several processes fill: each part once, whoever dies, and one file in the end."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

from crisis_turns.model.encoders.array_cache import cached_array, folder

SHAPE, PARTS = (60, 4), 6


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def rows(part):
    return slice(10 * part, 10 * part + 10)


def filled_by(name, log, workers=1, pause=0.0):
    """The array of one key, each row holding its number; a line in the log for each part that this process fills."""

    def fill(array, part):
        with log.open("a") as file:
            file.write(f"{name} {part}\n")
        time.sleep(pause)
        array[rows(part)] = np.arange(60)[rows(part), None]

    return cached_array("key", SHAPE, fill, dtype=np.float16, parts=PARTS, workers=workers)


def whole(array):
    return array.dtype == np.float16 and np.array_equal(array, np.repeat(np.arange(60), 4).reshape(SHAPE))


def test_parts_are_filled_once_by_several_threads(tmp_path):
    log = tmp_path / "log"
    assert whole(filled_by("a", log, workers=3, pause=0.01))
    assert sorted(log.read_text().split()[1::2]) == list("012345")
    assert whole(filled_by("b", log))
    assert "b" not in log.read_text()
    assert sorted(path.name for path in folder().iterdir()) == ["key.npy", "key.seal"]


def _other(log, ready, result):
    ready.set()
    result.put(whole(filled_by("other", log, pause=0.1)))


def test_processes_share_the_work_and_all_get_the_whole(tmp_path):
    log = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    ready, result = context.Event(), context.Queue()
    other = context.Process(target=_other, args=(log, ready, result))
    other.start()
    ready.wait()
    assert whole(filled_by("this", log, pause=0.1))
    assert result.get(timeout=20)
    other.join()
    lines = log.read_text().splitlines()
    assert sorted(line.split()[1] for line in lines) == list("012345")
    assert {line.split()[0] for line in lines} == {"this", "other"}
    assert sorted(path.name for path in folder().iterdir()) == ["key.npy", "key.seal"]


def test_what_a_killed_process_has_filled_stays_and_what_it_was_at_is_done_again(tmp_path):
    log = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    ready, result = context.Event(), context.Queue()
    other = context.Process(target=_other, args=(log, ready, result))
    other.start()
    while not log.exists() or log.read_text().count("\n") < 3:
        time.sleep(0.005)
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    assert whole(filled_by("this", log))
    parts = [line.split()[1] for line in log.read_text().splitlines() if line.startswith("this")]
    assert parts == ["2", "3", "4", "5"]


def test_a_part_that_a_dying_process_leaves_is_taken_over_by_the_one_that_waits(tmp_path):
    log = tmp_path / "log"
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    other = context.Process(target=_stuck, args=(log, ready))
    other.start()
    ready.wait()
    killer = threading.Timer(0.3, other.kill)
    killer.start()
    assert whole(filled_by("this", log))
    killer.join()
    other.join()
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["1", "2", "3", "4", "5", "0"]


def _stuck(log, ready):
    def fill(array, part):
        ready.set()
        time.sleep(60)

    cached_array("key", SHAPE, fill, dtype=np.float16, parts=PARTS)


def test_a_file_of_another_shape_or_a_cut_off_one_is_begun_anew(tmp_path):
    log = tmp_path / "log"
    folder().mkdir(parents=True)
    (folder() / "key.claims").write_bytes(b"\1" * PARTS)
    (folder() / "key.part").write_bytes(b"no array")
    assert whole(filled_by("this", log))
    (folder() / "key.npy").unlink()
    np.save(folder() / "other.npy", np.ones((2, 2)))
    (folder() / "other.npy").rename(folder() / "key.part")
    (folder() / "key.claims").write_bytes(b"\1" * PARTS)
    assert whole(filled_by("this", log))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_error_of_one_part_is_the_error_of_the_whole(workers):
    def fill(array, part):
        if part == 2:
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        cached_array("key", SHAPE, fill, parts=PARTS, workers=workers)
    assert list(folder().iterdir()) == []


def test_a_signal_that_stops_the_process_leaves_what_was_done():
    def stopped(array, part):
        if part == 2:
            raise SystemExit(143)

    with pytest.raises(SystemExit):
        cached_array("key", SHAPE, stopped, parts=PARTS)
    done = []
    cached_array("key", SHAPE, lambda array, part: done.append(part), parts=PARTS)
    assert done == [2, 3, 4, 5]
