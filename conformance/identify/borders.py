"""Calls at the border of what is allowed: whether they are refused, and the answer if not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from conformance.cases.case import dtype_of
from conformance.identify.probe import Probe
from reference.geometry import extent
from reference.pool import Pool

CHANNELS = (1, 3, 16, 17)
TYPES = ("float64", "float16", "bfloat16", "int8", "uint8", "int32")


@dataclass(frozen=True, slots=True)
class Axis:
    """The parameters of the one axis that a probe is about."""

    n: int
    k: int
    s: int
    begin: int = 0
    end: int = 0
    d: int = 1
    ceil: bool = False

    def __str__(self) -> str:
        """Return the size and the parameters, of those beyond kernel_size what is not plain."""
        words = [f"size {self.n}", f"kernel_size {self.k}"]
        words += [f"stride {self.s}"] if self.s != self.k else []
        words += [f"padding {self.begin, self.end}"] if self.begin or self.end else []
        words += [f"dilation {self.d}"] if self.d != 1 else []
        return ", ".join([*words, *(["ceil_mode"] if self.ceil else [])])


PLAIN = Axis(1, 1, 1)
DIVIDED = Axis(4, 2, 2)


def _zero_sizes() -> Iterator[Axis]:
    """Yield windows that do not fit; where stride > 1, truncating division invents one."""
    for n, k, s in ((1, 2, 2), (2, 3, 3), (2, 3, 2), (1, 2, 1), (2, 3, 1), (2, 9, 9), (3, 9, 4)):
        yield Axis(n, k, s)
    yield Axis(1, 5, 2, 1, 1)
    yield Axis(1, 3, 1, 0, 1)
    yield Axis(4, 3, 2, d=2)
    yield Axis(3, 2, 1, d=9)


def _empty_windows() -> Iterator[Axis]:
    """Yield calls in which a window holds no element, if nothing else forbids them."""
    yield Axis(1, 2, 1, 1, 1, 2)
    yield Axis(3, 2, 1, 1, 1, 4)
    yield Axis(2, 2, 1, 1, 1, 3)
    yield Axis(2, 2, 2, 2, 0)
    yield Axis(2, 2, 2, 0, 2)
    yield Axis(2, 1, 1, 0, 1)
    yield Axis(2, 2, 2, 2, 2)
    yield Axis(2, 1, 1, 1, 1)
    yield Axis(3, 1, 4, ceil=True)


def _ceils() -> Iterator[Axis]:
    """Yield calls in ceil_mode: windows that start past the input, and others that do not."""
    yield Axis(3, 1, 4, ceil=True)
    yield Axis(3, 2, 2, 1, 1, ceil=True)
    yield Axis(4, 1, 3, ceil=True)
    yield Axis(5, 2, 4, ceil=True)
    yield Axis(7, 2, 5, 1, 1, ceil=True)
    yield Axis(3, 2, 2, 0, 1, ceil=True)
    yield Axis(4, 3, 3, 1, 1, ceil=True)
    yield Axis(8, 3, 5, 1, 1, ceil=True)
    yield Axis(6, 3, 2, 1, 1, ceil=True)
    yield Axis(5, 2, 2, ceil=True)
    yield Axis(5, 3, 3, ceil=True)
    yield Axis(3, 3, 3, 1, 1, ceil=True)


def _paddings() -> Iterator[Axis]:
    """Yield paddings on both sides of each limit, of windows that all hold an element."""
    for k, d in itertools.product((2, 3, 4, 5), (1, 2, 3, 4)):
        limits = {k // 2, extent(k, d) // 2, k - 1}
        for p in sorted({limit + more for limit in limits for more in (0, 1)}):
            if p > 0:
                n = max(2, d + 1, extent(k, d) - 2 * p)  # no window falls between two elements
                yield Axis(n, k, k, p, p, d)
    for k, begin, end in ((3, 2, 0), (3, 0, 2), (2, 1, 0), (4, 3, 2), (3, 3, 0), (5, 2, 4)):
        yield Axis(k + 3, k, 1, begin, end)
    for k, begin, end, d in ((2, 2, 0, 3), (2, 2, 1, 4), (2, 3, 2, 4), (2, 3, 3, 4), (3, 3, 2, 2)):
        yield Axis(3, k, 4, begin, end, d)
        yield Axis(5, k, 1, begin, end, d)


AXES: dict[str, tuple[Callable[[], Iterator[Axis]], str]] = {
    "zero-size": (_zero_sizes, "values"),
    "empty-window": (_empty_windows, "values and indices"),
    "ceil": (_ceils, "values"),
    "pad-limit": (_paddings, "values"),
}


@cache
def border_probes(switch: str) -> tuple[Probe, ...]:
    """Return the probes of a switch that is seen in what is refused."""
    axes, reads = AXES[switch]
    return tuple(_probes(switch, list(axes()), reads))


def _probes(switch: str, axes: list[Axis], reads: str) -> Iterator[Probe]:
    for number, axis in enumerate(axes):
        beside = DIVIDED if axis.k > 1 and axis.s > 1 else PLAIN
        yield _probe(switch, (beside, axis), reads)
        yield _probe(switch, (axis, beside), reads)
        if number < 3 or switch == "ceil":  # noqa: PLR2004 - the plainest of them
            for channels in CHANNELS[1:]:
                yield _probe(switch, (beside, axis), reads, channels=channels)
            for dtype in TYPES:
                yield _probe(switch, (beside, axis), reads, dtype=dtype)
            yield _probe(switch, (beside, axis), reads, batch=3)
            yield _probe(switch, (axis, axis), reads)
        yield _probe(switch, (axis,), reads)
        yield _probe(switch, (axis,), reads, channels=16)
        yield _probe(switch, (PLAIN, axis, beside), reads)


def _probe(  # noqa: PLR0913 - what may vary
    switch: str,
    axes: tuple[Axis, ...],
    reads: str,
    *,
    channels: int = 1,
    batch: int = 1,
    dtype: str = "float32",
) -> Probe:
    pool = Pool(
        tuple(axis.k for axis in axes),
        tuple(axis.s for axis in axes),
        tuple((axis.begin, axis.end) for axis in axes),
        tuple(axis.d for axis in axes),
        any(axis.ceil for axis in axes),
    )
    shape = (batch, channels, *(axis.n for axis in axes))
    rising = np.arange(1, math.prod(shape[2:]) + 1)
    x = np.broadcast_to(rising.reshape(shape[2:]), shape).astype(dtype_of(dtype))
    special = next(axis for axis in axes if axis not in {PLAIN, DIVIDED})
    sides = {
        "the parameters": str(special),
        "the axis": str([axis is special for axis in axes].index(True)),
        "the number of axes it concerns": str(sum(axis is special for axis in axes)),
        "the number of spatial axes": str(len(axes)),
        "the number of channels": str(channels),
        "the batch": str(batch),
        "the type": dtype,
    }
    return Probe(switch, x, pool, reads, sides)
