"""Reports on disk: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from conformance.report import writing


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    writing.write_whole(path, "one\nzwei ✓\n")
    writing.write_whole(str(path), "two\n")
    assert path.read_bytes() == b"two\n"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "report.json", tmp_path / "latest.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    writing.write_whole(link, "new")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failed_write_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text("earlier", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, full)
    with pytest.raises(OSError, match="No space left"):
        writing.write_whole(path, "later")
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_is_no_unicode_is_written_out(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    writing.write_whole(path, "\ud800")
    assert path.read_text(encoding="utf-8") == r"\ud800"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("absent/report.html", "there is no folder"),
        ("file/report.html", "is not a folder"),
        ("folder", "it is a folder; name a file in it"),
        ("n" * 300, "File name too long"),
        ("nul\0", "null byte"),
        ("dangling", "there is no folder"),
    ],
)
def test_a_path_that_cannot_hold_a_report_is_refused(tmp_path: Path, where: str, why: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "absent" / "x")
    before = sorted(tmp_path.iterdir())
    path = os.path.join(tmp_path, where)  # noqa: PTH118 - Path is not asked about a NUL here
    with pytest.raises(writing.ReportPathError, match=why) as caught:
        writing.check_writable(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(writing.ReportPathError):
        writing.write_whole(path, "text")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("refused", ["report.html", ""])
def test_a_path_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    path = tmp_path / "report.html"
    if refused:
        path.write_text("earlier", encoding="utf-8")
    closed = os.path.realpath(tmp_path / refused)
    monkeypatch.setattr(os, "access", lambda asked, _: os.path.realpath(asked) != closed)
    with pytest.raises(writing.ReportPathError, match="may not be written to"):
        writing.check_writable(path)


def test_a_folder_that_takes_no_file_is_found_out_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_asked: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(writing.ReportPathError, match=r"no file can be made in .*No spa"):
        writing.check_writable(tmp_path / "report.html")


def test_checking_a_path_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    writing.check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("earlier", encoding="utf-8")
    writing.check_writable(path)
    assert path.read_text(encoding="utf-8") == "earlier"


def test_a_device_is_written_to_and_stays_a_device() -> None:
    writing.check_writable(os.devnull)
    writing.write_whole(os.devnull, "text")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
