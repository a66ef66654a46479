"""Right answers of im2col from who owns memory in its own way, or refuses whatever it may."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from implementations import im2col
from tests.unusual.odd_results import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reference.pool import Pool


class FreedByHand(Wrapped):
    """Results lie in memory of the C library, freed when the array that was returned is gone."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        if not array.nbytes:
            return array
        library = ctypes.CDLL(None)
        library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
        place = library.malloc(array.nbytes)
        memory = ctypes.cast(place, ctypes.POINTER(ctypes.c_uint8))
        found = np.ctypeslib.as_array(memory, (array.nbytes,)).view(array.dtype)
        found = found.reshape(array.shape)
        found[...] = array
        weakref.finalize(found, library.free, place)
        return found


class _Owner(np.ndarray[Any, Any]):
    """An array that says when it goes."""

    gone: Callable[[], None] | None = None

    def __del__(self) -> None:
        if self.gone is not None:
            self.gone()


class Recycled(Wrapped):
    """Results lie in slabs that serve again once the array that was returned is gone."""

    def __init__(self) -> None:
        """Start without slabs."""
        self._free: list[NDArray[Any]] = []

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        if not array.nbytes:
            return array
        try:
            slab = self._free.pop()
        except IndexError:
            slab = np.empty(0, np.uint8)
        slab = slab if slab.nbytes >= array.nbytes else np.empty(2 * array.nbytes, np.uint8)
        found = slab[: array.nbytes].view(array.dtype).reshape(array.shape).view(_Owner)
        found[...] = array
        found.gone = lambda: self._free.append(slab)
        return found


class Packed(Wrapped):
    """Results lie unaligned in records, and an output gradient that does is refused."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        table = np.zeros(array.shape, [("tag", np.uint8), ("value", array.dtype)])
        table["value"] = array
        return table["value"]

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises, and ValueError for what is not aligned."""
        if not dy.flags.aligned:
            message = "an output gradient is aligned to its items"
            raise ValueError(message)
        return super().backward(dy, saved)


class Locking(Wrapped):
    """Locks what it was given, so that nobody writes to it by mistake."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        pair = super().forward(x, pool)
        x.flags.writeable = False
        return pair

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        dx = super().backward(dy, saved)
        dy.flags.writeable = False
        return dx


class OfOneType(Wrapped):
    """Keeps the byte order of x, and wants an output gradient of the very dtype of the output."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = super().forward(x, pool)
        return y.astype(x.dtype), (saved, x.dtype)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises, and TypeError for another dtype."""
        if dy.dtype != saved[1]:
            message = f"dy is {dy.dtype.str}, and the output {saved[1].str}"
            raise TypeError(message)
        return super().backward(dy, saved[0]).astype(saved[1])

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return super().indices(saved[0])


class EverySecondTime(Wrapped):
    """Refuses every second call of those that may be refused, and answers the others."""

    def __init__(self) -> None:
        """Start without a call."""
        self._calls = 0

    def _perhaps(self) -> None:
        self._calls += 1
        if self._calls % 2 == 0:
            message = "not this time"
            raise ValueError(message)

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises, and ValueError every second time."""
        far = max((*pool.stride, *pool.dilation), default=0) > 2**31 - 1
        spelt = x.dtype.metadata or x.dtype.char in "qQ"
        plain = x.dtype.isnative and x.flags.aligned
        if far or spelt or not plain:
            self._perhaps()
        y, saved = im2col.forward(x, pool)
        return y, (saved, plain)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises, and ValueError every second time."""
        if not saved[1]:
            self._perhaps()
        return super().backward(dy, saved[0])

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners; raises ValueError every second time."""
        if not saved[1]:
            self._perhaps()
        return super().indices(saved[0])
