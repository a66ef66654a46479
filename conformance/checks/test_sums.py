"""Checks of how output gradients are read, added and handed on, whatever their size and sign."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import kernels, sums, typed, windows
from conformance.cases.case import Array, Case, dtype_of
from conformance.checks.test_sharing import floats_laid_out
from conformance.checks.test_winners import winner
from conformance.features import FLOATS, LOW_PRECISION
from conformance.gather import rows
from conformance.judge import Judge
from conformance.nonconformance import require_equal, require_same
from reference.forward import lowest


def _crowds() -> tuple[Case, ...]:
    return (*sums.crowds(), *sums.ranked_crowds())


def owed(look: Look, dy: Array) -> Array:
    """Return the exact input gradient for `dy`, in float64, by adding up at the winners."""
    to, _ = winner(look)
    planes, size = len(to), look.x.size // max(1, len(to))
    found = np.zeros((planes, size))
    np.add.at(found, (np.arange(planes)[:, None], to), rows(dy, look.case).astype(np.float64))
    return found.reshape(look.case.shape)


def settled(look: Look, dy: Array) -> Array:
    """Return `dy`, with 0 where the winner is open."""
    _, is_open = winner(look)
    return np.where(is_open.reshape(dy.shape), 0, dy).astype(dy.dtype)


def _patterns(look: Look) -> Iterator[tuple[str, Array]]:
    """Yield output gradients whose sums need every bit of the type, or more than that.

    In float32, or in the type itself where that holds more, no partial sum is ever rounded; sums
    of the largest number are infinite in any order.
    """
    shape, dtype = look.values.shape, look.x.dtype
    bits = sums.EXACT_BITS[look.case.dtype]
    large = 2.0 ** (bits if look.case.dtype in LOW_PRECISION else bits - 1)
    planes, count = rows(look.values, look.case).shape
    for place in dict.fromkeys((0, count // 2, count - 1)):
        dy = np.ones((planes, count))
        dy[:, place] = large
        yield f"{large:g} at {place} and ones", dy.astype(dtype).reshape(shape)
    dy = np.ones((planes, count))
    dy[:, 0], dy[:, -1] = large, -large
    yield f"{large:g}, ones and {-large:g}", dy.astype(dtype).reshape(shape)
    if look.case.dtype != "float64":  # what sums exactly may have no larger type to do it in
        most = -float(lowest(dtype))
        yield "the largest number everywhere", np.full(shape, most).astype(dtype)
    if look.case.dtype == "float16":
        dy = np.zeros((planes, count))
        dy[:, : count // 2], dy[:, count // 2 : count // 2 * 2] = 61440.0, -61440.0
        yield "61440 and as often -61440", dy.astype(dtype).reshape(shape)
    generator = look.case.generator(look.seed, "patterns")
    if look.case.dtype in LOW_PRECISION:
        full = generator.integers(1 - 2**bits, 2**bits, shape)
        yield "whole numbers that fill the type", full.astype(dtype)
        dy = np.zeros((planes, count))
        dy[:, 0], dy[:, -1] = -float(lowest(dtype)), sums.LOST_BESIDE_THE_LARGEST[look.case.dtype]
        yield "the largest number and what is lost beside it", dy.astype(dtype).reshape(shape)
    whole = generator.integers(-(2 ** (min(bits, 24) - 4)), 2 ** (min(bits, 24) - 4), shape)
    yield "whole numbers of many digits", whole.astype(dtype)
    yield "fractions", (whole * 2.0**-12).astype(dtype)


def _adds_up(look: Look) -> None:
    """Require every sum, rounded once, in types of any precision."""
    if look.implementation.dialect.gradient_ties != "winner":
        return
    for name, dy in _patterns(look):
        sent = settled(look, dy)
        with np.errstate(over="ignore"):
            expected = owed(look, sent).astype(dtype_of(look.case.dtype))
        got = look.dx(sent, name)
        require_equal(expected, got, f"the sum is not exact for {name}")


@pytest.mark.clause("grad.accumulates")
def test_sums_use_every_bit(judge: Judge) -> None:
    """Add output gradients of very different size whose sums are exact in the type."""
    cases = (
        *sums.peaks(*FLOATS),
        *sums.common_steps(),
        *(case for case in _crowds() if case.dtype in FLOATS),
    )
    judge.every(cases, _adds_up, needs=["gradient"], shrinks=False)


@pytest.mark.clause("grad.low-precision")
def test_sums_of_low_precision_are_rounded_once(judge: Judge) -> None:
    """Add output gradients whose sums do not fit the type, and compare with one rounding."""
    crowds = [case for case in _crowds() if case.dtype in LOW_PRECISION]
    cases = (*sums.peaks(*LOW_PRECISION), *crowds, *sums.long_crowds(), *sums.wide_crowds())
    judge.every(cases, _adds_up, needs=["gradient", "overlap"], shrinks=False)


@pytest.mark.clause("grad.low-precision")
def test_shares_are_added_before_they_are_rounded(judge: Judge) -> None:
    """Share odd numbers of the smallest float16 between two equals; two halves make a whole."""

    def law(look: Look) -> None:
        odd = 4 * np.arange(look.values.size).reshape(look.values.shape) + 1  # halves round down
        dy = (odd * sums.SMALLEST["float16"]).astype(look.x.dtype)
        got = look.dx(dy, "odd")[..., 1:-1]
        wide = dy.astype(np.float64)
        expected = ((wide[..., 1:] + wide[..., :-1]) / 2).astype(look.x.dtype)
        require_equal(expected, got, "the share of each of two windows was rounded by itself")

    if judge.implementation.dialect.gradient_ties == "split":
        judge.every(sums.shared(), law, needs=["gradient"], shrinks=False)


@pytest.mark.clause("grad.linear")
def test_gradients_of_every_size_are_passed_on(judge: Judge) -> None:
    """Scale output gradients down to the smallest numbers of the type, and up to large ones."""

    def law(look: Look) -> None:
        dtype = dtype_of(look.case.dtype)
        small = np.where(np.arange(look.values.size) % 3, 1.0, -2.0).reshape(look.values.shape)
        dx = look.dx(small.astype(dtype), "small").astype(np.float64)
        for factor in (sums.SMALLEST[look.case.dtype], sums.LARGEST_SAFE[look.case.dtype], 0.25):
            got = look.dx((small * factor).astype(dtype), f"times {factor}")
            note = f"the input gradient for {factor} times an output gradient"
            require_equal((dx * factor).astype(dtype), got, note)

    def every_magnitude(look: Look) -> None:
        numbers = typed.magnitudes(look.case.dtype)
        dy = settled(look, np.resize(numbers, look.values.shape))
        got = look.dx(dy, "every magnitude")
        require_equal(owed(look, dy).astype(dy.dtype), got, "a gradient of one window was changed")

    judge.every(_crowds(), law, needs=["gradient"], shrinks=False)
    every = (*sums.tiled(), *sums.rising())
    judge.every(every, every_magnitude, needs=["gradient"], shrinks=False)


@pytest.mark.clause("grad.sparse")
def test_losers_get_plus_zero_whatever_is_sent(judge: Judge) -> None:
    """Send gradients all negative, -0, infinite and NaN; who won nothing still gets +0."""

    def law(look: Look) -> None:
        to, _ = winner(look)
        won = np.zeros((len(to), look.x.size // max(1, len(to))), bool)
        np.put_along_axis(won, to, values=True, axis=1)
        losers = ~won.reshape(look.case.shape)
        zero = np.zeros(look.case.shape, look.x.dtype)
        for value in (-3.0, -0.0, np.inf, -np.inf, np.nan):
            dy = np.full(look.values.shape, value).astype(look.x.dtype)
            note = f"an element that won nothing has a gradient that is not +0, for {value}"
            require_same(zero, look.dx(dy, f"all {value}"), note, losers)

    if judge.implementation.dialect.gradient_ties == "winner":
        cases = (*_crowds(), *floats_laid_out())
        judge.every(cases, law, needs=["gradient"], shrinks=False)


@pytest.mark.clause("grad.nan")
def test_infinite_gradients_arrive_as_they_are(judge: Judge) -> None:
    """Send NaN and infinities among numbers; each winner gets what it is owed, to the last bit."""

    def law(look: Look) -> None:
        dy = look.dy
        flat = dy.reshape(-1)
        flat[1::7], flat[3::11], flat[5::13] = np.inf, -np.inf, np.nan
        sent = settled(look, dy)
        with np.errstate(invalid="ignore"):
            expected = owed(look, sent).astype(look.x.dtype)
        got = look.dx(sent, "infinite here and there")
        require_equal(
            expected, got, "NaN or infinity did not arrive at its winner, or did elsewhere"
        )

    def among_others(look: Look) -> None:
        dy = np.abs(look.dy)
        dy.reshape(-1)[dy.size // 2] = np.inf  # one of hundreds that the largest is owed
        sent = settled(look, dy)
        expected = owed(look, sent).astype(look.x.dtype)
        note = "one infinite gradient among many numbers makes their sum infinite"
        require_equal(expected, look.dx(sent, "one infinite"), note)

    if judge.implementation.dialect.gradient_ties == "winner":
        judge.every(_crowds(), law, needs=["gradient"], shrinks=False)
        judge.every(windows.specials("smoke")[:2], law, needs=["gradient"], shrinks=False)
        judge.every(floats_laid_out(), law, needs=["gradient"], shrinks=False)
        crowds = kernels.claimed_often()
        judge.every(crowds, among_others, needs=["gradient", "overlap"], shrinks=False)
