"""Checks of memory: what results share with arguments, and how arguments lie, in every rank."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import layouts
from conformance.cases.case import Array, Case, plane_distinct
from conformance.checks.results import everything, of_pair, opposite, same_everything
from conformance.checks.test_layout import (
    same_as_contiguous,
    same_as_copy,
    shifted,
    strided,
    swapped,
)
from conformance.checks.test_purity import spoilt_before_going_back
from conformance.checks.test_refused_gradients import require_shapes_refused
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    native,
    noting,
    require_equal,
)
from reference.pool import Pool


def _copying() -> list[Case]:
    """Return calls that may be taken for a copy: one element in each window, in every rank."""
    calls = {
        "one": (Pool.of(1), (2, 2, 3, 4)),
        "steps": (Pool.of(1, 2), (1, 2, 5, 7)),
        "line": (Pool.of((1,)), (2, 2, 5)),
        "line-steps": (Pool.of((1,), (2,)), (2, 2, 5)),
        "cube": (Pool.of((1, 1, 1)), (1, 2, 2, 3, 2)),
        "whole": (Pool.of((2, 3)), (1, 1, 2, 3)),
        "single": (Pool.of(1), (1, 1, 1, 1)),
        "dilated": (Pool.of(1, 1, 0, 2), (1, 2, 3, 3)),
        "ceil": (Pool.of(1, 2, ceil_mode=True), (1, 1, 3, 5)),
        "padded": (Pool.of(3, 1, 1), (2, 3, 1, 1)),
        "padded-rows": (Pool.of((3, 1), 1, ((1, 1), (0, 0))), (1, 2, 1, 4)),
        "padded-before": (Pool.of((1, 2), 1, ((0, 0), (4, 0)), (1, 4)), (1, 2, 3, 4)),
    }
    found = [
        Case(f"own.{name}-{dtype}", pool, shape, plane_distinct, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in (("float32", "float64") if name != "one" else ("float32", "int32", "float16"))
    ]
    return found + [case.without_batch() for case in found[::2]]


def _handed_over(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield the same elements in arrays that may tempt to hand them back."""
    yield "", x.copy()
    yield ", one number that is broadcast", np.broadcast_to(x.reshape(-1)[0], x.shape)
    locked = x.copy()
    locked.flags.writeable = False
    yield ", read-only", locked
    yield ", in Fortran order", np.asfortranarray(x)
    yield ", a part of another array", np.concatenate([x, x])[len(x) :]


@pytest.mark.clause("result.owned")
def test_copies_are_copies_in_every_rank(judge: Judge) -> None:
    """Look for shared memory below windows of one element, whatever array is handed over."""

    def law(look: Look) -> None:
        case = look.case
        for name, x in _handed_over(look.original):
            y, saved = look.bench.forward(x, case.pool)
            _apart(y, x, f"the output shares memory with the input{name}")
            if look.claims("indices"):
                index = look.bench.array("indices", saved)
                _apart(index, x, f"the indices share memory with the input{name}")
            if look.claims("gradient"):
                dy = case.dy(y.shape, look.seed)
                dy.flags.writeable = x.flags.writeable
                dx = look.bench.array("backward", dy, saved)
                _apart(dx, dy, f"the input gradient shares memory with the output gradient{name}")
                _apart(dx, x, f"the input gradient shares memory with the input{name}")

    judge.every(_copying(), law)


def _apart(result: Array, argument: Array, note: str) -> None:
    if np.shares_memory(result, argument):
        raise NonconformanceError("an array of its own", result, note)


@pytest.mark.clause("pure.input")
def test_arguments_keep_every_bit(judge: Judge) -> None:
    """Compare the bytes of inputs and output gradients that hold special values, in any layout."""

    def law(look: Look) -> None:
        case = look.case
        special = _with_specials(look.original)
        for name, x in (*_handed_over(special), *_lent(special)):
            owner = x.base if isinstance(x.base, np.ndarray) else x
            before = owner.tobytes("A")
            pair = look.bench.unless_refused(x, case.pool)
            sent = [] if pair is None else _given_back(look, x, *pair)
            if owner.tobytes("A") != before:
                note = f"a bit of the input{name}, or of the array around it, changed"
                raise NonconformanceError(_with_specials(look.original), x, note)
            for dy, bits in sent:
                if dy.tobytes() != bits:
                    raise NonconformanceError(
                        "the output gradient as it was", dy, "a bit of it changed"
                    )

    calls = {
        "tiling": (Pool.of(2), (2, 2, 4, 4)),
        "padded": (Pool(((3, 2)), (2, 1), ((1, 1), (0, 1)), (1, 1)), (1, 2, 5, 4)),
        "line": (Pool.of((3,), (2,), 1), (1, 2, 7)),
        "one": (Pool.of(1), (1, 2, 3, 3)),
        "cube": (Pool.of((2, 1, 2)), (1, 2, 4, 3, 2)),
        "unbatched": (Pool.of(2, 1), (2, 3, 4)),
    }
    cases = [
        Case(f"bits.{name}-{dtype}", pool, shape, plane_distinct, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in ("float32", "float64", "float16")
    ]
    judge.every(cases, law, shrinks=False)


def _given_back(look: Look, x: Array, y: Array, saved: object) -> list[tuple[Array, bytes]]:
    """Ask for indices and gradients; return what was sent back, and the bytes that it had."""
    if look.claims("indices"):
        look.bench.unless_declined(x, "indices", saved)
    if not look.claims("gradient"):
        return []
    plain = look.case.dy(y.shape, look.seed).astype(native(y).dtype)
    sent = [(dy, dy.tobytes()) for dy in (plain, _with_specials(plain))]
    for dy, _ in sent:
        look.bench.unless_declined(x, "backward", dy, saved)
    return sent


def _lent(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield the same elements in views of larger arrays, unaligned, and with bytes swapped."""
    for name, view in strided(x):
        yield f", {name}", view
    yield ", in the other byte order", swapped(x)
    yield ", unaligned", shifted(x)


def _with_specials(array: Array) -> Array:
    """Return a copy with NaN of two kinds, infinities and -0 here and there."""
    found = array.copy()
    flat = found.reshape(-1)
    payload = np.array([np.nan], array.dtype)
    payload.view(f"u{array.itemsize}")[0] += 5
    for place, value in enumerate((np.nan, -0.0, np.inf, payload[0], -np.inf, -np.nan)):
        flat[place * 3 % flat.size] = value
    return found


@pytest.mark.clause("pure.saved")
def test_saved_state_is_private_in_any_rank(judge: Judge) -> None:
    """Overwrite input, output, gradients and indices before going back, in every rank."""

    def law(look: Look) -> None:
        spoilt_before_going_back(look, look.original.copy())

    large = [
        Case("lie.large", Pool.of(3, 2), (1, 4, 64, 68), plane_distinct),
        Case("lie.larger", Pool.of(2), (1, 4, 260, 256), plane_distinct, tier="default"),
    ]
    judge.every((*judge.nearest(laid_out()), *large), law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_what_a_view_shows_may_change_as_well(judge: Judge) -> None:
    """Hand over views of every kind, and overwrite the arrays that they are views of."""

    def law(look: Look) -> None:
        for name, view, owner in _of_others(look.original.copy()):
            with noting(f"{name} had been pooled, and then changed"):
                spoilt_before_going_back(look, view, owner)

    judge.every(some_laid_out(judge), law, shrinks=False)


@pytest.mark.clause("pure.stateless")
def test_new_contents_of_a_view_are_seen(judge: Judge) -> None:
    """Pool a view of every kind, overwrite what it shows, and pool it again."""

    def law(look: Look) -> None:
        pool, other = look.case.pool, np.flip(look.original).copy()
        right = everything(look, other, pool)
        lent = ((name.lstrip(" ,"), view, view) for name, view in _lent(look.original.copy()))
        for name, view, owner in (*_in_place(look.original.copy()), *lent):
            try:
                look.bench.forward(view, pool)
            except NonconformanceError:
                continue  # what memory may look like is another clause's
            changed = view if view.flags.writeable else owner
            if not changed.flags.writeable:  # the call locked it
                continue
            changed[...] = other
            with noting(f"{name} had been pooled, and then changed"):
                pair = look.bench.unless_refused(view, pool)
                if pair is not None:
                    found = of_pair(look, pair, view, pool)
                    made = {result for result, _ in found}
                    wanted = [(result, array) for result, array in right if result in made]
                    same_everything(wanted, found, "pooled again")
        both = np.concatenate([look.original, other])
        look.bench.forward(both[: len(other)], pool)
        with noting("another part of the same array had been pooled"):
            got = everything(look, both[len(other) :], pool)
            same_everything(right, got, "a part of an array")

    judge.every(some_laid_out(judge), law, shrinks=False)


def _of_others(x: Array) -> Iterator[tuple[str, Array, Array]]:
    """Yield what the input is called, a view of it, and the array that it is a view of."""
    yield from _in_place(x)
    turned, flipped = np.asfortranarray(x), np.flip(x, -1).copy()
    yield "an array in Fortran order", turned, turned
    yield "a flipped view", np.flip(flipped, -1), flipped


def _in_place(x: Array) -> Iterator[tuple[str, Array, Array]]:
    """Yield those of the views whose elements stand as in an array of their own."""
    locked = x.copy()
    view = locked.view()
    view.flags.writeable = False
    yield "a read-only view", view, locked
    whole = x.copy()
    yield "a view", whole.view(), whole
    larger = np.concatenate([x, x, x])
    yield "a part of a larger array", larger[len(x) : 2 * len(x)], larger


@pytest.mark.clause("refusal.untouched")
def test_a_refused_gradient_changes_nothing(judge: Judge) -> None:
    """Send output gradients of wrong shape; they stay as they are, and the right one works."""

    def law(look: Look) -> None:
        dy, shape = look.dy, look.values.shape
        expected = look.dx(dy, "case").copy()
        other_sizes = (*shape[:-1], shape[-1] + 1), (3, *shape[1:]), look.case.shape, shape[::-1]
        for wrong in (*other_sizes, (*shape, 1), shape[1:], ()):
            sent = np.full(wrong, 3.0, look.x.dtype)
            look.bench.outcome("backward", sent, look.saved)
            if sent.shape != wrong:
                note = "the refused call gave the output gradient another shape"
                raise NonconformanceError(f"shape {wrong}", f"shape {sent.shape}", note)
            if (sent != 3).any():  # noqa: PLR2004 - what was sent
                note = "the refused call wrote into the output gradient"
                raise NonconformanceError(np.full(wrong, 3.0, sent.dtype), sent, note)
            again = look.bench.array("backward", dy.copy(), look.saved)
            require_equal(expected, again, f"after an output gradient of shape {wrong}")

    cases = [
        Case("refused.tiling", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("refused.overlap", Pool.of(2, 1), (2, 1, 3, 4), plane_distinct),
    ]
    judge.every(cases, law, needs=["gradient"], shrinks=False)


def laid_out() -> list[Case]:
    """Return calls of every rank, with and without a batch axis."""
    line, cube = Pool.of((2,), (1,)), Pool.of((1, 2, 2), (1, 2, 1))
    found = [
        Case("lie.line", line, (2, 3, 5), plane_distinct),
        Case("lie.cube", cube, (2, 3, 2, 4, 3), plane_distinct),
        Case("lie.plane", Pool.of(2, (1, 2)), (2, 3, 4, 6), plane_distinct),
        Case("lie.square", Pool.of(3, 1, 1), (2, 4, 4, 4), plane_distinct),
        Case("lie.one-channel", Pool.of(2), (2, 1, 4, 4), plane_distinct),
        Case("lie.plane-int16", Pool.of(2), (2, 3, 4, 6), plane_distinct, "int16"),
        Case("lie.plane-float16", Pool.of(2), (2, 3, 4, 6), plane_distinct, "float16"),
        Case("lie.plane-float64", Pool.of(3, 1), (2, 3, 4, 6), plane_distinct, "float64"),
    ]
    unlike = Pool((2, 1, 2), (1, 1, 2), ((1, 0), (0, 0), (0, 1)), (1, 1, 1))
    unbatched = [case.without_batch() for case in found[:5]]
    apart = Case(
        "lie.cube-dilated", Pool.of((2, 2, 2), 1, 0, (1, 2, 3)), (1, 2, 3, 4, 5), plane_distinct
    )
    found.append(apart)
    return [*found, *unbatched, Case("lie.cube-unlike", unlike, (2, 2, 2, 3, 4), plane_distinct)]


def floats_laid_out() -> list[Case]:
    """Return those of them that have a gradient."""
    return [case for case in laid_out() if case.dtype != "int16"]


def some_laid_out(judge: Judge) -> list[Case]:
    """Return them, or in the smoke tier every second, as they are offered."""
    return judge.nearest(laid_out()[:: 2 if judge.tier == "smoke" else 1])


@pytest.mark.clause("layout.strides")
def test_memory_layout_changes_nothing_in_any_rank(judge: Judge) -> None:
    """Hand over the same elements in many layouts, in every rank and without a batch axis."""

    def law(look: Look) -> None:
        x = look.original
        for name, view in strided(x.copy()):
            same_as_contiguous(look, view, name)
        same_as_contiguous(
            look, np.concatenate([opposite(x[::-1]), x])[len(x) :], "a later part of a larger array"
        )

    judge.every(judge.nearest(laid_out()), law)


@pytest.mark.clause("layout.strides")
def test_strides_that_say_nothing(judge: Judge) -> None:
    """Hand over any stride on axes of one position, and views that span what they would dense."""

    def law(look: Look) -> None:
        x = look.original
        for axis in (axis for axis, n in enumerate(x.shape) if n == 1):
            part = (slice(None),) * axis
            several = np.concatenate([x, x * 3, x * 5], axis)
            view = several[(*part, slice(None, None, 2))][(*part, slice(1))]
            same_as_contiguous(look, view, f"any stride on axis {axis}, which has one position")
        for name, view in _one_number_or_two(x):
            same_as_copy(look, view, name)

    judge.every(layouts.single(), law)


def _one_number_or_two(x: Array) -> Iterator[tuple[str, Array]]:
    """Yield one number in the shape of x, and a column of numbers that spans as much as x."""
    yield "one number, broadcast", np.broadcast_to(x.reshape(-1)[0], x.shape)
    rows, width = x.shape[-2:]
    if x.size == rows * width and rows > 1 and (x.size - 1) % (rows - 1) == 0:
        column = x.reshape(-1)[:: (x.size - 1) // (rows - 1)]
        yield "a broadcast column", np.broadcast_to(column[:, None], x.shape)


@pytest.mark.clause("layout.byte-order")
def test_byte_order_changes_nothing_in_any_rank(judge: Judge) -> None:
    """Hand over the same numbers with their bytes swapped, in every rank."""

    def law(look: Look) -> None:
        same_as_contiguous(look, swapped(look.original), "non-native byte order")

    judge.every(judge.nearest(laid_out()), law)


@pytest.mark.clause("layout.alignment")
def test_alignment_changes_nothing_in_any_rank(judge: Judge) -> None:
    """Hand over the same numbers one byte off their natural place, in every rank."""

    def law(look: Look) -> None:
        same_as_contiguous(look, shifted(look.original), "unaligned data")

    judge.every(judge.nearest(laid_out()), law)


@pytest.mark.clause("grad.shape-checked")
def test_another_shape_is_refused_in_any_rank(judge: Judge) -> None:
    """Hand over output gradients of other shapes, in every rank and without a batch axis."""

    def law(look: Look) -> None:
        shape = look.values.shape
        others = [(1, *shape), shape[1:], (*shape[:-1], shape[-1] + 1), (*shape[:-1], 1)]
        others += [(*shape[:-2], shape[-1], shape[-2]), look.case.shape, (shape[0] + 1, *shape[1:])]
        require_shapes_refused(look, others)

    judge.every(floats_laid_out(), law, needs=["gradient"], shrinks=False)


@pytest.mark.clause("layout.gradient")
def test_layout_of_the_gradient_changes_nothing_in_any_rank(judge: Judge) -> None:
    """Hand over the same output gradient in many layouts, in every rank."""

    def law(look: Look) -> None:
        dy = look.dy
        dx = look.dx(dy, "case")
        for name, view in strided(dy.copy()):
            got = look.bench.array("backward", view, look.saved)
            require_equal(dx, native(got), f"output gradient: {name}")

    judge.every(floats_laid_out(), law, needs=["gradient"])
