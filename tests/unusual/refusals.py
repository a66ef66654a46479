"""The refusals that some of the family share; the others write their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from reference.pool import Pool

BASE_TYPES = frozenset({"float32", "float64"})
SAME = frozenset({"same-upper", "same-lower"})
LARGEST_EXTENT = 2**63 - 1


def refuse(x: NDArray[Any], pool: Pool, claims: Collection[str]) -> tuple[int, ...]:
    """Return the output size of each spatial axis of x (N, C, spatial or C, spatial).

    Raises:
        ValueError: the call is invalid under the default dialect.
        NotImplementedError: the call is valid so far, but needs a feature outside `claims`.
    """
    rank = len(pool.kernel_size)
    lengths = {len(pool.stride), len(pool.padding), len(pool.dilation)}
    if lengths != {rank} or rank not in {1, 2, 3} or x.ndim - rank not in {1, 2}:
        message = f"{pool} does not fit an input with {x.ndim} axes"
        raise ValueError(message)
    if 0 in x.shape[-rank - 1 :]:
        message = f"only the batch may be empty, got shape {x.shape}"
        raise ValueError(message)
    _refuse_ranges(pool)
    missing = _needed(x, pool) - set(claims)
    if missing:
        message = f"this call needs {', '.join(sorted(missing))}, which is not claimed"
        raise NotImplementedError(message)
    return tuple(_output_size(n, axis, pool) for axis, n in enumerate(x.shape[-rank:]))


def _refuse_ranges(pool: Pool) -> None:
    if min(*pool.kernel_size, *pool.stride, *pool.dilation) < 1:
        message = f"kernel_size, stride and dilation are at least 1, got {pool}"
        raise ValueError(message)
    for k, (begin, end) in zip(pool.kernel_size, pool.padding, strict=True):
        limited = begin == end and pool.auto_pad not in SAME
        if min(begin, end) < 0 or (limited and begin > k // 2):
            message = f"padding {(begin, end)} is negative or above half of kernel_size {k}"
            raise ValueError(message)


def _needed(x: NDArray[Any], pool: Pool) -> set[str]:
    rank = pool.rank
    needs = {x.dtype.name, f"rank-{rank}"} - BASE_TYPES - {"rank-2"}
    needs |= {"unbatched"} if x.ndim == rank + 1 else set()
    words = {pool.auto_pad} - {"explicit"}
    for axis, n in enumerate(x.shape[-rank:]):
        k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
        begin, end = pool.padding[axis]
        extent = (k - 1) * d + 1
        remainder = (n + begin + end - extent) % s != 0
        needs |= {
            name
            for name, holds in (
                ("overlap", s < extent),
                ("gaps", s > k),
                ("remainder", remainder),
                ("ceil", remainder and pool.ceil_mode),
                ("dilation", d != 1),
                ("padding", not words and max(begin, end) > 0),
                ("asymmetric-padding", not words and begin != end),
            )
            if holds
        }
    return needs | words


def _output_size(n: int, axis: int, pool: Pool) -> int:
    k, s, d = pool.kernel_size[axis], pool.stride[axis], pool.dilation[axis]
    begin, end = pool.padding[axis]
    extent = (k - 1) * d + 1
    free = n + begin + end - extent
    out = (-(-free // s) if pool.ceil_mode else free // s) + 1
    if pool.ceil_mode and (out - 1) * s >= n + begin:
        out -= 1
    if out < 1 or extent > LARGEST_EXTENT:
        message = f"axis {axis}: {n} elements leave no room for a window of extent {extent}"
        raise ValueError(message)
    if begin >= extent or (out - 1) * s - begin >= n or _skips_input(n, out, s, begin, d):
        message = f"axis {axis}: a window holds nothing but padding"
        raise ValueError(message)
    return out


def _skips_input(n: int, out: int, s: int, begin: int, d: int) -> bool:
    # A window that starts before the input has its first tap at or after 0 at start % d.
    starts = range(-begin, min(0, (out - 1) * s - begin + 1), s)
    return d > n and any(start % d >= n for start in starts)
