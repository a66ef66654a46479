"""Declares that a window of nothing but -inf answers with the lowest finite number."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class Lowest:
    """Max pooling over floats that never returns -inf; the first -inf of a window is its winner."""

    def __init__(self) -> None:
        """State claims and dialect."""
        features = "gradient indices overlap gaps remainder padding dilation ceil rank-1 float16"
        self.claims = features.split()
        self.dialect = {"float-identity": "lowest"}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], set[Any]]:
        """Return y, shape (N, C, outputs), and a set of (place of y, place of x) and two more.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        y = np.full((*x.shape[:2], *outputs), np.finfo(x.dtype).min, x.dtype)
        seats: set[Any] = {("x", x.shape, x.dtype.str), ("y", y.shape)}
        for window in itertools.product(*map(range, outputs)):
            lines = [self._line(o, axis, x, pool) for axis, o in enumerate(window)]
            places = list(itertools.product(*lines))
            there: list[Any] = [(..., *place) for place in places]
            here: tuple[Any, ...] = (..., *window)
            seen = np.stack([x[place] for place in there], axis=-1)
            best = seen.argmax(axis=-1)
            y[here] = np.maximum(seen.max(axis=-1), y[here])
            for n, c in np.ndindex(best.shape):
                seats.add(((n, c, *window), (n, c, *places[best[n, c]])))
        return y, seats

    def _line(self, o: int, axis: int, x: NDArray[Any], pool: Pool) -> list[int]:
        start, d = o * pool.stride[axis] - pool.padding[axis][0], pool.dilation[axis]
        taps = range(start, start + pool.kernel_size[axis] * d, d)
        return [i for i in taps if 0 <= i < x.shape[2 + axis]]

    def backward(self, dy: NDArray[Any], saved: set[Any]) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
        """
        (x_shape, kind), (y_shape,) = self._shapes(saved)
        if dy.shape != y_shape:
            message = f"dy has shape {dy.shape}, not {y_shape}"
            raise ValueError(message)
        dx = np.zeros(x_shape, np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            for seat, place in sorted(pair for pair in saved if pair[0] not in {"x", "y"}):
                dx[place] += dy[seat]
            return dx.astype(kind)

    def indices(self, saved: set[Any]) -> NDArray[np.int64]:
        """Return the offsets of the winners, int64, with the shape of y."""
        (x_shape, _), (y_shape,) = self._shapes(saved)
        index = np.empty(y_shape, np.int64)
        for seat, place in (pair for pair in saved if pair[0] not in {"x", "y"}):
            index[seat] = np.ravel_multi_index(place[2:], x_shape[2:])
        return index

    def _shapes(self, saved: set[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        named = {one[0]: one[1:] for one in saved if one[0] in {"x", "y"}}
        return named["x"], named["y"]


pool = Lowest()
