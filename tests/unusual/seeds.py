"""Judges the family of right but unusual implementations under many seeds; none may be blamed.

`python -m tests.unusual.seeds [--seeds N] [--first SEED] [--tier TIER] [--only NAME ...]
[--one-in K] [--cases-one-in K] [-n WORKERS] [--log FILE]` judges every member under the seeds
FIRST to FIRST + N - 1, without pytest; with `--one-in K` each seed is given to every K-th
member, the next seed to the ones after. What is already in the log is not judged again, so that
a run that was stopped goes on where it was. The exit status is 1 when anyone was accused.

A seed changes two things. The calls that are searched for are others altogether: of another
shape, type and pooling. All other cases stay and get other numbers; more than nine of ten do,
in the input or in the output gradient, so that leaving out those that never change would save
next to nothing. But new calls are where a seed can bring something new, and they cost one
hundredth of a sitting. With `--cases-one-in K` every member gets all searched calls of every
seed, and of the other cases those whose turn it is: each case under every K-th seed, so that K
seeds in a row judge all of them. K = 0 leaves them out.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from conformance.calls import Bench
from conformance.cases.case import BRIEF, Case
from conformance.checks.catalogue import checks
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, Law, no_looks
from conformance.registry import Target, load
from tests.unusual import FAMILY
from tests.unusual.offers import OFFERS
from tests.unusual.spoken import SPOKEN

MEMBERS = {**FAMILY, **OFFERS, **SPOKEN}
"""Who is judged: the family, who offers a part of the features, and who speaks any dialect."""
CALL_LIMIT = 60.0
SEEDS_PER_PROCESS = 4
"""After which a process gives the memory of its right answers back, where cases take turns."""


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


class TurnJudge(Judge):
    """A judge to whom all searched calls are given, and the other cases whose turn it is."""

    one_in = 1

    def has_turn(self, case: Case) -> bool:
        """Return whether a case is judged under this seed."""
        if case.id.startswith("search."):
            return True
        return self.one_in > 0 and zlib.crc32(case.id.encode()) % self.one_in == (
            self.seed % self.one_in
        )

    def _one(self, case: Case, law: Law, *, shrinks: bool) -> None:
        if self.has_turn(case):
            super()._one(case, law, shrinks=shrinks)

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:
        """Judge by a trial that makes its own calls, if it is the turn of its case."""
        if self.has_turn(case):
            super().without_case(case, trial)


def judge(name: str, seed: int, tier: str, one_in: int = 1) -> Sitting:
    """Judge one member of the family by every check."""
    bench = Bench(load(Target(name, MEMBERS[name])), Silence(), CALL_LIMIT)
    looks, judged = no_looks(), 0
    accusations: list[str] = []
    begun = time.process_time()
    for check in checks():
        one = TurnJudge(bench, looks, tier, seed, makes_small=False)
        one.one_in, one.takes_few = one_in, tier == BRIEF
        try:
            check.run(one)
            one.settle()
        except CheckFailedError as found:
            error = found.failure.error
            text = f"{found}, expected {error.expected!s:.80}, got {error.got!s:.80}"
            accusations.append(f"{check.clause} by {check.name}: {text.replace(chr(10), ' ')}")
        except Exception as error:  # noqa: BLE001 - a check that fails itself is as bad
            accusations.append(f"{check.clause} by {check.name}: {type(error).__name__}: {error}")
        judged += len(one.judged)
    return Sitting(name, seed, judged, time.process_time() - begun, tuple(accusations))


def sittings(asked: Sequence[tuple[int, str]], tier: str, one_in: int) -> list[Sitting]:
    """Judge members under seeds, seed by seed, so that the right answers are found once."""
    return [judge(name, seed, tier, one_in) for seed, name in asked]


def known(log: Path | None, head: str) -> set[tuple[int, str]]:
    """Return the seeds and members that a log with this head holds."""
    if log is None or not log.exists():
        return set()
    lines = log.read_text("utf-8").splitlines()
    if lines and lines[0] != head:
        message = f"{log} is the log of another tier or share; name another file"
        raise SystemExit(message)
    rows = (line.split("\t") for line in lines[1:] if not line.startswith(" "))
    return {(int(row[0]), row[1]) for row in rows}


def _head(tier: str, one_in: int) -> str:
    share = f", cases one in {one_in}" if one_in != 1 else ""
    return (
        f"# tests.unusual.seeds, tier {tier}{share}: seed, member, verdict, cases, processor time"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the family and write a line per member and seed; return the exit status."""
    options = _options(arguments)
    unknown = sorted(set(options.only or ()) - MEMBERS.keys())
    if unknown:
        message = f"no member is called {', '.join(unknown)}; there are {', '.join(MEMBERS)}"
        raise SystemExit(message)
    head = _head(options.tier, options.cases_one_in)
    done = known(options.log, head)
    seeds = range(options.first, options.first + options.seeds)
    names = options.only or list(MEMBERS)
    left = {
        seed: [
            name
            for place, name in enumerate(names)
            if (place - seed) % options.one_in == 0 and (seed, name) not in done
        ]
        for seed in seeds
    }
    accused, per_process = 0, 1 if options.cases_one_in == 1 else SEEDS_PER_PROCESS
    _write(options.log, "" if done else head)
    # A new process, now and then: the right answers of one seed are of no use to the next.
    with get_context("spawn").Pool(options.workers, maxtasksperchild=1) as pool:
        work = partial(sittings, tier=options.tier, one_in=options.cases_one_in)
        for found in pool.imap(work, _parts(left, per_process)):
            for one in found:
                accused += bool(one.accusations)
                _write(options.log, str(one))
    total = sum(len(rest) for rest in left.values())
    sys.stdout.write(f"{accused} of {total} accused; {len(done)} were in the log\n")
    return 1 if accused else 0


def _parts(left: Mapping[int, Sequence[str]], size: int) -> Iterator[list[tuple[int, str]]]:
    """Yield what one process judges: the members that are left of so many seeds."""
    seeds = [seed for seed, rest in left.items() if rest]
    for start in range(0, len(seeds), size):
        yield [(seed, name) for seed in seeds[start : start + size] for name in left[seed]]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.unusual.seeds")
    parser.add_argument("--seeds", type=int, default=200, help="how many, 200 if not given")
    parser.add_argument("--first", type=int, default=0, help="the first seed, 0 if not given")
    parser.add_argument("--tier", choices=("smoke", "default", "deep"), default="smoke")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these members only")
    parser.add_argument("--one-in", type=int, default=1, metavar="K", help="members per seed")
    turns = "of the cases that are not searched for, this share per seed; 0 for none"
    parser.add_argument("--cases-one-in", type=int, default=1, metavar="K", help=turns)
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
