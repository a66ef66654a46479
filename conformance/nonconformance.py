"""A broken clause as an exception, and the exact comparisons that raise it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from conformance.cases.case import Array
from reference.pool import Pool

Shown: TypeAlias = Array | str


USUAL = "".join(np.dtype(f"{kind}{size}").char for kind in "iu" for size in (1, 2, 4, 8)) + "?efdg"
"""The letters of the dtypes that NumPy makes of their names; another may be equal to one."""
LEGAL = "an answer: the call is legal"
"""What is expected of a call that raised and should have answered."""
MISLED = "the gradient did not go to"
MISNAMED = "the index is not that of"
"""What a note begins with where windows and maxima were right and their winners were not."""


class NonconformanceError(AssertionError):
    """An implementation broke a clause. Not frozen: Python sets its traceback."""

    def __init__(self, expected: Shown, got: Shown, note: str = "", place: object = None) -> None:
        """Store what was expected, what came, and the first place where they differ."""
        self.expected, self.got, self.note = expected, got, note
        self.place = place
        self.x: Array | None = None
        """What was pooled, where it is not the input of the case."""
        self.pool: Pool | None = None
        """How it was pooled, where that is not how the case says."""
        self.dy: Array | None = None
        """What was sent back, where the result of backward is at fault."""
        super().__init__(note or "nonconformance")


@contextmanager
def pooling(x: Array, pool: Pool | None = None) -> Iterator[None]:
    """Say of a nonconformance found inside what was pooled, and how, if not as the case says."""
    try:
        yield
    except NonconformanceError as error:
        error.x, error.pool = x, pool
        raise


@contextmanager
def noting(note: str) -> Iterator[None]:
    """Say of a nonconformance found inside what had happened, where it has no note of its own."""
    try:
        yield
    except NonconformanceError as error:
        error.note = error.note or note
        raise


def spelt_otherwise(dtype: np.dtype[Any]) -> bool:
    """Return whether a dtype has metadata or another letter than the usual one that equals it."""
    return dtype.metadata is not None or (dtype.kind in "biuf" and dtype.char not in USUAL)


def native(array: Array) -> Array:
    """Return the array in native byte order and of a usual dtype; itself where it is already."""
    dtype = array.dtype
    if spelt_otherwise(dtype):
        # That of another package is called `V` by its string, as bytes are.
        plain = np.dtype(dtype.str if dtype.kind in "biuf" else dtype.type)
        array = array.view(plain.newbyteorder(dtype.byteorder))
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def same_bits(one: Array, other: Array) -> Array:
    """Return where two arrays of one dtype hold the same bits, all NaN being one value."""
    one, other = native(one), native(other)
    if one.dtype.kind in "iub":
        return np.asarray(one == other)
    bits = f"u{one.dtype.itemsize}"
    equal = np.ascontiguousarray(one).view(bits) == np.ascontiguousarray(other).view(bits)
    if equal.all():
        return np.asarray(equal)
    with np.errstate(invalid="ignore"):
        return np.asarray(equal | ((one != one) & (other != other)))  # noqa: PLR0124 - NaN


def require_form(expected: Array, got: Array, note: str = "") -> None:
    """Require the same shape and the same dtype up to byte order."""
    _require_form(expected.shape, expected.dtype, got, expected, note)


def require_like(shape: tuple[int, ...], dtype: np.dtype[Any], got: Array) -> None:
    """Require a shape, and a dtype up to byte order, where no elements are known to be right."""
    if got.shape != shape or got.dtype != dtype:  # nearly never: words for it cost more
        _require_form(shape, dtype, got, f"{dtype} of shape {shape}", "")


def _require_form(
    shape: tuple[int, ...], dtype: np.dtype[Any], got: Array, expected: Shown, note: str
) -> None:
    if got.shape != shape:
        raise NonconformanceError(expected, got, f"the shape is {got.shape}, not {shape}")
    if got.dtype.newbyteorder("=") != dtype.newbyteorder("="):
        note = note or f"the dtype is {got.dtype}, not {dtype}"
        raise NonconformanceError(expected, got, note)


def require_same(expected: Array, got: Array, note: str = "", where: Array | None = None) -> None:
    """Require the same shape, dtype and bits; only `where` it is True, if that is given."""
    require_form(expected, got)
    _require_none_where(where, ~same_bits(expected, got), expected, got, note)


def require_equal(expected: Array, got: Array, note: str = "", where: Array | None = None) -> None:
    """Require the same shape, dtype and values: as require_same, but +0 equals -0."""
    require_form(expected, got)
    with np.errstate(invalid="ignore"):
        if np.asarray(expected == got).all():
            return
        nans = (expected != expected) & (got != got)  # noqa: PLR0124 - NaN
        wrong = ~((expected == got) | nans)
    _require_none_where(where, wrong, expected, got, note)


def _require_none_where(
    where: Array | None, wrong: Array, expected: Array, got: Array, note: str
) -> None:
    """Require that nothing is wrong `where`; what is not compared is shown as it came."""
    if where is not None and (wrong := wrong & where).any():
        shown = native(got).copy()
        np.copyto(shown, expected, where=where)
        expected = shown
    _require_none(wrong, expected, got, note)


def require_all(right: Array, expected: Shown, got: Shown, note: str) -> None:
    """Require that every entry of the boolean array `right` is True."""
    _require_none(~np.asarray(right), expected, got, note)


def _require_none(wrong: Any, expected: Shown, got: Shown, note: str) -> None:  # noqa: ANN401
    wrong = np.asarray(wrong)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise NonconformanceError(expected, got, note, place)
