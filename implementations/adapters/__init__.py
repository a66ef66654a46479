"""Frameworks as implementations: each adapter translates a call and repairs nothing.

Two things are asked of every adapter and stand here: it refuses what the arguments of its
framework cannot say, and it hands over arrays that a C library can read. Whether a call is
valid is for the framework to find out.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from implementations.call import BASE_TYPES, Array, refuse_unclaimed
from reference.pool import Pool

__all__ = ["GEOMETRY", "Array", "plain", "refuse_inexpressible"]

GEOMETRY = ("overlap", "gaps", "remainder", "padding", "dilation", "ceil", "rank-1", "rank-3")
"""What engines that follow PyTorch or ONNX have in common."""


def refuse_inexpressible(x: Array, pool: Pool, claims: Collection[str]) -> None:
    """Require that the type, rank, batch axis and way of padding of a call are claimed.

    Raises:
        NotImplementedError: one is not.
        ValueError: padding does not consist of pairs.
    """
    needed = {x.dtype.name, f"rank-{pool.rank}", pool.auto_pad}
    if x.ndim == pool.rank + 1:
        needed.add("unbatched")
    if pool.auto_pad == "explicit" and any(begin != end for begin, end in pool.padding):
        needed.add("asymmetric-padding")
    refuse_unclaimed(needed, {*claims, *BASE_TYPES, "rank-2", "explicit"})


def plain(x: Array) -> Array:
    """Return x itself where a C library can read it as it lies in memory, else a copy.

    A copy is made of read-only, unaligned and byte-swapped arrays and of those with negative
    strides; it keeps the order of the axes in memory.
    """
    strided = all(step >= 0 and step % x.itemsize == 0 for step in x.strides)
    readable = x.flags.behaved and x.dtype.isnative and strided
    return x if readable else np.array(x, x.dtype.newbyteorder("="))
