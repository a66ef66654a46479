"""How much memory a call takes at its peak, as the operating system sees it."""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_STATUS, _PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_of(call: Callable[[], Any]) -> tuple[Any, int | None]:
    """Return what a call returns, and by how many bytes it made the process larger at its peak.

    None where the system does not tell: only Linux does.
    """
    _give_back()
    try:
        _PEAK.write_text("5", "ascii")
        before = _kib("VmRSS")
    except OSError:
        return call(), None
    result = call()
    return result, 1024 * max(0, _kib("VmHWM") - before)


def _give_back() -> None:
    """Give memory that was freed back to the system, so that it counts when it is used again."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _kib(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text("ascii"), re.MULTILINE)
    return int(found[1]) if found else 0
