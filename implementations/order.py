"""In which type elements are compared: one that NumPy compares quickly and in the right order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from implementations.call import Array

HALVES = {"float16": 0x7C00, "bfloat16": 0x7F80}
"""The bits of infinity; those of a NaN, without its sign, are above them."""
_MAGNITUDE = np.int16(0x7FFF)


@dataclass(frozen=True, slots=True)
class Order:
    """How elements of one dtype are compared.

    Processors have no arithmetic for halves, but the bits of a half are in the order of its
    magnitude. Turned over where the sign is set, they are an int16 in the order of the half.
    """

    dtype: np.dtype[Any]
    """The type that is compared, in native byte order, as large as the elements."""
    least: float | int
    """An element that is larger than no other: it stands for padding."""
    infinity: int = 0
    """The bits of infinity, for halves."""

    @classmethod
    def of(cls, dtype: np.dtype[Any]) -> Order:
        """Return how elements of a specified dtype are compared."""
        if dtype.name in HALVES:
            return cls(np.dtype(np.int16), -(2**15), HALVES[dtype.name])
        if dtype.kind == "b":
            return cls(np.dtype(np.uint8), 0)
        least = -math.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)
        return cls(np.dtype(dtype.type), least)

    def bits(self, x: Array) -> Array:
        """Return a view of x, or of what becomes the output, in the type that is compared."""
        return x.view(self.dtype.newbyteorder(x.dtype.byteorder))

    def compares(self, bits: Array) -> bool:
        """Return whether bits can be compared as they lie in memory, as one array."""
        in_place = bits.flags.c_contiguous and bits.flags.aligned and bits.dtype.isnative
        return bool(in_place and not self.infinity)

    def encode(self, bits: Array) -> None:
        """Turn halves into numbers of the same order, in place; every NaN is above infinity."""
        if self.infinity:
            magnitude = bits & _MAGNITUDE
            turned = (bits >> 15) * (magnitude <= self.infinity)
            np.bitwise_xor(magnitude, turned, out=bits)

    def decode(self, bits: Array) -> None:
        """Turn them back, in place."""
        if self.infinity:
            np.bitwise_xor(bits, (bits >> 15) & _MAGNITUDE, out=bits)

    def has_nan(self, elements: Array) -> bool:
        """Return whether one of these elements is NaN."""
        return self.dtype.kind == "f" and bool(np.isnan(elements.max()))

    def later_wins(self, earlier: Array, later: Array, *, has_nan: bool) -> Array:
        """Return where the later of two is the maximum: it is larger, or NaN and the other not."""
        if not has_nan:
            return np.less(earlier, later)
        stays = np.greater_equal(earlier, later)
        return np.greater(np.equal(earlier, earlier), stays)
