"""Runs that are ended from outside, or cannot begin: nothing stays behind, and a line says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from conformance.contract import UnusableError
from conformance.diagnosis.causes import Diagnosis, causes
from conformance.findings import blank_finding, shown, shown_argument
from conformance.run import ROOM, _require_room, _why
from conformance.verdict import Json
from tests.judging import CHECKOUT

SLOW = """
import os, time
from conformance.zoo.sound import Sound

class Slow(Sound):
    def forward(self, x, pool):
        with open({mark!r}, "a") as file:
            print(os.getpid(), file=file, flush=True)
        time.sleep(60)
        return super().forward(x, pool)
"""
PATIENCE = 30.0

linux = pytest.mark.skipif(sys.platform != "linux", reason="a signal that only Linux sends")


def started(folder: Path, workers: int) -> tuple[subprocess.Popen[str], set[int]]:
    """Start a run whose first call does not end; return it, and the processes that judge."""
    mark = folder / "mark"
    (folder / "slow.py").write_text(SLOW.format(mark=str(mark)), "utf-8")
    run = subprocess.Popen(  # noqa: S603 - this Python, and our own module
        [
            *(sys.executable, "-m", "conformance.cli", "run", f"{folder / 'slow.py'}:Slow"),
            *("--tier", "smoke", "-n", str(workers)),
        ],
        cwd=CHECKOUT,
        env={**os.environ, "TMPDIR": str(folder), "XDG_CACHE_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while not mark.exists() or len(mark.read_text("utf-8").split()) < workers:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return run, {int(number) for number in mark.read_text("utf-8").split()}


def gone(processes: set[int]) -> bool:
    """Return whether processes end within some seconds."""
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{number}").exists() for number in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@linux
@pytest.mark.parametrize("workers", [1, 2])
def test_judging_processes_end_with_the_run(tmp_path: Path, workers: int) -> None:
    """Kill the run in a way that it cannot notice."""
    run, judging = started(tmp_path, workers)
    run.kill()
    run.communicate()
    assert gone(judging)


@linux
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_is_told_to_end_leaves_nothing(tmp_path: Path, workers: int) -> None:
    """Send SIGTERM, as a service manager does; no worker waits for its check to end."""
    run, judging = started(tmp_path, workers)
    run.send_signal(signal.SIGTERM)
    said, _ = run.communicate(timeout=PATIENCE)
    assert (run.returncode, said) == (130, "poolproof: interrupted; no report was written\n")
    assert gone(judging)
    assert not list(tmp_path.glob("poolproof-*"))


def test_a_folder_without_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is judged, and with what can be done about it."""
    _require_room(tmp_path)
    assert not list(tmp_path.iterdir())

    def full(_path: Path, data: bytes) -> int:
        assert len(data) == ROOM
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UnusableError, match=r"No space left .*needs 1 MiB.*TMPDIR"):
        _require_room(tmp_path)


def test_a_worker_that_is_killed_while_it_starts_is_told_in_a_line() -> None:
    """What pytest-xdist says of it is of no use to anybody."""
    trace = 'File "xdist/dsession.py"\nFile "execnet/gateway_base.py"\nEOFError: nothing'
    told = _why(trace)
    assert told.startswith("a worker was ended from outside before it judged (EOFError: nothing)")
    assert told.count("\n") == 0
    assert _why("KeyError: 'x'") == "KeyError: 'x'"


def ended(clause: str, size: int, note: str) -> Json:
    """Return the finding of a process that died on an input of so many elements."""
    return blank_finding("mine", clause, "test", f"case.{size}", f"a call of {size}") | {
        "got": shown("the process died: SIGSEGV"),
        "note": note,
        "arguments": [shown_argument("x", np.zeros((1, 1, 1, size), np.float32))],
    }


def test_ends_of_one_kind_are_one_finding() -> None:
    """Processes that died alike have one cause, shown on the least input that is not empty."""
    found = [
        ended("value.maximum", 6, "in forward; its last words: x"),
        ended("batch.empty", 0, "in forward; its last words: x"),
        ended("grad.winner", 4, "in backward; its last words: y"),
        ended("ties.first", 2, "in forward; its last words: x"),
    ]
    made = causes(found, Diagnosis())
    clauses = sorted([one["clause"] for one in cause.findings] for cause in made)
    assert clauses == [["grad.winner"], ["ties.first", "value.maximum", "batch.empty"]]
