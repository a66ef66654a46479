"""Cuts a call into regions small enough to stay in a cache, each read with its padding.

A region is what some neighbouring windows of some planes read. Its size does not depend on that
of the input; only where a single window is larger than a region is meant to be does it grow, to
about twice that window on each axis, so that no element is read often.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from implementations.call import Array, Axis, Call

SPARSE = 4
"""An axis is gathered if it spans more than this many times the elements that are read of it."""


@dataclass(frozen=True)
class Track:
    """How one axis lies in a region: whole, with padding written out, or only what is read.

    An axis is sparse where strides or padding leave most of it unread. What the windows read
    then stands in the region side by side; a window that has less repeats its last element.
    """

    axis: Axis

    @cached_property
    def taps(self) -> int:
        """Return how many taps a window has in a region; a sparse axis leaves out padding."""
        return self._most_real if self.is_sparse else self.axis.kernel_size

    @property
    def gap(self) -> int:
        """Return how far apart they are there."""
        return 1 if self.is_sparse else self.axis.gap

    @property
    def step(self) -> int:
        """Return how far apart windows start there."""
        return self.taps if self.is_sparse else self.axis.step

    @property
    def extent(self) -> int:
        """Return how many positions of a region a window spans."""
        return (self.taps - 1) * self.gap + 1

    @property
    def overlaps(self) -> bool:
        """Return whether an element may stand in two windows."""
        extent = (self.axis.kernel_size - 1) * self.axis.gap + 1
        return self.axis.windows > 1 and self.axis.step < extent

    def starts(self, windows: slice) -> Array:
        """Return the position in the input of the first tap of windows, negative on padding."""
        starts = self._starts(windows)
        return starts + self._left_out(windows) * self.axis.gap if self.is_sparse else starts

    def first_real(self, windows: slice) -> Array:
        """Return the number in a region of the first tap of windows that is not on padding."""
        left_out = self._left_out(windows)
        return 0 * left_out if self.is_sparse else left_out

    def length(self, windows: int) -> int:
        """Return how many positions of a region so many neighbouring windows have."""
        if self.is_sparse:
            return windows * self.taps
        spanned = self._spanned(windows)
        is_all = windows == self.axis.windows and not self.axis.begin
        return self.axis.size if is_all and spanned <= self.axis.size < 2 * spanned else spanned

    def real(self, windows: slice) -> tuple[slice, slice]:
        """Return which positions of a region are real, and which of the input those are.

        On a sparse axis all are, and what they are `read` tells.
        """
        if self.is_sparse:
            return slice(None), slice(None)
        start = windows.start * self.axis.step - self.axis.begin
        stop = start + self.length(windows.stop - windows.start)
        real = slice(max(start, 0), min(stop, self.axis.size))
        return slice(real.start - start, real.stop - start), real

    def read(self, windows: slice) -> Array:
        """Return the positions of a sparse axis that windows read, one after the other."""
        starts = self.starts(windows)
        left = self.axis.kernel_size - 1 - self._left_out(windows)
        inside = (self.axis.size - 1 - starts) // self.axis.gap
        last = np.minimum(left, inside)[:, np.newaxis]
        read: Array = np.minimum(np.arange(self.taps), last) * self.axis.gap
        return (read + starts[:, np.newaxis]).reshape(-1)

    @cached_property
    def is_sparse(self) -> bool:
        """Return whether only what is read is in a region."""
        read = self.axis.windows * self._most_real
        return self._spanned(self.axis.windows) > SPARSE * read

    @property
    def _most_real(self) -> int:
        """How many taps of one window can be real at most."""
        return min(self.axis.kernel_size, -(-self.axis.size // self.axis.gap))

    def _spanned(self, windows: int) -> int:
        return (windows - 1) * self.axis.step + (self.axis.kernel_size - 1) * self.axis.gap + 1

    def _starts(self, windows: slice) -> Array:
        starts: Array = np.arange(windows.start, windows.stop) * self.axis.step - self.axis.begin
        return starts

    def _left_out(self, windows: slice) -> Array:
        """How many taps of windows are on the padding at the begin."""
        taps: Array = -(np.minimum(self._starts(windows), 0) // self.axis.gap)
        return taps


@dataclass(frozen=True, slots=True)
class Shift:
    """A step of pooling a region: each window meets one that starts further along an axis."""

    distance: int
    """How far apart the two stand in memory, in elements."""
    number: int
    """How much larger the row-major number of a tap is in the later one."""


@dataclass(frozen=True, slots=True)
class Region:
    """What some neighbouring windows of a plane read; everything but which planes."""

    windows: tuple[slice, ...]
    shape: tuple[int, ...]
    """How many positions it has on each axis."""
    real: tuple[slice, ...]
    """What of the plane is read, on axes that are not sparse."""
    inside: tuple[slice, ...]
    """Where in the region that is put; the rest is padding."""
    picked: tuple[slice, ...]
    """Where in the region its windows start."""
    shifts: tuple[Shift, ...]
    """The steps that pool it, innermost axis first."""
    is_padded: bool
    """Whether part of it is padding."""
    tracks: tuple[Track, ...]
    source: tuple[slice | Array, ...]
    """What of the plane is read, on all axes."""
    lines: Array
    """The offset in the plane of the first tap of each row of windows, were it in column 0."""
    columns: Array
    """In which column the first tap of each window of a row is."""

    @property
    def first_real(self) -> Array:
        """Return the row-major number of the first tap of each window that is not on padding."""
        first_real = list(map(Track.first_real, self.tracks, self.windows))
        return _row_major(first_real, [track.taps for track in self.tracks])


@dataclass(frozen=True, slots=True)
class Plan:
    """The regions of a call."""

    planes: int
    """How many planes are read together."""
    taps: int
    """How many taps a window has, without those that a region leaves out."""
    tap_offsets: Array
    """How far each tap stands behind the first, in elements of the plane; int64."""
    regions: tuple[Region, ...]

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, call: Call, elements: int) -> Plan:
        """Return how a call is cut into regions of about so many elements."""
        tracks = tuple(Track(axis) for axis in call.axes)
        counts = _counts(tracks, elements)
        parts = itertools.product(*map(_parts, tracks, counts))
        regions = tuple(_region(tracks, windows) for windows in parts)
        planes = min(elements // math.prod(regions[0].shape), math.prod(call.lead))
        ways = [np.arange(track.taps) * track.axis.gap for track in tracks]
        tap_offsets = _row_major(ways, call.plane).reshape(-1)
        return cls(max(planes, 1), len(tap_offsets), tap_offsets, regions)

    @property
    def elements(self) -> int:
        """Return how many elements the largest region has in all its planes."""
        return self.planes * math.prod(self.regions[0].shape)

    @property
    def is_whole(self) -> bool:
        """Return whether each plane is one window, without padding and with nothing left out."""
        axes = [track.axis for track in self.regions[0].tracks]
        ends = [(axis.windows, axis.begin, axis.gap, axis.kernel_size - axis.size) for axis in axes]
        return all(end == (1, 0, 1, 0) for end in ends)

    def starts(self, region: Region, planes: int, between_planes: int) -> Array:
        """Return the offset of the first tap of each window of a region, in so many planes.

        int64, shape (planes, *windows); offsets count from the first of these planes, each of
        which begins so many elements after the one before.
        """
        first_elements = np.arange(planes) * between_planes
        starts: Array = np.add.outer(np.add.outer(first_elements, region.lines), region.columns)
        return starts

    def offsets(self, taps: Array, starts: Array) -> Array:
        """Return the offset in the input of one tap of each window of a region, int64.

        taps has shape (planes, *windows), its planes may be fewer than those of starts.
        """
        offsets: Array = np.take(self.tap_offsets, taps, mode="clip")  # the quickest mode
        offsets += starts[: len(taps)]
        return offsets


def _counts(tracks: tuple[Track, ...], elements: int) -> list[int]:
    """Return how many windows a region has on each axis."""
    least = [min(track.length(track.axis.windows), 2 * track.extent) for track in tracks]
    counts: list[int] = []
    inside = 1
    for number, track in reversed(list(enumerate(tracks))):
        room = elements // (inside * math.prod(least[:number]))
        counts.insert(0, _windows_within(track, max(room, least[number])))
        inside *= track.length(counts[0])
    return counts


def _windows_within(track: Track, length: int) -> int:
    """Return how many neighbouring windows span at most so many positions, but at least one."""
    if track.length(track.axis.windows) <= length:
        return track.axis.windows
    return min(track.axis.windows, max(1, (length - track.extent) // track.step + 1))


def _parts(track: Track, count: int) -> list[slice]:
    windows = track.axis.windows
    return [slice(first, min(first + count, windows)) for first in range(0, windows, count)]


def _region(tracks: tuple[Track, ...], windows: tuple[slice, ...]) -> Region:
    counts = [some.stop - some.start for some in windows]
    shape = tuple(map(Track.length, tracks, counts))
    inside, real = zip(*map(Track.real, tracks, windows), strict=True)
    last, axes = zip(tracks, counts, strict=True), zip(tracks, windows, real, strict=True)
    starts, sizes = list(map(Track.starts, tracks, windows)), [track.axis.size for track in tracks]
    return Region(
        windows=windows,
        shape=shape,
        real=real,
        inside=inside,
        picked=tuple(slice(0, (count - 1) * track.step + 1, track.step) for track, count in last),
        shifts=tuple(_shifts(tracks, shape)),
        is_padded=any(len(range(n)[some]) < n for n, some in zip(shape, inside, strict=True)),
        tracks=tracks,
        source=tuple(track.read(some) if track.is_sparse else there for track, some, there in axes),
        lines=_row_major(starts[:-1], sizes[:-1]) * sizes[-1],
        columns=starts[-1],
    )


def _shifts(tracks: tuple[Track, ...], shape: tuple[int, ...]) -> Iterator[Shift]:
    distance, number = 1, 1
    for track, length in zip(reversed(tracks), reversed(shape), strict=True):
        covered = 1
        while covered < track.taps:
            further = min(covered, track.taps - covered)
            yield Shift(further * track.gap * distance, further * number)
            covered += further
        distance *= length
        number *= track.taps


def _row_major(places: Sequence[Array], sizes: Sequence[int]) -> Array:
    """Return the row-major number in an array of these sizes of all places, given per axis."""
    numbers: Array = np.zeros((), np.int64)
    for some, size in zip(places, sizes, strict=True):
        numbers = np.add.outer(numbers * size, some)
    return numbers
