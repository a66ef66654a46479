"""A library that has subnormal numbers flushed does so to the implementation, not to the suite."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from conformance.calls import Bench
from conformance.cases.case import Array
from conformance.checks.catalogue import checks
from conformance.contract import adopt
from conformance.floats import FLUSHES, FloatState, flushed, holds_subnormal
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.zoo.sound import Sound
from reference.pool import Pool

FLUSHING = 0x8040
"""Of the control register of SSE: flush results to zero, and take inputs for zero."""
REGISTER = 28
"""Where glibc keeps that register in its fenv_t."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="sets a register that only this processor and system have",
)


def flush() -> None:
    """Do to this thread what loading a library does that is compiled with -ffast-math."""
    library, state = ctypes.CDLL("libm.so.6"), (ctypes.c_uint32 * 64)()
    library.fegetenv(state)
    state[REGISTER // 4] |= FLUSHING
    library.fesetenv(state)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the state as it was found."""
    yield
    ctypes.CDLL("libm.so.6").fesetenv(ctypes.c_void_p(-1))


class Flushing(Sound):
    """Flushes from its first call on, and so multiplies its subnormal results away."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Pool as it should be done, in a state in which it cannot."""
        flush()
        y, saved = super().forward(x, pool)
        return (y * y.dtype.type(1)).astype(x.dtype), saved


def test_the_state_is_kept_apart() -> None:
    """Before a call it is the implementation's, afterwards that of Python."""
    state = FloatState()
    assert not state.flushes
    state.enter()
    flush()
    state.leave()
    assert state.flushes
    assert not flushed()
    state.enter()
    assert flushed()
    state.leave()
    assert not flushed()


def test_what_an_import_left_is_kept_too() -> None:
    """The state at the time when the bench is made is that of the implementation."""
    flush()
    assert FloatState().flushes
    assert not flushed()


def test_the_finding_shows_subnormal_numbers_and_says_why() -> None:
    """The input and what is expected are whole, and the note names the cause."""
    bench = Bench(adopt(Flushing(), "flushing", "flushing"), Silence(), 20.0)
    judge = Judge(bench, no_looks(), "smoke", 0)
    line = "value.maximum test_neighbours_of_every_magnitude"
    next(one for one in checks() if one.line == line).run(judge)
    with pytest.raises(CheckFailedError) as caught:
        judge.settle()
    error = caught.value.failure.error
    assert holds_subnormal(error.expected)
    assert not holds_subnormal(error.got)
    assert error.note.endswith(FLUSHES)
    y, _ = Sound().forward(np.full((1, 1, 2, 2), 1e-45, np.float32), Pool.of(2))
    assert y == np.float32(1e-45)


@pytest.mark.parametrize(
    ("array", "held"),
    [
        (np.array([1e-45], np.float32), True),
        (np.array([0.0, 1e-38, np.nan], np.float32), True),
        (np.array([0.0, 1.2e-38, -np.inf], np.float32), False),
        (np.array([1], np.int8), False),
        ("a text", False),
    ],
)
def test_subnormal_numbers_are_told_from_others(array: object, held: bool) -> None:  # noqa: FBT001
    """Look at arrays, and at what is none."""
    with np.errstate(invalid="ignore"):
        assert holds_subnormal(array) is held
