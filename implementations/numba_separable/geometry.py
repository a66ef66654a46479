"""The windows of a call as the kernels take them: one array of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from implementations.call import Array
from implementations.regions import Region

TAPS, GAP, STEP, FIRST, SIZE, WINDOWS, OUT_SIZE, OUT_FIRST = range(8)
"""What a row says of an axis: the taps of a window, how far they are apart, how far windows are
apart, where the first tap of the first one is (negative on padding), the size of the input, how
many windows there are, how many there are in the output, and which of those is the first."""
FIELDS = 8
SHALLOW, DEEP = 0, 3 * FIELDS
"""Where the rows of the three axes begin, as they are, and as doubling leaves them."""
TABLES = 6 * FIELDS
"""Where the tables begin: how far each row is from the first, the numbers of their taps, how far
each column is from the first, and the numbers of their taps."""
DOUBLED_FROM = 5
"""Doubling pays where there are this many times more taps than its steps would make of them."""
PAIR = 2
SHORT = {1: 8, PAIR: 8}
"""How many windows a row has at least that is worth vectors of its own, by their step."""
SHORT_SQUARE = 4
"""The same for windows of pairs of columns that do not overlap."""
SHORT_WON = 16
"""The same for all other windows where somebody asks who won, as moves are longer then."""
JOINED = 2**15
"""About how many elements the planes have that are taken for one."""
SMALL = 2**14
"""How many elements a plane has at most of which eight stay in the cache."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The windows of one region of a call, read from whole planes or from what was cut out."""

    region: Region
    numbers: Array
    """int64; what stands where is said above."""
    taps: int
    """How many taps a window has."""
    is_deep: bool
    """Whether doubling comes first."""
    is_small: bool
    """Whether planes are so small that some are better pooled together."""
    is_small_won: bool
    """The same where somebody asks who won."""
    is_all: bool
    """Whether there is one window, and it is the whole plane."""
    size: int
    """How many elements a plane has."""
    windows: int
    """How many windows the output has for each plane."""
    together: int
    """How many planes can be taken for one, as rows of windows run on from each to the next."""
    joined: Array
    """The numbers for so many planes."""

    @classmethod
    def of(cls, region: Region, *, is_whole: bool) -> Geometry:
        """Return the windows of a region; is_whole tells that it is read from whole planes."""
        lacking = [(1, 1, 1, 0, 1, 1, 1, 0)] * (3 - len(region.tracks))
        shallow = np.array(lacking + _axes(region, is_whole=is_whole), np.int64)
        doubled = [doubled_taps(*axis[[TAPS, GAP, STEP, WINDOWS]].tolist()) for axis in shallow]
        deep = _deepened(shallow, doubled) if any(doubled) else shallow
        tables = _tables(shallow, deep)
        numbers = np.concatenate([shallow.ravel(), deep.ravel(), *tables])
        taps = math.prod(shallow[:, TAPS].tolist())
        deepens, (columns, step) = any(doubled), shallow[2, [TAPS, STEP]].tolist()
        short, short_won = SHORT.get(step, SMALL), SHORT_WON
        if columns == step == PAIR:
            short = short_won = SHORT_SQUARE
        is_small, is_small_won = (
            _is_small(shallow, most) and not deepens for most in (short, short_won)
        )
        size, windows = (
            math.prod(shallow[:, SIZE].tolist()),
            math.prod(shallow[:, OUT_SIZE].tolist()),
        )
        together = max(1, JOINED // size) if _runs_on(shallow) and not deepens else 1
        return cls(
            *(region, numbers, taps, deepens, is_small, is_small_won, _is_all(shallow)),
            *(size, windows, together, _joined(numbers, together)),
        )


def doubled_taps(taps: int, gap: int, step: int, windows: int) -> int:
    """Return how many taps doubling puts in one; 0 where windows are too small for it to pay."""
    steps = taps.bit_length() - 1
    length = (windows - 1) * step + (taps - 1) * gap + 1
    return 1 << steps if taps * windows > DOUBLED_FROM * length * max(steps, 1) else 0


def _is_small(axes: Array, short: int) -> bool:
    """Return whether rows have few windows, and all windows of a small plane are there."""
    is_all = (axes[:, WINDOWS] == axes[:, OUT_SIZE]).all()
    return bool(is_all and axes[2, WINDOWS] < short and math.prod(axes[:, SIZE].tolist()) <= SMALL)


def _runs_on(axes: Array) -> bool:
    """Return whether the rows of windows of a plane are followed by those of the next plane.

    They are as far apart there as within the plane, and nothing is padding.
    """
    deep, rows = axes[0], axes[1]
    is_thin = deep[TAPS] == deep[STEP] == 1 and deep[FIRST] == 0
    is_thin = is_thin and deep[SIZE] == deep[WINDOWS] == deep[OUT_SIZE]
    fits = (rows[TAPS] - 1) * rows[GAP] < rows[STEP] and rows[FIRST] == 0
    is_whole = rows[WINDOWS] == rows[OUT_SIZE] and rows[WINDOWS] * rows[STEP] == rows[SIZE]
    return bool(is_thin and fits and is_whole)


def _joined(numbers: Array, planes: int) -> Array:
    """Return numbers for so many planes that are taken for one, whose rows run on."""
    found = numbers.copy()
    for axes in (SHALLOW, DEEP):
        depth, rows = found[axes : axes + FIELDS], found[axes + FIELDS : axes + 2 * FIELDS]
        rows[[SIZE, WINDOWS, OUT_SIZE]] *= planes * depth[SIZE]
        depth[[SIZE, WINDOWS, OUT_SIZE]] = 1
    return found


def _is_all(axes: Array) -> bool:
    """Return whether one window has every element of a plane, and nothing else."""
    is_alone = (axes[:, OUT_SIZE] == 1) & (axes[:, FIRST] == 0) & (axes[:, TAPS] == axes[:, SIZE])
    return bool((is_alone & ((axes[:, GAP] == 1) | (axes[:, TAPS] == 1))).all())


def _axes(region: Region, *, is_whole: bool) -> list[tuple[int, ...]]:
    """Return a row for each axis of a region."""
    found: list[tuple[int, ...]] = []
    parts = (region.tracks, region.windows, region.real, region.shape)
    for track, windows, real, length in zip(*parts, strict=True):
        first, size = 0, length
        if not track.is_sparse:
            first = windows.start * track.step - track.axis.begin
            first, size = (
                (first, track.axis.size)
                if is_whole
                else (first - real.start, len(range(length + first)[real]))
            )
        count = windows.stop - windows.start
        placed = (count, track.axis.windows, windows.start)
        found.append((track.taps, track.gap, track.step, first, size, *placed))
    return found


def _deepened(shallow: Array, doubled: list[int]) -> Array:
    """Return what doubling makes of the axes: padding is written out, and two taps are left."""
    deep = shallow.copy()
    extents = (shallow[:, TAPS] - 1) * shallow[:, GAP] + 1
    deep[:, FIRST] = 0
    deep[:, SIZE] = (shallow[:, WINDOWS] - 1) * shallow[:, STEP] + extents
    for axis, covered in zip(deep, doubled, strict=True):
        left = axis[TAPS] - covered
        if covered:
            axis[TAPS], axis[GAP] = (PAIR, left * axis[GAP]) if left else (1, 1)
    return deep


def _tables(shallow: Array, deep: Array) -> list[Array]:
    """Return where the rows and the columns of a window begin, each with the numbers of taps."""
    inside = (shallow[1, TAPS] * shallow[2, TAPS], shallow[2, TAPS], 1)
    further = [np.arange(taps) for taps in deep[:, TAPS]]
    apart = (deep[1, SIZE] * deep[2, SIZE], deep[2, SIZE], 1)
    begins = [tap * gap * one for tap, gap, one in zip(further, deep[:, GAP], apart, strict=True)]
    was_doubled = deep[:, TAPS] != shallow[:, TAPS]
    jumps = np.where(was_doubled, deep[:, GAP] // shallow[:, GAP], 1)
    numbers = [tap * jump * n for tap, jump, n in zip(further, jumps, inside, strict=True)]
    return [
        np.add.outer(begins[0], begins[1]).ravel(),
        np.add.outer(numbers[0], numbers[1]).ravel(),
        begins[2],
        numbers[2],
    ]
