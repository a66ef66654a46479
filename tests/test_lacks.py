"""What is declared as not offered is refused, and is held against nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.calls import Bench
from conformance.checks.catalogue import checks
from conformance.clauses import clauses
from conformance.contract import UnusableError, adopt
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from implementations import im2col
from tests.unusual.partial import SinglePrecision, UndilatedGradient, UnitStride

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class AnsweringDouble(SinglePrecision):
    """Says that it does not know float64, and answers it."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved)."""
        return im2col.forward(x, pool) if x.dtype == np.float64 else super().forward(x, pool)


class AnsweringBackward(UndilatedGradient):
    """Says that it has no gradient through dilated windows, and returns one."""

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx."""
        return im2col.backward(dy, saved[0])


def broken(subject: object, clause: str) -> list[str]:
    """Return what the checks of a clause say of a subject in the smoke tier."""
    bench, said = Bench(adopt(subject, "subject", "subject"), Silence(), 5.0), []
    for check in checks():
        if check.clause == clause:
            judge = Judge(bench, no_looks(), "smoke", 0)
            try:
                check.run(judge)
                judge.settle()
            except CheckFailedError as failed:
                said.append(f"{failed.failure.case.id}: {failed.failure.error.note}")
    return said


def test_what_is_said_to_be_lacking_and_is_answered_breaks_the_clause() -> None:
    assert broken(AnsweringDouble(), "refusal.unclaimed") == [
        "refuse.lack-overlap-1-float64: the call was answered"
    ]
    assert broken(AnsweringBackward(), "refusal.unclaimed") == [
        "refuse.lack-overlap-4-float32: lacks dilation with gradient"
    ]


def test_what_is_lacking_and_refused_breaks_nothing() -> None:
    for clause in ("refusal.unclaimed", "value.maximum", "grad.winner", "window.dilation"):
        assert broken(SinglePrecision(), clause) == []
        assert broken(UndilatedGradient(), clause) == []


class Everything(UnitStride):
    """Claims the features that are read off a call, lacks nothing, and refuses all the same."""

    claims = (*UnitStride.claims, "gaps", "remainder", "asymmetric-padding", "ceil", "unbatched")
    lacks = ()


def test_an_invalid_call_that_asks_for_what_is_lacking_is_refused_either_way() -> None:
    for clause in (name for name in clauses() if name.startswith("error.")):
        assert broken(UnitStride(), clause) == []
    for clause in ("error.length", "error.rank"):
        (found,) = broken(Everything(), clause)
        assert found.startswith(f"{clause}.")
        assert found.endswith(": NotImplementedError is not a refusal of this call")


def test_gradient_and_indices_cannot_be_lacked_in_one_set() -> None:
    class Both(UnitStride):
        lacks = ({"gradient", "indices", "dilation"},)

    with pytest.raises(UnusableError, match="each is a call of its own, so give one set for each"):
        adopt(Both(), "both", "both")
