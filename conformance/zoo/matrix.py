"""The kill matrix: which checks catch which known bug, and how soon.

`python -m conformance.zoo.matrix [--tier TIER] [--only BUG ...]` judges the zoo without
pytest and without making failures small, and writes what it finds as JSON to standard output.
`--write` judges all of it in the smoke tier, what survives also in the default tier, and
writes docs/kill-matrix.md and docs/kill-matrix.json; `--check` says whether these are stale.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat

from conformance.calls import Bench
from conformance.checks.catalogue import checks
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.registry import Target, load
from conformance.zoo import bugs

CALL_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Catch:
    """A check that found its clause broken, and on how many of its cases."""

    check: str
    failing: int
    judged: int


@dataclass(frozen=True, slots=True)
class Kill:
    """What the checks find in one known bug."""

    bug: str
    named: tuple[str, ...]
    """The clauses that the bug says it breaks, the one that names the fault first."""
    caught: dict[str, list[Catch]]
    """The clauses found broken, with the checks that did."""
    first: float | None
    """Seconds of processor time until the first catch."""
    seconds: float
    suite_errors: list[str]
    """Checks that could not cope with the bug, which is a fault of the suite."""


def kill(bug: str, tier: str, seed: int = 0) -> Kill:
    """Judge one known bug by every check."""
    implementation = load(Target(bug, f"conformance.zoo.members:{bug}"))
    bench, looks = Bench(implementation, Silence(), CALL_LIMIT), no_looks()
    caught: dict[str, list[Catch]] = {}
    errors: list[str] = []
    first, begun = None, time.process_time()
    for check in checks():
        judge = Judge(bench, looks, tier, seed, makes_small=False)
        try:
            check.run(judge)
            judge.settle()
        except CheckFailedError as found:
            catch = Catch(check.name, found.failing, found.judged)
            caught.setdefault(check.clause, []).append(catch)
            first = first if first is not None else time.process_time() - begun
        except Exception as error:  # noqa: BLE001 - reported as the suite's own fault
            errors.append(f"{check.name}: {type(error).__name__}: {error}")
    took = time.process_time() - begun
    return Kill(bug, bugs()[bug].clauses, caught, first, took, errors)


def matrix(names: Sequence[str], tiers: Iterable[str], workers: int) -> list[Kill]:
    """Judge known bugs, each in its tier, several at a time."""
    if workers == 1:
        return list(map(kill, names, tiers))
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(kill, names, tiers, chunksize=1))


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the zoo, and print the kills as JSON or keep them; return the exit status."""
    from conformance.zoo import ledger

    parser = argparse.ArgumentParser(prog="python -m conformance.zoo.matrix")
    parser.add_argument("--tier", choices=("smoke", "default", "deep"), default="smoke")
    parser.add_argument("--only", nargs="*", metavar="BUG")
    parser.add_argument("-n", "--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep the matrix of the whole zoo")
    parser.add_argument("--check", action="store_true", help="say whether what is kept is stale")
    options = parser.parse_args(arguments)
    if options.check:
        stale = ledger.staleness(options.workers)
        print("\n".join(stale) or "docs/kill-matrix.md is up to date")
        return 1 if stale else 0
    names = options.only or list(bugs())
    found = matrix(names, repeat(options.tier), options.workers)
    if options.write:
        survivors = [one.bug for one in found if not one.caught]
        ledger.keep(found, matrix(survivors, repeat("default"), options.workers))
        return 0
    json.dump([asdict(one) for one in found], sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
