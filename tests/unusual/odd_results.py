"""Right answers that are handed over in unusual arrays, or kept and computed in unusual ways.

All of them compute as `implementations.im2col` does; what is odd is around it.
"""

from __future__ import annotations

import mmap
import pickle
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from implementations import im2col

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class Wrapped:
    """Hands every result of im2col over, perhaps in an array of another kind."""

    claims = frozenset(im2col.claims)
    dialect = MappingProxyType(im2col.dialect)

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return array

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        return self._hand(y), saved

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        return self._hand(im2col.backward(dy, saved))

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return self._hand(im2col.indices(saved))


class Reversed(Wrapped):
    """Lays every result out backwards in memory: all strides are negative."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        every = (slice(None, None, -1),) * array.ndim
        return np.ascontiguousarray(array[every])[every]


class NegativeZeros(Wrapped):
    """Gives every winner that is owed 0 a -0, which the specification leaves open."""

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        dx = im2col.backward(dy, saved)
        won = im2col.backward(np.ones_like(dy), saved) > 0
        dx[won & (dx == 0)] = -0.0
        return dx


class _Unequal(np.ndarray):
    """An array that is equal to nothing, as one of another unit may be."""

    def __eq__(self, other: object) -> Any:  # noqa: ANN401 - as NumPy has it
        return False

    def __ne__(self, other: object) -> Any:  # noqa: ANN401 - as NumPy has it
        return True

    __hash__ = None


class Unequal(Wrapped):
    """Hands every result over in a subclass of arrays whose comparisons say nothing."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.view(_Unequal)


class Mapped(Wrapped):
    """Writes every result to anonymous mapped memory, read-only ever after."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        memory = mmap.mmap(-1, max(1, array.nbytes))
        found: NDArray[Any] = np.ndarray(array.shape, array.dtype, memory)
        found[...] = array
        found.flags.writeable = False
        return found


class Labelled(np.ndarray[Any, Any]):
    """An array with a name."""


class Subclassed(Wrapped):
    """Hands over a subclass of ndarray."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy().view(Labelled)


class Records(Wrapped):
    """Cuts every result from records, in which it lies unaligned among other bytes."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        record = np.dtype([("tag", np.uint8), ("value", array.dtype)])
        table = np.zeros(array.shape, record)
        table["value"] = array
        return table["value"]


class Noted(Wrapped):
    """Notes the unit in the dtype of every result, and refuses what has one noted already."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.astype(np.dtype(array.dtype, metadata={"unit": "V"}))

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises, and TypeError for a unit."""
        return super().forward(_without_unit(x), pool)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises, and TypeError for a unit."""
        return super().backward(_without_unit(dy), saved)


def _without_unit(array: NDArray[Any]) -> NDArray[Any]:
    if isinstance(array, np.ndarray) and array.dtype.metadata is not None:
        message = f"the unit is noted by the pooling itself, got {dict(array.dtype.metadata)}"
        raise TypeError(message)
    return array


class Broadcast(Wrapped):
    """Hands over a view that may not be written to, with zero strides where an axis is 1."""

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return np.broadcast_to(array.copy(), array.shape)


class Pickled(Wrapped):
    """Saves bytes, and ten megabytes of nothing beside them now and then."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        beside = bytearray(10_000_000 if x.size % 97 == 0 else 0)
        return y, (pickle.dumps(saved), beside)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        return im2col.backward(dy, pickle.loads(saved[0]))  # noqa: S301 - our own bytes

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(pickle.loads(saved[0]))  # noqa: S301 - our own bytes


class Remembering(Wrapped):
    """Remembers what it was asked, whole, and answers an equal question with a copy."""

    def __init__(self) -> None:
        """Start with no memory."""
        self._known: dict[Any, Any] = {}
        self._turn = threading.Lock()

    def _hand(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy()

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        if not isinstance(x, np.ndarray):
            return im2col.forward(x, pool)
        question = (x.shape, x.dtype.str, x.tobytes(), pool)
        with self._turn:
            if question not in self._known:
                if len(self._known) > 200:
                    self._known.clear()
                self._known[question] = im2col.forward(x.copy(), pool)
            y, saved = self._known[question]
        return y.copy(), saved


class Filed(Wrapped):
    """Keeps what it saves in a file that stays open, one for each call."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last reference to it
        pickle.dump(saved, file)
        file.flush()
        return y, file

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        return im2col.backward(dy, self._read(saved))

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(self._read(saved))

    def _read(self, saved: Any) -> Any:  # noqa: ANN401 - opaque
        with mmap.mmap(saved.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return pickle.loads(content)  # noqa: S301 - it is our own


class Workspaced(Wrapped):
    """Keeps a workspace of a mebibyte with what it saves, as some engines do to go back."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        return y, (saved, np.full(2**20, 7, np.uint8))

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        return im2col.backward(dy, saved[0])

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(saved[0])


class SingleThreaded(Wrapped):
    """Makes every call in one thread of its own, which is not the caller's."""

    def __init__(self) -> None:
        """Start without a thread, so that nothing runs before the first call."""
        self._worker: ThreadPoolExecutor | None = None
        self._turn = threading.Lock()

    def _there(self, call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        with self._turn:
            self._worker = self._worker or ThreadPoolExecutor(1)
        return self._worker.submit(call, *arguments).result()

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        found: tuple[NDArray[Any], Any] = self._there(im2col.forward, x, pool)
        return found

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        found: NDArray[Any] = self._there(im2col.backward, dy, saved)
        return found

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        found: NDArray[Any] = self._there(im2col.indices, saved)
        return found
