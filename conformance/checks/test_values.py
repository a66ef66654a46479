"""Checks of the values: the definition, and laws that need no oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import (
    common,
    geometry,
    hand,
    kernels,
    networks,
    planes,
    sizes,
    types,
    windows,
)
from conformance.cases.case import Array, Case, Fill, distinct, dtype_of, plane_distinct
from conformance.checks.rows import answers_row
from conformance.checks.test_results import ALL_TYPES, require_together
from conformance.checks.test_window import footprint
from conformance.features import FLOATS
from conformance.gather import is_nan, rows
from conformance.gather import windows as windows_of
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    native,
    require_all,
    require_equal,
    require_same,
    same_bits,
)
from reference.forward import lowest
from reference.pool import Pool


def definition(judge: Judge, cases: Iterable[Case], *, shrinks: bool = True) -> None:
    """Judge by the answer of the oracle, bit for bit where nothing is left open."""

    def law(look: Look) -> None:
        answer = judge.answer(look.case)
        is_open = answer.contenders > 1
        require_same(answer.y, look.values, "not the largest element of its window", ~is_open)
        require_equal(answer.y, look.values, "not the largest element of its window")

    judge.every(cases, law, shrinks=shrinks)


def is_maximum(look: Look) -> None:
    """Require of each output that it is the largest of the elements that its window holds."""
    view = windows_of(look)
    dialect = look.implementation.dialect
    best = view.highest(skip_nan=dialect.nan == "ignore")
    if dialect.nan == "ignore":
        only_nan = view.only_nan
        best = np.where(only_nan, np.nan, best) if only_nan.any() else best
    if dialect.float_identity == "lowest" and look.x.dtype.kind not in "iub":
        best = np.where(best == -np.inf, lowest(look.x.dtype).astype(best.dtype), best)
    expected = best.astype(look.values.dtype).reshape(look.values.shape)
    require_equal(expected, look.values, "not the largest of its window")


@pytest.mark.clause("value.maximum")
def test_every_geometry(judge: Judge) -> None:
    """Judge every enumerated geometry."""
    definition(judge, geometry.planes(judge.tier))


@pytest.mark.clause("value.maximum")
def test_many_outputs(judge: Judge) -> None:
    """Pool planes of thousands and of more than a million outputs."""

    def law(look: Look) -> None:
        *planes_of, rows_of, columns = look.original.shape
        pairs = look.original.reshape(*planes_of, rows_of, columns // 2, 2)
        require_same(pairs.max(axis=-1), look.values, "not the larger of its two")

    definition(judge, sizes.many_outputs())
    judge.every(sizes.million_outputs(), law, shrinks=False)


@pytest.mark.clause("value.maximum")
def test_common_layers(judge: Judge) -> None:
    """Judge the layers that have fast paths, on planes of every width, with any content."""
    for content in common.CONTENTS:
        definition(judge, common.layers(content))


@pytest.mark.clause("value.maximum")
def test_every_order(judge: Judge) -> None:
    """Judge every order and tie of up to four elements."""
    definition(judge, windows.orders())


@pytest.mark.clause("value.maximum")
def test_every_special_value(judge: Judge) -> None:
    """Judge every placement of NaN, infinities, zeros and the ends of the range."""
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        definition(judge, windows.specials(judge.tier if dtype == "float32" else "smoke", dtype))


@pytest.mark.clause("value.maximum")
def test_many_planes(judge: Judge) -> None:
    """Judge many batch and channel counts."""
    definition(judge, planes.counts())
    definition(judge, planes.richer())


@pytest.mark.clause("value.maximum")
def test_long_axes_and_large_windows(judge: Judge) -> None:
    """Judge sizes past the limits of narrow types."""
    definition(judge, judge.nearest(sizes.long_axes()))
    definition(judge, sizes.many_taps())
    judge.every(kernels.in_blocks("peak"), is_maximum)
    definition(judge, sizes.wide_steps())


@pytest.mark.clause("value.maximum")
def test_every_type(judge: Judge) -> None:
    """Judge every type on ordinary numbers and on neighbours."""
    definition(judge, types.random_geometry(*ALL_TYPES))
    definition(judge, types.pairs(*ALL_TYPES))
    definition(judge, types.split_bits(*ALL_TYPES))


@pytest.mark.clause("value.maximum")
def test_real_networks(judge: Judge) -> None:
    """Judge the pooling layers of real networks."""
    definition(judge, networks.cases(), shrinks=False)


@pytest.mark.clause("value.maximum")
def test_rows_by_hand(judge: Judge) -> None:
    """Judge by the rows that were worked out by hand."""
    by_id = {row.case.id: row for row in (*hand.TIES, *hand.WINNERS)}
    judge.every(
        [row.case for row in (*hand.TIES, *hand.WINNERS)],
        lambda look: answers_row(look, by_id),
        shrinks=False,
    )


def _full_precision(case: Case, seed: int) -> Array:
    """Fill with numbers that use every bit of the type's fraction."""
    return case.generator(seed).normal(size=case.shape).astype(dtype_of(case.dtype))


def _same_below_float32(case: Case, seed: int) -> Array:
    """Fill with float64 numbers that float32 cannot tell apart."""
    order = distinct(case, seed).astype(np.float64)
    return -1 - order * 2.0**-50


def precise() -> list[Case]:
    """Return cases whose numbers lose bits in any narrower type."""
    calls = {
        "tiling": (Pool.of(2), (2, 3, 4, 6)),
        "overlap": (Pool.of(3, stride=1), (1, 2, 5, 6)),
        "padded": (Pool.of(3, stride=2, padding=1), (2, 2, 6, 5)),
        "wide": (Pool.of((1, 2)), (1, 1, 3, 16)),
        "large": (Pool.of(2), (1, 2, 60, 62)),
    }
    found = [
        Case(f"precise.{name}-{dtype}", pool, shape, _full_precision, dtype)
        for name, (pool, shape) in calls.items()
        for dtype in (*FLOATS, "float16", "bfloat16")
    ]
    return found + [
        Case(f"precise.{name}-below-float32", pool, shape, _same_below_float32, "float64")
        for name, (pool, shape) in calls.items()
    ]


@pytest.mark.clause("value.copied")
def test_outputs_are_bits_of_the_window(judge: Judge) -> None:
    """Look for the bits of each output among the elements of its window."""

    def law(look: Look) -> None:
        view, y = windows_of(look), rows(look.values, look.case)
        there = same_bits(np.broadcast_to(y[:, :, None], view.values.shape), view.values)
        found = (there & view.real).any(axis=2) | ~view.occupied[None]
        dialect = look.implementation.dialect
        if dialect.float_identity == "lowest" and y.dtype.kind not in "iub":
            skipped = ~view.real | (view.nan & (dialect.nan == "ignore"))
            nothing_else = ((view.values == -np.inf) | skipped).all(axis=2) & ~view.only_nan
            found |= nothing_else & (y == lowest(y.dtype))
        nan = is_nan(y)  # whose payload is free
        note = "the output stands nowhere in its window"
        require_all(
            (found | nan).reshape(look.values.shape), _windows_text(look), look.values, note
        )

    judge.every(precise(), law)
    judge.every(types.pairs(*ALL_TYPES), law)
    judge.every(windows.specials("smoke"), law)
    judge.every(geometry.planes("smoke"), law)


def _windows_text(look: Look) -> str:
    return f"an element of its window, bit for bit, of {look.x.dtype}"


def _tables(count: int) -> Iterable[tuple[str, Array]]:
    """Yield `count` ascending float32 numbers of several kinds."""
    steps = np.arange(count)
    one_apart = (np.float32(1).view(np.uint32) + steps.astype(np.uint32)).view(np.float32)
    yield "neighbours above 1", one_apart
    yield "neighbours below -1", -one_apart[::-1]
    yield "all negative and large", (-1e30 * (count - steps)).astype(np.float32)
    yield "all negative and tiny", (-1e-30 * (count - steps)).astype(np.float32)
    yield "subnormal", ((steps - count // 2) * np.float32(2.0**-149)).astype(np.float32)
    yield "large and positive", (1e30 * (1 + steps)).astype(np.float32)
    yield (
        "of both signs",
        (np.sign(steps - count / 2) * 2.0 ** np.abs(steps - count / 2)).astype("f4"),
    )


@pytest.mark.clause("value.monotone")
def test_increasing_maps_pass_through(judge: Judge) -> None:
    """Replace the numbers by others in the same order; the outputs are replaced alike."""

    def law(look: Look) -> None:
        x, y = look.original[:2], look.values[:2]
        known, rank = np.unique(x, return_inverse=True)
        occupied = windows_of(look).occupied.reshape(y.shape[-look.case.pool.rank :])
        where = np.broadcast_to(occupied, y.shape)
        if not np.isin(y[where], known).all():
            raise NonconformanceError("elements of the input", y, "made up an element")
        place = np.minimum(np.searchsorted(known, y), len(known) - 1)
        parts = [
            (f"mapped to numbers that are {name}", table[rank].reshape(x.shape), table[place])
            for name, table in _tables(len(known))
        ]
        require_together(look, parts, where)

    judge.every(geometry.few(judge.tier), law)
    judge.every(planes.counts()[:12], law)


@pytest.mark.clause("value.composes")
def test_two_poolings_are_one(judge: Judge) -> None:
    """Pool twice with stride 1, and once with the larger kernel."""

    def law(look: Look) -> None:
        k = look.case.pool.kernel_size
        if look.case.pool != Pool.of(k, stride=1):
            return  # what shrinking made of it composes otherwise
        for first in itertools.product(*(range(1, size + 1) for size in k)):
            second = tuple(size - part + 1 for size, part in zip(k, first, strict=True))
            once = look.again(look.original.copy(), Pool.of(first, stride=1))
            twice = look.again(native(once).copy(), Pool.of(second, stride=1))
            require_same(look.values, twice, f"kernel {first} and then {second} is not kernel {k}")

    cases = [
        Case(
            f"compose.k{h}x{w}", Pool.of((h, w), stride=1), (2, 2, 6, 7), plane_distinct, tier=tier
        )
        for tier, kernels in {
            "smoke": ((1, 3), (2, 4)),
            "default": ((3, 3), (4, 1), (5, 2)),
        }.items()
        for h, w in kernels
    ]
    judge.every(cases, law)


def _deep(value: float) -> Fill:
    """Return a fill of different numbers far below zero."""
    return lambda case, seed: value * (1 + distinct(case, seed).astype(np.float64) * 2.0**-9)


@pytest.mark.clause("pad.never-wins")
def test_padding_never_wins(judge: Judge) -> None:
    """Pool negative numbers, also far below any stand-in for -inf, beside padding."""

    def law(look: Look) -> None:
        view, y = windows_of(look), rows(look.values, look.case)
        there = same_bits(np.broadcast_to(y[:, :, None], view.values.shape), view.values)
        real = (there & view.real).any(axis=2) | ~view.occupied[None]
        won = "" if view.real.all() else ": a padded position won"
        note = f"the output is no element of its window{won}"
        if look.implementation.dialect.float_identity == "lowest":
            real |= y == lowest(y.dtype)
        require_all(real.reshape(look.values.shape), judge.answer(look.case).y, look.values, note)

    padded = [case for case in geometry.planes(judge.tier) if "padding" in case.needs]
    judge.every(padded, law)
    by_id = {row.case.id: row for row in hand.PADDED}
    judge.every(
        [row.case for row in hand.PADDED], lambda look: answers_row(look, by_id), shrinks=False
    )
    far = [
        Case(
            f"padfar.{name}-{word}-{dtype}",
            pool,
            (1, 2, *plane),
            _deep(value),
            dtype,
            "smoke" if word == "3e38" else "default",
        )
        for name, (pool, plane) in types.BORDERS.items()
        if any(pool.padding[0] + pool.padding[1])
        for word, value in (("3e38", -1.2e38), ("1e6", -1e6), ("1e-30", -1e-30), ("tenth", -0.1))
        for dtype in FLOATS
    ]
    far += [
        Case(f"padfar.{name}-1e308", pool, (1, 2, *plane), _deep(-1e308), "float64")
        for name, (pool, plane) in types.BORDERS.items()
        if any(pool.padding[0] + pool.padding[1])
    ]
    judge.every(far, law)
    judge.every([case for case in common.layers("negative") if "padding" in case.needs], law)


@pytest.mark.clause("pad.sides")
def test_padding_stands_on_its_side(judge: Judge) -> None:
    """Move a single one below asymmetric padding, and compare with rows by hand."""
    lopsided = [
        case
        for case in geometry.planes(judge.tier)
        if "asymmetric-padding" in case.needs and not case.needs & {"dilation", "ceil"}
    ]
    judge.every(lopsided, footprint)
    by_id = {row.case.id: row for row in hand.SIDES}
    cases = [row.case for row in hand.SIDES]
    judge.every(cases, lambda look: answers_row(look, by_id), shrinks=False)
