"""Checks of calls that are searched for, each by the law of one clause.

What an implementation answers is looked at once and judged by every law. A call that a law
has nothing to say about passes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
import pytest

from conformance.calls import Look
from conformance.cases import search
from conformance.cases.case import Array, Case
from conformance.checks import laws
from conformance.checks.test_layout import strided
from conformance.checks.test_results import gradient
from conformance.checks.test_specials import nan_in_nan_out
from conformance.checks.test_values import is_maximum
from conformance.checks.test_winners import gradient_follows_first, index_is_first
from conformance.features import INTEGERS
from conformance.gather import is_nan, open_sums, open_ties
from conformance.judge import Judge, Law
from conformance.nonconformance import (
    NonconformanceError,
    native,
    require_equal,
    require_like,
    require_same,
)


def _gradient_form(look: Look) -> None:
    dx = look.bench.array("backward", look.dy, look.saved)
    require_like(look.x.shape, look.x.dtype, dx)


def _some_layouts(look: Look, array: Array) -> list[tuple[str, Array]]:
    """Return a few of the layouts of an array, others for other cases."""
    if array.ndim < len("chw") or not array.size:
        return []
    found = list(strided(array))
    first = look.case.generator(look.seed, "layout").integers(len(found))
    return [found[first], found[(first + 4) % len(found)]]


def _leaves_open(look: Look) -> bool:
    """Return whether more than one answer is right, of which each call may give another."""
    x = look.original
    if x.dtype.kind in "iub":
        return open_ties(look, x)
    zeros = np.signbit(x[x == 0].astype(np.float64))
    return open_ties(look, x) or int(is_nan(x).sum()) > 1 or len(np.unique(zeros)) > 1


def _laid_out(look: Look) -> None:
    settled = not _leaves_open(look)
    for name, view in _some_layouts(look, look.original.copy()):
        y, saved = look.bench.forward(view, look.case.pool)
        (require_same if settled else require_equal)(look.values, native(y), name)
        if look.claims("indices") and settled:
            require_same(look.index, look.bench.array("indices", saved), f"{name}: the indices")


def _gradient_laid_out(look: Look) -> None:
    if _leaves_open(look) or open_sums(look, look.original):
        return
    dy, dx = gradient(look)
    for name, view in _some_layouts(look, dy.copy()):
        got = look.bench.array("backward", view, look.saved)
        require_equal(dx, native(got), f"output gradient: {name}")


def _untouched(look: Look) -> None:
    if not look.untouched:
        raise NonconformanceError(look.original, look.x, "the call wrote into its input")


def _survives(look: Look) -> None:
    """Require the same results from a saved state whose input and output were overwritten."""
    if _leaves_open(look):
        return
    x = look.original.copy()
    y, saved = look.bench.forward(x, look.case.pool)
    x[...] = x.reshape(-1)[:1].reshape((1,) * x.ndim)
    if y.flags.writeable:
        y[...] = 0
    look.bench.forward(np.flip(look.original).copy(), look.case.pool)
    if look.claims("indices"):
        require_same(look.index, look.bench.array("indices", saved), "the indices changed")
    if look.claims("gradient") and not open_sums(look, look.original):
        dy, dx = gradient(look)
        require_equal(dx, look.bench.array("backward", dy, saved), "the gradient changed")


Choice: TypeAlias = Callable[[Case], bool]


def _any(_case: Case) -> bool:
    return True


def _explicit(case: Case) -> bool:
    """Return whether the padding is told; how a word is resolved has clauses of its own."""
    return case.pool.auto_pad == "explicit"


def _upper(case: Case) -> bool:
    return _ordered(case) and case.pool.auto_pad == "same-upper"


def _lower(case: Case) -> bool:
    return _ordered(case) and case.pool.auto_pad == "same-lower"


def _floor(case: Case) -> bool:
    return not case.pool.ceil_mode


def _ceil(case: Case) -> bool:
    return case.pool.ceil_mode


def _padded(case: Case) -> bool:
    return any(max(pair) for pair in case.pool.padding)


def _floating(case: Case) -> bool:
    return case.dtype not in {*INTEGERS, "bool"}


def _with_nan(case: Case) -> bool:
    return case.fill in search.WITH_NAN


def _ordered(case: Case) -> bool:
    """Return whether there is no NaN, whose own clauses are about it."""
    return not _with_nan(case)


def _ordered_floating(case: Case) -> bool:
    return _ordered(case) and _floating(case)


LAWS: tuple[tuple[str, Law, Choice, tuple[str, ...]], ...] = (
    ("shape.floor", laws.sizes_by_laying, _floor, ()),
    ("ceil.start-rule", laws.sizes_by_laying, _ceil, ("ceil",)),
    ("result.type", laws.keeps_type, _any, ()),
    ("value.maximum", is_maximum, _ordered, ()),
    ("value.copied", laws.stands_in_window, _any, ()),
    ("pad.never-wins", laws.stands_in_window, _padded, ("padding",)),
    ("same.upper", is_maximum, _upper, ("same-upper",)),
    ("same.lower", is_maximum, _lower, ("same-lower",)),
    ("nan.propagates", nan_in_nan_out, _with_nan, ()),
    ("index.plane", index_is_first, _ordered, ("indices",)),
    ("index.nan", index_is_first, _with_nan, ("indices",)),
    ("index.in-window", laws.index_in_window, _any, ("indices",)),
    ("index.value", laws.index_of_output, _any, ("indices",)),
    ("grad.winner", gradient_follows_first, _ordered_floating, ("gradient",)),
    ("grad.nan", gradient_follows_first, _with_nan, ("gradient",)),
    ("grad.form", _gradient_form, _floating, ("gradient",)),
    ("grad.sparse", laws.losers_get_nothing, _floating, ("gradient",)),
    ("grad.conserved", laws.gradient_is_conserved, _floating, ("gradient",)),
    ("layout.strides", _laid_out, _any, ()),
    ("layout.gradient", _gradient_laid_out, _floating, ("gradient",)),
    ("pure.input", _untouched, _any, ()),
    ("pure.saved", _survives, _any, ()),
)
"""Per clause: its law, which calls it is about, and the features that it needs."""
ANSWERED = ("value.maximum", "nan.propagates", "same.upper", "same.lower")
"""The clauses that a legal call breaks which is not answered at all."""
CLAUSES = [pytest.param(law[0], marks=pytest.mark.clause(law[0]), id=law[0]) for law in LAWS]


@pytest.mark.parametrize("name", CLAUSES)
def test_searched_calls(judge: Judge, name: str) -> None:
    """Judge calls that a search draws by the law of a clause."""
    law, choice, needs = next(law[1:] for law in LAWS if law[0] == name)
    if not name.startswith("same."):
        choice = _both(choice, _explicit)
    drawn = [case for case in search.cases(judge.seed, judge.tier) if judge.within(case)]
    # Who does not offer the words is not asked for what they come to: a word has clauses.
    offered = drawn if name.startswith("same.") else judge.nearest(drawn)
    chosen: Iterable[Case] = filter(choice, offered)
    if name not in ANSWERED:
        alive = (case for case in chosen if case.id not in judge.deadly)
        chosen = (case for case in alive if judge.admits(case) and _answered(judge, case))
    judge.every(chosen, law, needs=needs)


def _both(one: Choice, other: Choice) -> Choice:
    return lambda case: one(case) and other(case)


def _answered(judge: Judge, case: Case) -> bool:
    """Return whether a call got an output; that it got none is told by `ANSWERED` alone."""
    try:
        judge.look(case)
    except NonconformanceError:
        return False
    return True
