"""How well the diagnosis names known bugs: every member of the zoo is judged under no name.

`python -m conformance.zoo.naming [--tier TIER] [--only BUG ...]` writes as JSON, for each
member that is caught, which bugs are named, how small the input that is shown first is, and what
the diagnosis costs in seconds of processor time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial

from conformance.calls import Bench
from conformance.checks.catalogue import checks
from conformance.diagnosis.likeness import diagnose
from conformance.findings import finding
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.registry import Target, load
from conformance.verdict import Json, elements_of
from conformance.verdicts import findings
from conformance.zoo import bugs

CALL_LIMIT = 60.0
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Naming:
    """What the diagnosis says of one known bug that was judged under no name."""

    bug: str
    first: tuple[str, ...]
    """The bugs named first; several where nothing tells them apart."""
    named: tuple[str, ...]
    """All bugs that are named."""
    failed: tuple[str, ...]
    """The clauses that were found broken."""
    findings: int
    """How many causes the findings come to."""
    elements: int
    """Of the input of the first finding; 0 where none is shown."""
    seconds: float
    """Processor time of the diagnosis."""

    @property
    def right(self) -> bool:
        """Return whether the bug is among those named first."""
        return self.bug in self.first


def records_of(
    target: Target, tier: str, seed: int, *, makes_small: bool, only: Collection[str] = ()
) -> list[Json]:
    """Judge an implementation, by the checks of some clauses or by all; return what failed."""
    bench, looks, found = Bench(load(target), Silence(), CALL_LIMIT), no_looks(), []
    for check in (one for one in checks() if not only or one.clause in only):
        judge = Judge(bench, looks, tier, seed, makes_small=makes_small)
        try:
            check.run(judge)
            judge.settle()
        except CheckFailedError as error:
            shown = finding(target.name, check.clause, check.name, error, seed)
            place = {"clause": check.clause, "check": check.name, "finding": shown}
            found.append(place | judge.witnesses() | {"verdict": "fail"})
    return found


def naming(bug: str, tier: str, seed: int = 0) -> Naming:
    """Judge one known bug under no name, and say what the diagnosis makes of it."""
    target = Target(ANONYMOUS, f"conformance.zoo.members:{bug}")
    records = records_of(target, tier, seed, makes_small=True)
    begun = time.process_time()
    found = diagnose(load(target), records, tier, seed)
    seconds = time.process_time() - begun
    entries = _everywhere(found["behaves_like"])
    best = min((one["rank"] for one in entries), default=None)
    shown = findings(records, found)
    return Naming(
        bug,
        first=tuple(one["bug"] for one in entries if one["rank"] == best),
        named=tuple(one["bug"] for one in entries),
        failed=tuple(dict.fromkeys(record["clause"] for record in records)),
        findings=len(shown),
        elements=elements_of(shown[0].leader) if shown else 0,
        seconds=round(seconds, 3),
    )


def _everywhere(found: dict[str, list[Json]]) -> list[Json]:
    """Return the bugs that are named for every clause, in the order of the first."""
    every = list(found.values())
    if not every:
        return []
    shared = set.intersection(*({one["bug"] for one in entries} for entries in every))
    return [one for one in every[0] if one["bug"] in shared]


def namings(names: Sequence[str], tier: str, workers: int) -> list[Naming]:
    """Judge known bugs under no name, several at a time."""
    if workers == 1:
        return [naming(name, tier) for name in names]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(partial(naming, tier=tier), names, chunksize=1))


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge the zoo under no names; print what it is taken for, and how often rightly."""
    parser = argparse.ArgumentParser(prog="python -m conformance.zoo.naming")
    parser.add_argument("--tier", choices=("smoke", "default", "deep"), default="smoke")
    parser.add_argument("--only", nargs="*", metavar="BUG")
    parser.add_argument("-n", "--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    found = namings(options.only or list(bugs()), options.tier, options.workers)
    json.dump([asdict(one) | {"right": one.right} for one in found], sys.stdout, indent=1)
    caught = [one for one in found if one.failed]
    right = sum(one.right for one in caught)
    sizes = [one.elements for one in caught if one.elements] or [0]
    print(f"\n{right} of {len(caught)} known bugs are named first", file=sys.stderr)
    print(
        f"inputs of {statistics.median(sizes):g} elements in the middle, {max(sizes):,} at most",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
