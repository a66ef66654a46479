"""The many settings in which the same window is shown to an implementation.

A rule that holds for one window in one plane may be another one for sixteen channels, for a
row past the width of a vector, for another type or for windows that overlap.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from conformance.cases.case import Array, dtype_of
from reference.pool import Pool

WIDTHS = (1, 2, 3, 4, 7, 8, 15, 16, 17, 33)
"""Counts around the widths of vectors."""
WINDOWS = (
    *((1, 2), (2, 1), (1, 3), (2, 3), (3, 3), (1, 7), (4, 4)),
    *((5, 5), (1, 16), (17, 1), (7, 5), (9, 9)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """How windows follow each other along an axis, for a kernel of k and a number of columns."""

    stride: Callable[[int], int]
    padding: Callable[[int], tuple[int, int]]
    size: Callable[[int, int], int]
    dilation: int = 1
    ceil_mode: bool = False


STEPS = {
    "tiles": Step(lambda k: k, lambda _: (0, 0), lambda k, c: k * c),
    "overlap": Step(lambda _: 1, lambda _: (0, 0), lambda k, c: k + c),
    "padded": Step(lambda k: k, lambda k: (k // 2, k // 2), lambda k, c: k * c),
    "padded overlap": Step(lambda _: 1, lambda k: (k // 2, k // 2), lambda k, c: k + c - 1),
    "padded before": Step(lambda k: k, lambda k: (k - 1, 0), lambda k, c: k * c + 1),
    "gaps": Step(lambda k: k + 1, lambda _: (0, 0), lambda k, c: (k + 1) * c + k),
    "remainder": Step(lambda k: k, lambda _: (0, 0), lambda k, c: k * c + k - 1),
    "ceil": Step(lambda k: k, lambda _: (0, 0), lambda k, c: k * c + 1, ceil_mode=True),
    "dilated": Step(lambda _: 1, lambda _: (0, 0), lambda k, c: 2 * (k - 1) + 1 + c, dilation=2),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A setting: windows of one content, side by side in planes, channels and batch items."""

    kernel: tuple[int, ...] = (2, 2)
    geometry: str = "tiles"
    columns: int = 1
    """How many windows stand along the last axis, or about so many."""
    channels: int = 1
    batch: int = 1
    """0 for an input without a batch axis."""
    dtype: str = "float32"
    lonely: str = ""
    """`plane`: only the last plane holds the content; `window`: only its last window does."""

    @property
    def pool(self) -> Pool:
        """Return the parameters of the call."""
        step = STEPS[self.geometry]
        return Pool(
            self.kernel,
            tuple(step.stride(k) for k in self.kernel),
            tuple(step.padding(k) for k in self.kernel),
            tuple(step.dilation if k > 1 else 1 for k in self.kernel),
            step.ceil_mode,
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the spatial sizes of the input."""
        size = STEPS[self.geometry].size
        wide = (*(1,) * (len(self.kernel) - 1), self.columns)
        return tuple(size(k, columns) for k, columns in zip(self.kernel, wide, strict=True))

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the input."""
        return (*((self.batch,) if self.batch else ()), self.channels, *self.sizes)

    def x(self, content: Array) -> Array:
        """Return an input that is tiled with the content of one window, in its row-major order."""
        tile = content.reshape(self.kernel)
        x = np.broadcast_to(self._tiled(tile), self.shape).astype(dtype_of(self.dtype))
        if not self.lonely:
            return x
        plain = self._tiled(self._plain().reshape(self.kernel))
        if self.lonely == "plane":
            planes = x.reshape(-1, *self.sizes)
            planes[:-1] = plain
        else:
            kept = x[..., -self.kernel[-1] :].copy()
            x[...] = plain
            x[..., -self.kernel[-1] :] = kept
        return x

    def _tiled(self, tile: Array) -> Array:
        times = [-(-size // k) for size, k in zip(self.sizes, self.kernel, strict=True)]
        return np.tile(tile, times)[tuple(slice(size) for size in self.sizes)]

    def _plain(self) -> Array:
        """Return a window in which nothing is special and no two elements are equal."""
        return -2.0 - np.arange(math.prod(self.kernel))

    @property
    def sides(self) -> dict[str, str]:
        """Return what the layout varies, in words."""
        return {
            "the type": self.dtype,
            "the number of spatial axes": str(len(self.kernel)),
            "the window": " x ".join(map(str, self.kernel)),
            "stride and padding": self.geometry,
            "the number of windows in a row": str(self.columns),
            "the number of channels": str(self.channels),
            "the batch": str(self.batch) if self.batch else "none",
            "the windows around it": self.lonely or "alike",
        }


@cache
def layouts() -> tuple[Layout, ...]:
    """Return the settings, each once, the plain ones first."""
    return tuple(dict.fromkeys(_layouts()))


def _layouts() -> Iterator[Layout]:
    for count in WIDTHS:
        yield Layout(channels=count)
        yield Layout(columns=count)
        yield Layout(kernel=(1, 3), columns=count)
        yield Layout(geometry="overlap", columns=count)
    for window, channels in itertools.product(WINDOWS, (1, 16)):
        yield Layout(window, channels=channels)
    for dtype, channels in itertools.product(("float64", "float16", "bfloat16"), (1, 8, 17)):
        yield Layout(channels=channels, dtype=dtype)
        yield Layout((3, 3), "overlap", channels=channels, dtype=dtype)
        yield Layout((1, 9), columns=channels, dtype=dtype)
    for geometry, channels in itertools.product(STEPS, (1, 3, 16)):
        yield Layout((2, 2), geometry, channels=channels)
        yield Layout((3, 3), geometry, columns=2, channels=channels)
    yield from _other_ranks()
    for batch, channels in itertools.product((0, 2, 3), (1, 3)):
        yield Layout(batch=batch, channels=channels)
    for lonely, channels in itertools.product(("plane", "window"), (2, 3, 16, 17)):
        yield Layout(channels=channels, lonely=lonely, columns=2)
    for columns in (8, 17, 33):
        yield Layout(columns=columns, lonely="window")
        yield Layout(columns=columns, channels=columns)
        yield Layout((3, 3), "padded overlap", columns=columns, channels=2)
    yield Layout(batch=2, channels=1, lonely="plane")


def _other_ranks() -> Iterator[Layout]:
    for kernel, count in itertools.product(((4,), (9,), (1, 2, 2), (2, 2, 2)), (1, 4, 16, 17)):
        yield Layout(kernel, channels=count)
        yield Layout(kernel, columns=count)
    for kernel, geometry in itertools.product(((4,), (2, 2, 2)), STEPS):
        yield Layout(kernel, geometry, channels=2)
    for kernel, dtype in itertools.product(((4,), (2, 2, 2)), ("float64", "float16", "bfloat16")):
        yield Layout(kernel, channels=2, dtype=dtype)
