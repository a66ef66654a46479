"""The suite runs by pytest in a project that knows nothing of it, with and without workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judging import CHECKOUT

RIGHT = """
from tests.unusual.base_only import forward
"""
WRONG = """
import numpy as np
from tests.unusual import base_only

class Pool:
    def forward(self, x, pool):
        y, saved = base_only.forward(x, pool)
        return np.minimum(y, 1), saved
"""
THREE = "test_every_geometry or test_output_keeps_the_type or test_unclaimed_features_are_refused"
"""Three of the checks."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with tests, markers, fixtures and options of its own."""
    folder = tmp_path_factory.mktemp("project")
    files = {
        "kernels.py": WRONG,
        "sound.py": RIGHT,
        "pytest.ini": "[pytest]\naddopts = --strict-markers -ra\nfilterwarnings = error\n"
        "testpaths = own\nmarkers =\n    slow: a marker of the project\n",
        "conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef settings():\n"
        "    return {'device': 'cpu'}\n\ndef pytest_collection_modifyitems(items):\n"
        "    items.reverse()\n",
        "own/test_own.py": "import pytest\n\n@pytest.mark.slow\ndef test_own(settings):\n"
        "    assert settings\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def by_pytest(project: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest in the project; return its exit status and what it printed."""
    done = subprocess.run(  # noqa: S603 - this Python, and pytest
        [sys.executable, "-m", "pytest", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def judge(project: Path, implementation: str, *arguments: str) -> tuple[int, str]:
    """Run the suite by its package name, in the smoke tier."""
    chosen = f"--implementation={implementation}"
    return by_pytest(
        project, "--pyargs", "conformance", chosen, "--poolproof-tier=smoke", *arguments
    )


@pytest.mark.parametrize(
    "workers", [("-n2",), ("-p", "no:xdist"), ()], ids=["two", "without", "in"]
)
def test_a_right_implementation_passes(project: Path, workers: tuple[str, ...]) -> None:
    status, text = judge(project, "sound.py", "-q", *workers)
    assert (status, "failed" in text, "error" in text) == (0, False, False), text[-3000:]
    assert " passed" in text
    assert " skipped" in text


@pytest.mark.parametrize("kind", ["forked", "spawned", "served", "shared"])
def test_processes_and_shared_memory_are_an_implementations_own(project: Path, kind: str) -> None:
    status, text = judge(project, f"tests.subjects.processes:{kind}", "-k", THREE)
    assert (status, "3 passed" in text) == (0, True), text[-3000:]


def test_a_wrong_one_fails_and_says_what_to_do(project: Path) -> None:
    status, text = judge(project, "kernels.py:Pool", "-n2", "-k", THREE)
    assert status == 1
    assert "1 failed, 2 passed" in text
    assert "FAILED" in text
    for line in (
        r"FAIL value\.maximum   Each output is the largest of the real elements of its window\.",
        r"  call      kernel_size \(1, 1\)  stride \(1, 1\)  .*  float32,",
        r"            \[\[\d+\]\]",
        r"            \[\[>\d+<\]\]",
        r"  note      not the largest (element )?of its window",
        r"  again     poolproof reproduce Pool/value\.maximum",
        r"  why       poolproof explain value\.maximum",
    ):
        assert re.search(f"^(E +)?{line}", text, re.MULTILINE), text[-3000:]
    assert "Traceback" not in text
    assert "conformance/judge.py" not in text


def test_several_are_judged_side_by_side(project: Path) -> None:
    both = ("--implementation=sound.py", "--implementation=wrong=kernels.py:Pool")
    status, text = by_pytest(
        project, "--pyargs", "conformance", *both, "-k", "every_geometry", "-v"
    )
    assert status == 1
    assert "test_every_geometry[sound] PASSED" in text
    assert "test_every_geometry[wrong] FAILED" in text


def test_the_project_may_name_who_is_judged(project: Path) -> None:
    ini = "--override-ini=poolproof_implementations=sound.py"
    status, text = by_pytest(project, "--pyargs", "conformance", ini, "-k", THREE, "-q")
    assert (status, "3 passed" in text) == (0, True), text[-3000:]


def test_the_projects_own_tests_are_left_alone(project: Path) -> None:
    status, text = by_pytest(project, "-q")
    assert (status, "1 passed" in text) == (0, True), text[-3000:]


@pytest.mark.parametrize(
    ("implementation", "message", "workers"),
    [
        ("windowd", "did you mean windowed", ()),
        ("windowd", "did you mean windowed", ("-n1",)),
        ("absent.py", "absent.py: there is no such file", ()),
        ("kernels.py:Pol", "did you mean Pool", ()),
        ("kernels.py:Pol", "did you mean Pool", ("-n1",)),
        ("kernels.py", "has no callable 'forward'", ()),
        ("no.such.module", "no.such.module cannot be imported", ("-n1",)),
    ],
)
def test_what_is_unusable_is_said_once(
    project: Path, implementation: str, message: str, workers: tuple[str, ...]
) -> None:
    status, text = judge(project, implementation, "-q", "-k", THREE, *workers)
    assert status == pytest.ExitCode.USAGE_ERROR
    assert message in text
    assert "Traceback" not in text
    assert len(text) < 2000


@pytest.mark.parametrize("workers", [("-n2",), ()], ids=["two", "none"])
def test_an_end_of_the_process_is_one_failure(project: Path, workers: tuple[str, ...]) -> None:
    deadly = "tests.subjects.deadly:abort"
    chosen = "test_many_planes or test_every_geometry or test_every_order"
    status, text = judge(project, deadly, "-k", chosen, *workers)
    assert (status, "1 failed, 2 passed" in text) == (1, True), text[-3000:]
    assert "the process died: SIGABRT" in text
    assert "crashed while running" not in text


def test_a_debugger_may_have_the_check_in_the_process_of_pytest(project: Path) -> None:
    here = ("-k", THREE, "--poolproof-in-process")
    assert judge(project, "sound.py", "-q", *here)[0] == 0
    status, text = judge(project, "kernels.py:Pool", *here)
    assert (status, "1 failed, 2 passed" in text) == (1, True), text[-3000:]


def test_an_unclaimed_clause_is_skipped_with_what_it_needs(project: Path) -> None:
    status, text = judge(project, "sound.py", "-k", "test_padding_never_wins", "-rs")
    assert (status, "1 skipped" in text) == (0, True)
    assert re.search("unclaimed: needs .*padding", text)


def test_a_call_that_hangs_is_a_failure(project: Path) -> None:
    chosen = ("-k", "test_many_planes or test_every_geometry", "--poolproof-call-limit=0.5")
    status, text = judge(project, "tests.subjects.deadly:endless", *chosen)
    assert (status, "1 failed, 1 passed" in text) == (1, True), text[-3000:]
    assert "no answer within" in text
