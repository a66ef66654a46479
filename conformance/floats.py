"""How the processor rounds floats: what an implementation changed is kept apart from the suite.

A library that is compiled with -ffast-math has the thread that loads it flush subnormal numbers
to zero, and NumPy with it. An implementation computes as it left that state; the suite, which
makes inputs and compares results, computes as Python does.
"""

from __future__ import annotations

import ctypes
import os
import sys

import numpy as np

SIZE = 256
"""Bytes that hold a fenv_t, whatever the processor."""
SUBNORMAL, ONE = np.float32(1e-45), np.float32(1)
FLUSHES = "after a call this process flushes subnormal numbers to zero, as -ffast-math has it"


def flushed() -> bool:
    """Return whether subnormal numbers count as zero in this thread."""
    return bool(SUBNORMAL * ONE == 0)


def holds_subnormal(array: object) -> bool:
    """Return whether an array of floats holds a subnormal number."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        return False
    return bool(((array != 0) & (np.abs(array) < np.finfo(array.dtype).tiny)).any())


def _library() -> ctypes.CDLL | None:
    """Return the C library that reads and sets the state; None where it is not glibc's."""
    if sys.platform != "linux" or "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        return None
    return ctypes.CDLL("libm.so.6")


class FloatState:
    """The state that an implementation computes in; nothing is done as long as it is Python's."""

    def __init__(self) -> None:
        """Keep the state as the import of the implementation left it, and set that of Python."""
        self._library = _library()
        self._theirs = ctypes.create_string_buffer(SIZE)
        self.flushes = False
        """Whether the implementation has subnormal numbers flushed."""
        self.leave()

    def enter(self) -> None:
        """Set the state that the implementation left, for a call."""
        if self.flushes and self._library is not None:
            self._library.fesetenv(self._theirs)

    def leave(self) -> None:
        """Keep the state that a call left, and set that of Python."""
        if self._library is not None and flushed():
            self.flushes = True
            self._library.fegetenv(self._theirs)
            self._library.fesetenv(ctypes.c_void_p(-1))  # FE_DFL_ENV of glibc
