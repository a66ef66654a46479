"""Checks of empty batches, ranks and memory layouts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import geometry, hand, kernels, layouts, planes, sizes
from conformance.cases.case import Array, Case, Fill, dtype_of, plane_distinct, tied
from conformance.checks.results import everything, of_exact_shares, same_everything
from conformance.checks.rows import answers_row
from conformance.checks.test_results import gradient
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import gradient_follows_first, index_is_first
from conformance.features import TYPES
from conformance.gather import open_sums, open_ties
from conformance.handover import plain_array
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    native,
    pooling,
    require_equal,
    require_same,
)
from reference.pool import Pool


def empty_results(look: Look) -> None:
    """Require empty results of the right shapes."""
    expected = look.values.shape
    if look.values.size:
        raise NonconformanceError("no elements", look.values)
    if look.claims("indices") and look.index.shape != expected:
        raise NonconformanceError(f"indices of shape {expected}", look.index)
    if look.claims("gradient"):
        dx = look.dx(np.zeros(expected, look.x.dtype), "empty")
        require_same(np.zeros(look.case.shape, look.x.dtype), dx)


@pytest.mark.clause("batch.empty")
def test_a_batch_of_none_gives_none(judge: Judge) -> None:
    """Pool batches of size 0 and send their empty gradient back."""
    judge.every(sizes.empty_batches(), empty_results, shrinks=False)


def _unbatched(tier: str) -> list[Case]:
    step = 3 if tier == "smoke" else 1
    found = [*geometry.planes("smoke"), *planes.counts()[:8], *geometry.other_ranks("smoke")[::3]]
    return [case.without_batch() for case in found[::step]]


def same_gradient_of_one(look: Look, x: Array, saved: object) -> None:
    """Require the gradient of a batch of one, if both are offered and it is not open."""
    if look.claims("gradient", x=x) and look.claims("gradient") and not open_sums(look, x):
        dy, dx = gradient(look)
        batched = look.bench.array("backward", dy[None].copy(), saved)
        require_equal(batched[0], dx, "the gradient differs from a batch of one")


@pytest.mark.clause("rank.unbatched")
def test_no_batch_axis_means_a_batch_of_one(judge: Judge) -> None:
    """Compare with the same input as a batch of one."""

    def law(look: Look) -> None:
        case, x = look.case, look.original.copy()[None]
        if not look.offers(x):
            return
        y, saved = look.bench.forward(x.copy(), case.pool)
        require_same(y[0], look.values, "differs from a batch of one")
        if open_ties(look, x):
            return
        if look.claims("indices", x=x) and look.claims("indices"):
            batched = look.bench.array("indices", saved)
            require_same(batched[0], look.indices, "the indices differ from a batch of one")
        same_gradient_of_one(look, x, saved)

    def whole(look: Look) -> None:
        is_maximum(look)
        law(look)

    cases = [case for case in _unbatched(judge.tier) if judge.offers(case)]
    judge.every(cases, whole, needs=["unbatched"])


def follows_every_rule(look: Look) -> None:
    """Require right values, indices and gradients, as far as they are claimed."""
    is_maximum(look)
    if look.claims("indices"):
        index_is_first(look)
    if look.claims("gradient"):
        gradient_follows_first(look)


def _of_rank(rank: int, tier: str) -> list[Case]:
    cases = [case for case in geometry.other_ranks(tier) if case.pool.rank == rank]
    return [case for number, case in enumerate(cases) if case.tier == "smoke" or number % 4 == 0]


@pytest.mark.clause("rank.one")
def test_one_axis_follows_the_rules(judge: Judge) -> None:
    """Judge values, indices and gradients of lines, beside rows worked out by hand."""
    judge.every(_of_rank(1, judge.tier), follows_every_rule, needs=["rank-1"])
    by_id = {row.case.id: row for row in hand.LINES}
    cases = [row.case for row in hand.LINES]
    judge.every(cases, lambda look: answers_row(look, by_id), shrinks=False)


@pytest.mark.clause("rank.three")
def test_three_axes_follow_the_rules(judge: Judge) -> None:
    """Judge values, indices and gradients of cubes, beside rows worked out by hand."""
    judge.every(_of_rank(3, judge.tier), follows_every_rule, needs=["rank-3"])
    by_id = {row.case.id: row for row in hand.CUBES}
    cases = [row.case for row in hand.CUBES]
    judge.every(cases, lambda look: answers_row(look, by_id), shrinks=False)


def strided(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield views and copies that hold the same elements in other places of memory."""
    yield "Fortran order", np.asfortranarray(x)
    yield "channels last", channels_last(x)
    batch_inside = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)
    yield "batch innermost", batch_inside
    for axis in range(x.ndim):
        flipped = np.flip(np.ascontiguousarray(np.flip(x, axis)), axis)
        yield f"negative stride on axis {axis}", flipped
    turned = np.flip(np.ascontiguousarray(np.flip(x, (-1, -2))), (-1, -2))
    yield "negative strides on the last two axes", turned
    yield "every second element", every_second(x, x.ndim - 1)
    framed = np.full([size + 3 for size in x.shape], 77).astype(x.dtype)
    inner = framed[tuple(slice(1, 1 + size) for size in x.shape)]
    inner[...] = x
    yield "a part of a larger array", inner
    swapped = np.swapaxes(np.ascontiguousarray(np.swapaxes(x, -1, -2)), -1, -2)
    yield "transposed planes", swapped
    if x.ndim == VOLUME:
        for place, end in ((2, -1), (-1, 2)):
            yield (
                "turned volumes",
                np.moveaxis(np.ascontiguousarray(np.moveaxis(x, place, end)), end, place),
            )


def channels_last(x: Array) -> Array:
    """Return the same elements with the second axis innermost in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def every_second(x: Array, axis: int) -> Array:
    """Return the same elements as a view that leaves out as many others between them on an axis."""
    part = (slice(None),) * axis
    wide = np.repeat(x, 2, axis)
    wide[(*part, slice(1, None, 2))] = 77
    return wide[(*part, slice(None, None, 2))]


def swapped(x: Array) -> Array:
    """Return the same numbers with their bytes in the other order."""
    return x.astype(x.dtype.newbyteorder("S"))


VOLUME = 5
"""Axes of a batch of volumes."""
VECTOR = 64
"""Bytes of the widest vector, and of a line of a cache."""


def shifted(x: Array, by: int = 1) -> Array:
    """Return the same numbers so many bytes past a place where a vector may begin."""
    memory = np.empty(x.nbytes + 2 * VECTOR, np.uint8)
    begin = -memory.ctypes.data % VECTOR + by
    view = memory[begin : begin + x.nbytes].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def same_as_contiguous(
    look: Look, x: Array, note: str, refusals: tuple[type[BaseException], ...] = ()
) -> None:
    """Require the results of the contiguous input for the same one laid out otherwise.

    With any of `refusals` it may be refused.
    """
    pair = look.bench.unless_refused(x, look.case.pool, refusals)
    if pair is None:
        return
    y, saved = pair
    require_same(look.values, native(y), note)
    if open_ties(look, x):
        return
    if look.claims("indices"):
        index = look.bench.unless_declined(x, "indices", saved)
        if index is not None:
            require_same(look.index, index, f"{note}: the indices differ")
    if look.claims("gradient") and not open_sums(look, x):
        dy, dx = gradient(look)
        got = look.bench.unless_declined(x, "backward", dy.copy(), saved)
        if got is not None:
            require_equal(dx, native(got), f"{note}: the gradient differs")


def same_as_copy(look: Look, view: Array, note: str) -> None:
    """Require of other numbers than the case's the same results as of a copy of them."""
    with pooling(view.copy()):
        expected = everything(look, view.copy(), look.case.pool)
        same_everything(expected, everything(look, view, look.case.pool), note)


@pytest.mark.clause("layout.strides")
def test_memory_layout_changes_nothing(judge: Judge) -> None:
    """Hand over the same elements in nine layouts."""

    def law(look: Look) -> None:
        x = look.original.copy()
        for name, view in strided(x):
            same_as_contiguous(look, view, name)

    judge.every(judge.nearest((*layouts.in_all(), *layouts.unlike_axes())), law)
    judge.every(layouts.in_all("float64")[:3], law)
    judge.every(layouts.of_equals(), law)
    judge.every(layouts.whole_planes(), law)
    cubes = [
        Case("layout.cube", Pool.of((2, 2, 2)), (1, 19, 4, 4, 4), plane_distinct),
        Case("layout.cube-inf", Pool.of((2, 2, 2)), (1, 19, 4, 4, 4), _all_minus_infinity),
        Case("layout.line", Pool.of((2,)), (3, 5, 6), plane_distinct),
        *(
            Case(f"layout.channels-{c}", Pool.of(2), (2, c, 2, 4), plane_distinct)
            for c in (2, 3, 4, 17, 33, 65, 67, 131, 259, 530, 1041)
        ),
        *(
            Case(f"layout.channels-19-{dtype}", Pool.of(2), (2, 19, 4, 4), plane_distinct, dtype)
            for dtype in ("float16", "bfloat16", "int16", "uint8", "float64")
        ),
    ]
    judge.every(judge.nearest(cubes), law)


def _all_minus_infinity(case: Case, _seed: int) -> Array:
    return np.full(case.shape, -np.inf, np.float32)


@pytest.mark.clause("layout.strides")
def test_memory_layout_of_large_planes_changes_nothing(judge: Judge) -> None:
    """Hand over planes of more than 65535 elements of every type, the channels innermost."""

    def law(look: Look) -> None:
        same_as_contiguous(look, channels_last(look.original), "channels last")
        same_as_contiguous(look, np.asfortranarray(look.original), "Fortran order")

    judge.every(layouts.far_places(*TYPES), law, shrinks=False)


@pytest.mark.clause("layout.strides")
def test_a_broadcast_input_is_read_as_it_is(judge: Judge) -> None:
    """Hand over one plane, one row and one column repeated through zero strides."""

    def law(look: Look) -> None:
        x = look.original.copy()
        for axis in range(x.ndim):
            broadcast = np.broadcast_to(np.take(x, [0], axis=axis), x.shape)
            same_as_copy(look, broadcast, f"zero stride on axis {axis}")

    judge.every(layouts.in_all(), law)


@pytest.mark.clause("layout.strides")
def test_narrow_unbatched_planes_are_not_mistaken(judge: Judge) -> None:
    """Pool unbatched planes of width 1, whose strides look like channels last."""

    def law(look: Look) -> None:
        require_same(look.original.copy(), look.values, "a window of one element copies it")

    cases = [
        Case(f"layout.narrow-c{c}h{h}d{d}", Pool.of(1, dilation=d), (c, h, 1), plane_distinct)
        for c, h in ((2, 1), (3, 4), (1, 1))
        for d in (1, 2)
    ]
    judge.every(cases, law, needs=["unbatched"])


@pytest.mark.clause("layout.byte-order")
def test_byte_order_changes_nothing(judge: Judge) -> None:
    """Hand over the same numbers with their bytes swapped."""

    def law(look: Look) -> None:
        same_as_contiguous(look, swapped(look.original), "non-native byte order")

    def unseen(look: Look) -> None:
        x = np.concatenate([look.original, look.original])
        look.bench.outcome("forward", swapped(x), look.case.pool)
        y = look.bench.forward(x, look.case.pool)[0]
        if y.dtype != x.dtype:
            note = f"the input is {x.dtype.str}, after one of its shape in the other byte order"
            raise NonconformanceError(f"an array of {x.dtype}", f"one of {y.dtype.str}", note)

    def laid(look: Look) -> None:
        other = swapped(look.original)
        for name, view in strided(other):
            same_as_contiguous(look, view, f"non-native byte order, {name}")
        same_as_contiguous(look, shifted(other), "non-native byte order, unaligned")

    judge.every(layouts.in_all(), law)
    for dtype in ("float64", "int16", "int32", "int64", "float16"):
        judge.every(layouts.in_all(dtype)[::3], law)
    for dtype in ("float32", "float64", "int16"):
        judge.every(layouts.in_all(dtype)[::9], laid)
        swapped_first = Case(f"layout.unseen-{dtype}", Pool.of(2), (1, 7, 6, 22), tied, dtype)
        judge.every([swapped_first], unseen, shrinks=False)


@pytest.mark.clause("layout.alignment")
def test_alignment_changes_nothing(judge: Judge) -> None:
    """Hand over the same numbers off their natural place by every part of an item."""

    def law(look: Look) -> None:
        for by in range(1, look.original.itemsize):
            same_as_contiguous(look, shifted(look.original, by), f"unaligned data, off by {by}")

    judge.every(judge.nearest(layouts.in_all()), law)
    for dtype in ("float64", "int64", "int32", "float16"):
        judge.every(layouts.in_all(dtype)[:3], law)


@pytest.mark.clause("layout.strides")
def test_data_may_begin_anywhere(judge: Judge) -> None:
    """Hand over the same elements, special ones among the first and last, past each place."""

    def law(look: Look) -> None:
        x = look.original
        for by in range(x.itemsize, VECTOR + 1, x.itemsize):
            same_as_contiguous(look, shifted(x, by), f"data begin {by} bytes past a vector")

    judge.every(_special_ends(), law)


def _special_ends() -> tuple[Case, ...]:
    calls = {"row": (Pool.of((1, 2)), (1, 1, 1, 38)), "planes": (Pool.of(2, 1), (1, 3, 3, 5))}
    ends = {"nan": np.nan, "inf": np.inf, "minus-inf": -np.inf}
    found = []
    for name, (pool, shape) in calls.items():
        for dtype in ("float32", "float64", "float16", "int8", "int32"):
            for end, value in ends.items() if dtype.startswith("float") else [("most", 127)]:
                tier = "smoke" if end in {"nan", "most"} and name == "row" else "default"
                case_id = f"begin.{name}-{end}-{dtype}"
                found.append(Case(case_id, pool, shape, _ending_in(value), dtype, tier))
    return tuple(found)


def _ending_in(value: float) -> Fill:
    """Return a fill of different numbers with a special one first and another last."""

    def fill(case: Case, seed: int) -> Array:
        x = plane_distinct(case, seed).astype(np.float64)
        x.reshape(-1)[[0, -1]] = value
        return x.astype(dtype_of(case.dtype))

    return fill


def same_if_answered(look: Look, dx: Array, dy: Array, note: str) -> None:
    """Require this input gradient for an output gradient that is not aligned, if there is one."""
    outcome = look.bench.outcome("backward", dy, look.saved)
    if isinstance(outcome.value, np.ndarray):  # else it is refused, as an input may be
        require_equal(dx, native(plain_array("backward", outcome.value)), note)


@pytest.mark.clause("layout.gradient")
def test_layout_of_the_output_gradient_changes_nothing(judge: Judge) -> None:
    """Hand over the same output gradient in nine layouts and broadcast from one number."""

    def law(look: Look) -> None:
        dy, dx = gradient(look)
        if look.implementation.dialect.gradient_ties == "split":
            dy = of_exact_shares(look, dy)
            dx = look.dx(dy, "exact shares")
        for name, view in strided(dy):
            got = look.bench.array("backward", view, look.saved)
            require_equal(dx, native(got), f"output gradient: {name}")
        ones = look.dx(np.ones_like(dy), "ones")
        for axis in range(dy.ndim):
            one = np.broadcast_to(np.ones((), dy.dtype), dy.shape)
            got = look.bench.array("backward", one, look.saved)
            require_equal(ones, native(got), "output gradient broadcast from one number")
            part = np.broadcast_to(np.take(dy, [0], axis=axis), dy.shape)
            wanted = look.bench.array("backward", part.copy(), look.saved)
            got = look.bench.array("backward", part, look.saved)
            require_equal(wanted, got, f"output gradient with zero stride on axis {axis}")

        same_if_answered(look, dx, shifted(dy), "output gradient that is not aligned")

    judge.every(layouts.in_all(), law, needs=["gradient"])
    judge.every(layouts.of_equals(), law, needs=["gradient"])
    many = [case for case in kernels.claimed_often() if case.pool.rank < 3]  # noqa: PLR2004 - cubes
    judge.every(many, law, needs=["gradient"])
