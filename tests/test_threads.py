"""How long calls from several threads may take follows from what each takes alone."""

from __future__ import annotations

import time
from typing import Any

from numpy.typing import NDArray

from conformance.calls import Bench
from conformance.checks.catalogue import checks
from conformance.checks.test_threads import RIGHT_CALLS, THREADS_LIMIT
from conformance.contract import adopt
from conformance.isolation.flight import Silence
from conformance.judge import Judge, no_looks
from reference.pool import Pool
from tests.unusual import base_only

REFUSING = 0.01


class _Reluctant:
    """Refuses slowly what it answers at once."""

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], None]:
        try:
            return base_only.forward(x, pool)
        except Exception:
            time.sleep(REFUSING)
            raise


class _Limits(Silence):
    """Notes how long calls from threads may take."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def enter(self, label: str, limit: float) -> None:
        if label.endswith("threads"):
            self.seconds.append(limit)


def test_who_refuses_slowly_has_the_time_for_it() -> None:
    limits = _Limits()
    check = next(one for one in checks() if one.name == "test_a_refusal_is_the_callers_own")
    one = Judge(Bench(adopt(_Reluctant(), "reluctant", ""), limits, 20.0), no_looks(), "smoke", 0)
    check.run(one)
    one.settle()
    assert one.judged == {"threads.refused"}
    assert limits.seconds[0] >= THREADS_LIMIT + 4 * RIGHT_CALLS * REFUSING
