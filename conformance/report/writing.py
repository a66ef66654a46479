"""Reports on disk: written whole or not at all, and known to be writable beforehand."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path


class ReportPathError(OSError):
    """A report cannot be written where it was asked for; the message is one line."""


def check_writable(path: str | Path) -> None:
    """Check that a report can be written to `path`, without changing what is there.

    Raises:
        ReportPathError: the folder is missing, is not a folder or is not writable, or the
            path is a folder, or a file that is not writable.
    """
    problem = _problem(path)
    if problem:
        message = f"the report cannot be written to {str(path)!r}: {problem}"
        raise ReportPathError(message)


def check_apart(paths: Sequence[str], sources: Sequence[str]) -> None:
    """Check that each of `paths` can be written and is no other of them, and no source.

    Raises:
        ReportPathError: as in :func:`check_writable`, or one file is given for two things.
    """
    for path in paths:
        check_writable(path)
    files = [os.path.realpath(one) for one in (*paths, *sources)]
    for path in paths:
        if files.count(os.path.realpath(path)) > 1 and not path.startswith("/dev/"):
            message = f"{path}: two reports, or a report and what it is about, are the same file"
            raise ReportPathError(message)


def _problem(path: str | Path) -> str:
    try:
        target = Path(os.path.realpath(path))
        found = target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return _folder(target.parent)
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    if stat.S_ISDIR(found.st_mode):
        return "it is a folder; name a file in it"
    return _existing(target)


def _existing(target: Path) -> str:
    if not os.access(target, os.W_OK):
        return "it is there already and may not be written to"
    return _folder(target.parent) if target.is_file() else ""


def _folder(folder: Path) -> str:
    if not folder.exists():
        return f"there is no folder {str(folder)!r}; create it first"
    if not folder.is_dir():
        return f"{str(folder)!r} is not a folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"the folder {str(folder)!r} may not be written to"
    try:  # rights are not all it takes: a file system may be read-only, or no place for files
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return f"no file can be made in the folder {str(folder)!r}: {error.strerror}"
    return ""


def write_whole(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 so that `path` holds the earlier file or all of the new one.

    A link is followed, permissions are kept. A device or a pipe is written to directly.

    Raises:
        ReportPathError: as in :func:`check_writable`.
        OSError: writing failed, for example on a full disk; the earlier file is untouched.
    """
    check_writable(path)
    data = text.encode("utf-8", "backslashreplace")
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    temporary = target.with_name(f".poolproof-{secrets.token_hex(6)}.part")
    try:
        _write_synced(temporary, data)
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
