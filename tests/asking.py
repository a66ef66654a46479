"""Asks implementations in this process, by some of the probes or by all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from conformance.contract import Implementation, adopt
from conformance.identify.examination import Portrait, examine
from conformance.identify.interview import Call, answering, observed
from conformance.identify.observation import Observation
from conformance.identify.probe import Probe
from conformance.identify.probes import REFUSALS, probes_of
from conformance.registry import find, load

EASY, EVERY = 30, 30
"""Some of the probes: the easiest, and of the others one in so many."""


class Here:
    """Makes the calls in this process."""

    def __init__(self, implementation: Implementation) -> None:
        """Take who is called."""
        self._answers = answering(implementation)

    def observe(self, calls: Sequence[Call]) -> Iterator[Observation]:
        """Yield what each call comes to."""
        for call in calls:
            yield from observed(self._answers({"calls": [call.message]}))


@cache
def some(switch: str) -> tuple[Probe, ...]:
    """Return the easiest probes of a switch and some of the others; all that may be refused."""
    if switch in REFUSALS:
        return probes_of(switch)
    ranked = sorted(probes_of(switch), key=lambda probe: probe.cost)
    return (*ranked[:EASY], *ranked[EASY::EVERY])


def seen(subject: object, *, fully: Collection[str] = ()) -> Portrait:
    """Return what an object, or what a name stands for, is seen to do.

    Of the switches in `fully` all probes are tried.
    """
    made = load(find(subject)) if isinstance(subject, str) else adopt(subject, "subject", "")

    def chosen(switch: str) -> Sequence[Probe]:
        return probes_of(switch) if switch in fully else some(switch)

    return examine(Here(made), made.claims, made.declared, probes=chosen)
