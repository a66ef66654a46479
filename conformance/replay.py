"""`poolproof reproduce`: one stored finding again, in a process of its own.

`poolproof run` keeps the findings of its implementations in the user's cache, each until
the same implementation is judged again. `python -m conformance.replay FINDING ANSWER` makes
the call of one of them once more; its process may die of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from conformance.calls import Bench
from conformance.cases.case import Array, Case, dtype_of
from conformance.checks.catalogue import checks
from conformance.clauses import UnknownNameError
from conformance.findings import finding, finding_text
from conformance.flight import Silence
from conformance.judge import CheckFailedError, Judge, Law
from conformance.registry import Target, load
from conformance.report.writing import write_whole
from conformance.verdict import Json, RunResult, Verdict
from reference.pool import Pool

SECONDS = 120
"""How long the replayed call may take."""


def store() -> Path:
    """Return the folder of the stored findings."""
    return platformdirs.user_cache_path("poolproof") / "findings"


def _file_name(text: str) -> str:
    """Return a name for a folder: readable, and different for different texts."""
    readable = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)
    return f"{readable[:60]}-{zlib.crc32(text.encode('utf-8', 'backslashreplace')):08x}"


def keep(result: RunResult) -> None:
    """Store the findings of a run; a full or read-only disk costs only the replay."""
    with suppress(OSError):
        for one in result.implementations:
            folder = store() / _file_name(one.name)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            for found in one.to_json()["findings"]:
                record = {"finding": found, "target": one.target, "tier": result.tier}
                record |= {"seed": result.seed}
                write_whole(folder / f"{found['clause']}.json", json.dumps(record))


def recall(name: str) -> Json:
    """Return a stored finding by its id, `implementation/clause`.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    known: dict[str, Json] = {}
    for file in sorted(store().glob("*/*.json")):
        with suppress(ValueError, KeyError):
            record = json.loads(file.read_text("utf-8"))
            known[record["finding"]["id"]] = record
    if name not in known:
        kind = "stored finding"
        raise UnknownNameError(kind, name, known)
    return known[name]


class ReplayJudge(Judge):
    """A judge that looks at one case only, with the input and parameters of a finding."""

    def replays(self, found: Json) -> None:
        """Take the finding to replay."""
        self._id = found["case"]
        arguments = found["arguments"]
        data = arguments[0]["data"] if arguments else None
        self._x = array(data, arguments[0]) if data is not None else None
        self._pool = pool(found["pool"]) if found["pool"] else None

    def one(self, case: Case, law: Law, *, shrinks: bool = True) -> None:  # noqa: ARG002 - as is
        """Judge by `law` if the case is the one of the finding."""
        if case.id != self._id.partition(":")[0]:
            return
        small = case
        if self._x is not None and ":" in self._id:
            small = case.of(self._x, self._pool)
        super().one(small, law, shrinks=False)

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:
        """Judge by a trial if the case is the one of the finding."""
        if case.id == self._id:
            super().without_case(case, trial)


def array(data: Any, form: Json) -> Array:  # noqa: ANN401 - nested lists
    """Return an array from what a finding holds of it."""
    dtype = dtype_of(form["dtype"])
    exact = dtype.kind in "iub"
    flat = [value if exact else float(value) for value in _flat(data)]
    return np.array(flat, dtype).reshape(form["shape"])


def _flat(data: Any) -> Iterable[Any]:  # noqa: ANN401 - nested lists
    if isinstance(data, list):
        for part in data:
            yield from _flat(part)
    else:
        yield data


def pool(values: Json) -> Pool:
    """Return parameters from what a finding holds of them."""
    return Pool(
        tuple(values["kernel_size"]),
        tuple(values["stride"]),
        tuple((begin, end) for begin, end in values["padding"]),
        tuple(values["dilation"]),
        values["ceil_mode"],
        values["auto_pad"],
    )


def replay(record: Json) -> Json | None:
    """Make the call of a finding again; return what is found now, None where nothing is.

    Raises:
        LookupError: the check or its case is not part of the suite any more.
    """
    found = record["finding"]
    implementation = load(Target(found["implementation"], record["target"]))
    bench = Bench(implementation, Silence(), SECONDS)
    judged = 0
    for check in checks():
        if (check.clause, check.name) != (found["clause"], found["check"]):
            continue
        judge = ReplayJudge(bench, {}, record["tier"], record["seed"], makes_small=False)
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
    except UnknownNameError as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        question, answer = Path(folder) / "finding.json", Path(folder) / "answer.json"
        question.write_text(json.dumps(record), "utf-8")
        command = [sys.executable, "-P", "-m", "conformance.replay", str(question), str(answer)]
        try:
            ended = subprocess.run(  # noqa: S603 - our own module
                command, check=False, capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return _say("still failing", f"no answer within {SECONDS} s")
        if not answer.exists():
            if ended.returncode == 1:
                print(f"poolproof: {ended.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                return 2
            return _say("still failing", f"the process died (exit status {ended.returncode})")
        return _compare(record["finding"], json.loads(answer.read_text("utf-8")))


def _compare(before: Json, now: Json | None) -> int:
    if now is None and before["verdict"] != Verdict.FAIL:
        return _say("did not happen this time", "damage done by an earlier call may have been it")
    if now is None:
        return _say("fixed", f"{before['clause']} holds on the case {before['case']}")
    same = now["got"] == before["got"]
    return _say("still failing" if same else "changed", finding_text(now))


def _say(verdict: str, text: str) -> int:
    print(f"{verdict}: {text}")
    return 0 if verdict == "fixed" else 1


def main() -> None:
    """Replay the finding of the first file and write what is found to the second."""
    record = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    write_whole(sys.argv[2], json.dumps(replay(record)))


if __name__ == "__main__":
    main()
