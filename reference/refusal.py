"""Which calls are errors: the `error.*` clauses."""

from __future__ import annotations

from reference.dialect import DEFAULT, Dialect
from reference.geometry import axis_windows, extent, output_sizes
from reference.pool import Pool

INDEX_MAX = 2**63 - 1


def check_call(shape: tuple[int, ...], pool: Pool, dialect: Dialect = DEFAULT) -> None:
    """Raise when the call is an error.

    Raises:
        ValueError: an `error.*` clause forbids the call; the message names it.
    """
    _check_length(pool)
    _check_ranges(pool)
    _check_input(shape, pool)
    _check_padding_limit(pool, dialect)
    sizes = shape[-pool.rank :]
    out = output_sizes(sizes, pool, dialect)
    if min(out) < 1 and dialect.zero_size == "error":
        _refuse("error.size", f"the output size is {out} for the spatial sizes {sizes} and {pool}")
    windows = axis_windows(sizes, pool, out)
    if dialect.empty_window == "error" and any(not taps for axis in windows for taps in axis):
        _refuse("error.empty-window", f"a window of {pool} over {sizes} holds no real element")


def _check_length(pool: Pool) -> None:
    lengths = {len(pool.kernel_size), len(pool.stride), len(pool.padding), len(pool.dilation)}
    if len(lengths) != 1 or pool.rank == 0:
        _refuse("error.length", f"one entry per spatial axis is needed, got {pool}")


def _check_ranges(pool: Pool) -> None:
    for clause, entries, least in (
        ("error.kernel", pool.kernel_size, 1),
        ("error.stride", pool.stride, 1),
        ("error.dilation", pool.dilation, 1),
        ("error.padding-sign", [side for pair in pool.padding for side in pair], 0),
    ):
        if min(entries) < least:
            _refuse(clause, f"at least {least} is needed, got {pool}")
    extents = [extent(k, d) for k, d in zip(pool.kernel_size, pool.dilation, strict=True)]
    if max(extents) > INDEX_MAX:
        _refuse("error.overflow", f"a window of extent {max(extents)} does not fit int64: {pool}")


def _check_input(shape: tuple[int, ...], pool: Pool) -> None:
    batched = pool.rank + 2
    if len(shape) not in {batched, batched - 1}:
        _refuse("error.rank", f"rank {batched} or {batched - 1} is needed, got the shape {shape}")
    if 0 in shape[-pool.rank - 1 :]:
        _refuse("error.no-elements", f"only the batch can be empty, got the shape {shape}")


def _check_padding_limit(pool: Pool, dialect: Dialect) -> None:
    if pool.auto_pad != "explicit":
        return
    for k, d, (begin, end) in zip(pool.kernel_size, pool.dilation, pool.padding, strict=True):
        symmetric_limit = {"half": k // 2, "half-extent": extent(k, d) // 2}
        if dialect.pad_limit in symmetric_limit and begin == end:
            limit = symmetric_limit[dialect.pad_limit]
        elif dialect.pad_limit == "below-kernel":
            limit = k - 1
        else:
            continue
        if max(begin, end) > limit:
            _refuse("error.padding-limit", f"at most {limit} is allowed, got {pool}")


def _refuse(clause: str, fault: str) -> None:
    message = f"[{clause}] {fault}"
    raise ValueError(message)
