"""Returns +0 whenever one ties with -0, as IEEE 754 maximum does; the first zero wins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Tap:
    """What one tap shows to every window: value, offset and whether it is real."""

    value: NDArray[Any]
    offset: NDArray[np.int64]
    real: NDArray[np.bool_]

    def maximum(self, other: Tap) -> Tap:
        """Return the larger, window by window: of zeros +0, with the offset of the first."""
        nan = np.isnan(other.value) & ~np.isnan(self.value)
        takes = other.real & (~self.real | nan | (other.value > self.value))
        zeros = self.real & other.real & (self.value == 0) & (other.value == 0)
        positive = zeros & ~np.signbit(other.value)
        return Tap(
            np.where(takes | positive, other.value, self.value),
            np.where(takes, other.offset, self.offset),
            self.real | other.real,
        )


class IeeeMaximum:
    """Max pooling as a fold of maximum over the taps."""

    claims: ClassVar[set[str]] = {"gradient", "indices", "overlap", "gaps", "remainder"}
    claims |= {"padding", "asymmetric-padding", "dilation", "ceil", "unbatched"}
    claims |= {"float16", "rank-1", "rank-3", "same-upper", "same-lower"}

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return y, shape (N, C, outputs) or (C, outputs), and what backward needs.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        taps = (_tap(x, tap, outputs, pool) for tap in product(*map(range, pool.kernel_size)))
        best = reduce(Tap.maximum, taps)
        return best.value.astype(x.dtype), (best.offset, x.shape, pool.rank, x.dtype.str)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
        """
        offset, shape, rank, kind = saved
        lead, size = shape[:-rank], int(np.prod(shape[-rank:]))
        if dy.shape != (*lead, *offset.shape[-rank:]):
            message = f"dy has shape {dy.shape}, not {offset.shape}"
            raise ValueError(message)
        dx = np.zeros((int(np.prod(lead)), size))
        rows = offset.reshape(len(dx), int(np.prod(offset.shape[-rank:])))
        flows = dy.astype(np.float64).reshape(rows.shape)
        for plane, place in enumerate(rows):
            dx[plane] = np.bincount(place, weights=flows[plane], minlength=size)
        with np.errstate(over="ignore"):
            return dx.reshape(shape).astype(kind)

    def indices(self, saved: Any) -> NDArray[np.int64]:  # noqa: ANN401 - opaque
        """Return the offsets of the winners, int64, with the shape of y."""
        return np.array(saved[0], np.int64)


def _tap(x: NDArray[Any], tap: tuple[int, ...], outputs: tuple[int, ...], pool: Pool) -> Tap:
    sizes = x.shape[-pool.rank :]
    places, reals = [], []
    for axis, (j, n) in enumerate(zip(tap, sizes, strict=True)):
        shift = j * pool.dilation[axis] - pool.padding[axis][0]
        at = [o * pool.stride[axis] + shift for o in range(outputs[axis])]
        reals.append(np.array([0 <= i < n for i in at]))
        places.append(np.array([i if 0 <= i < n else 0 for i in at]))
    grid = np.ix_(*places)
    elements: tuple[Any, ...] = (..., *grid)
    value = x[elements]
    offset = np.ravel_multi_index(np.broadcast_arrays(*grid), sizes)
    real = np.ones((), np.bool_)
    for line in reals:
        real = real[..., None] & line
    return Tap(value, np.broadcast_to(offset, value.shape), np.broadcast_to(real, value.shape))


pool = IeeeMaximum()
