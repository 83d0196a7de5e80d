"""Folders that are replaced whole, and locks that a file system does not have."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from crisis_turns.files import NoPlaceError, locked, replaced, write_text
from tests.support.places import OF_LINUX


def put(folder, text):
    with replaced(folder) as scratch:
        (scratch / "file").write_text(text)


def test_a_folder_is_replaced_whole_also_behind_a_link(tmp_path):
    folder = tmp_path / "deep" / "folder"
    put(folder, "old")
    (tmp_path / "link").symlink_to(folder)
    put(tmp_path / "link", "new")
    assert (folder / "file").read_text() == "new"
    assert [path.name for path in folder.parent.iterdir()] == ["folder"]
    assert (tmp_path / "link").is_symlink()


def test_what_fails_or_is_stopped_leaves_the_old_folder(tmp_path, monkeypatch):
    put(tmp_path / "folder", "old")
    with pytest.raises(ZeroDivisionError), replaced(tmp_path / "folder") as scratch:
        scratch.joinpath("file").write_text(f"{1 / 0}")

    def rename(self, target):
        if target == tmp_path / "folder" and not self.name.endswith(".replaced"):
            raise SystemExit(143)
        os.rename(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(SystemExit):
        put(tmp_path / "folder", "new")
    assert (tmp_path / "folder" / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(("killed", "left"), [("between the renames", "old"), ("after them", "newer")])
def test_what_a_kill_leaves_aside_is_put_back_or_removed(tmp_path, killed, left):
    folder, aside = tmp_path / "folder", tmp_path / ".folder.replaced"
    put(aside, "old")
    if killed == "after them":
        put(folder, "newer")
    with replaced(folder) as scratch:
        (scratch / "file").write_text("newest")
        assert (folder / "file").read_text() == left
        assert not aside.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_system_without_locks_is_told_with_the_folder(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="No locks available") as found, locked(tmp_path):
        pass
    assert found.value.filename == str(tmp_path)


@OF_LINUX
def test_where_nothing_can_be_made_is_told_from_a_file_that_is_missing():
    with pytest.raises(NoPlaceError, match="/proc/nosuch"):
        write_text(Path("/proc/nosuch/x"), "")
    for folder in ("/proc", "/proc/nosuch/x"):
        with pytest.raises(NoPlaceError, match="/proc"), locked(Path(folder)):
            pass
