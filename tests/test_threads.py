"""Calls from several threads: how many there are, and how long they may take or stand still."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from conformance.calls import Bench, Look
from conformance.cases.case import Case, plane_distinct
from conformance.checks.catalogue import checks
from conformance.checks.test_threads import RIGHT_CALLS
from conformance.checks.threads import THREADS_LIMIT, together
from conformance.contract import adopt
from conformance.isolation.flight import Silence
from conformance.isolation.standstill import Standstill
from conformance.judge import Judge, no_looks
from reference.pool import Pool
from tests.judging import judged
from tests.unusual import base_only

REFUSING, CALL_LIMIT = 0.01, 20.0


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

    def enter(self, label: str, limit: float, still: float = 0.0) -> None:
        if label.endswith("threads"):
            assert still >= CALL_LIMIT
            self.seconds.append(limit)


def test_who_refuses_slowly_has_the_time_for_it() -> None:
    limits = _Limits()
    check = next(one for one in checks() if one.name == "test_a_refusal_is_the_callers_own")
    one = Judge(
        Bench(adopt(_Reluctant(), "reluctant", ""), limits, CALL_LIMIT), no_looks(), "smoke", 0
    )
    check.run(one)
    one.settle()
    assert one.judged == {"threads.refused"}
    assert limits.seconds[0] >= THREADS_LIMIT + 4 * RIGHT_CALLS * REFUSING


def _counted(tasks: int) -> list[int]:
    """Return what comes of tasks in threads that give back their number."""
    subject = adopt(base_only, "base-only", "")
    case = Case("threads.counted", Pool.of(2), (1, 1, 2, 2), plane_distinct)
    found: list[int] = []

    def law(look: Look) -> None:
        found.extend(together(look, "threads", [partial(int, number) for number in range(tasks)]))

    one = Judge(Bench(subject, Silence(), CALL_LIMIT), no_looks(), "smoke", 0)
    one.every([case], law)
    one.settle()
    return found


def _with_room_for(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system refuse every thread after so many."""
    start, started = threading.Thread.start, iter(range(most))

    def begin(thread: threading.Thread) -> None:
        if next(started, None) is None:
            message = "can't start new thread"
            raise RuntimeError(message)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", begin)


def test_where_there_is_no_room_for_all_threads_there_are_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _counted(5) == [0, 1, 2, 3, 4]
    _with_room_for(3, monkeypatch)
    assert _counted(5) == [0, 1, 2]


def test_one_thread_is_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_room_for(1, monkeypatch)
    with pytest.raises(RuntimeError, match="1 of 5 threads can be had"):
        _counted(5)


LOCKED = """
import threading
from tests.unusual import base_only

lock = threading.RLock()


def forward(x, pool):
    lock.acquire()
    result = base_only.forward(x, pool)
    lock.release()  # not where it is refused
    return result
"""


def test_threads_that_wait_for_each_other_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "locked.py").write_text(LOCKED, "utf-8")
    run = judged(str(tmp_path / "locked.py"), folder=tmp_path, options=("--call-limit=2",))
    assert run.status == 1
    assert run.broken("locked").keys() >= {"pure.threads"}
    (one,) = run.report["implementations"]
    (finding,) = [found for found in one["findings"] if found["clause"] == "pure.threads"]
    if sys.platform == "linux":  # elsewhere the limit for all calls together is waited for
        assert "no thread has run for" in str(finding["got"])


def test_who_runs_now_and_then_does_not_stand_still() -> None:
    naps = "import time\nwhile True: time.sleep(0.02)"
    waits = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"
    seconds = {}
    for name, source in {"naps": naps, "waits": waits}.items():
        with subprocess.Popen([sys.executable, "-c", source]) as process:  # noqa: S603 - see above
            time.sleep(1.0)
            still = Standstill()
            for _ in range(10):
                time.sleep(0.2)
                seconds[name] = still.seconds(process.pid)
            process.kill()
    assert seconds["naps"] < 1
    if sys.platform == "linux":
        assert seconds["waits"] > 1
