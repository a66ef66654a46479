"""Right pooling that ends its process, or never answers, on certain calls."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.zoo.sound import Sound
from reference.pool import Pool

Array = NDArray[Any]


class Careful(Sound):
    """Sound without padding and dilation."""

    claims = frozenset({"ceil", "remainder", "gaps"})


class Deadly(Careful):
    """Careful, but for the calls that a condition picks."""

    def __init__(self, deed: Callable[[], object], when: Callable[[Array, Pool], bool]) -> None:
        """Take what is done, and with which calls."""
        self.deed, self.when = deed, when

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return the answer, if the call comes that far."""
        if self.when(x, pool):
            self.deed()
        return super().forward(x, pool)


class DeadlyBackward(Sound):
    """Sound for tiling windows, whose backward pass ends the process at 67 channels."""

    claims = frozenset({"gradient"})

    def backward(self, dy: Array, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return the input gradient, if the call comes that far."""
        if at_67_channels(dy):
            ctypes.string_at(0)
        return super().backward(dy, saved)


def in_ceil_mode(_x: Array, pool: Pool) -> bool:
    """Pick the calls that round up."""
    return pool.ceil_mode


def at_67_channels(x: Array, _pool: Pool | None = None) -> bool:
    """Pick the calls of one channel count."""
    return x.ndim == 4 and x.shape[1] == 67


def at_infinity(x: Array, _pool: Pool) -> bool:
    """Pick the inputs of nothing but -inf."""
    return x.dtype == np.float32 and x.size > 0 and bool((x == -np.inf).all())


def past_31_bits(_x: Array, pool: Pool) -> bool:
    """Pick the strides that 31 bits do not hold."""
    return max(pool.stride) > 2**31


def scribbled() -> None:
    """Write into every file that the process has."""
    for file in range(3, 64):
        with suppress(OSError):
            os.write(file, b'{"verdict": "pass"}\n\x00garbage\n')


def loop() -> None:
    """Never return."""
    while True:
        pass


careful = Careful()
segfault = Deadly(lambda: ctypes.string_at(0), in_ceil_mode)
asleep = Deadly(lambda: ctypes.PyDLL(None).sleep(1000), at_infinity)
"""Native code that never gives the interpreter lock back."""
abort = Deadly(os.abort, at_67_channels)
scribble = Deadly(scribbled, at_infinity)
leave = Deadly(lambda: os._exit(0), at_infinity)
endless = Deadly(loop, at_67_channels)
backward = DeadlyBackward()
striding = Deadly(os.abort, past_31_bits)
striding.claims |= {"overlap"}
