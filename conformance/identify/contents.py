"""What stands in the windows: one element or two that are special, at each place in turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from conformance.cases.case import Array, dtype_of
from conformance.identify.layouts import Layout, layouts
from conformance.identify.probe import SHARE, Probe
from reference.pool import Pool

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FEW_TAPS = 4
_NAN = np.nan


@dataclass(frozen=True, slots=True)
class Content:
    """The elements of one window, in row-major order, and what is special about them."""

    elements: Array
    what: str
    place: str


def nans(taps: int) -> Iterator[Content]:
    """Yield windows with a NaN at one of the places, below and above the maximum, and others."""
    for rising in (True, False):
        order = "rising" if rising else "falling"
        numbers = 1.0 + np.arange(taps)[:: 1 if rising else -1]
        for place in _places(taps):
            elements = numbers.copy()
            elements[place] = _NAN
            yield Content(elements, f"one NaN among {order} numbers", _named(place, taps))
    yield Content(np.full(taps, _NAN), "nothing but NaN", "everywhere")


def several_nans(taps: int) -> Iterator[Content]:
    """Yield windows with more than one NaN, and numbers among them."""
    yield Content(np.full(taps, _NAN), "nothing but NaN", "everywhere")
    for first, second in _pairs(taps):
        if taps > 2:  # noqa: PLR2004 - else there is nothing beside them
            elements = 1.0 + np.arange(taps)
            elements[[first, second]] = _NAN
            yield Content(elements, "two NaN among numbers", _both(first, second, taps))


def equals(taps: int) -> Iterator[Content]:
    """Yield windows whose largest element stands there more than once."""
    for high, low in ((5.0, 1.0), (-1.0, -7.0)):
        sign = "positive" if high > 0 else "negative"
        for first, second in _pairs(taps)[:: 1 if high > 0 else -3]:
            elements = np.full(taps, low)
            elements[[first, second]] = high
            yield Content(elements, f"two equal {sign} numbers", _both(first, second, taps))
    if SHARE % taps == 0:
        yield Content(np.full(taps, 3.0), "all equal numbers", "everywhere")


def zeros(taps: int) -> Iterator[Content]:
    """Yield windows whose largest elements are zeros of both signs."""
    for first, second in _pairs(taps):
        for one, other in ((0.0, -0.0), (-0.0, 0.0)):
            elements = np.full(taps, -1.0)
            elements[first], elements[second] = one, other
            sign = "+0 before -0" if np.signbit(other) else "-0 before +0"
            yield Content(elements, sign, _both(first, second, taps))


def infinities(taps: int) -> Iterator[Content]:
    """Yield a window of nothing but -inf."""
    yield Content(np.full(taps, -np.inf), "nothing but -inf", "everywhere")


def _places(taps: int) -> list[int]:
    if taps <= FEW_TAPS:
        return list(range(taps))
    return sorted({0, 1, taps // 2, taps - 1})


def _pairs(taps: int) -> list[tuple[int, int]]:
    last = taps - 1
    return sorted({(0, last), (0, 1), (last - 1, last), (last // 2, last)} - {(last, last)})


def _named(place: int, taps: int) -> str:
    ends = {taps - 2: "last but one", 1: "second", 0: "first", taps - 1: "last"}
    return ends.get(place, "in the middle")


def _both(first: int, second: int, taps: int) -> str:
    return f"{_named(first, taps)} and {_named(second, taps)}"


CONTENTS: dict[str, tuple[Callable[[int], Iterator[Content]], tuple[str, ...]]] = {
    "nan": (nans, ("values",)),
    "nan-index": (several_nans, ("indices", "gradient")),
    "ties": (equals, ("indices", "gradient")),
    "gradient-ties": (equals, ("gradient",)),
    "signed-zero": (zeros, ("values",)),
    "float-identity": (infinities, ("values",)),
}
"""By switch: what stands in the windows, and what is read of the answer."""


@cache
def content_probes(switch: str) -> tuple[Probe, ...]:
    """Return the probes of a switch that is seen in what an ordinary window is answered with."""
    if switch in {"index", "index-type"}:
        return tuple(_counting(switch))
    contents, readings = CONTENTS[switch]
    found = []
    for layout in (*layouts(), *(_of_integers() if switch == "ties" else ())):
        for content in contents(math.prod(layout.kernel)):
            if layout.dtype.startswith("uint") and (content.elements < 0).any():
                continue
            x, pool = layout.x(content.elements), layout.pool
            sides = layout.sides | {"what stands in the window": content.what}
            sides |= {"the place in the window": content.place}
            for reads in readings:
                if reads == "gradient" and layout.dtype in INTEGERS:
                    continue
                found.append(Probe(switch, x, pool, reads, sides | {"what is read": reads}))
    return tuple(found)


def _of_integers() -> Iterator[Layout]:
    for dtype in INTEGERS:
        yield Layout(dtype=dtype, channels=2)
        yield Layout((3, 3), "padded overlap", columns=17, dtype=dtype)


def _counting(switch: str) -> Iterator[Probe]:
    """Yield calls without ties, whose indices tell what they count through."""
    reads = "indices" if switch == "index" else "index type"
    several = [Layout(columns=c, channels=2, batch=b) for c in (1, 2, 3) for b in (1, 2)]
    several += [Layout((1, 2), columns=2, channels=2), Layout((2, 1), columns=3, channels=2)]
    several += [Layout((2, 2, 2), columns=2, channels=3, batch=2)]
    plain = (layout for layout in layouts() if not layout.lonely)
    for layout in dict.fromkeys((*several, *plain, *_of_integers())):
        x = _distinct(layout.shape, layout.pool).astype(dtype_of(layout.dtype))
        sides = {name: side for name, side in layout.sides.items() if "around" not in name}
        yield Probe(switch, x, layout.pool, reads, sides)


def _distinct(shape: tuple[int, ...], pool: Pool) -> Array:
    """Return planes of different whole numbers from 1 on, each in another order."""
    size = math.prod(shape[-pool.rank :])
    order = np.tile(np.arange(1, size + 1), (math.prod(shape[: -pool.rank]), 1))
    return np.random.Generator(np.random.PCG64(size)).permuted(order, axis=1).reshape(shape)
