"""The list of all cases: each that some check hands to a judge, in any tier.

`python -m conformance.cases.manifest` writes manifest.txt anew. A line that goes or changes
there is an id that was promised to be permanent.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

from conformance.calls import Bench
from conformance.cases.case import TIERS, Case
from conformance.checks.catalogue import checks
from conformance.clauses import features
from conformance.contract import Implementation
from conformance.isolation.flight import Silence
from conformance.judge import Judge, Law, no_looks
from reference.dialect import DEFAULT

FILE = Path(__file__).with_name("manifest.txt")
WRITTEN = TIERS[:2]
"""The tiers whose cases are written one by one; of the deep tier only the number is."""


class SameIdError(Exception):
    """Two cases that differ have one id."""


class Listener(Judge):
    """A judge that makes no call and notes which cases it is given."""

    def __init__(self, claims: Collection[str], tier: str) -> None:
        """Listen as if an implementation with these claims were judged."""
        nobody = Implementation("nobody", "", None, frozenset(claims), {}, DEFAULT, tuple)
        super().__init__(Bench(nobody, Silence(), call_limit=0), no_looks(), tier, seed=0)
        self.heard: dict[str, Case] = {}

    def every(
        self,
        cases: Iterable[Case],
        law: Law,  # noqa: ARG002 - as a judge is called
        *,
        needs: Iterable[str] = (),  # noqa: ARG002
        shrinks: bool = True,  # noqa: ARG002
    ) -> None:
        """Note the cases of this tier, whatever they need."""
        for case in filter(self.admits, cases):
            note(self.heard, case)

    def nearest(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases: what stands in for one depends on who is judged."""
        return list(cases)

    def beside(self, case: Case) -> list[Case]:  # noqa: ARG002
        """Return nothing, for the same reason."""
        return []

    def admits(self, case: Case) -> bool:
        """Return whether the tier runs the case."""
        return TIERS.index(case.tier) <= TIERS.index(self.tier)

    def one(self, case: Case, law: Law, *, shrinks: bool = True) -> None:  # noqa: ARG002
        """Note a case."""
        note(self.heard, case)

    def without_case(self, case: Case, trial: Callable[[], object]) -> None:  # noqa: ARG002
        """Note a case."""
        note(self.heard, case)


def note(known: dict[str, Case], case: Case) -> None:
    """Add a case to the known ones.

    Raises:
        SameIdError: a known case of its id has another call or another input.
    """
    first = known.setdefault(case.id, case)
    if first == case:
        return
    if str(first) != str(case) or first.x(0).tobytes() != case.x(0).tobytes():
        message = f"two cases are called {case.id}: {first}, and {case}"
        raise SameIdError(message)


@cache
def listed(tier: str) -> Mapping[str, Case]:
    """Return every case that a run in this tier is given, by id.

    Raises:
        SameIdError: two cases that differ have one id.
    """
    found: dict[str, Case] = {}
    # What is not claimed is asked for too: there are cases that only one of the two is given.
    for claims in (features(), ()):
        listener = Listener(claims, tier)
        for check in checks():
            check.run(listener)
        for case in listener.heard.values():
            note(found, case)
    return found


def first_tiers() -> Mapping[str, str]:
    """Return the first tier that is given each case, by id."""
    return {name: tier for tier in reversed(TIERS) for name in listed(tier)}


def manifest() -> str:
    """Return what manifest.txt holds: tier, id and the CRC-32 of the call, a line per case."""
    first = first_tiers()
    numbers = ", ".join(f"{list(first.values()).count(tier)} {tier}" for tier in TIERS)
    lines = [
        f"{first[name]}\t{name}\t{zlib.crc32(str(case).encode()):08x}"
        for tier in WRITTEN
        for name, case in sorted(listed(tier).items())
        if first[name] == tier
    ]
    head = "# Written by `python -m conformance.cases.manifest`; an id is permanent.\n"
    return f"{head}# Cases by the first tier that runs them: {numbers}.\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Write manifest.txt."""
    FILE.write_text(manifest(), encoding="utf-8")


if __name__ == "__main__":
    main()
