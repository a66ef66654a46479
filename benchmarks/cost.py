"""What judging costs: start-up, tiers, processes, implementations, memory, and where time goes.

`python benchmarks/cost.py` prints the tables of docs/cost.md; on a machine that does nothing
else they take some minutes. `--only profile memory` prints some of them, `--tiers smoke` leaves
the longer tiers out, and `--peer PYTHON` adds the pooling cases of ONNX, run by an interpreter
that has onnx, onnxruntime, pytest and pytest-xdist.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

NUMPY = ("im2col", "windowed", "reshape")
MANY = (1, 3, 10)
ONNX_CASES = """
import onnx.backend.test
import onnxruntime.backend
cases = onnx.backend.test.BackendTest(onnxruntime.backend, __name__)
cases.include("test_(max|average|lp|global)_?.*pool.*_cpu")
globals().update(cases.enable_report().test_cases)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, its processes included."""

    seconds: float
    processor: float

    def __str__(self) -> str:
        """Return both, as a table shows them."""
        return f"{self.seconds:.2f} | {self.processor:.2f}"


def cost(rounds: int, *command: str, environment: dict[str, str] | None = None) -> Cost:
    """Return the median cost of a command over some rounds."""
    found = []
    for _ in range(rounds):
        before, begun = os.times(), time.perf_counter()
        subprocess.run(  # noqa: S603 - a Python that was named, and what follows it
            command,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        seconds, after = time.perf_counter() - begun, os.times()
        spent = after.children_user + after.children_system
        found.append((seconds, spent - before.children_user - before.children_system))
    return Cost(*map(statistics.median, zip(*found, strict=True)))


def poolproof(rounds: int, *arguments: str) -> Cost:
    """Return the cost of a command of Poolproof."""
    return cost(rounds, sys.executable, "-m", "conformance.cli", *arguments)


def judging(rounds: int, tier: str, workers: int, names: Sequence[str]) -> Cost:
    """Return the cost of a run."""
    return poolproof(rounds, "run", *names, f"--tier={tier}", f"-n={workers}", "--no-progress")


def table(title: str, head: str, rows: Sequence[str]) -> None:
    """Print a table."""
    line = "|---" * (head.count("|") - 1) + "|"
    _say("\n".join([f"\n## {title}\n", head, line, *rows]))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show_start(options: argparse.Namespace) -> None:
    """Print what comes before the first check."""
    rows = [
        f"| `poolproof {name}` | {poolproof(options.rounds, *name.split())} |"
        for name in ("--help", "explain value.maximum", "list")
    ]
    for count in (1, 3):
        steps = [_asked("stages", "default", *NUMPY[:count]) for _ in range(options.rounds)]
        collected = statistics.median(step["collected"] for step in steps)
        rows.append(f"| to the first of the checks of {count} | {collected:.2f} | |")
    table("Start-up", "| what | seconds | processor seconds |", rows)


def show_tiers(options: argparse.Namespace) -> None:
    """Print the seconds of each tier, on one process and on two."""
    rows = []
    for tier in options.tiers:
        for names in (NUMPY[:1], NUMPY):
            one, two = (judging(options.rounds, tier, n, names) for n in (1, 2))
            times = one.seconds / two.seconds
            rows.append(f"| {tier} | {' '.join(names)} | {one} | {two} | {times:.2f} |")
    head = "| tier | judged | -n 1: seconds | processor | -n 2: seconds | processor | times |"
    table("Tiers", head, rows)


def show_many(options: argparse.Namespace) -> None:
    """Print what one implementation costs beside others."""
    rows = []
    for count in MANY:
        names = [f"copy{number}=implementations.im2col" for number in range(count)]
        found = [judging(options.rounds, "smoke", n, names) for n in (1, 2)]
        each = " | ".join(
            f"{one.seconds / count:.2f} | {one.processor / count:.2f}" for one in found
        )
        rows.append(f"| {count} | {each} |")
    head = "| judged | -n 1: seconds each | processor each | -n 2: seconds each | processor each |"
    table("Many implementations", head, rows)


def show_memory(options: argparse.Namespace) -> None:
    """Print how much more memory judging takes than importing the implementation."""
    rows = []
    for tier in options.tiers:
        for name in options.memory_of:
            found = _asked("memory", tier, name)
            sizes = " | ".join(f"{found[key]:.0f}" for key in ("imported", "ready", "peak"))
            rows.append(f"| {tier} | {name} | {sizes} | {found['peak'] - found['imported']:.0f} |")
    head = "| tier | judged | imported | suite ready | peak | suite's share |"
    table("Memory of a judging process, MiB", head, rows)


def show_profile(options: argparse.Namespace) -> None:
    """Print where the processor time of judging one implementation goes."""
    tiers = [tier for tier in options.tiers if tier != "deep"]
    found = {tier: _asked("profile", tier, NUMPY[0]) for tier in tiers}
    rows = []
    for part in found[tiers[0]]:
        cells = [f"{one[part]:.2f} | {one[part] / sum(one.values()):.0%}" for one in found.values()]
        rows.append(f"| {part} | {' | '.join(cells)} |")
    head = "| part | " + " | ".join(f"{tier}: seconds | share" for tier in tiers) + " |"
    table("Where the processor time goes", head, rows)


def show_peer(options: argparse.Namespace) -> None:
    """Print what ONNX's pooling cases cost."""
    if not options.peer:
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "test_pooling.py"
        file.write_text(ONNX_CASES, "utf-8")
        run = (options.peer, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file))
        rows = [
            f"| {what} | {cost(options.rounds, *run, *more)} |"
            for what, more in (("collected", ("--collect-only",)), ("run", ()), ("-n 2", ("-n2",)))
        ]
    table("ONNX's pooling cases", "| what | seconds | processor seconds |", rows)


def _asked(what: str, tier: str, *names: str) -> dict[str, float]:
    """Return what a process of its own found out, by this file."""
    command = [sys.executable, __file__, "--inside", what, tier, repr(time.time()), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    pairs = (line.rsplit("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return {name: float(number) for name, number in pairs}


def stages(tier: str, begun: float, names: Sequence[str]) -> dict[str, float]:
    """Return when the checks were collected, in seconds from the start of the process."""
    from conformance.isolation.preflight import Preflight
    from conformance.registry import find_all

    found = {}

    def progress(account: object, _total: int) -> None:
        if account is None:
            found["collected"] = time.time() - begun
            raise KeyboardInterrupt

    targets = find_all(list(names))
    preflight = Preflight(targets, clean=True)
    from conformance import run

    try:
        run.run(targets, preflight.passports, run.Options(tier, 0, 1, 20.0), progress, {})
    except KeyboardInterrupt:
        return found
    raise AssertionError


def memory(tier: str, _begun: float, names: Sequence[str]) -> dict[str, float]:
    """Return the peak of a process, in MiB: implementation imported, suite ready, all judged."""
    from conformance.registry import find, load

    load(find(names[0]))
    found = {"imported": _peak()}
    answers, requests = _opened(tier, names[0])
    found["ready"] = _peak()
    for request in requests:
        answers(request)
    return found | {"peak": _peak()}


def _peak() -> float:
    import resource  # not on Windows

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


class Account:
    """Processor time by part: each second is counted for the innermost part that is open."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.seconds: dict[str, float] = {}
        self._open = ["laws and comparisons"]
        self._since = time.process_time()

    def count(self) -> None:
        """Count the time since the last change for the part that is open."""
        now, part = time.process_time(), self._open[-1]
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now

    def kept(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call whose time is counted for a part."""

        @wraps(call)
        def counted(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any call
            self.count()
            self._open.append(part)
            try:
                return call(*arguments, **options)
            finally:
                self.count()
                self._open.pop()

        return counted


def profile(tier: str, _begun: float, names: Sequence[str]) -> dict[str, float]:
    """Return the processor time of judging one implementation, by part."""
    account = Account()
    answers, requests = account.kept("imports", _opened)(tier, names[0])
    from conformance import oracle
    from conformance.calls import Bench
    from conformance.cases.case import Case

    for owner, name, part in (
        (Bench, "outcome", "calls of the implementation"),
        (oracle, "answer", "expected answers"),
        (oracle, "legal", "whether a call is legal"),
        (Case, "x", "inputs and output gradients"),
        (Case, "dy", "inputs and output gradients"),
    ):
        setattr(owner, name, account.kept(part, getattr(owner, name)))
    for request in requests:
        answers(request)
    account.count()
    return dict(sorted(account.seconds.items(), key=lambda item: -item[1]))


def _opened(tier: str, name: str) -> tuple[Callable[[Any], Any], list[Any]]:
    """Return what answers in a judging process, and what it is asked."""
    from conformance.checks.catalogue import checks
    from conformance.isolation.examination import Terms
    from conformance.isolation.warden import open_examination
    from conformance.registry import find

    with tempfile.TemporaryDirectory() as folder:
        answers = open_examination(find(name), Path(folder) / "process.flight", Terms(tier))
    return answers, [
        {"clause": check.clause, "check": check.name, "deadly": {}} for check in checks()
    ]


SHOWN = {
    "start": show_start,
    "profile": show_profile,
    "tiers": show_tiers,
    "many": show_many,
    "memory": show_memory,
    "peer": show_peer,
}
INSIDE = {"stages": stages, "memory": memory, "profile": profile}


def main() -> int:
    """Print the tables."""
    if sys.argv[1:2] == ["--inside"]:
        what, tier, begun, *names = sys.argv[2:]
        for part, number in partial(INSIDE[what], tier, float(begun), names)().items():
            _say(f"{part}={number}")
        return 0
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", nargs="*", choices=tuple(SHOWN), default=list(SHOWN))
    parser.add_argument("--tiers", nargs="*", default=["smoke", "default"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-of", nargs="*", default=["im2col", "separable"])
    parser.add_argument("--peer", help="a Python that has onnx and onnxruntime")
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    _say(f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}")
    for part in options.only:
        SHOWN[part](options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
