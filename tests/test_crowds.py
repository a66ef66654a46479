"""What is saved of a call may hold a file open or much memory, and a process may have little."""

from __future__ import annotations

import mmap
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance import crowds
from conformance.crowds import EVERY, HELD, MOST, Descriptors, Memory
from tests.judging import CHECKOUT


def _asked(watch: Descriptors | Memory) -> bool:
    return any(watch.crowded() for _ in range(EVERY))


@pytest.mark.skipif(not Path(crowds.OPEN).exists(), reason="the system does not list them")
def test_many_open_files_are_a_crowd_until_they_are_closed() -> None:
    watch = Descriptors()
    with ExitStack() as files:
        for _ in range(MOST):
            files.enter_context(Path(__file__).open())
        assert _asked(watch)
    assert not _asked(watch)


def test_a_system_that_does_not_tell_has_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "OPEN", "/nowhere/at/all")
    monkeypatch.setattr(crowds, "STATM", "/nowhere/at/all")
    assert not _asked(Descriptors())
    assert not _asked(Memory())


@pytest.mark.skipif(not Path(crowds.STATM).exists(), reason="the system does not tell")
def test_much_memory_is_a_crowd_until_it_is_free_or_was_let_go_in_vain() -> None:
    watch = Memory()
    assert not _asked(watch)
    with mmap.mmap(-1, HELD) as much:
        for page in range(0, HELD, mmap.PAGESIZE):
            much[page] = 1
        assert _asked(watch)
        watch.settle()
        assert not _asked(watch)
    assert not _asked(watch)


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from tests.unusual import seeds
print(seeds.judge("filed", 0, "smoke"))
"""


def test_who_keeps_a_file_open_for_each_call_is_not_blamed_for_what_is_kept_of_it() -> None:
    pytest.importorskip("resource")
    done = subprocess.run(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-c", LIMITED], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert "conforms" in done.stdout, done.stdout


MUCH = """
import resource
from tests.unusual import seeds
print(seeds.judge("workspaced", 0, "smoke"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell, or in other units")
def test_who_keeps_a_workspace_for_each_call_does_not_keep_thousands() -> None:
    done = subprocess.run(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-c", MUCH], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    *said, most = done.stdout.split()
    assert "conforms" in said, done.stdout
    assert int(most) < 3 * HELD, "kept results hold far more than the watch allows"
