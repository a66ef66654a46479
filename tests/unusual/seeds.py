"""Judges the family of right but unusual implementations under many seeds; none may be blamed.

`python -m tests.unusual.seeds [--seeds N] [--first SEED] [--tier TIER] [--only NAME ...]
[--one-in K] [-n WORKERS] [--log FILE]` judges every member under the seeds FIRST to
FIRST + N - 1, one process per seed, without pytest; with `--one-in K` each seed is given to
every K-th member, the next seed to the ones after. What is already in the log is not judged
again, so that a run that was stopped goes on where it was. The exit status is 1 when anyone
was accused.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conformance.calls import Bench
from conformance.checks.catalogue import checks
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge
from conformance.registry import Target, load
from tests.unusual import FAMILY

CALL_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Sitting:
    """What came of judging one member under one seed."""

    name: str
    seed: int
    cases: int
    """How many cases it was judged on, each counted once per check."""
    seconds: float
    """Processor time."""
    accusations: tuple[str, ...]
    """Each wrong accusation in one line: clause, check, case and what was said."""

    def __str__(self) -> str:
        """Return the line of the log, and a line for each accusation."""
        word = "ACCUSED" if self.accusations else "conforms"
        head = f"{self.seed}\t{self.name}\t{word}\t{self.cases} cases\t{self.seconds:.2f} s"
        return "\n".join([head, *(f"  {line}" for line in self.accusations)])


def judge(name: str, seed: int, tier: str) -> Sitting:
    """Judge one member of the family by every check."""
    bench = Bench(load(Target(name, FAMILY[name])), Silence(), CALL_LIMIT)
    looks, judged, accusations = {}, 0, []  # type: ignore[var-annotated]
    begun = time.process_time()
    for check in checks():
        one = Judge(bench, looks, tier, seed, makes_small=False)
        try:
            check.run(one)
            one.settle()
        except CheckFailedError as found:
            accusations.append(f"{check.clause} by {check.name}: {found}")
        except Exception as error:  # noqa: BLE001 - a check that fails itself is as bad
            accusations.append(f"{check.clause} by {check.name}: {type(error).__name__}: {error}")
        judged += len(one.judged)
    return Sitting(name, seed, judged, time.process_time() - begun, tuple(accusations))


def sitting(seed: int, names: Sequence[str], tier: str) -> list[Sitting]:
    """Judge several members under one seed, so that the right answers are found once."""
    return [judge(name, seed, tier) for name in names]


def known(log: Path | None, tier: str) -> set[tuple[int, str]]:
    """Return the seeds and members that a log of this tier holds."""
    if log is None or not log.exists():
        return set()
    lines = log.read_text("utf-8").splitlines()
    if lines and lines[0] != _head(tier):
        message = f"{log} is the log of another tier; name another file"
        raise SystemExit(message)
    rows = (line.split("\t") for line in lines[1:] if not line.startswith(" "))
    return {(int(row[0]), row[1]) for row in rows}


def _head(tier: str) -> str:
    return f"# tests.unusual.seeds, tier {tier}: seed, member, verdict, cases, processor time"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the family and write a line per member and seed; return the exit status."""
    options = _options(arguments)
    unknown = sorted(set(options.only or ()) - FAMILY.keys())
    if unknown:
        message = f"no member is called {', '.join(unknown)}; there are {', '.join(FAMILY)}"
        raise SystemExit(message)
    done = known(options.log, options.tier)
    seeds = range(options.first, options.first + options.seeds)
    names = options.only or list(FAMILY)
    left = {
        seed: [
            name
            for place, name in enumerate(names)
            if (place - seed) % options.one_in == 0 and (seed, name) not in done
        ]
        for seed in seeds
    }
    accused = 0
    tasks = [(seed, rest) for seed, rest in left.items() if rest]
    _write(options.log, "" if done else _head(options.tier))
    # A new process per seed: the right answers of one seed are of no use to the next.
    with ProcessPoolExecutor(options.workers, max_tasks_per_child=1) as pool:
        work = partial(sitting, tier=options.tier)
        for found in pool.map(work, *zip(*tasks, strict=True)) if tasks else ():
            for one in found:
                accused += bool(one.accusations)
                _write(options.log, str(one))
    total = sum(len(rest) for _, rest in tasks)
    sys.stdout.write(f"{accused} of {total} accused; {len(done)} were in the log\n")
    return 1 if accused else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.unusual.seeds")
    parser.add_argument("--seeds", type=int, default=200, help="how many, 200 if not given")
    parser.add_argument("--first", type=int, default=0, help="the first seed, 0 if not given")
    parser.add_argument("--tier", choices=("smoke", "default", "deep"), default="smoke")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these members only")
    parser.add_argument("--one-in", type=int, default=1, metavar="K", help="members per seed")
    parser.add_argument("-n", "--workers", type=int, default=2)
    parser.add_argument("--log", type=Path, help="written to, and read to go on")
    return parser.parse_args(arguments)


def _write(log: Path | None, line: str) -> None:
    if line:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if log is not None:
            with log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
