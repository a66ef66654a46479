"""`poolproof reproduce`: one stored finding again, in a process of its own.

`poolproof run` keeps the findings of its implementations in the user's cache, each until
the same implementation is judged again. `python -m conformance.commands.replay FINDING ANSWER`
makes the call of one of them once more; its process may die of it.
"""

from __future__ import annotations

import difflib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

import platformdirs

from conformance.calls import Bench
from conformance.cases.case import Case
from conformance.checks.catalogue import checks
from conformance.findings import array_of, finding, finding_text, pool_of, shown
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, Law, no_looks
from conformance.registry import Target, load
from conformance.report.standings import stands
from conformance.report.writing import write_whole
from conformance.verdict import Json, RunResult, Verdict

SUGGESTED = 6
"""So many names are suggested in place of one that is not known."""
SECONDS = 120
"""How long the replayed call may take."""


class ReplayError(Exception):
    """A stored finding cannot be run again; the message is one line."""


def store() -> Path:
    """Return the folder of the stored findings."""
    return platformdirs.user_cache_path("poolproof") / "findings"


def _file_name(text: str) -> str:
    """Return a name for a folder: readable, and different for different texts."""
    readable = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)
    return f"{readable[:60]}-{zlib.crc32(text.encode('utf-8', 'backslashreplace')):08x}"


def keep(result: RunResult) -> str:
    """Store the findings of a run; a full or read-only disk costs only the replay.

    Returns why they were not stored, so that `reproduce` does not have them; empty if they were.
    """
    try:
        for one in result.implementations:
            folder = store() / _file_name(one.name)
            if folder.exists():
                shutil.rmtree(folder)
            values = one.to_json()
            for found in (*values["findings"], *values["covered"]):
                said = stands(values, found["clause"])
                _store(found, one.target, result.tier, result.seed, said)
    except OSError as error:
        return f"the findings are not stored for `poolproof reproduce`: {error}"
    return ""


def keep_finding(found: Json, target: str, tier: str, seed: int) -> None:
    """Store one finding in place of an earlier one of the same id."""
    with suppress(OSError):
        _store(found, target, tier, seed)


def _store(found: Json, target: str, tier: str, seed: int, said: str = "") -> None:
    """Store a finding with what makes its call again, and how it stands to what is declared."""
    folder = store() / _file_name(found["implementation"])
    folder.mkdir(parents=True, exist_ok=True)
    record = {"finding": found, "target": target, "tier": tier, "seed": seed, "standing": said}
    write_whole(folder / f"{_file_name(found['id'])}.json", json.dumps(record))


def recall(name: str) -> Json:
    """Return a stored finding by its id, `implementation/clause`.

    Raises:
        ReplayError: there is none; the message says of whom and of what there are some.
    """
    known: dict[str, Json] = {}
    for file in sorted(store().glob("*/*.json")):
        with suppress(ValueError, KeyError):
            record = json.loads(file.read_text("utf-8"))
            known[record["finding"]["id"]] = record
    if name not in known:
        raise ReplayError(_unknown(name, known))
    return known[name]


def _unknown(name: str, known: Collection[str]) -> str:
    """Return why there is no such finding, and which there are."""
    implementation, _, wanted = name.partition("/")
    clauses = [one.partition("/")[2] for one in known if one.startswith(f"{implementation}/")]
    if clauses:
        near = difflib.get_close_matches(wanted, clauses, 3) or clauses[:SUGGESTED]
        return f"{implementation} has no stored finding on {wanted!r}; it has some on {_few(near)}"
    others = {one.partition("/")[0] for one in known}
    near = difflib.get_close_matches(implementation, sorted(others), SUGGESTED)
    hint = f"; there are some of {_few(near)}" if near else ""
    return (
        f"no finding of {implementation!r} is stored: none was found when it was judged last, or "
        f"it was not judged{hint}"
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:SUGGESTED])


class ReplayJudge(Judge):
    """A judge that looks at one case only, with the input and parameters of a finding."""

    def replays(self, found: Json) -> None:
        """Take the finding to replay."""
        self._id = found["case"]
        arguments = found["arguments"]
        data = arguments[0]["data"] if arguments else None
        self._x = array_of(data, arguments[0]) if data is not None else None
        self._pool = pool_of(found["pool"]) if found["pool"] else None

    def _one(self, case: Case, law: Law, *, shrinks: bool) -> None:  # noqa: ARG002 - as is
        if case.id != self._id.partition(":")[0]:
            return
        small = case
        if self._x is not None and ":" in self._id:
            small = case.of(self._x, self._pool)
        super()._one(small, law, shrinks=False)

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:
        """Judge by a trial if the case is the one of the finding."""
        if case.id == self._id:
            super().without_case(case, trial)


def replay(record: Json) -> Json | None:
    """Make the call of a finding again; return what is found now, None where nothing is.

    Where the call holds by itself, the calls that were made before it are made as well.

    Raises:
        LookupError: the check or its case is not part of the suite any more.
    """
    return _alone(record) or _after_others(record)


def _after_others(record: Json) -> Json | None:
    """Return what the whole check of a finding comes to, after all checks before it."""
    found = record["finding"]
    looks = no_looks()
    bench = Bench(load(Target(found["implementation"], record["target"])), Silence(), SECONDS)
    for check in checks():
        judge = Judge(bench, looks, record["tier"], record["seed"], makes_small=False)
        check.run(judge)
        if (check.clause, check.name) == (found["clause"], found["check"]):
            try:
                judge.settle()
            except CheckFailedError as error:
                name = found["implementation"]
                return finding(name, check.clause, check.name, error, record["seed"])
            return None
    return None


def _alone(record: Json) -> Json | None:
    """Return what the call of a finding comes to by itself, None where the law holds."""
    found = record["finding"]
    implementation = load(Target(found["implementation"], record["target"]))
    bench = Bench(implementation, Silence(), SECONDS)
    judged = 0
    for check in checks():
        if (check.clause, check.name) != (found["clause"], found["check"]):
            continue
        judge = ReplayJudge(bench, no_looks(), record["tier"], record["seed"], makes_small=False)
        judge.replays(found)
        check.run(judge)
        judged += len(judge.judged)
        try:
            judge.settle()
        except CheckFailedError as error:
            return finding(implementation.name, check.clause, check.name, error, record["seed"])
    if not judged:
        message = f"{found['id']}: the suite has no case {found['case']} for it any more"
        raise LookupError(message)
    return None


def reproduce(name: str) -> int:
    """Run a stored finding again and say what it comes to; return the exit status."""
    try:
        record = recall(name)
        verdict, now = replayed(record)
    except ReplayError as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return 2
    if verdict in {Verdict.PASS, Verdict.FAIL}:
        return _compare(record, now)
    return _ended(record, verdict, now or {})


def replayed(record: Json, seconds: float = SECONDS) -> tuple[Verdict, Json | None]:
    """Make the call of a stored finding again in a process of its own, for so many seconds.

    Returns what it comes to, and the finding of today; None with `pass`.

    Raises:
        ReplayError: the implementation or the case is not there any more.
    """
    before = record["finding"]
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        question, answer = Path(folder) / "finding.json", Path(folder) / "answer.json"
        question.write_text(json.dumps(record), "utf-8")
        command = [
            sys.executable,
            "-P",
            "-m",
            "conformance.commands.replay",
            str(question),
            str(answer),
        ]
        try:
            ended = subprocess.run(  # noqa: S603 - our own module
                command, check=False, capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return Verdict.HANG, before | {"got": shown(f"no answer within {seconds:.0f} s")}
        if answer.exists():
            now: Json | None = json.loads(answer.read_text("utf-8"))
            return (Verdict.PASS if now is None else Verdict.FAIL), now
        if ended.returncode == 1:
            raise ReplayError((ended.stderr.strip().splitlines() or ["it ended silently"])[-1])
        return Verdict.CRASH, before | {"got": shown(_death(ended.returncode))}


def replayed_together(records: Sequence[Json], seconds: float) -> list[Json] | None:
    """Make the calls of findings of one implementation again, in one process for all of them.

    Returns for each {found}, the finding of today or None, or {why} it cannot be replayed.
    Where the process ended there is no answer at all: each is to be asked alone.
    """
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        question, answer = Path(folder) / "findings.json", Path(folder) / "answers.json"
        question.write_text(json.dumps(list(records)), "utf-8")
        command = [
            sys.executable,
            "-P",
            "-m",
            "conformance.commands.replay",
            str(question),
            str(answer),
        ]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, check=False, capture_output=True, timeout=seconds)  # noqa: S603 - our own module
        if not answer.exists():
            return None
        found: list[Json] = json.loads(answer.read_text("utf-8"))
        return found


def _answered(record: Json) -> Json:
    """Return what a finding among others comes to."""
    try:
        return {"found": _alone(record)}  # the run that follows makes the other calls
    except LookupError as error:
        return {"why": str(error)}


def show_script(name: str) -> int:
    """Print the script of a stored finding; return the exit status."""
    try:
        found = recall(name)["finding"]
    except ReplayError as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return 2
    if not found.get("script"):
        why = found.get("no_script") or "it is told under another finding of the same cause"
        print(f"poolproof: {name} has no script: {why}", file=sys.stderr)
        return 2
    print(found["script"], end="")
    return 0


def _death(status: int) -> str:
    if status >= 0:
        return f"the process ended with exit status {status}"
    with suppress(ValueError):
        return f"the process died: {signal.Signals(-status).name}"
    return f"the process died of signal {-status}"


def _ended(record: Json, verdict: Verdict, found: Json) -> int:
    """Say that the process of the call ended, which may be what it did before or not."""
    now = found | {"verdict": verdict.value}
    if record["finding"]["verdict"] == verdict:
        return _say("still failing", finding_text(now, record.get("standing", "")))
    return _say("changed", finding_text(now))


def _compare(record: Json, now: Json | None) -> int:
    """Say what the call comes to beside what it came to; only the same stands as it stood."""
    before = record["finding"]
    if now is None and before["verdict"] != Verdict.FAIL:
        return _say("did not happen this time", "damage done by an earlier call may have been it")
    if now is None:
        return _say("fixed", f"{before['clause']} holds on the case {before['case']}")
    known = {name: before[name] for name in ("also", "failing_cases", "judged_cases")}
    if (now["got"], now["note"]) == (before["got"], before["note"]):
        known |= {"behaves_like": before.get("behaves_like", [])}
        return _say("still failing", finding_text(now | known, record.get("standing", "")))
    was = before["got"]["text"] if before["got"]["data"] is None else before["got"]["data"]
    return _say("changed", f"it was {was} before\n{finding_text(now | known)}")


def _say(verdict: str, text: str) -> int:
    print(f"{verdict}: {text}" if "\n" not in text else f"{verdict}:\n{text}")
    return 0 if verdict == "fixed" else 1


def main() -> None:
    """Replay the finding of the first file, or a list of them, and write what is found."""
    asked = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    found = [_answered(one) for one in asked] if isinstance(asked, list) else replay(asked)
    write_whole(sys.argv[2], json.dumps(found))


if __name__ == "__main__":
    main()
