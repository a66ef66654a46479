"""Checks that a call depends on its arguments alone and leaves them alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import geometry, planes, types, windows
from conformance.cases.case import Array, Case, plane_distinct, plane_negative, tied
from conformance.checks.results import (
    GRADIENT,
    copies,
    everything,
    gone_back,
    same_everything,
)
from conformance.checks.test_results import gradient
from conformance.features import TYPES
from conformance.gather import open_sums
from conformance.judge import Judge
from conformance.nonconformance import (
    NonconformanceError,
    noting,
    require_equal,
    require_same,
    same_bits,
)
from reference.pool import Pool

TIMES_BACK = 3
"""The second answer may be the first that was kept, and the third the first that was spoilt."""


@pytest.mark.clause("pure.input")
def test_the_input_is_left_alone(judge: Judge) -> None:
    """Compare the input of every call with a copy made before it."""

    def law(look: Look) -> None:
        if look.claims("gradient"):
            gradient(look)
        if not look.untouched:
            before = look.original.copy()
            raise NonconformanceError(before, look.x, "the call wrote into its input")

    for cases in (
        geometry.thinned(judge.tier, 2),
        windows.specials("smoke"),
        planes.with_nan(),
        types.minima("int8", "int32"),
        types.infinities(-1),
    ):
        judge.every(cases, law)


@pytest.mark.clause("pure.input")
def test_read_only_arrays_are_enough(judge: Judge) -> None:
    """Hand over arrays that cannot be written to."""

    def law(look: Look) -> None:
        x = look.original.copy()
        x.flags.writeable = False
        y, saved = look.bench.forward(x, look.case.pool)
        require_same(look.values, y, "a read-only input gives another answer")
        _require_locked("input", x)
        if look.claims("gradient") and not open_sums(look, x):
            dy = look.dy
            dy.flags.writeable = False
            dx = look.bench.array("backward", dy, saved)
            require_equal(gradient(look)[1], dx, "a read-only gradient gives another answer")
            _require_locked("output gradient", dy)

    judge.every(geometry.few(judge.tier), law)


def _require_locked(name: str, array: Array) -> None:
    if array.flags.writeable:
        note = f"the call made a read-only {name} writable"
        raise NonconformanceError(f"an {name} that stays read-only", "a writable one", note)


@pytest.mark.clause("pure.input")
def test_the_output_gradient_is_left_alone(judge: Judge) -> None:
    """Compare the output gradient with a copy made before backward."""

    def law(look: Look) -> None:
        before, dy = look.dy, look.dy
        look.bench.array("backward", dy, look.saved)
        require_same(before, dy, "backward wrote into the output gradient")

    judge.every(geometry.few(judge.tier), law, needs=["gradient"])


def _sequence_cases() -> tuple[Case, ...]:
    """Return calls that are mixed with each other: their shapes and sizes partly agree."""
    other, sides = (2, 3, 5, 5), ((0, 1), (1, 0))
    later = {"one", "k3s2p1", "k3s2", "k2d1s2", "turned", "wide", "tiling-tied", "k3s2ceil"}
    found = (
        Case("mix.tiling", Pool.of(2), (2, 3, 4, 6), plane_distinct),
        Case("mix.tiling-negative", Pool.of(2), (2, 3, 4, 6), plane_negative),
        Case("mix.tiling-tied", Pool.of(2), (2, 3, 4, 6), tied),
        Case("mix.one", Pool.of(1), (2, 3, 4, 6), plane_distinct),
        Case("mix.overlap", Pool.of(2, stride=1), (2, 3, 4, 6), plane_distinct),
        Case("mix.padded", Pool.of(2, padding=1), (2, 3, 4, 6), plane_negative),
        Case("mix.k3s2p1", Pool.of(3, stride=2, padding=1), (2, 3, 4, 6), plane_negative),
        Case("mix.k3s2", Pool.of(3, stride=2), (2, 3, 4, 6), plane_distinct),
        Case("mix.k3s2ceil", Pool.of(3, stride=2, ceil_mode=True), (2, 3, 4, 6), plane_distinct),
        Case("mix.k2d2", Pool.of(2, stride=1, dilation=2), (2, 3, 4, 6), plane_distinct),
        Case("mix.k2d1s2", Pool.of((2, 3)), (2, 3, 4, 6), plane_distinct),
        Case("mix.turned", Pool.of(2), (3, 2, 6, 4), plane_distinct),
        Case("mix.wide", Pool.of(2), (1, 3, 4, 12), plane_distinct),
        Case("mix.large-batch", Pool.of(2), (9, 3, 4, 6), plane_distinct),
        Case("mix.one-item", Pool.of(2), (1, 3, 4, 6), plane_negative),
        Case("mix.float64", Pool.of(2), (2, 3, 4, 6), plane_negative, "float64"),
        Case("mix.asymmetric", Pool.of(2, padding=sides[::-1]), other, plane_negative),
        Case("mix.asymmetric-other", Pool.of(2, padding=sides), other, plane_negative),
    )
    return tuple(
        replace(case, tier="default") if case.id.removeprefix("mix.") in later else case
        for case in found
    )


@pytest.mark.clause("pure.stateless")
def test_earlier_calls_leave_no_trace(judge: Judge) -> None:
    """Make many calls in turn, forwards and backwards, and compare each with its first answer."""
    cases = [case for case in _sequence_cases() if judge.admits(case)]
    if not cases:
        return

    def law(look: Look) -> None:
        first = _first_answers(look, cases)
        made = [case for case in cases if case.id in first]
        for case in [*reversed(made), *made[::2], *made]:
            again = everything(look, case.x(judge.seed), case.pool)
            same_everything(first[case.id], again, f"{case.id}, made again after other calls")
        for case in made:
            _not_another_answer(judge, case, made, first[case.id][0][1])

    for case in cases[:: len(cases) - 1 or 1]:  # the first call made is another one
        judge.one(case, law, shrinks=False)


def _first_answers(look: Look, cases: list[Case]) -> dict[str, list[tuple[str, Array]]]:
    """Return all results of each call, but of those that are refused; that is another clause's."""
    first = {}
    for case in cases:
        try:
            first[case.id] = copies(everything(look, case.x(look.seed), case.pool))
        except NonconformanceError:
            if not look.bench.refused:
                raise
    return first


def _not_another_answer(judge: Judge, case: Case, cases: list[Case], y: Array) -> None:
    """Require that a wrong output is not the right one of another call that was made."""
    right = judge.answer(case).y
    if (y.shape, y.dtype) != (right.shape, right.dtype) or same_bits(right, y).all():
        return
    x = case.x(judge.seed)
    for other in cases:
        if (other.shape, other.dtype) != (case.shape, case.dtype) or other is case:
            continue
        theirs = other.x(judge.seed)
        for source, pool in ((x, other.pool), (theirs, case.pool), (theirs, other.pool)):
            stale = judge.answer(case.of(source, pool)).y
            if stale.shape == y.shape and same_bits(stale, y).all():
                note = f"{case.id} is answered with what belongs to {other.id}"
                raise NonconformanceError(right, y, note)


@pytest.mark.clause("pure.stateless")
def test_new_contents_are_seen(judge: Judge) -> None:
    """Change an array in place and pool it again; then an equal array with other numbers."""

    def law(look: Look) -> None:
        x = look.original.copy()
        everything(look, x, look.case.pool)
        x[...] = np.flip(x).copy()
        expected = everything(look, x.copy(), look.case.pool)
        same_everything(expected, everything(look, x, look.case.pool), "the array changed in place")
        x *= 2
        doubled = look.bench.forward(x, look.case.pool)[0]
        require_same((expected[0][1] * 2).astype(x.dtype), doubled, "the second call of this shape")

    judge.every(_sequence_cases(), law)


@pytest.mark.clause("pure.stateless")
def test_a_refused_call_leaves_no_trace(judge: Judge) -> None:
    """Make a call that is refused between two equal calls."""

    def law(look: Look) -> None:
        before = copies(everything(look, look.original.copy(), look.case.pool))
        wrong = replace(look.case.pool, kernel_size=(0, 0))
        look.bench.outcome("forward", look.original.copy(), wrong)
        look.bench.outcome("forward", look.original.copy()[0, 0], look.case.pool)
        after = everything(look, look.original.copy(), look.case.pool)
        same_everything(before, after, "after a refused call")

    judge.every(_sequence_cases(), law)


@pytest.mark.clause("pure.stateless")
def test_a_refused_call_is_not_taken_for_the_next(judge: Judge) -> None:
    """Make calls of another size, one that is refused, and then what was refused, mended."""

    def law(look: Look) -> None:
        x, pool = look.original, look.case.pool
        other = np.concatenate([x, x], axis=-1)
        other = other if look.offers(other) else np.concatenate([x, x])
        before = copies(everything(look, x.copy(), pool))
        for name, wrong, parameters in _almost(x, pool):
            look.bench.forward(other.copy(), pool)
            look.bench.outcome("forward", wrong, parameters)
            note = f"after another size and a call refused for {name}"
            with noting(note):
                same_everything(before, everything(look, x.copy(), pool), note)

    judge.every((*_sequence_cases(), *_wide_words()), law, shrinks=False)


def _wide_words() -> list[Case]:
    """Return SAME words whose padding would be refused if it were explicit."""
    pool = Pool.of(3, 1, 3, 3, auto_pad="same-upper")
    words = (pool, replace(pool, auto_pad="same-lower"))
    return [Case(f"mix.wide-{p.auto_pad}", p, (2, 3, 4, 6), plane_distinct) for p in words]


def _almost(x: Array, pool: Pool) -> list[tuple[str, Array, Pool]]:
    """Return calls that differ from a legal one in what they may be refused for only."""
    none, nobody = (0,) * pool.rank, x[:, :0]
    padded = ("its explicit padding", x.copy(), replace(pool, auto_pad="explicit"))
    return [
        *([padded] if pool.auto_pad != "explicit" else []),
        ("its channels", nobody.copy(), pool),
        ("its axes", x[None].copy(), pool),
        ("its type", x.astype(np.complex128), pool),
        ("kernel_size", x.copy(), replace(pool, kernel_size=none)),
    ]


@pytest.mark.clause("pure.results-kept")
def test_results_outlive_later_calls(judge: Judge) -> None:
    """Keep the results of a call while others of the same and of other shapes are made."""

    def law(look: Look) -> None:
        held = everything(look, look.original.copy(), look.case.pool)
        before = copies(held)
        x = -look.original.copy()
        everything(look, x, look.case.pool)
        everything(look, np.flip(x).copy(), look.case.pool)
        larger = np.concatenate([x, x, x])
        everything(look, larger, look.case.pool)
        same_everything(before, held, "a later call rewrote an earlier result")

    judge.every(_sequence_cases(), law)


@pytest.mark.clause("pure.saved")
def test_saved_state_is_private(judge: Judge) -> None:
    """Overwrite input, output, gradients and indices before going back."""

    def law(look: Look) -> None:
        spoilt_before_going_back(look, look.original.copy())

    judge.every(_sequence_cases(), law)
    judge.every(geometry.few("smoke"), law)
    large = [
        Case(f"mix.large-{n}", Pool.of(2), (1, 1, n, n), plane_distinct, tier=tier)
        for n, tier in ((94, "smoke"), (258, "smoke"), (514, "default"), (1026, "default"))
    ]
    large += [
        Case("mix.k6", Pool.of(6), (1, 2, 6, 12), plane_distinct),
        Case("mix.k9p4", Pool.of(9, 1, 4), (1, 2, 5, 6), plane_distinct),
        Case("mix.single-one", Pool.of(1), (1, 1, 3, 4), plane_distinct),
        Case("mix.single-steps", Pool.of(1, 2), (1, 1, 3, 5), plane_distinct),
        Case("mix.row-300", Pool.of((1, 300)), (1, 2, 2, 300), plane_distinct),
    ]
    judge.every(large, law, shrinks=False)
    shape, one = (2, 3, 4, 6), Pool.of(2)
    judge.every([Case(f"mix.two-{name}", one, shape, _none_and_one, name) for name in TYPES], law)


def _none_and_one(case: Case, seed: int) -> Array:
    """Fill with 0 and 1, which are what is False and what is True."""
    return case.generator(seed).integers(0, 2, case.shape)


def spoilt_before_going_back(look: Look, x: Array, owner: Array | None = None) -> None:
    """Require the same indices and gradient after input, or its owner, and output changed."""
    expected = copies(everything(look, look.original.copy(), look.case.pool))
    y, saved = look.bench.forward(x, look.case.pool)
    shape = y.shape
    _spoil(x if owner is None else owner)
    _spoil(y)
    note = "the caller had overwritten the input and the output"
    with noting(note):
        found = _back(look, saved, shape)
        same_everything(expected[1:], found[: len(expected) - 1], note)


def _spoil(array: Array) -> None:
    """Overwrite an array that the caller owns, where it can be written to."""
    if array.flags.writeable:
        array[...] = np.flip(array).copy() * 3 + 1


def _back(look: Look, saved: object, shape: tuple[int, ...]) -> list[tuple[str, Array]]:
    """Return indices and input gradient, then both twice again with earlier results spoiled."""
    first = _back_and_spoil(look, saved, shape)
    note = "the caller had overwritten the indices and the gradient of a first time"
    for _ in range(TIMES_BACK - 1):
        with noting(note):
            same_everything(first, _back_and_spoil(look, saved, shape), note)
    return first


def _back_and_spoil(look: Look, saved: object, shape: tuple[int, ...]) -> list[tuple[str, Array]]:
    """Return copies of indices and input gradient, whose arrays are overwritten at once."""
    found: list[tuple[str, Array]] = []
    before = ""
    if look.claims("indices"):
        index = look.bench.array("indices", saved)
        found.append(("indices", index.copy()))
        _spoil(index)
        before = "the caller had overwritten the input, the output and the indices"
    if look.claims("gradient"):
        with noting(before):
            dy = look.case.dy(shape, look.seed)
            dx = look.bench.array("backward", dy, saved)
        found.append((GRADIENT, dx.copy()))
        _spoil(dx)
        _spoil(dy)
    return found


@pytest.mark.clause("pure.saved")
def test_a_refused_call_spares_what_was_saved(judge: Judge) -> None:
    """Go back through a call after each of several others that were refused."""

    def law(look: Look) -> None:
        x, pool = look.original, look.case.pool
        y, saved = look.bench.forward(x.copy(), pool)
        expected = _back_and_spoil(look, saved, y.shape)
        for name, wrong, parameters in _almost(x, pool):
            look.bench.outcome("forward", wrong, parameters)
            note = f"after another call was refused for {name}"
            with noting(note):
                same_everything(expected, _back_and_spoil(look, saved, y.shape), note)
        if look.claims("gradient"):
            look.bench.outcome("backward", look.dy[..., :-1].copy(), saved)
            note = "after an output gradient of another shape was refused"
            with noting(note):
                same_everything(expected, _back_and_spoil(look, saved, y.shape), note)

    if judge.claims("indices") or judge.claims("gradient"):
        judge.every(_sequence_cases(), law, shrinks=False)


@pytest.mark.clause("pure.saved")
def test_forward_passes_may_interleave(judge: Judge) -> None:
    """Make several forward passes, then go back through all of them in mixed order."""
    cases = [case for case in _sequence_cases() if judge.admits(case)]

    def law(look: Look) -> None:
        first, pending = _first_answers(look, cases), {}
        made = [case for case in cases if case.id in first]
        for case in made:
            x = case.x(judge.seed)
            pending[case.id] = (x, *look.bench.forward(x, case.pool))
        for case in [*made[::-2], *made]:
            x, y, saved = pending[case.id]
            found = gone_back(look, saved, x, y, case.pool)
            expected = first[case.id][1:]
            same_everything(expected, found, f"{case.id}, after other forward passes")

    if cases and (judge.claims("indices") or judge.claims("gradient")):
        judge.one(cases[0], law, shrinks=False)
