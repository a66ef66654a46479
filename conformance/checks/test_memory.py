"""Checks of memory: views of every kind in every rank, and every type unaligned or swapped."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases.case import Array, Case, dtype_of
from conformance.cases.typed import close_numbers
from conformance.checks.test_layout import (
    every_second,
    same_as_contiguous,
    same_as_copy,
    same_if_answered,
    shifted,
    strided,
    swapped,
)
from conformance.checks.test_sharing import floats_laid_out, laid_out, some_laid_out
from conformance.features import TYPES
from conformance.judge import Judge
from conformance.nonconformance import native, require_equal
from reference.pool import Pool


def elsewhere(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield views with steps and flips on several axes, and the axes in every order of memory."""
    for axis in range(x.ndim):
        part = (slice(None),) * axis
        back = np.repeat(np.flip(x, axis), 2, axis)
        back[(*part, slice(0, None, 2))] = 77
        yield f"every second one on axis {axis}", every_second(x, axis)
        yield f"every second one back on axis {axis}", back[(*part, slice(None, None, -2))]
        yield f"a part on axis {axis}", _part_of_larger(x, axis)
        inside = _part_of_larger(np.moveaxis(x, axis, -1), -1)
        yield f"a part on axis {axis}, which is innermost", np.moveaxis(inside, -1, axis)
    both = (slice(None, None, -1),) * 2
    yield "both spatial axes flipped", np.ascontiguousarray(x[(..., *both)])[(..., *both)]
    yield "all axes flipped", np.ascontiguousarray(np.flip(x))[(slice(None, None, -1),) * x.ndim]
    for order in itertools.permutations(range(x.ndim)):
        if x.ndim < len("ncdhw"):
            back = np.argsort(order)
            yield (
                f"memory in the order {order}",
                np.ascontiguousarray(x.transpose(order)).transpose(back),
            )
    yield from _in_other_orders(x)


def _in_other_orders(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield views that both have their axes in another order of memory and leave some of it out."""
    first, *rest = range(x.ndim)
    for order in ((first, *rest[1:], rest[0]), (*rest, first), (*reversed(rest), first)):
        back, laid = np.argsort(order), np.ascontiguousarray(x.transpose(order))
        for place, axis in enumerate(order):
            note, every = f"memory in the order {order}", every_second(laid, place)
            yield f"{note}, every second one on axis {axis}", every.transpose(back)
            yield f"{note}, a part on axis {axis}", _part_of_larger(laid, place).transpose(back)


def _part_of_larger(x: Array, axis: int) -> Array:
    """Return the same elements as a view of an array that is longer on one axis."""
    kept = np.moveaxis(x, axis, 0)
    longer = np.concatenate([kept[:1] * 0 + 77, kept, kept[-1:] * 0 + 77]).astype(x.dtype)
    whole = np.ascontiguousarray(np.moveaxis(longer, 0, axis))
    return np.moveaxis(np.moveaxis(whole, axis, 0)[1:-1], 0, axis)


def _repeated(array: Array, axes: tuple[int, ...]) -> Array:
    """Return the first part of an array on some axes, repeated over them by strides of 0."""
    whole = [axis % array.ndim for axis in axes]
    once = tuple(slice(1) if axis in whole else slice(None) for axis in range(array.ndim))
    return np.broadcast_to(array[once], array.shape)


@pytest.mark.clause("layout.strides")
def test_steps_flips_and_orders_of_memory_change_nothing(judge: Judge) -> None:
    """Hand over views with steps, flips and axes in any order, and repeated along some axes."""

    def law(look: Look) -> None:
        x = look.original.copy()
        for name, view in elsewhere(x):
            same_as_contiguous(look, view, name)
        for axes in itertools.chain(((axis,) for axis in range(x.ndim)), ((0, 1), (-2, -1))):
            same_as_copy(look, _repeated(x, axes), f"zero strides on axes {axes}")

    judge.every(some_laid_out(judge), law)


@pytest.mark.clause("layout.strides")
def test_overlapping_memory_changes_nothing(judge: Judge) -> None:
    """Hand over a view whose rows overlap in memory."""

    def law(look: Look) -> None:
        x = look.original
        row = np.concatenate([x.reshape(-1), x.reshape(-1)])
        step = row.itemsize
        for name, strides in (
            ("rows", (3, 2, 1, 1)),
            ("columns", (5, 1, 1, 3)),
            ("all", (1, 1, 1, 1)),
        ):
            view = np.lib.stride_tricks.as_strided(row, x.shape, [step * s for s in strides])
            same_as_copy(look, view, f"{name} that overlap in memory")

    def frames(look: Look) -> None:
        for hop in (1, 3, 5):
            view = _overlapping(look.original, (hop,))
            same_as_copy(look, view, f"parts of the first axis that overlap, {hop} elements apart")

    judge.every([case for case in laid_out() if len(case.shape) == len("nchw")][:3], law)
    judge.every(judge.nearest(laid_out()), frames)


def _overlapping(array: Array, hops: tuple[int, ...]) -> Array:
    """Return other numbers in the same form, whose first axes go on by so many elements."""
    signal = np.tile(array.reshape(-1), 2)
    first = tuple(hop * array.itemsize for hop in hops)
    rest = np.ascontiguousarray(array).strides[len(hops) :]
    return np.lib.stride_tricks.as_strided(signal, array.shape, (*first, *rest))


@pytest.mark.clause("layout.gradient")
def test_steps_and_flips_of_the_gradient_change_nothing(judge: Judge) -> None:
    """Hand over output gradients with steps, flips, any order of memory, repeated, in records."""

    def law(look: Look) -> None:
        dy = look.dy
        dx = look.dx(dy, "case")
        for name, view in elsewhere(dy.copy()):
            got = look.bench.array("backward", view, look.saved)
            require_equal(dx, native(got), f"output gradient: {name}")
        for axes in ((0, 1), (-2, -1), (0, -1)):
            repeated = _repeated(dy, axes)
            wanted = look.bench.array("backward", repeated.copy(), look.saved)
            got = look.bench.array("backward", repeated, look.saved)
            require_equal(wanted, got, f"output gradient with zero strides on axes {axes}")
        for strides in ((2, 1), (1, 1)):
            view = _overlapping(dy, strides)
            wanted = look.bench.array("backward", view.copy(), look.saved)
            got = look.bench.array("backward", view, look.saved)
            require_equal(wanted, got, "output gradient whose rows overlap in memory")
        for note, field in _fields(dy):
            same_if_answered(look, dx, field, f"output gradient: {note}")

    judge.every(floats_laid_out(), law, needs=["gradient"])


def _of_every_byte() -> list[Case]:
    """Return a plane of each type whose elements differ in every byte and are in no order."""
    return [
        Case(f"bytes.{dtype}", Pool.of((2, 3), 1), (2, 3, 3, 4), _every_byte, dtype)
        for dtype in TYPES
        if dtype != "bool"
    ]


def _close(*dtypes: str) -> list[Case]:
    """Return a plane of each type whose numbers only all bits of the type tell apart."""
    return [
        Case(f"close.{dtype}", Pool.of((2, 3), 1), (2, 3, 3, 4), close_numbers, dtype)
        for dtype in dtypes
    ]


def _ranked() -> list[Case]:
    """Return a line, a square and a volume of each type whose elements differ in every byte."""
    calls = {
        "line": (Pool.of((2,), (1,)), (2, 3, 5)),
        "square": (Pool.of((2, 3), 1), (2, 3, 4, 4)),
        "cube": (Pool.of((2, 1, 2), 1), (1, 2, 3, 2, 3)),
    }
    return [
        Case(f"bytes.{name}-{dtype}", pool, shape, _every_byte, dtype)
        for dtype in TYPES
        if dtype != "bool"
        for name, (pool, shape) in calls.items()
    ]


UNALIGNED = ("float32", "float64", "int32")
"""The types whose unaligned data are also handed over in any order of memory."""


def _every_byte(case: Case, seed: int) -> Array:
    generator, dtype = case.generator(seed), dtype_of(case.dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return generator.integers(info.min, info.max, case.shape, dtype, endpoint=True)
    return generator.normal(size=case.shape).astype(dtype)


@pytest.mark.clause("layout.byte-order")
def test_every_byte_is_read_in_its_order(judge: Judge) -> None:
    """Swap the bytes of numbers of every type that differ in all of them."""

    def law(look: Look) -> None:
        same_as_contiguous(look, swapped(look.original), "non-native byte order")

    cases = (*_of_every_byte(), *_ranked())
    swappable = [case for case in cases if dtype_of(case.dtype).kind in "iuf"]
    judge.every([case for case in swappable if dtype_of(case.dtype).itemsize > 1], law)


def _fields(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield the same numbers as a field of packed records."""
    for fields in ([("tag", "u1"), ("x", x.dtype)], [("x", x.dtype), ("tag", "u1", 3)]):
        field = np.zeros(x.shape, fields)["x"]
        field[...] = x
        yield f"a field of records {field.strides[-1]} bytes long", field


@pytest.mark.clause("layout.alignment")
def test_alignment_changes_nothing_in_any_type(judge: Judge) -> None:
    """Hand over numbers of every type one byte off, and as a field of records."""

    def law(look: Look) -> None:
        x = look.original
        same_as_contiguous(look, shifted(x), "unaligned data")
        for note, field in _fields(x):
            same_as_contiguous(look, field, note)

    def in_any_order(look: Look) -> None:
        x = look.original
        for order in itertools.permutations(range(x.ndim)):
            view = shifted(x.transpose(order)).transpose(np.argsort(order))
            same_as_contiguous(look, view, f"unaligned data in the order {order}")
            flipped = np.flip(shifted(np.flip(x, order[0])), order[0])
            same_as_contiguous(look, flipped, f"unaligned data back on axis {order[0]}")

    judge.every(_of_every_byte(), law)
    judge.every([case for case in _of_every_byte() if case.dtype in UNALIGNED], in_any_order)
    judge.every(_ranked(), law)


@pytest.mark.clause("layout.strides")
def test_memory_layout_changes_nothing_in_any_type(judge: Judge) -> None:
    """Hand over numbers of every type in many layouts."""

    def law(look: Look) -> None:
        for name, view in strided(look.original.copy()):
            same_as_contiguous(look, view, name)

    cases = _of_every_byte()
    judge.every(cases if judge.tier != "smoke" else cases[::4], law)
    judge.every(_close("int32", "int64", "float64", "uint8", "float16"), law)
    judge.every(_ranked() if judge.tier != "smoke" else _ranked()[::4], law)
