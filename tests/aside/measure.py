"""How soon each implementation that is kept aside is caught, and which are not.

`python -m tests.aside.measure [--tier TIER] [--only NAME ...] [--everything]` judges each by
all checks in their order until one catches it, and writes one JSON object per line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from conformance.calls import Bench
from conformance.cases.case import BRIEF, TIERS
from conformance.checks.catalogue import checks
from conformance.contract import adopt
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.zoo.sound import Sound
from tests.aside import members

CALL_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one wrong implementation."""

    name: str
    caught: tuple[str, ...]
    """The clauses found broken, in the order of the checks; one unless all were asked for."""
    check: str
    """The check that caught it first; empty for a survivor."""
    seconds: float
    """Processor time until then."""


def measure(make: Callable[[], Sound], name: str, tier: str, *, to_the_end: bool) -> Measured:
    """Judge one implementation until it is caught, or by every check."""
    bench = Bench(adopt(make(), name, name), Silence(), CALL_LIMIT)
    looks = no_looks()
    caught: list[str] = []
    first = ""
    begun = time.process_time()
    for check in checks():
        judge = Judge(bench, looks, tier, seed=0, makes_small=False)
        judge.takes_few = tier == BRIEF
        try:
            check.run(judge)
            judge.settle()
        except CheckFailedError:
            caught.append(check.clause)
            first = first or check.name
            if not to_the_end:
                break
    clauses = tuple(dict.fromkeys(caught))
    return Measured(name, clauses, first, time.process_time() - begun)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the members and write what came of them to standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.aside.measure")
    parser.add_argument("--tier", choices=(BRIEF, *TIERS), default="smoke")
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--everything", action="store_true", help="do not stop at the first catch")
    options = parser.parse_args(arguments)
    known = members()
    for name in options.only or known:
        found = measure(known[name], name, options.tier, to_the_end=options.everything)
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
