"""Frameworks as implementations: each adapter translates a call and repairs nothing.

What is asked of every adapter stands here: it refuses what the arguments of its framework
cannot say, and it hands over arrays that a C library can read. Whether a call is valid is for
the framework to find out.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from implementations.call import BASE_TYPES, Array, refuse_unclaimed
from reference.pool import Pool

__all__ = [
    "GEOMETRY",
    "SAME",
    "WINDOWS",
    "Array",
    "contiguous",
    "plain",
    "refuse_inexpressible",
    "words",
]

WINDOWS = ("overlap", "gaps", "remainder")
"""What every layer with a kernel_size and a stride of its own has."""
GEOMETRY = (*WINDOWS, "padding", "dilation", "ceil", "rank-1", "rank-3")
"""What engines that follow PyTorch or ONNX have in common."""
SAME = {"same-upper": "SAME", "same-lower": "SAME_LOWER"}
"""The words of TensorFlow and JAX."""


def refuse_inexpressible(
    x: Array, pool: Pool, claims: Collection[str], lacks: Collection[frozenset[str]] = ()
) -> None:
    """Require that the type, rank, batch axis and parameters of a call can be said.

    lacks holds what the framework does not offer together, in the words of `words`.

    Raises:
        NotImplementedError: a feature is not claimed, or is not to be had beside another.
        ValueError: padding or dilation, which is not handed on, has not one entry per axis.
    """
    found = words(x, pool)
    together = {*claims, *BASE_TYPES, "rank-2", "explicit", "batched", "strided"}
    refuse_unclaimed(found, together)
    for lacking in lacks:
        if lacking <= found:
            refuse_unclaimed(found, together - lacking)
    for name in ("padding", "dilation"):
        if name not in claims and len(getattr(pool, name)) != pool.rank:
            message = f"{name} has one entry per axis ({pool.rank}); got {getattr(pool, name)}"
            raise ValueError(message)


def words(x: Array, pool: Pool) -> frozenset[str]:
    """Return the words for what a call asks of the arguments of a framework."""
    explicit = pool.auto_pad == "explicit"
    asked = {
        x.dtype.name: True,
        f"rank-{pool.rank}": True,
        pool.auto_pad: True,
        "unbatched" if x.ndim == pool.rank + 1 else "batched": True,
        "padding": explicit and any(pair != (0, 0) for pair in pool.padding),
        "asymmetric-padding": explicit and any(begin != end for begin, end in pool.padding),
        "dilation": any(d != 1 for d in pool.dilation),
        "gaps": any(s > k for s, k in zip(pool.stride, pool.kernel_size, strict=False)),
        "strided": any(s != 1 for s in pool.stride),
        "ceil": pool.ceil_mode,
    }
    return frozenset(word for word, is_asked in asked.items() if is_asked)


def plain(x: Array) -> Array:
    """Return x itself where a C library can read it as it lies in memory, else a copy.

    A copy is made of read-only, unaligned and byte-swapped arrays and of those with negative
    strides; it keeps the order of the axes in memory.
    """
    strided = all(step >= 0 and step % x.itemsize == 0 for step in x.strides)
    readable = x.flags.behaved and x.dtype.isnative and strided
    return x if readable else np.array(x, x.dtype.newbyteorder("="))


def contiguous(x: Array) -> Array:
    """Return a new array of x in row-major order and native byte order, which is nobody else's."""
    return np.array(plain(x), order="C")
