"""The kill matrix as it is kept: docs/kill-matrix.json for programs, docs/kill-matrix.md to read.

Both are written by `python -m conformance.zoo.matrix --write`.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.checks.catalogue import checks
from conformance.clauses import clauses
from conformance.zoo import bugs

if TYPE_CHECKING:
    from conformance.zoo.matrix import Kill

DOCS = Path(__file__).parents[2] / "docs"
PAGE, DATA = DOCS / "kill-matrix.md", DOCS / "kill-matrix.json"
COMMAND = "python -m conformance.zoo.matrix --write"
SAMPLE = 9
"""So many bugs are judged again to see whether the matrix is stale."""
DIFFERENTIAL = frozenset(
    {
        *("test_every_geometry", "test_every_order", "test_every_special_value"),
        *("test_many_planes", "test_long_axes_and_large_windows", "test_every_type"),
        *("test_real_networks", "test_indices_count_through_the_declared_space"),
        "test_the_gradient_goes_to_the_winner",
    }
)
"""The checks that compare with the oracle: what only they catch, no clause has explained."""
Bugs = Mapping[str, Any]


def digest() -> str:
    """Return a short text that changes with the names of clauses, checks and bugs."""
    names = [
        *sorted(clauses()),
        *sorted(f"{check.clause} {check.name}" for check in checks()),
        *sorted(f"{bug.id} {' '.join(bug.clauses)}" for bug in bugs().values()),
    ]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def keep(smoke: Sequence[Kill], default: Sequence[Kill]) -> None:
    """Write both files from the whole zoo in the smoke tier, and its survivors in the default."""
    later = {one.bug: one for one in default}
    record = {one.bug: _record(one, later.get(one.bug)) for one in smoke}
    data = {"digest": digest(), "bugs": record}
    DATA.write_text(_compact(data) + "\n", encoding="utf-8")
    PAGE.write_text("\n".join(page(record)) + "\n", encoding="utf-8")


def _record(kill: Kill, later: Kill | None) -> dict[str, Any]:
    best = kill if kill.caught or later is None else later
    return {
        "named": list(kill.named),
        "tier": "smoke" if kill.caught else "default" if best.caught else None,
        "first": round(best.first, 3) if best.first is not None else None,
        "caught": {
            clause: sorted({catch.check for catch in catches})
            for clause, catches in sorted(best.caught.items())
        },
        "errors": sorted({*kill.suite_errors, *(later.suite_errors if later else ())}),
    }


def _compact(data: dict[str, Any]) -> str:
    """Return JSON with a line per bug."""
    lines = [f"  {json.dumps(bug)}: {json.dumps(one)}" for bug, one in data["bugs"].items()]
    body = ",\n".join(lines)
    return f'{{"digest": {json.dumps(data["digest"])}, "bugs": {{\n{body}\n}}}}'


def kept() -> dict[str, Any]:
    """Return what docs/kill-matrix.json holds.

    Raises:
        OSError: there is no such file; it is part of a checkout, not of the wheel.
    """
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def staleness(workers: int = 1) -> list[str]:
    """Return why the kept matrix is stale, a line per reason: names first, then a few verdicts."""
    from conformance.zoo.matrix import matrix

    data = kept()
    if data["digest"] != digest():
        return [f"clauses, checks or bugs have changed; run `{COMMAND}`"]
    if PAGE.read_text("utf-8") != "\n".join(page(data["bugs"])) + "\n":
        return [f"docs/kill-matrix.md is not what the data say; run `{COMMAND}`"]
    found = []
    sample = dict(list(data["bugs"].items())[:: max(1, len(data["bugs"]) // SAMPLE)])
    tiers = [one["tier"] or "default" for one in sample.values()]
    judged = matrix(list(sample), tiers, workers)
    for (name, one), again in zip(sample.items(), judged, strict=True):
        caught = again.caught.items()
        now = {clause: sorted(catch.check for catch in those) for clause, those in caught}
        same = one["named"][0] in now if remembers(name) else now == one["caught"]
        if not same:
            found.append(f"{name}: {_difference(one['caught'], now)}; run `{COMMAND}`")
    return found


def _difference(were: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> str:
    """Return which checks catch a bug that did not before, or no longer do."""
    before, after = ({check for those in one.values() for check in those} for one in (were, now))
    parts = ("now caught by", after - before), ("no longer caught by", before - after)
    return " and ".join(f"{how} {', '.join(sorted(those))}" for how, those in parts if those)


def remembers(bug: str) -> bool:
    """Return whether what a bug breaks depends on the order of the calls, or on timing."""
    from conformance.zoo.state import shelf

    return bug in shelf.bugs or bool(vars(bugs()[bug].make()))


def unbroken(record: Bugs) -> list[str]:
    """Return the clauses for which no bug is caught by a check of the clause that names it."""
    own = {
        one["named"][0]
        for one in record.values()
        if set(one["caught"].get(one["named"][0], ())) - DIFFERENTIAL
    }
    return [clause for clause in clauses() if clause not in own]


def misnamed(record: Bugs) -> list[str]:
    """Return the bugs that the clause which names them does not catch."""
    return [bug for bug, one in record.items() if one["named"][0] not in one["caught"]]


def unexplained(record: Bugs) -> list[str]:
    """Return the bugs that only checks against the oracle catch."""
    return [
        bug
        for bug, one in record.items()
        if one["caught"]
        and not {c for found in one["caught"].values() for c in found} - DIFFERENTIAL
    ]


def page(record: Bugs) -> Iterator[str]:
    """Yield the lines of docs/kill-matrix.md."""
    yield "# The kill matrix"
    yield ""
    yield "Which checks catch which known bug, how soon, and what nothing catches. It is written by"
    yield f"`{COMMAND}`, which takes some minutes; do not edit it."
    yield ""
    yield from _summary(record)
    yield from _clauses(record)
    yield from _bugs(record)


def _summary(record: Bugs) -> Iterator[str]:
    total = len(record)
    yield "| tier | killed | of | survivors |"
    yield "|---|---|---|---|"
    for tiers in (("smoke",), ("smoke", "default")):
        alive = [bug for bug, one in record.items() if one["tier"] not in tiers]
        yield f"| {tiers[-1]} | {total - len(alive)} | {total} | {', '.join(alive) or 'none'} |"
    yield ""
    seconds = sorted(one["first"] for one in record.values() if one["tier"] == "smoke")
    if seconds:
        yield (
            "Processor time to the first catch, start-up apart:"
            f" {statistics.median(seconds):.2f} s in the middle,"
            f" {seconds[len(seconds) * 95 // 100]:.2f} s for 95 of 100,"
            f" {seconds[-1]:.2f} s at most."
        )
        yield ""
    yield f"- Clauses whose own checks catch no bug of theirs: {_listed(unbroken(record))}."
    yield f"- Bugs that the clause which names them does not catch: {_listed(misnamed(record))}."
    yield f"- Bugs that only a comparison with the oracle catches: {_listed(unexplained(record))}."
    yield ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "none"


def _clauses(record: Bugs) -> Iterator[str]:
    yield "## By clause"
    yield ""
    yield "| clause | bugs named for it | caught by its own checks | bugs that break it |"
    yield "|---|---|---|---|"
    for clause in clauses():
        named = [bug for bug, one in record.items() if one["named"][0] == clause]
        own = [bug for bug in named if clause in record[bug]["caught"]]
        breaking = sum(clause in one["caught"] for one in record.values())
        yield f"| {clause} | {len(named)} | {len(own)} | {breaking} |"
    yield ""


def _bugs(record: Bugs) -> Iterator[str]:
    yield "## By bug"
    yield ""
    yield "The clause that names the bug stands first; behind each clause, how many checks see it."
    yield ""
    yield "| bug | tier | seconds | clauses found broken |"
    yield "|---|---|---|---|"
    for bug, one in record.items():
        own = one["named"][0]
        order = sorted(one["caught"], key=lambda clause: (clause != own, clause))
        names = {clause: f"**{clause}**" if clause == own else clause for clause in order}
        broken = [f"{names[clause]} {len(one['caught'][clause])}" for clause in order]
        first = "" if one["first"] is None else f"{one['first']:.2f}"
        yield f"| {bug} | {one['tier'] or 'none'} | {first} | {', '.join(broken) or 'none'} |"
