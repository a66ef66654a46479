"""The processes that an implementation starts, and those that it sends signals to, are its own."""

from __future__ import annotations

import os
import sys
import time
from multiprocessing import get_all_start_methods
from typing import TYPE_CHECKING

import pytest

from tests.judging import judged

if TYPE_CHECKING:
    from pathlib import Path

POOLED = """
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.unusual import base_only

lock, workers = threading.Lock(), []


def work(x, pool):
    with Path({noted!r}).open("a") as file:
        file.write(f"{{os.getpid()}}\\n")
    return base_only.forward(x, pool)


def forward(x, pool):
    with lock:
        if not workers:
            workers.append(ProcessPoolExecutor(1, multiprocessing.get_context({method!r})))
    return workers[0].submit(work, x, pool).result()
"""
SIGNALLING = """
import os
import signal

from tests.unusual import base_only


def forward(x, pool):
    if x.dtype == "float64":
        os.killpg(0, signal.{signal})
    return base_only.forward(x, pool)
"""


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def gone(processes: set[int], seconds: float = 10.0) -> bool:
    """Return whether all of them end in time."""
    deadline = time.monotonic() + seconds
    while any(map(is_there, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_there, processes))


@pytest.mark.parametrize("method", sorted({"fork", "spawn"} & {*get_all_start_methods()}))
def test_what_a_file_starts_finds_it_and_ends_with_it(tmp_path: Path, method: str) -> None:
    noted = tmp_path / "processes.txt"
    (tmp_path / "pooled.py").write_text(POOLED.format(noted=str(noted), method=method), "utf-8")
    run = judged(str(tmp_path / "pooled.py"), folder=tmp_path, options=("--tier=brief",))
    assert (run.status, run.err, run.broken("pooled")) == (0, "", {})
    processes = {int(line) for line in noted.read_text("utf-8").split()}
    assert processes
    assert gone(processes)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")
@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_signal_to_the_group_ends_nobody_else(tmp_path: Path, signal: str) -> None:
    (tmp_path / "signalling.py").write_text(SIGNALLING.format(signal=signal), "utf-8")
    names = ("before=tests.unusual.base_only", str(tmp_path / "signalling.py"))
    run = judged(*names, folder=tmp_path, options=("--tier=brief",))
    assert run.err == ""
    assert run.broken("before") == {}
    assert bool(run.broken("signalling")) == (signal != "SIGINT")  # which is ignored
