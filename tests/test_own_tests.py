"""One line in a test file of one's own judges an implementation, a test for each clause."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.clauses import clauses
from tests.judging import CHECKOUT

pytest_plugins = ["pytester"]

LINE = """
from conformance import parametrize

{before}
@parametrize({arguments})
def test_mine(check):
    check()
"""
RIGHT = """
from tests.unusual.base_only import forward
"""
WRONG = """
import os
from tests.unusual import base_only

class Pool:
    claims = ()
    def forward(self, x, pool):
        y, saved = base_only.forward(x, pool)
        return y.clip(max=1), saved

class Deadly(Pool):
    def forward(self, x, pool):
        return super().forward(x, pool) if x.shape[1] < 3 else os.abort()

def forward(x, pool):
    return Pool().forward(x, pool)
"""
FEW = "result.type or value.maximum or type.bool"
"""One clause that the wrong one keeps, one that it breaks, one that it does not claim."""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a project with a right and a wrong implementation, started from elsewhere."""
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    pytester.makeini("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    for name, text in (("sound", RIGHT), ("kernels", WRONG)):
        (pytester.path / f"{name}.py").write_text(text, "utf-8")
    return pytester


def judged(
    project: pytest.Pytester, arguments: str, *options: str, before: str = ""
) -> pytest.RunResult:
    """Run a test file with the line in a process of its own."""
    project.makepyfile(test_mine=LINE.format(arguments=arguments, before=before))
    return project.runpytest_subprocess("-p", "no:cacheprovider", "-rsx", *options)


def test_there_is_a_test_for_each_clause(project: pytest.Pytester) -> None:
    done = judged(project, "'sound.py'", "--collect-only", "-q")
    names = [line for line in done.outlines if "::" in line]
    assert names == [f"test_mine.py::test_mine[{name}]" for name in clauses()]


def test_the_verdicts_are_those_of_a_run(project: pytest.Pytester) -> None:
    done = judged(project, "'kernels.py:Pool', tier='smoke'", "-v")
    said = {}
    for line in done.outlines:
        if line.startswith("test_mine.py::test_mine["):
            name, _, verdict = line.partition("[")[2].partition("]")
            said[name] = verdict.split()[0]
    report = project.path / "report.json"
    command = ["run", "kernels.py:Pool", "--tier=smoke", "-n=1", f"--json={report}"]
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "conformance.cli", *command],
        cwd=project.path,
        env=dict(os.environ),
        capture_output=True,
        check=False,
        timeout=600,
    )
    (one,) = json.loads(report.read_text("utf-8"))["implementations"]
    words = {"pass": "PASSED", "fail": "FAILED", "unclaimed": "SKIPPED"}
    assert said == {name: words[it["verdict"]] for name, it in one["clauses"].items()}
    assert {"PASSED", "FAILED", "SKIPPED"} == set(said.values())


def test_a_failure_is_the_finding_and_can_be_reproduced(project: pytest.Pytester) -> None:
    done = judged(project, "'kernels.py:Pool', tier='smoke'", "-k", FEW)
    done.assert_outcomes(failed=1, passed=1, skipped=1)
    text = done.stdout.str()
    assert "FAIL value.maximum   Each output is the largest of the real elements" in text
    assert "Traceback" not in text
    assert "own_tests.py" not in text
    again = [sys.executable, "-m", "conformance.cli", "reproduce", "Pool/value.maximum"]
    assert "again     poolproof reproduce Pool/value.maximum" in text
    ended = subprocess.run(  # noqa: S603 - our own command
        again, cwd=project.path, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.stdout.startswith("still failing"), ended.stdout + ended.stderr
    assert "unclaimed: needs bool" in text


OBJECTS = """
import kernels
from conformance import parametrize
from kernels import Pool

class Mine(Pool):
    pass

def local():
    class Inner(Pool):
        pass
    return Inner

@parametrize(kernels, kernels.Pool, Mine, tier="smoke")
def test_found_again(check):
    check()

@parametrize(Pool(), tier="smoke")
def test_an_instance(check):
    check()

@parametrize(local(), tier="smoke")
def test_a_local_class(check):
    check()
"""


def test_objects_are_judged_too(project: pytest.Pytester) -> None:
    project.makepyfile(test_mine=OBJECTS)
    # Without a summary: where CI is set, pytest repeats whole messages in it.
    done = project.runpytest_subprocess("-p", "no:cacheprovider", "-rN", "-k", FEW)
    done.assert_outcomes(failed=5, passed=5, skipped=5)
    told = [line for line in done.outlines if "poolproof reproduce" in line]
    assert [line.split()[-1] for line in told] == [
        f"{name}/value.maximum" for name in ("kernels", "Pool", "Mine")
    ], "what has a name is judged apart and can be found again"


def test_a_crash_is_one_failure(project: pytest.Pytester) -> None:
    few = "window.axes or window.plane-alone"
    done = judged(project, "'kernels.py:Deadly', tier='smoke'", "-k", few)
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["*the process died: SIGABRT*"])
    assert "INTERNALERROR" not in done.stdout.str()


def test_several_are_told_apart(project: pytest.Pytester) -> None:
    done = judged(
        project, "'sound.py', 'kernels.py', 'other=sound.py', tier='smoke'", "-v", "-k", "maximum"
    )
    done.stdout.fnmatch_lines(
        [
            "*test_mine[[]sound-value.maximum] PASSED*",
            "*test_mine[[]kernels-value.maximum] FAILED*",
            "*test_mine[[]other-value.maximum] PASSED*",
        ]
    )


def test_two_of_one_name_get_names_of_their_own(project: pytest.Pytester) -> None:
    same = "'sound.py', 'im2col', 'sound.py'"
    done = judged(project, same, "--collect-only", "-q", "-k", "maximum")
    names = [line.partition("[")[2] for line in done.outlines if "::" in line]
    assert [name for name in names if "value.maximum" in name] == [
        "sound-value.maximum]",
        "im2col-value.maximum]",
        "sound-2-value.maximum]",
    ]


def test_the_options_of_the_plugin_count(project: pytest.Pytester) -> None:
    here = ("--poolproof-in-process", "--poolproof-tier=smoke", "-k", FEW)
    done = judged(project, "'kernels.py'", *here)
    done.assert_outcomes(failed=1, passed=1, skipped=1)
    assert "poolproof reproduce" not in done.stdout.str()


def test_a_path_may_start_at_the_test_file(project: pytest.Pytester) -> None:
    folder = project.mkdir("inner")
    (folder / "own.py").write_text(RIGHT, "utf-8")
    (folder / "test_inner.py").write_text(
        LINE.format(arguments="'own.py', tier='smoke'", before=""), "utf-8"
    )
    done = project.runpytest_subprocess("-p", "no:cacheprovider", "inner", "-k", "value.maximum")
    done.assert_outcomes(passed=1)


def test_what_is_known_is_expected_to_fail(project: pytest.Pytester) -> None:
    known = "{'value.maximum': 'clips', 'result.type': 'w', 'type.bool': 'no bool'}"
    done = judged(project, f"'kernels.py', tier='smoke', known_deviations={known}", "-k", FEW)
    done.assert_outcomes(failed=2, xfailed=1)
    done.stdout.fnmatch_lines(
        [
            "*kernels/result.type passes now; delete it from known_deviations*",
            "*kernels/type.bool is not broken: unclaimed: needs bool; delete*",
            "XFAIL*value.maximum] - clips",
        ]
    )


def test_what_cannot_be_imported_never_passes(project: pytest.Pytester) -> None:
    project.makepyfile(torn="import nothing_of_this_name\n")
    done = judged(project, "'torn.py'", "-k", "value.maximum")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*not run: torn: *torn.py cannot be imported: ModuleNotFoundError*"])


BAD = {
    "": "say what is judged, for example @parametrize('my_pool.py')",
    "'windowd'": "no implementation is called 'windowd'; did you mean windowed",
    "'absent.py'": "absent.py: there is no such file",
    "'sound.py', teir='smoke'": "no argument of parametrize is called 'teir'; did you mean tier?",
    "'sound.py', tier='smok'": "no tier is called 'smok'; did you mean smoke?",
    "'sound.py', seed='1'": "seed is a whole number from 0 to 2**63 - 1, got '1'",
    "'sound.py', known_deviations={'pad.never-win': 'x'}": "did you mean pad.never-wins",
    "'sound.py', known_deviations=['pad.never-wins']": "maps a clause to the reason, got ['pad.",
    "'sound.py', known_deviations={'pad.never-wins': ''}": "maps a clause to the reason, got {'p",
    "3": "int: has no callable 'forward'",
    "len": "has no callable 'forward'",
}


def test_a_bad_argument_is_told_in_one_line(project: pytest.Pytester) -> None:
    texts = {
        f"test_bad_{number}": LINE.format(arguments=arguments, before="")
        for number, arguments in enumerate(BAD)
    }
    texts["test_no_argument"] = LINE.format(arguments="'sound.py'", before="").replace(
        "(check)", "()"
    )
    project.makepyfile(**texts)
    done = project.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(errors=len(texts))
    said = [line for line in done.outlines if line.startswith("test_mine: parametrize: ")]
    expected = [*BAD.values(), "the test takes an argument called 'check', and calls it"]
    assert [message for message in expected if not any(message in line for line in said)] == []
    assert len(said) == len(expected)
    assert "Traceback" not in done.stdout.str()


def test_it_runs_on_several_workers(project: pytest.Pytester) -> None:
    done = judged(project, "'kernels.py', tier='smoke'", "-n2", "-k", FEW)
    done.assert_outcomes(failed=1, passed=1, skipped=1)


def test_the_line_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, conformance; print({'numpy', 'pytest', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
