"""What is saved of a call may hold a file open, and a process may have few of them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance import descriptors
from conformance.descriptors import EVERY, MOST, Descriptors
from tests.judging import CHECKOUT


def _asked(watch: Descriptors) -> bool:
    return any(watch.crowded() for _ in range(EVERY))


@pytest.mark.skipif(not Path(descriptors.OPEN).exists(), reason="the system does not list them")
def test_many_open_files_are_a_crowd_until_they_are_closed() -> None:
    watch = Descriptors()
    with ExitStack() as files:
        for _ in range(MOST):
            files.enter_context(Path(__file__).open())
        assert _asked(watch)
    assert not _asked(watch)


def test_a_system_that_does_not_tell_has_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "OPEN", "/nowhere/at/all")
    assert not _asked(Descriptors())


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
