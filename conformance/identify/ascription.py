"""Which clause a difference between two implementations is about: what the law is made for.

The two are compared with each other and not with what is right, so a clause here says where
they part, not who breaks it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from conformance.cases.case import Array
from conformance.features import INTEGERS, LOW_PRECISION
from reference.dialect import DEFAULT, Dialect
from reference.geometry import extent, real_positions
from reference.pool import SAME_WORDS, Pool
from reference.refusal import check_call

_CITED = re.compile(r"\[(error\.[a-z-]+)\]")
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A call on which two implementations were compared."""

    x: Array
    pool: Pool

    @property
    def lead(self) -> int:
        """Return the number of axes that are not pooled."""
        return self.x.ndim - self.pool.rank

    def elements(self, place: Place) -> list[Place]:
        """Return where the real elements of the window of one output stand in the input."""
        pool, sizes = self.pool, self.x.shape[self.lead :]
        starts = [begin for begin, _ in pool.padding]
        each = (place[self.lead :], sizes, pool.kernel_size, pool.stride, starts, pool.dilation)
        axes = [real_positions(*axis) for axis in zip(*each, strict=True)]
        return [(*place[: self.lead], *position) for position in itertools.product(*axes)]

    @property
    def padded(self) -> bool:
        """Return whether some tap may stand on padding."""
        return self.pool.ceil_mode or any(pair != (0, 0) for pair in self.pool.padding)

    @property
    def dilated(self) -> bool:
        """Return whether some axis is dilated."""
        return any(d > 1 for d in self.pool.dilation)

    @property
    def overlaps(self) -> bool:
        """Return whether an element may stand in two windows."""
        axes = zip(self.pool.kernel_size, self.pool.stride, self.pool.dilation, strict=True)
        return any(s < extent(k, d) for k, s, d in axes)


def about_refusal(shape: tuple[int, ...], dtype: str, pool: Pool, *, unclaimed: bool) -> str:
    """Return the clause about a call that one of two answers and the other does not."""
    try:
        check_call(shape, pool, DEFAULT)
    except ValueError as error:
        cited = _CITED.search(str(error))
        if cited:
            return cited[1]
    if unclaimed:
        return "refusal.unclaimed"
    return _feature(shape, dtype, pool)


def _feature(shape: tuple[int, ...], dtype: str, pool: Pool) -> str:
    """Return the clause about what is particular in a legal call."""
    asked = {
        _type(dtype): True,
        "batch.empty": 0 in shape,
        "rank.unbatched": len(shape) == pool.rank + 1,
        {1: "rank.one", 3: "rank.three"}.get(pool.rank, ""): True,
        "same.upper": pool.auto_pad == "same-upper",
        "same.lower": pool.auto_pad == "same-lower",
        "ceil.start-rule": pool.ceil_mode,
        "window.dilation": any(d > 1 for d in pool.dilation),
        "pad.sides": any(begin != end for begin, end in pool.padding),
        "pad.never-wins": any(pair != (0, 0) for pair in pool.padding),
    }
    return next((clause for clause, holds in asked.items() if clause and holds), "value.maximum")


def _type(dtype: str) -> str:
    if dtype in INTEGERS:
        return "type.integers"
    return f"type.{dtype}" if dtype in {*LOW_PRECISION, "bool"} else ""


def about_shape(scene: Scene, shapes: Sequence[Place]) -> str:
    """Return the clause about outputs of different shapes."""
    if 0 in scene.x.shape:
        return "batch.empty"
    if len(shapes[0]) != len(shapes[1]):
        return "rank.unbatched" if scene.lead == 1 else "shape.planes"
    if any(shape[: scene.lead] != scene.x.shape[: scene.lead] for shape in shapes):
        return "shape.planes"
    if scene.pool.auto_pad in SAME_WORDS:
        return "same.upper" if scene.pool.auto_pad == "same-upper" else "same.lower"
    cited = about_refusal(scene.x.shape, "float32", scene.pool, unclaimed=False)
    if cited.startswith("error."):
        return cited
    return "ceil.start-rule" if scene.pool.ceil_mode else "shape.floor"


def about_values(scene: Scene, place: Place, one: Array, other: Array) -> str:
    """Return the clause about two outputs that differ at one place."""
    elements = np.array([scene.x[at] for at in scene.elements(place)])
    if not elements.size:
        return "error.empty-window"
    results = np.array([one[place], other[place]])
    wide = elements.astype(np.float64) if elements.dtype.kind not in "iub" else elements
    dtype = scene.x.dtype
    asked = {
        "nan.propagates": bool((wide != wide).any()),  # noqa: PLR0124 - NaN
        "zero.signed": dtype.kind not in "iub" and not results.any(),
        "infinity.minus": dtype.kind not in "iub" and bool((wide == -np.inf).all()),
        "type.minimum": dtype.kind in "iu" and bool((wide == _least(dtype)).all()),
        "pad.never-wins": scene.padded and _foreign(results, elements),
        "value.copied": _foreign(results, scene.x.ravel()),
        "window.dilation": scene.dilated,
        "window.position": _foreign(results, elements),
        _type(dtype.name): True,
    }
    return next((clause for clause, holds in asked.items() if clause and holds), "value.maximum")


def _least(dtype: np.dtype[np.generic]) -> int:
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else 0  # type: ignore[type-var]


def _foreign(results: Array, elements: Array) -> bool:
    """Return whether one of two results is none of some elements."""
    return bool((~np.isin(results, elements)).any())


def about_indices(
    scene: Scene, place: Place, y: Array, pair: tuple[int, int], dialects: Sequence[Dialect]
) -> str:
    """Return the clause about two indices that differ where the values are the same.

    `dialects` are the declared ones, by which an index names an element.
    """
    elements = scene.elements(place)
    if not elements:
        return "error.empty-window"
    named = [
        _element(scene, place, index, dialect)
        for index, dialect in zip(pair, dialects, strict=True)
    ]
    if any(each not in elements for each in named):
        same = named[0] == named[1] or dialects[0].index == dialects[1].index
        return "index.in-window" if same else "index.plane"
    if named[0] == named[1]:
        return "index.plane"
    if y[place] != y[place]:
        return "index.nan"
    equal = sum(scene.x[at] == y[place] for at in elements)
    return "ties.first" if equal > 1 else "index.value"


def _element(scene: Scene, place: Place, index: int, dialect: Dialect) -> Place | None:
    """Return which element of the input an index names in its convention; None outside it."""
    lead, sizes = scene.x.shape[: scene.lead], scene.x.shape[scene.lead :]
    size, channels = math.prod(sizes), lead[-1]
    at: Place = place[: scene.lead]
    if dialect.index == "flat-channels-last":
        within, at = index // channels, (*at[:-1], index % channels)
    elif dialect.index in {"flat", "flat-column"}:
        number, within = divmod(index, size)
        if not 0 <= number < math.prod(lead):
            return None
        at = tuple(int(each) for each in np.unravel_index(number, lead))
    else:
        within = index
    if not 0 <= within < size:
        return None
    order = "F" if dialect.index == "flat-column" else "C"
    inside = np.unravel_index(within, sizes, order=order)  # type: ignore[call-overload]
    return (*at, *(int(each) for each in inside))


def about_gradient(scene: Scene, place: Place, out: tuple[int, ...]) -> str:
    """Return the clause about two input gradients that differ at one element."""
    asked = ["grad.nan", "grad.infinite-data", "grad.ties"]
    found = {
        clause
        for elements in _windows_with(scene, place, out)
        for clause in _particular(np.array([scene.x[at] for at in elements]))
    }
    particular = next((clause for clause in asked if clause in found), "")
    if particular:
        return particular
    if scene.overlaps:
        low = scene.x.dtype.name in LOW_PRECISION
        return "grad.low-precision" if low else "grad.accumulates"
    return "grad.dilation" if scene.dilated else "grad.winner"


def _windows_with(scene: Scene, place: Place, out: tuple[int, ...]) -> Iterator[list[Place]]:
    for window in np.ndindex(out):
        elements = scene.elements((*place[: scene.lead], *window))
        if place in elements:
            yield elements


def _particular(values: Array) -> Iterator[str]:
    wide = values.astype(np.float64)
    nan = wide != wide  # noqa: PLR0124 - NaN
    if nan.any():
        yield "grad.nan"
        return
    if (wide == -np.inf).all():
        yield "grad.infinite-data"
    if (wide == wide.max()).sum() > 1:
        yield "grad.ties"
