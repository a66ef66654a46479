"""Files and memory that pile up with what is saved of each call: a process may have little."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

MOST = 64
"""So many more open files than at the beginning are a crowd; some systems allow 256 in all."""
EVERY = 8
"""How many times somebody asks for each time that the files are counted."""
OPEN = "/dev/fd"
"""Where Linux and macOS list them."""


def open_files() -> int:
    """Return how many files this process has open; 0 where the system does not tell."""
    try:
        return sum(1 for _ in Path(OPEN).iterdir())
    except OSError as error:
        return sys.maxsize if error.errno in {errno.EMFILE, errno.ENFILE} else 0


class Descriptors:
    """Watches whether files pile up in this process."""

    def __init__(self) -> None:
        """Take what is open now for what is always open."""
        self._always = open_files()
        self._asked = 0

    def crowded(self) -> bool:
        """Return whether many more files are open than always."""
        self._asked += 1
        return self._asked % EVERY == 0 and open_files() - self._always >= MOST

    def settle(self) -> None:
        """Take what is still open, when all was let go, for what is always open."""
        self._always = max(self._always, min(open_files(), self._always + MOST))


STATM = "/proc/self/statm"
"""Where Linux says how many pages a process has, in all and in memory."""
HELD = 2**29
"""So many more bytes in memory than at the beginning are a crowd."""


def held() -> int:
    """Return the bytes that this process has in memory; 0 where the system does not tell."""
    try:
        pages = int(Path(STATM).read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class Memory:
    """Watches whether memory piles up in this process."""

    def __init__(self) -> None:
        """Take what is held now for what is always held."""
        self._always = held()
        self._asked = 0

    def crowded(self) -> bool:
        """Return whether much more is held than always."""
        self._asked += 1
        return self._asked % EVERY == 0 and held() - self._always >= HELD

    def settle(self) -> None:
        """Take what is still held, when all was let go, for what is always held."""
        self._always = held()
