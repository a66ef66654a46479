"""Which features a call needs, as the table in SPEC.md says."""

from __future__ import annotations

from functools import cache

from reference.geometry import extent
from reference.pool import SAME_WORDS, Pool

FLOATS = ("float32", "float64")
LOW_PRECISION = ("float16", "bfloat16")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
TYPES = (*FLOATS, *LOW_PRECISION, *INTEGERS, "bool")
"""Every element type, by name."""
METHODS = {"gradient": "backward", "indices": "indices"}
"""The features that are calls of their own after forward, and the method of each."""
NEVER_ASKED = frozenset({"uint16", "uint32", "uint64", *SAME_WORDS})
"""What nobody is asked for who does not claim it, not even in an invalid call."""


@cache
def needed(shape: tuple[int, ...], dtype: str, pool: Pool) -> frozenset[str]:
    """Return the features that the forward pass of a call needs; it may be an invalid call."""
    needs = {dtype} - set(FLOATS)
    needs |= {f"rank-{pool.rank}"} - {"rank-2"}
    needs |= {"unbatched"} if len(shape) == pool.rank + 1 else set()
    sizes = shape[-pool.rank :] if len(shape) >= pool.rank else ()
    lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    for n, k, s, (begin, end), d in zip(sizes, *lists, strict=False):
        needs |= _of_axis(n, k, s, begin, end, d, pool)
    if pool.auto_pad in SAME_WORDS:
        needs = needs - {"padding", "asymmetric-padding"} | {pool.auto_pad}
    return frozenset(needs)


BASE_WORDS = (*FLOATS, "rank-2", "batched", "explicit", "strided")
"""What `lacks` may name besides features: what the base is made of, and a stride that is not 1."""


@cache
def words(shape: tuple[int, ...], dtype: str, pool: Pool) -> frozenset[str]:
    """Return the words for all that a call asks for: the features it needs, and of `BASE_WORDS`."""
    asked = {dtype, f"rank-{pool.rank}", pool.auto_pad}
    asked |= {"unbatched" if len(shape) == pool.rank + 1 else "batched"}
    asked |= {"strided"} if any(s != 1 for s in pool.stride) else set()
    return needed(shape, dtype, pool) | asked


def _of_axis(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int, k: int, s: int, begin: int, end: int, d: int, pool: Pool
) -> set[str]:
    room = n + begin + end - extent(k, d)
    remainder = s < 1 or room % s != 0
    holds = {
        "overlap": s < extent(k, d),
        "gaps": s > k,
        "remainder": remainder,
        "padding": (begin, end) != (0, 0),
        "asymmetric-padding": begin != end,
        "dilation": d != 1,
        "ceil": pool.ceil_mode,
    }
    return {feature for feature, needed_here in holds.items() if needed_here}
