"""Checks of output sizes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from conformance import witness
from conformance.calls import Look
from conformance.cases import geometry, hand, planes, sizes
from conformance.cases.case import Array, Case, one_hot, plane_distinct, plane_negative
from conformance.checks.rows import answers_row
from conformance.checks.test_results import gradient, require_together
from conformance.checks.test_window import footprint
from conformance.gather import members
from conformance.judge import Judge
from conformance.nonconformance import NonconformanceError, pooling, require_all, require_same
from reference.geometry import same_padding
from reference.pool import Pool


def require_sizes(look: Look, expected: tuple[int, ...], rule: str) -> None:
    """Require these spatial sizes of the output."""
    got = look.y.shape[-look.case.pool.rank :]
    if got != expected:
        note = f"{rule} gives {expected}"
        raise NonconformanceError(f"spatial sizes {expected}", f"spatial sizes {got}", note)


@pytest.mark.clause("shape.planes")
def test_batch_and_channels_pass_through(judge: Judge) -> None:
    """Compare the leading sizes of output and input for many counts."""

    def law(look: Look) -> None:
        rank = look.case.pool.rank
        leading, got = look.case.shape[:-rank], look.y.shape[:-rank]
        if got != leading:
            raise NonconformanceError(f"leading sizes {leading}", f"leading sizes {got}")

    judge.every(planes.counts(), law)
    judge.every(geometry.few(judge.tier), law)


@pytest.mark.clause("shape.floor")
def test_sizes_round_down(judge: Judge) -> None:
    """Compare every size with the formula of the clause."""

    def law(look: Look) -> None:
        pool, sizes_in = look.case.pool, look.case.shape[-look.case.pool.rank :]
        expected = []
        for n, k, s, (pb, pe), d in zip(
            sizes_in, pool.kernel_size, pool.stride, pool.padding, pool.dilation, strict=True
        ):
            expected.append((n + pb + pe - ((k - 1) * d + 1)) // s + 1)
        require_sizes(look, tuple(expected), "floor((n + pb + pe - ek) / s) + 1")

    floor = [case for case in geometry.planes(judge.tier) if not case.pool.ceil_mode]
    judge.every(floor, law)


@pytest.mark.clause("shape.halving")
def test_two_by_two_halves(judge: Judge) -> None:
    """Pool 2x2 with stride 2 over even and odd sizes."""

    def law(look: Look) -> None:
        if look.case.pool != Pool.of(2):
            return  # what shrinking made of it halves nothing
        height, width = look.case.shape[-2:]
        require_sizes(look, (height // 2, width // 2), "halving, an odd row or column dropped")

    cases = [
        Case(
            f"half.{h}x{w}",
            Pool.of(2),
            (1, 2, h, w),
            plane_negative,
            tier="smoke" if abs(h - w) in {0, 1, 5} else "default",
        )
        for h, w in itertools.product((2, 3, 4, 7, 8, 9, 28), repeat=2)
        if h != w or h == 28  # noqa: PLR2004 - the digit of the seed article
    ]
    judge.every(cases, law)


@pytest.mark.clause("shape.exact")
def test_a_size_past_24_bits_is_exact(judge: Judge) -> None:
    """Pool an axis of 2**24 + 4 elements with 98 windows; in float32 they would be 97."""

    def law(look: Look) -> None:
        sizes_of = (1, 98) if look.case.shape[-1] > 1 else (98, 1)
        require_sizes(look, sizes_of, "floor((2**24 + 4 - 3) / 172961) + 1")
        expected = np.zeros((1, 1, *sizes_of), look.case.dtype)
        expected.reshape(-1)[-1] = 1
        require_same(expected, look.values, "the last window reads the end of the axis")

    judge.every(sizes.past_24_bits(), law, shrinks=False)


@pytest.mark.clause("ceil.start-rule")
def test_a_size_past_24_bits_is_rounded_up_exactly(judge: Judge) -> None:
    """Pool an axis of 2**24 + 2**18 + 1 elements with 66 windows; in float32 they would be 65."""

    def law(look: Look) -> None:
        require_sizes(look, (1, 66), "ceil((2**24 + 1) / 2**18) + 1")
        expected = np.zeros((1, 1, 1, 66), np.int8)
        expected[..., -1] = 1
        require_same(expected, look.values, "the last window starts at the last element")

    judge.every(sizes.past_24_bits_rounded_up(), law, shrinks=False)


@pytest.mark.clause("shape.floor")
def test_long_rows_divide_exactly(judge: Judge) -> None:
    """Pool long rows by single elements, far apart, where the division by the stride is close."""

    def law(look: Look) -> None:
        stride = look.case.pool.stride[1]
        expected = look.original[..., ::stride]
        require_sizes(look, expected.shape[2:], f"({look.case.shape[3]} - 1) // {stride} + 1")
        require_same(expected, look.values, "the windows hold an element each")

    judge.every(sizes.quotients(), law, shrinks=False)


@pytest.mark.clause("shape.unread")
def test_unread_elements_have_no_influence(judge: Judge) -> None:
    """Replace what no window reads by +inf, NaN and -inf, and look at its gradient."""

    def law(look: Look) -> None:
        unread = _unread(look)
        parts = []
        for poison in _poisons(look.x.dtype):
            x = look.original[:2].copy()
            x[..., unread] = poison
            parts.append((f"an element that no window reads became {poison}", x, look.values[:2]))
        require_together(look, parts)
        if look.claims("gradient"):
            dx = gradient(look)[1]
            zero = np.zeros_like(dx)
            note = "an element that no window reads got a gradient"
            require_same(zero, dx, note, np.broadcast_to(unread, dx.shape))

    floors = [case for case in geometry.thinned(judge.tier) if not case.pool.ceil_mode]
    cases = [case for case in judge.nearest(floors) if case.needs & {"remainder", "gaps"}]
    judge.every(cases, law)


def _poisons(dtype: np.dtype[Any]) -> Iterable[float]:
    """Return what would be seen by whoever reads it."""
    if dtype.kind not in "iub":
        return np.inf, np.nan, -np.inf
    return (False, True) if dtype.kind == "b" else (np.iinfo(dtype).max, np.iinfo(dtype).min)


def _unread(look: Look) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    sizes_in = look.case.shape[-look.case.pool.rank :]
    member = members(look.case, look.implementation.dialect)
    unread = np.ones(math.prod(sizes_in), bool)
    unread[member[member >= 0]] = False
    return unread.reshape(sizes_in)


@pytest.mark.clause("ceil.start-rule")
def test_sizes_round_up_by_the_rule(judge: Judge) -> None:
    """Compare every size with windows laid one by one until the rule forbids the next."""

    def law(look: Look) -> None:
        pool, rule = look.case.pool, look.implementation.dialect.ceil
        if not pool.ceil_mode:
            return
        lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        expected = tuple(
            witness.count_windows(n, k, s, pads, d, rule)
            for n, k, s, pads, d in zip(look.case.shape[-pool.rank :], *lists, strict=True)
        )
        require_sizes(look, expected, f"ceil_mode by {rule}")

    judge.every(geometry.planes(judge.tier), law)
    _rounding_rows(judge)


def _rounding_rows(judge: Judge) -> None:
    if judge.implementation.dialect.ceil == "start-rule":
        by_id = {row.case.id: row for row in hand.CEIL}
        cases = [row.case for row in hand.CEIL]
        judge.every(cases, lambda look: answers_row(look, by_id), needs=["ceil"], shrinks=False)


@pytest.mark.clause("ceil.overhang")
def test_the_overhang_is_not_read(judge: Judge) -> None:
    """Move a single one below windows that hang over the end, and compare with rows by hand."""
    ceil = [case for case in geometry.planes(judge.tier) if case.pool.ceil_mode]
    judge.every(ceil, footprint, needs=["ceil"])
    _rounding_rows(judge)


@pytest.mark.clause("same.upper")
def test_same_upper_pads_the_end(judge: Judge) -> None:
    """Ask for same-upper by its word; sizes and footprints must be those of its pads."""
    _same(judge, "same-upper")


@pytest.mark.clause("same.lower")
def test_same_lower_pads_the_begin(judge: Judge) -> None:
    """Ask for same-lower by its word; sizes and footprints must be those of its pads."""
    _same(judge, "same-lower")


def _same(judge: Judge, word: str) -> None:
    def law(look: Look) -> None:
        pool, sizes_in = look.case.pool, look.case.shape[-2:]
        expected = tuple(-(-n // s) for n, s in zip(sizes_in, pool.stride, strict=True))
        require_sizes(look, expected, "ceil(n / s)")
        footprint(look)

    judge.every(_same_cases(word, judge.tier), law, needs=[word])


def _same_cases(word: str, tier: str) -> list[Case]:
    """Return the table of hand.SAME, and more axes from an enumeration, as footprints."""
    axes = [row[:4] for row in hand.SAME[word]]
    more = list(itertools.product(range(1, 7), range(1, 5), range(1, 4), range(1, 3)))
    lists = [axes] if tier == "smoke" else [axes, more]
    pairs = [
        (axis, some[(number * 7 + 3) % len(some)])
        for some in lists
        for number, axis in enumerate(some)
    ]
    found = []
    for (n, k, s, d), (n2, k2, s2, d2) in pairs:
        pads = (same_padding(n, k, s, d, word), same_padding(n2, k2, s2, d2, word))
        pool = Pool((k, k2), (s, s2), pads, (d, d2), auto_pad=word)
        name = f"{word}.{n}k{k}s{s}d{d}x{n2}k{k2}s{s2}d{d2}"
        found.append(Case(name, pool, (n * n2, 1, n, n2), one_hot))
    return list({case.id: case for case in found}.values())


@pytest.mark.clause("same.upper")
def test_the_table_of_same_upper_holds(judge: Judge) -> None:
    """Compare sizes and values with explicit pads that were worked out by hand."""
    _table(judge, "same-upper")


@pytest.mark.clause("same.lower")
def test_the_table_of_same_lower_holds(judge: Judge) -> None:
    """Compare sizes and values with explicit pads that were worked out by hand."""
    _table(judge, "same-lower")


def _table(judge: Judge, word: str) -> None:
    def law(look: Look) -> None:
        x, pool = look.original.copy()[0, 0, 0], look.case.pool
        begin = pads[look.case.id]
        k, s, d = pool.kernel_size[1], pool.stride[1], pool.dilation[1]
        starts = range(-begin, -begin + -(-len(x) // s) * s, s)
        taps = [
            [start + j * d for j in range(k) if 0 <= start + j * d < len(x)] for start in starts
        ]
        expected = np.array([x[real].max() for real in taps], x.dtype)
        require_all(look.y.shape[-1] == len(expected), expected, look.y, "the size is ceil(n / s)")
        require_same(expected[None, None, None], look.values, f"{begin} stand before the first")

    pads = {}
    cases = []
    for n, k, s, d, (begin, end) in hand.SAME[word]:
        case = Case(
            f"{word}.row-n{n}k{k}s{s}d{d}",
            Pool((1, k), (1, s), ((0, 0), (begin, end)), (1, d), auto_pad=word),
            (1, 1, 1, n),
            plane_distinct,
        )
        pads[case.id] = begin
        cases.append(case)
    judge.every(cases, law, needs=[word], shrinks=False)


FAR = (2**31 + 1, 2**32 + 1, 2**32 + 2, 2**40, 2**48 + 1, 2**61)
"""Steps that no 32 bits hold; cut off they are small, or none. Python hashes the last as 1."""


@pytest.mark.clause("shape.exact")
def test_steps_past_32_bits_are_not_cut_off(judge: Judge) -> None:
    """Ask for one window, with strides and dilations past 32 bits; they may be refused."""

    def law(look: Look) -> None:
        here, ones = look.case.pool, (1,) * look.case.pool.rank
        whole, one = (slice(None),) * 2, (slice(1),) * here.rank
        first = look.values[whole + one]
        single = set(here.kernel_size) == {1}
        for step in FAR:
            steps = tuple(step * one for one in ones)
            far = replace(here, stride=steps)
            _refused_or(look, replace(far, dilation=steps) if single else far, first)

    cases = [
        Case("step.far-k2", Pool.of(2, 1), (1, 2, 4, 5), plane_distinct),
        Case("step.far-k1", Pool.of(1), (1, 2, 3, 4), plane_distinct),
        Case("step.far-line", Pool.of((1,)), (1, 2, 4), plane_distinct),
        Case("step.far-cube", Pool.of((1, 2, 1), 1), (1, 1, 2, 3, 2), plane_distinct),
    ]
    judge.every(cases, law, shrinks=False)


def _refused_or(look: Look, pool: Pool, expected: Array) -> None:
    """Require this output of the same input below other windows, if they are not refused."""
    if not look.offers(look.original, pool=pool):
        return
    with pooling(look.original, pool):
        pair = look.bench.unless_refused(look.original.copy(), pool, (Exception,))
        if pair is not None:
            require_same(expected, pair[0], "one window alone is asked for")
