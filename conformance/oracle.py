"""The right answer to a case, computed once per process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from conformance import witness
from conformance.cases.case import Array, Case
from conformance.kept import Kept
from conformance.quiet import quiet
from reference.backward import backward
from reference.dialect import DEFAULT, Dialect
from reference.forward import forward
from reference.geometry import extent, output_sizes
from reference.indices import indices
from reference.pool import Pool
from reference.refusal import check_call

LOOP_TAPS = 16
"""Above so many taps the witness answers, which is quicker there; the tests hold the two
equal on every case."""
WITNESS_TAPS = 2_000_000
"""About how many taps the witness looks at together, which bounds its memory."""
KEPT_ELEMENTS = 200_000
"""Answers of more windows are not kept."""
MOST_KEPT = 5_000_000
"""So many numbers are kept in answers."""
_SPLIT = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What a case is answered with. All of the shape of the output but `dx`."""

    y: Array
    plane_index: Array
    """Row-major offset in the plane of the winner, or of the first that may win."""
    contenders: Array
    """How many elements may win: 1 unless SPEC.md leaves it open, 0 for an empty window."""
    dy: Array
    """The case's output gradient, 0 where the winner is open."""
    dx: Array | None
    """The input gradient; None for integers."""

    @property
    def size(self) -> int:
        """Return how many numbers there are in all of it."""
        per_window = (self.y, self.plane_index, self.contenders, self.dy)
        return sum(map(np.size, per_window)) + (0 if self.dx is None else self.dx.size)


_answers: Kept[tuple[str, int, Dialect], Answer] = Kept(MOST_KEPT)


def answer(case: Case, seed: int, dialect: Dialect, x: Array | None = None) -> Answer:
    """Return the right answer to a legal case, whose input is `x` where that was made before."""
    key = (case.id, seed, dialect)
    known = _answers.get(key)
    if known is not None:
        return known
    found = compute(case, seed, dialect, loops=taps(case, dialect) <= LOOP_TAPS, x=x)
    if found.y.size <= KEPT_ELEMENTS and ":" not in case.id:
        _answers.keep(key, found, found.size)
    return found


@cache
def legal(shape: tuple[int, ...], pool: Pool, dialect: Dialect) -> bool:
    """Return whether a dialect allows a call: on every axis for itself, and as a whole."""
    lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    rank = pool.rank
    if {len(entries) for entries in lists} != {rank} or len(shape) not in {rank + 1, rank + 2}:
        return False
    sizes = shape[len(shape) - rank :]
    return shape[-rank - 1] > 0 and all(
        _legal_axis(*axis, pool.ceil_mode, pool.auto_pad, dialect)
        for axis in zip(sizes, *lists, strict=True)
    )


def settled(shape: tuple[int, ...], pool: Pool, dialect: Dialect) -> bool:
    """Return whether SPEC.md says how many windows there are; it leaves that open to some.

    That is so with a SAME word under another `ceil`, and where an input is too short for a window.
    """
    if not pool.ceil_mode:
        return True
    if pool.auto_pad != "explicit":
        return dialect.ceil == DEFAULT.ceil
    axes = zip(shape[-pool.rank :], pool.kernel_size, pool.padding, pool.dilation, strict=True)
    return all(n + sum(pads) >= extent(k, d) for n, k, pads, d in axes)


@cache
def _legal_axis(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int,
    k: int,
    s: int,
    pads: tuple[int, int],
    d: int,
    ceil_mode: bool,  # noqa: FBT001 - a parameter of pooling
    auto_pad: str,
    dialect: Dialect,
) -> bool:
    if not ceil_mode and pads == (0, 0):
        n = min(n, extent(k, d))  # what one window takes: further ones lie inside as well
    try:
        check_call((1, 1, n), Pool((k,), (s,), (pads,), (d,), ceil_mode, auto_pad), dialect)
    except ValueError:
        return False
    return True


def windows(case: Case, dialect: Dialect) -> int:
    """Return how many windows a case has."""
    return math.prod(output_shape(case.shape, case.pool, dialect))


def taps(case: Case, dialect: Dialect) -> int:
    """Return how many taps all windows of a case have."""
    return windows(case, dialect) * math.prod(case.pool.kernel_size)


@lru_cache(maxsize=65536)
def output_shape(shape: tuple[int, ...], pool: Pool, dialect: Dialect = DEFAULT) -> tuple[int, ...]:
    """Return the shape of the output of a legal call."""
    sizes = output_sizes(shape[-pool.rank :], pool, dialect)
    return (*shape[: -pool.rank], *(max(size, 0) for size in sizes))


def compute(
    case: Case, seed: int, dialect: Dialect, *, loops: bool, x: Array | None = None
) -> Answer:
    """Return the answer of the reference's loops, or that of the witness."""
    with quiet():
        x = case.x(seed) if x is None else x
        return _by_loops(case, x, seed, dialect) if loops else _by_witness(case, x, seed, dialect)


def _by_loops(case: Case, x: Array, seed: int, dialect: Dialect) -> Answer:
    found = forward(x, case.pool, dialect)
    y, shape = found.y, found.y.shape
    contenders = np.array([len(winners) for winners in found.winners], int).reshape(shape)
    tied = np.array([len(largest) for largest in found.largest], int).reshape(shape)
    dy = _gradient(case, seed, x, y, contenders, tied, dialect)
    plane = Dialect(index="plane")
    dx = None if x.dtype.kind in "iub" else backward(dy, found, case.pool, dialect)
    return Answer(found.y, indices(found, case.pool, plane), contenders, dy, dx)


def _by_witness(case: Case, x: Array, seed: int, dialect: Dialect) -> Answer:
    rank = case.pool.rank
    planes = x.reshape(1, -1, *x.shape[-rank:])
    at_once = max(1, WITNESS_TAPS * planes.shape[1] // max(1, taps(case, dialect)))
    parts = [planes[:, start : start + at_once] for start in range(0, planes.shape[1], at_once)]
    seen = [witness.watch(part, case.pool, dialect) for part in parts]
    shape = output_shape(x.shape, case.pool, dialect)
    y, winner, contenders, tied = (
        np.concatenate([getattr(one, name).ravel() for one in seen]).reshape(shape)
        for name in ("y", "winner", "contenders", "tied")
    )
    dy = _gradient(case, seed, x, y, contenders, tied, dialect)
    dx = None
    if x.dtype.kind not in "iub":
        rows = dy.reshape(planes.shape[1], -1)
        dx = np.concatenate(
            [
                witness.gradient(
                    rows[number * at_once : (number + 1) * at_once], one, part.shape, dialect
                )
                for number, (one, part) in enumerate(zip(seen, parts, strict=True))
            ],
            axis=1,
        ).reshape(x.shape)
    return Answer(y.astype(x.dtype), winner, contenders, dy, dx)


def _gradient(  # noqa: PLR0913, PLR0917 - what an output gradient depends on
    case: Case, seed: int, x: Array, y: Array, contenders: Array, tied: Array, dialect: Dialect
) -> Array:
    """Return the case's dy, 0 where the gradient's way is open or its share is not exact."""
    dy = case.dy(y.shape, seed)
    open_to_choice = contenders > 1
    if dialect.gradient_ties != "winner":
        # Several NaN do not equal each other, and +0 may be above -0: whether they tie is open.
        negative_zeros = (x == 0) & np.signbit(x.astype(np.float64))
        alike = (y == 0) if negative_zeros.any() else False
        open_to_choice = ((y != y) | alike) & (tied > 1)  # noqa: PLR0124 - NaN
    if dialect.gradient_ties == "split":
        dy = (dy * _SPLIT).astype(dy.dtype)
        open_to_choice |= _SPLIT % np.maximum(tied, 1) != 0
    return np.where(open_to_choice, 0, dy).astype(dy.dtype)


def turned(offset: Array, sizes: tuple[int, ...]) -> Array:
    """Return row-major offsets in a plane of these sizes as column-major ones.

    By division: np.unravel_index of NumPy 2.4 is wrong above 8192 elements in several axes.
    """
    rest, found, step = offset, np.zeros_like(offset), math.prod(sizes)
    for size in reversed(sizes):
        step //= size
        found = found + rest % size * step
        rest = rest // size
    return found


def named(plane_index: Array, shape: tuple[int, ...], rank: int, dialect: Dialect) -> Array:
    """Return offsets in the plane as the declared index convention writes them."""
    within = plane_index
    planes, sizes = shape[:-rank], shape[-rank:]
    channels = planes[-1]
    before = np.arange(math.prod(planes)).reshape(planes + (1,) * rank) * math.prod(sizes)
    if dialect.index == "flat":
        within = before + plane_index
    elif dialect.index == "flat-column":
        within = before + turned(plane_index, sizes)
    elif dialect.index == "flat-channels-last":
        channel = np.arange(channels).reshape((channels,) + (1,) * rank)
        within = plane_index * channels + channel
    return np.where(plane_index < 0, -1, within).astype(dialect.index_type)
