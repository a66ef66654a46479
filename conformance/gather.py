"""The elements of every window of a look, side by side, for laws about windows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from conformance import witness
from conformance.calls import Look
from conformance.cases.case import Array, Case
from conformance.nonconformance import NonconformanceError, native
from conformance.oracle import turned
from reference.dialect import Dialect

KEPT_TAPS = 4096
"""Of a case with more taps in all its windows, they are not kept for the next law."""


@dataclass(frozen=True, slots=True)
class Windows:
    """A case taken apart into windows: planes x windows x taps."""

    member: Array
    """(windows, taps): row-major offsets in the plane, ascending, -1 where there is none."""
    values: Array
    """(planes, windows, taps): the elements; meaningless where there is none."""
    real: Array
    """(windows, taps) bool: where there is an element."""
    nan: Array
    """(planes, windows, taps) bool: which elements are NaN."""
    holds_nan: bool
    """Whether any of them is."""

    @property
    def occupied(self) -> Array:
        """Return (windows,) bool: which windows hold an element."""
        return np.asarray(self.real.any(axis=1))

    @property
    def has_nan(self) -> Array:
        """Return (planes, windows) bool: which windows hold a NaN."""
        return np.asarray(self.nan.any(axis=2))

    @property
    def only_nan(self) -> Array:
        """Return (planes, windows) bool: which windows hold a NaN and nothing else."""
        return self.has_nan & np.asarray((self.nan | ~self.real).all(axis=2))

    def highest(self, *, skip_nan: bool = False) -> Array:
        """Return (planes, windows): the maximum, by comparing; NaN where a NaN is in it."""
        values = comparable(self.values)
        low = floor_of(values.dtype)
        counts = self.real & ~self.nan if self.holds_nan else self.real
        best = np.where(counts, values, low).max(axis=2, initial=low)
        if skip_nan or not self.holds_nan:
            return np.asarray(best)
        return np.where(self.has_nan, np.nan, best)


def comparable(values: Array) -> Array:
    """Return values in a type that NumPy compares exactly; float32 for the small floats."""
    if values.dtype.kind in "iub" or values.dtype in {np.dtype("f4"), np.dtype("f8")}:
        return values
    return values.astype(np.float32)


def floor_of(dtype: np.dtype[np.generic]) -> float:
    """Return what is below every number of a type, or equal to the least."""
    if dtype.kind == "b":
        return False
    return int(np.iinfo(dtype).min) if dtype.kind in "iu" else -np.inf  # type: ignore[type-var]


def members(case: Case, dialect: Dialect) -> Array:
    """Return (windows, taps) offsets in the plane of a case's windows."""
    rule = dialect.ceil if case.pool.ceil_mode else "floor"
    return witness.members(case.shape[-case.pool.rank :], case.pool, rule)[1]


def windows(look: Look) -> Windows:
    """Return the windows of a look's input; large ones are taken apart each time."""
    found: Windows | None = look.kept.get("windows")
    if found is None:
        member = members(look.case, look.implementation.dialect)
        flat = look.original.reshape(planes(look.case), -1)
        values, real = flat[:, member], member >= 0
        nan = is_nan(values) & real
        found = Windows(member, values, real, nan, bool(nan.any()))
        if values.size <= KEPT_TAPS:
            look.kept["windows"] = found
    return found


def is_nan(array: Array) -> Array:
    """Return where an array of any type is NaN."""
    return np.asarray(array != array)  # noqa: PLR0124 - only NaN differs from itself


def open_ties(look: Look, x: Array) -> bool:
    """Return whether elements of a plane are equal and, in each call, any of them may win."""
    return look.implementation.dialect.ties == "any" and _holds_equals(look, x)


def open_sums(look: Look, x: Array) -> bool:
    """Return whether the gradient may differ from call to call: by who wins, or by rounding.

    Shares of equals add up to sums that are not exact, in an order that is open.
    """
    dialect = look.implementation.dialect
    return (dialect.gradient_ties == "split" or dialect.ties == "any") and _holds_equals(look, x)


def _holds_equals(look: Look, x: Array) -> bool:
    size = math.prod(x.shape[-look.case.pool.rank :])
    if not size:
        return False
    ordered = np.sort(comparable(native(x).reshape(-1, size)), axis=1)  # NaN come last
    equal = (ordered[:, 1:] == ordered[:, :-1]) | (is_nan(ordered[:, 1:]) & is_nan(ordered[:, :-1]))
    return bool(equal.any())


def planes(case: Case) -> int:
    """Return how many planes the input has."""
    return math.prod(case.shape[: -case.pool.rank])


def rows(array: Array, case: Case) -> Array:
    """Return an array of the output's shape as (planes, windows)."""
    return array.reshape(planes(case), -1) if array.size else array.reshape(planes(case), 0)


def plane_offsets(look: Look) -> Array:
    """Return (planes, windows): indices turned from the declared convention to offsets.

    Raises:
        NonconformanceError: an index lies outside what the convention counts through.
    """
    case, dialect = look.case, look.implementation.dialect
    index = rows(look.indices.astype(np.int64), case)
    size = math.prod(case.shape[-case.pool.rank :])
    plane = np.arange(len(index))[:, None]
    if dialect.index == "plane":
        offset, owner = index, plane
    elif dialect.index == "flat-channels-last":
        channels = case.shape[-case.pool.rank - 1]
        offset, owner = index // channels, plane - plane % channels + index % channels
    else:
        offset, owner = index - plane * size, plane
        if dialect.index == "flat-column":
            sizes = case.shape[-case.pool.rank :]
            inside = np.clip(offset, 0, size - 1)
            offset = np.where(inside == offset, turned(inside, sizes[::-1]), offset)
    holds_one = np.asarray((members(case, dialect) >= 0).any(axis=1))[None]
    wrong = ((offset < 0) | (offset >= size) | (owner != plane)) & holds_one
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong.reshape(look.indices.shape))[0])
        note = f"the index {look.indices[place]} lies outside the plane of {size} elements"
        if dialect.index != "plane":
            number = int(np.argwhere(wrong)[0][0])
            note = (
                f"the index {look.indices[place]} is of no element of plane {number}, as "
                f"index={dialect.index} counts"
            )
        raise NonconformanceError("indices inside the plane", look.indices, note, place)
    return offset


def first_largest(view: Windows, *, skip_nan: bool = False) -> tuple[Array, Array]:
    """Return (planes, windows): offset of the first largest element, and how many tie.

    A NaN is larger than every number, unless it is skipped.
    """
    best = view.highest(skip_nan=skip_nan)
    equal = (comparable(view.values) == best[:, :, None]) & view.real
    if view.holds_nan:
        all_nan = view.only_nan if skip_nan else view.has_nan
        equal = np.where(all_nan[:, :, None], view.nan, equal & ~view.nan)
    window = np.arange(len(view.member))
    return view.member[window, equal.argmax(axis=2)], equal.sum(axis=2)
