"""The order of the checks: those first that catch most known bugs per second.

`python -m conformance.checks.ordering` writes order.txt anew, from docs/kill-matrix.json and
from what each check costs on an implementation that is right.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from conformance.calls import Bench
from conformance.checks.catalogue import ORDER, Check, checks
from conformance.checks.test_search import ANSWERED
from conformance.isolation.flight import Silence
from conformance.judge import Judge, no_looks
from conformance.registry import Target, load

SEARCHED = "test_searched_calls"
SOUND = "conformance.zoo.members:sound"
CALL_LIMIT = 60.0
CONSTANT = 0.0005
"""Seconds added to the cost of each check, for what a check costs beside its calls."""


def costs(tier: str = "smoke") -> dict[Check, float]:
    """Return the processor time of each check alone, its right answers being known."""
    bench = Bench(load(Target("sound", SOUND)), Silence(), CALL_LIMIT)
    found: dict[Check, float] = {}
    for check in checks():
        times = []
        for _ in range(3):
            judge = Judge(bench, no_looks(), tier, 0, makes_small=False)
            begun = time.process_time()
            check.run(judge)
            times.append(time.process_time() - begun)
        found[check] = min(times) + CONSTANT
    return found


def ordered(kills: Mapping[Check, frozenset[str]], cost: Mapping[Check, float]) -> list[Check]:
    """Return the checks so that each catches most bugs per second of those still alive.

    When no check catches anything new, all bugs are taken for alive again.
    """
    left, found = dict.fromkeys(cost), []
    alive = frozenset[str]().union(*kills.values())
    while left:
        best = max(left, key=lambda check: len(kills[check] & alive) / cost[check])
        new = kills[best] & alive
        if not new and alive != frozenset[str]().union(*(kills[check] for check in left)):
            alive = frozenset[str]().union(*(kills[check] for check in left))
            continue
        found.append(best)
        alive -= new
        del left[best]
    return found


def answered_first(found: list[Check]) -> list[Check]:
    """Return the checks, of searched calls those first that tell which are answered at all.

    A call that ends the process is then blamed on them; the others leave it out.
    """
    told = [check for check in found if check.name == SEARCHED and check.clause in ANSWERED]
    rest = [check for check in found if check not in told]
    place = next((n for n, check in enumerate(rest) if check.name == SEARCHED), len(rest))
    return [*rest[:place], *told, *rest[place:]]


def kills_of_checks() -> dict[Check, frozenset[str]]:
    """Return the bugs that each check catches in the smoke tier, as the kill matrix has it."""
    from conformance.zoo.ledger import kept

    record = kept()["bugs"]
    return {
        check: frozenset(
            bug
            for bug, one in record.items()
            if one["tier"] == "smoke" and check.name in one["caught"].get(check.clause, ())
        )
        for check in checks()
    }


def main() -> None:
    """Write order.txt."""
    found = answered_first(ordered(kills_of_checks(), costs()))
    lines = [f"{check.clause} {check.name}" for check in found]
    head = (
        "# Written by `python -m conformance.checks.ordering`: a check per line, the first first."
    )
    Path(ORDER).write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
