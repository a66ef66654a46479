"""Crashes and hangs become verdicts on the clauses they concern, and every other stands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.cases.case import Case
from conformance.cases.manifest import Listener
from conformance.checks.catalogue import checks
from conformance.checks.test_search import LAWS
from conformance.isolation.cell import context
from conformance.isolation.deaths import GIVE_UP_AFTER, PATIENCE, Deaths
from conformance.isolation.examination import Terms
from conformance.isolation.flight import SUFFIX, Recorder, read
from conformance.isolation.warden import CROWD, Warden, crowd
from conformance.judge import Judge
from conformance.registry import Target
from conformance.verdict import Json, Verdict
from tests.judging import Run, judged
from tests.subjects import deadly

ENDS = {
    "segfault": "crash",
    "abort": "crash",
    "leave": "crash",
    "scribble": "crash",
    "backward": "crash",
    "endless": "hang",
    "asleep": "hang",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge all that crash and hang, between two that do not, with a second for each call."""
    names = ["before=tests.subjects.deadly:careful", *(f"tests.subjects.deadly:{n}" for n in ENDS)]
    names.append("after=tests.subjects.deadly:careful")
    folder = tmp_path_factory.mktemp("deadly")
    return judged(*names, folder=folder, options=("--call-limit=1",))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Judge the one that does not crash with nobody beside it."""
    return judged("before=tests.subjects.deadly:careful", folder=tmp_path_factory.mktemp("alone"))


class Asked(Listener):
    """Hears what stands in for calls that are not offered, as a judge does."""

    nearest = Judge.nearest


def concerned(subject: deadly.Deadly) -> set[str]:
    """Return the clauses that are judged by some case on which the subject ends."""

    def ends(case: Case) -> bool:
        asked = case.needs <= subject.claims or case.id.startswith("error.")
        return asked and subject.when(case.x(0), case.pool)

    found = set()
    for check in checks():
        listener = Asked(subject.claims, "smoke")
        check.run(listener)
        if any(ends(case) for case in listener.heard.values()):
            found.add(check.clause)
    return found


def test_a_busy_machine_gives_calls_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    for load, times in ((0.1, 1.0), (3.0, 1.5), (50.0, CROWD)):
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, 0.0, 0.0), raising=False)
        assert crowd() == times


def test_the_run_ends_with_a_report_of_all(run: Run) -> None:
    assert (run.status, run.err) == (1, "")
    assert {one["name"] for one in run.report["implementations"]} == {*ENDS, "before", "after"}
    assert [reason for reason in run.reasons() if "the suite itself" in reason] == []


def test_no_verdict_of_a_neighbour_changes(run: Run, alone: Run) -> None:
    assert alone.status == 0
    for name in ("before", "after"):
        assert run.verdicts(name, but="") == alone.verdicts("before", but="")


@pytest.mark.parametrize(("name", "verdict"), ENDS.items())
def test_what_ends_is_told_from_what_does_not(run: Run, name: str, verdict: str) -> None:
    assert set(run.broken(name).values()) == {verdict}
    everything = run.verdicts(name)
    assert list(everything.values()).count("pass") > 10


@pytest.mark.parametrize("name", [name for name in ENDS if name != "backward"])
def test_every_clause_that_is_concerned_is_broken_and_no_other(run: Run, name: str) -> None:
    subject = getattr(deadly, name)
    alike = concerned(subject)
    assert len(alike) > 1
    judged_here = alike & run.verdicts(name).keys()
    # The calls in between, by which it looks for traces, are no cases of their own; and a call
    # that was searched for ends whichever of its checks asks for it first.
    beside = {"pure.stateless"} | {law[0] for law in LAWS}
    assert judged_here <= run.broken(name).keys() <= judged_here | beside


# What is written where an answer is due is heard whenever it comes, and not in a call.
@pytest.mark.parametrize("name", [name for name in ENDS if name != "scribble"])
def test_a_finding_tells_the_call_that_ended_it(run: Run, name: str) -> None:
    verdict = ENDS[name]
    (one,) = (one for one in run.report["implementations"] if one["name"] == name)
    found = [found for found in one["findings"] if found["verdict"] == verdict]
    assert found
    method = "backward" if name == "backward" else "forward"
    said = {"crash": "the process ", "hang": "no answer within "}[verdict]
    for finding in found:
        assert method in finding["note"]
        assert said in finding["got"]["text"]
        assert finding["case"]
        assert "kernel_size" in finding["call"]


def test_the_last_words_of_a_process_tell_no_folder_of_this_machine(run: Run) -> None:
    said = [reason for reason in run.reasons() if "last words: Segmentation fault" in reason]
    assert said
    for reason in said:
        assert 'File "ctypes/__init__.py", line' in reason


def test_a_deadly_call_is_made_again_by_nobody(run: Run) -> None:
    again = "an earlier check ended the process on "
    (one,) = (one for one in run.report["implementations"] if one["name"] == "abort")
    cases = {found["case"] for found in (*one["findings"], *one["covered"])}
    reasons = {result["reason"] for result in one["clauses"].values()}
    spared = {reason.removeprefix(again) for reason in reasons if reason.startswith(again)}
    assert spared & cases


def test_what_lingers_after_its_last_call_delays_nobody_for_long(tmp_path: Path) -> None:
    sources = {
        "thread": "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(90,)).start()\n",
        "atexit": "import atexit, time\natexit.register(time.sleep, 90)\n",
    }
    for name, source in sources.items():
        right = "from tests.unusual.base_only import forward\n"
        (tmp_path / f"{name}.py").write_text(f"{source}{right}", "utf-8")
    begun = time.monotonic()
    run = judged(*(str(tmp_path / f"{name}.py") for name in sources), folder=tmp_path)
    assert (run.status, run.err) == (0, "")
    assert {name: run.broken(name) for name in sources} == {"thread": {}, "atexit": {}}
    assert time.monotonic() - begun < 60


# The recorder, the deaths and the warden


def test_the_recorder_tells_what_is_called_and_until_when(tmp_path: Path) -> None:
    file = tmp_path / f"gw0{SUFFIX}"
    recorder = Recorder(file)
    assert (read(file).since, read(file).moved) == (0, 0)
    recorder.enter("mine\tgrad.ties\tforward \N{SNOWMAN}", 7.5)
    record = read(file)
    assert record.label == "mine\tgrad.ties\tforward \N{SNOWMAN}"
    assert record.until - record.since == pytest.approx(7.5)
    recorder.leave()
    left = read(file)
    assert (left.since, left.label) == (0, record.label)
    assert left.moved >= record.moved > 0
    recorder.enter("x" * 5000, 1)
    assert set(read(file).label) == {"x"}


def test_what_one_worker_learned_all_know(tmp_path: Path) -> None:
    here, there = Deaths(tmp_path, "gw0"), Deaths(tmp_path, "gw1")
    here.record("one", "a.case", Verdict.HANG)
    there.record("one", "b.case", Verdict.CRASH)
    there.record("other", "a.case", Verdict.CRASH)
    assert here.of("one") == there.of("one") == {"a.case": "hang", "b.case": "crash"}
    assert here.of("other") == {"a.case": "crash"}
    assert here.of("nobody") == {}


def test_patience_ends_and_so_does_trying(tmp_path: Path) -> None:
    deaths = Deaths(tmp_path, "gw0")
    assert deaths.share_of_limit("slow") == 1
    for number in range(PATIENCE):
        deaths.record("slow", f"case.{number}", Verdict.HANG)
    assert deaths.share_of_limit("slow") < 1
    for number in range(GIVE_UP_AFTER):
        assert not deaths.given_up("dying")
        deaths.record("dying", f"case.{number}", Verdict.CRASH)
    assert deaths.given_up("dying")


def test_what_cannot_be_imported_any_more_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "subject.py"
    deaths = Deaths(tmp_path, "main")
    one = Warden(Target("one", f"{file}:pool"), Terms("smoke", 0, 1.0), deaths, tmp_path / "main")
    first, second = account(one), account(one)
    assert first["verdict"] == "crash"
    assert "cannot be imported" in first["finding"]["got"]["text"]
    assert first["finding"]["note"].startswith("it was imported when the run began")
    assert second["verdict"] == "not run"
    assert second["reason"].startswith("given up: ")
    assert not deaths.given_up("another")


def test_a_death_in_a_call_beside_that_of_its_case_names_the_call(tmp_path: Path) -> None:
    target = Target("striding", "tests.subjects.deadly:striding")
    warden = Warden(target, Terms("smoke", 0, 5.0), Deaths(tmp_path, "main"), tmp_path / "main")
    found = warden.account(
        "shape.exact", "test_steps_past_32_bits_are_not_cut_off", context(clean=False)
    )
    warden.close()
    assert found["verdict"] == "crash"
    assert found["finding"]["case"] == "step.far-k2"
    assert "in forward with kernel_size (2, 2)" in found["finding"]["note"]
    assert "stride (2147483649, 2147483649)" in found["finding"]["note"]


SUBJECT = """
import os, signal, time
from conformance.zoo.sound import Sound

class Right(Sound):
    claims = frozenset()

    def forward(self, x, pool):
        return super().forward(x, pool)

class Once(Right):
    def forward(self, x, pool):
        if not os.path.exists(MARK):
            open(MARK, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(x, pool)

class Stopped(Right):
    def forward(self, x, pool):
        os.kill(os.getpid(), signal.SIGSTOP)
        return super().forward(x, pool)

class Pair(tuple):
    def __del__(self):
        os.kill(os.getpid(), signal.SIGSTOP)

class Later(Right):
    def forward(self, x, pool):
        return Pair(super().forward(x, pool))

class Forked(Right):
    def forward(self, x, pool):
        os.fork()
        return super().forward(x, pool)

class Closing(Right):
    def forward(self, x, pool):
        os.closerange(3, 300)
        return super().forward(x, pool)
"""


@pytest.fixture
def warden(tmp_path: Path) -> Iterator[Callable[[str], Warden]]:
    """Return what makes a warden for one of the subjects above."""
    file = tmp_path / "subject.py"
    file.write_text(f"MARK = {str(tmp_path / 'mark')!r}\n{SUBJECT}", "utf-8")
    made: list[Warden] = []

    def make(name: str) -> Warden:
        terms = Terms("smoke", 0, 1.0)
        deaths = Deaths(tmp_path, "main")
        made.append(Warden(Target(name, f"{file}:{name}"), terms, deaths, tmp_path / "main"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def account(warden: Warden) -> Json:
    """Return what a check of values came to."""
    return warden.account("value.maximum", "test_every_geometry", context(clean=False))


@pytest.mark.parametrize("name", ["Right", "Once", "Forked"])
def test_an_end_from_outside_is_not_held_against_anybody(
    warden: Callable[[str], Warden], name: str
) -> None:
    assert account(warden(name))["verdict"] == "pass"


def test_a_process_that_is_stopped_in_a_call_hangs(warden: Callable[[str], Warden]) -> None:
    found = account(warden("Stopped"))
    assert (found["verdict"], found["finding"]["got"]["text"]) == ("hang", "no answer within 1 s")
    assert found["finding"]["case"]


def test_a_process_that_stops_between_two_calls_hangs(warden: Callable[[str], Warden]) -> None:
    one = warden("Later")
    one.still = 1.0
    found = account(one)
    assert found["verdict"] == "hang"


def test_a_process_that_closes_the_files_of_others_crashes(
    warden: Callable[[str], Warden],
) -> None:
    found = account(warden("Closing"))
    assert found["verdict"] == "crash"
    assert found["finding"]["sentence"]


def test_after_an_end_there_is_a_new_process(warden: Callable[[str], Warden]) -> None:
    one = warden("Closing")
    assert [account(one)["verdict"] for _ in range(2)] == ["crash", "crash"]


def test_an_implementation_may_make_processes_of_its_own(tmp_path: Path) -> None:
    names = [f"tests.subjects.processes:{name}" for name in ("forked", "spawned")]
    run = judged(*names, folder=tmp_path)
    assert run.status == 0, run.out
    assert run.verdicts("forked") == run.verdicts("spawned")
    assert run.verdicts("forked")["value.maximum"] == "pass"
