"""Files and memory that pile up with what is saved of each call: a process may have little."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

MOST = 64
"""So many more open files than at the beginning are a crowd; some systems allow 256 in all."""
EVERY = 8
"""How many times somebody asks for each time that it is looked at."""
OPEN = "/dev/fd"
"""Where Linux and macOS list them."""


def open_files() -> int:
    """Return how many files this process has open; 0 where the system does not tell."""
    try:
        return sum(1 for _ in Path(OPEN).iterdir())
    except OSError as error:
        return sys.maxsize if error.errno in {errno.EMFILE, errno.ENFILE} else 0


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


class Crowd:
    """Watches whether something piles up in this process."""

    most: int
    """So much more than at the beginning is a crowd."""

    def __init__(self) -> None:
        """Take what there is now for what there always is."""
        self._always = self.count()
        self._asked = 0

    def count(self) -> int:
        """Return how much there is."""
        raise NotImplementedError

    def crowded(self) -> bool:
        """Return whether there is much more than always; it is looked at now and then."""
        self._asked += 1
        return self._asked % EVERY == 0 and self.count() - self._always >= self.most

    def settle(self) -> None:
        """Take what is still there, when all was let go, for what there always is."""
        self._always = self.count()


class Descriptors(Crowd):
    """Watches whether open files pile up."""

    most = MOST

    def count(self) -> int:
        """Return how many files are open."""
        return open_files()

    def settle(self) -> None:
        """Take no more than a crowd for always open: where none can be had, none are counted."""
        self._always = max(self._always, min(open_files(), self._always + MOST))


class Memory(Crowd):
    """Watches whether memory piles up."""

    most = HELD

    def count(self) -> int:
        """Return how many bytes are in memory."""
        return held()
