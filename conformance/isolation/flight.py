"""The flight recorder: what a judging process was doing when it died or stopped moving."""

from __future__ import annotations

import math
import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct("<ddddqqH")
_TIMES = struct.Struct("<dd")
_SIZE = 1024
SUFFIX = ".flight"


@dataclass(frozen=True, slots=True)
class Record:
    """The last entry of one process."""

    moved: float
    """Seconds since the epoch when a call began or ended last; 0 before the first."""
    since: float
    """Seconds since the epoch at the start of the call; 0 while no call is made."""
    until: float
    """When the call has taken too long."""
    still: float
    """Seconds without any thread running after which it has, too."""
    process: int
    number: int
    """How many calls the process began, this one included."""
    label: str


class Recorder:
    """Writes what is being called into a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made where it is missing."""
        begun = path.with_suffix(".begun")  # whoever reads finds all of the file, or none
        begun.write_bytes(bytes(_SIZE))
        begun.replace(path)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._number = 0

    def enter(self, label: str, limit: float, still: float = math.inf) -> None:
        """Note that `label` begins now, and how many seconds it may take, or stand still."""
        text = label.encode()[: _SIZE - _HEAD.size]
        now = time.time()
        self._number += 1
        entry = _HEAD.pack(now, now, now + limit, still, os.getpid(), self._number, len(text))
        self._map[: len(entry) + len(text)] = entry + text

    def leave(self) -> None:
        """Note that no call is being made; the label stays."""
        self._map[: _TIMES.size] = _TIMES.pack(time.time(), 0.0)


class Silence:
    """A recorder for a run without a watch."""

    def enter(self, label: str, limit: float, still: float = math.inf) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""


def read(path: Path) -> Record:
    """Return the last entry of a recorder's file."""
    content = path.read_bytes()
    moved, since, until, still, process, number, length = _HEAD.unpack_from(content)
    text = content[_HEAD.size : _HEAD.size + length]
    return Record(moved, since, until, still, process, number, text.decode(errors="replace"))
