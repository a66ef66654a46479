"""A second oracle, derived differently from the loops of the reference.

The reference walks from each window to its taps, compares values one by one, and takes
the output size from a formula. Here the number of windows is found by laying windows
down until the rule forbids the next, membership is a divisibility test on positions, and
elements are ranked once per plane, so that only whole numbers are ever compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from conformance.cases.case import Array
from conformance.kept import Kept
from reference.dialect import DEFAULT, Dialect
from reference.forward import lowest
from reference.pool import Pool

NO_ELEMENT = -2
"""Below every rank."""
MOST_KEPT = 3_000_000
"""So many offsets are kept for the next law."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the witness saw. All of shape (N, C, *out) but `member`."""

    y: Array
    winner: Array
    """Row-major offset in the plane of the first element that may win; -1 for none."""
    contenders: Array
    """How many elements may win."""
    tied: Array
    """How many elements are largest."""
    member: Array
    """(windows, taps): row-major offsets of the elements of each window, -1 beyond."""
    largest: Array
    """(planes, windows, taps) bool: which members are largest."""


_known: Kept[tuple[tuple[int, ...], Pool, str], tuple[tuple[int, ...], Array]] = Kept(MOST_KEPT)


def count_windows(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int, k: int, s: int, pads: tuple[int, int], d: int, rule: str
) -> int:
    """Return how many windows are laid on one axis, by laying them.

    `rule` is `floor` or a value of the switch `ceil`.
    """
    begin, end = pads
    reach = k * d - d  # from the first tap of a window to its last
    last = n + end - 1
    # Windows whose last tap lies inside the padded axis start at -begin, -begin + s, ...
    whole = len(range(-begin + reach, last + 1, s))
    if rule == "floor":
        return whole
    # One more if part of the padded axis is left over behind the last whole window...
    left_over = last - (-begin + (whole - 1) * s + reach)
    count = whole + (1 if left_over > 0 else 0)
    # ...and one less if the last of them would start behind every element.
    drops = rule == "start-rule" or (rule == "start-rule-if-padded" and any(pads))
    return count - 1 if drops and -begin + (count - 1) * s >= n else count


def watch(x: Array, pool: Pool, dialect: Dialect = DEFAULT) -> Sighting:
    """Return what max pooling answers; the call is taken to be legal."""
    planes, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    rule = dialect.ceil if pool.ceil_mode else "floor"
    out, member = members(sizes, pool, rule)
    flat = np.ascontiguousarray(x).reshape(math.prod(planes), math.prod(sizes))
    shape = (*planes, *out)
    rank = _ranks(flat, dialect)
    seen = np.where(member < 0, NO_ELEMENT, rank[:, member])
    best = seen.max(axis=2, initial=NO_ELEMENT)
    largest = (seen == best[:, :, None]) & (seen > NO_ELEMENT)
    tied = largest.sum(axis=2)
    may_win = _may_win(largest, flat, member, dialect)
    tap = may_win.argmax(axis=2) if member.shape[1] else np.zeros(best.shape, int)
    window = np.arange(len(member))
    winner = np.where(tied > 0, member[window, tap], -1) if member.shape[1] else best * 0 - 1
    y = _values(flat, winner, largest, member, dialect)
    counts = may_win.sum(axis=2)
    return Sighting(
        y.reshape(shape),
        winner.reshape(shape),
        counts.reshape(shape),
        tied.reshape(shape),
        member,
        largest,
    )


def members(sizes: tuple[int, ...], pool: Pool, rule: str) -> tuple[tuple[int, ...], Array]:
    """Return the output size, and (windows, taps) offsets of elements in the plane, -1 beyond."""
    key = sizes, pool, rule
    known = _known.get(key)
    if known is not None:
        return known
    axes = [
        _members(
            sizes[a], pool.kernel_size[a], pool.stride[a], pool.padding[a], pool.dilation[a], rule
        )
        for a in range(pool.rank)
    ]
    found = tuple(len(axis) for axis in axes), _combined(axes, sizes)
    _known.keep(key, found, found[1].size + 1)
    return found


@cache
def _members(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int, k: int, s: int, pads: tuple[int, int], d: int, rule: str
) -> Array:
    """Return (windows, taps) real positions on one axis, by cutting ranges; -1 beyond."""
    found = []
    for window in range(count_windows(n, k, s, pads, d, rule)):
        start = window * s - pads[0]
        first = start + max(0, -(start // d)) * d  # the first tap that is not before the axis
        found.append(list(range(first, min(n, start + (k - 1) * d + 1), d)))
    most = max(map(len, found), default=0)
    rows = [window + [-1] * (most - len(window)) for window in found]
    return np.array(rows, np.int64).reshape(len(found), most)


def _combined(axes: list[Array], sizes: tuple[int, ...]) -> Array:
    """Return (windows, taps) offsets in the plane, row-major, -1 where a window has fewer."""
    offsets, real = np.zeros((1, 1), np.int64), np.ones((1, 1), bool)
    for axis, size in zip(axes, sizes, strict=True):
        shape = (len(offsets) * len(axis), offsets.shape[1] * axis.shape[1])
        offsets = (offsets[:, None, :, None] * size + axis[None, :, None, :]).reshape(shape)
        real = (real[:, None, :, None] & (axis >= 0)[None, :, None, :]).reshape(offsets.shape)
    offsets[~real] = -1  # in place: in large windows this is most of what a check holds
    return offsets


def _ranks(flat: Array, dialect: Dialect) -> Array:
    """Return the rank of each element in its array: equal elements share one, NaN is apart."""
    values = flat.astype(np.float32) if flat.dtype.name in {"float16", "bfloat16"} else flat
    nan = values != values  # noqa: PLR0124 - NaN
    _, rank = np.unique(values, return_inverse=True)
    rank = rank.reshape(flat.shape)
    return np.where(nan, flat.size if dialect.nan == "propagate" else -1, rank)


def _may_win(largest: Array, flat: Array, member: Array, dialect: Dialect) -> Array:
    """Return which of the largest members may be the winner."""
    chosen = _picked(largest, dialect.ties)
    if flat.dtype.kind in "iub":
        return chosen
    values = flat[:, member]
    nan = ((values != values) & largest).any(axis=2)  # noqa: PLR0124 - NaN
    if nan.any():
        chosen = np.where(nan[:, :, None], _picked(largest, dialect.nan_index), chosen)
    zero = largest & (values == 0)
    if zero.any() and dialect.signed_zero != "first":
        negative = np.signbit(values.astype(np.float64))
        mixed = (zero & negative).any(axis=2) & (zero & ~negative).any(axis=2)
        chosen = np.where(mixed[:, :, None], largest, chosen)
    return chosen


def _picked(largest: Array, rule: str) -> Array:
    """Return of the largest members the first or the last of each window, or any."""
    if rule == "any" or not largest.shape[2]:
        return largest
    if rule == "last":
        return _picked(largest[:, :, ::-1], "first")[:, :, ::-1]
    first = np.arange(largest.shape[2]) == largest.argmax(axis=2)[:, :, None]
    return np.asarray(largest & first)


def _values(flat: Array, winner: Array, largest: Array, member: Array, dialect: Dialect) -> Array:
    """Return the element of each winner, and the identity where there is none."""
    y = np.take_along_axis(flat, np.maximum(winner, 0), axis=1) if winner.size else flat[:, :0]
    y = y.reshape(winner.shape).copy()
    if flat.dtype.kind in "iu":
        y[winner < 0] = np.iinfo(flat.dtype).min
    elif flat.dtype.kind == "b":
        y[winner < 0] = False
    else:
        y[winner < 0] = -np.inf
        if dialect.signed_zero == "positive":
            y[
                ((flat[:, member] == 0) & largest & ~np.signbit(flat[:, member].astype("f8"))).any(
                    2
                )
            ] = 0
        if dialect.float_identity == "lowest":
            y[y == -np.inf] = lowest(flat.dtype)
    return y


def gradient(
    dy: Array, sighting: Sighting, shape: tuple[int, ...], dialect: Dialect = DEFAULT
) -> Array:
    """Return the input gradient by collecting, for each element, what it is owed.

    Sums are taken in float64, and so are exact for the output gradients of the cases.
    """
    planes, windows = sighting.largest.shape[:2]
    owed = dy.reshape(planes, windows).astype(np.float64)
    size = math.prod(shape) // max(planes, 1)
    if dialect.gradient_ties == "winner":
        to = sighting.winner.reshape(planes, windows)
        plane, window = np.nonzero(to >= 0)
        to = to[plane, window]
    else:
        plane, window, tap = np.nonzero(sighting.largest)
        to = sighting.member[window, tap]
    much = owed[plane, window]
    if dialect.gradient_ties == "split":
        much = much / sighting.tied.reshape(planes, windows)[plane, window]
    dx = np.bincount(plane * size + to, much, minlength=planes * size)
    return dx.reshape(shape).astype(dy.dtype)
