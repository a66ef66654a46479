"""What an implementation is seen to do where its documentation is silent.

The calls are those of `poolproof identify`, made in a process of their own. One that dies or does
not come back is what is observed of that call, and no verdict depends on any of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conformance.clauses import switches
from conformance.identify.declarations import observed_words
from conformance.identify.examination import ORDER, examine
from conformance.identify.interview import Interview
from conformance.identify.probe import Probe
from conformance.identify.probes import REFUSALS, probes_of
from conformance.identify.standing import Standing
from conformance.isolation.cell import context
from conformance.isolation.examination import Terms
from conformance.isolation.preflight import Passport
from conformance.registry import Target

EASY, MOST = 40, {"brief": 12, "smoke": 240}
"""The easiest probes of a switch, and how many are made in all in a tier that has a limit."""
THROUGH = {"ties": ("gradient-ties",), "nan-index": ("gradient-ties",)}
"""What is to be known before a winner can be read from a gradient."""
SIDES = 3
"""Of what an answer changes with, so many are named."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is seen of one switch."""

    words: str
    departs: bool
    """Whether something else was seen than what is declared, or else the default."""


UNSEEN = Observed("what could not be observed", departs=True)
"""Of an implementation that cannot be asked; what is not known is not held against it."""


def observe(
    target: Target,
    passport: Passport,
    wanted: Collection[str],
    terms: Terms,
) -> dict[str, Observed]:
    """Return what is seen of each of the switches that are wanted."""
    read = _with_those_they_turn_on(wanted)

    def chosen(switch: str) -> Sequence[Probe]:
        return some(switch, terms.tier) if switch in read else ()

    try:
        with Interview(target, context(clean=True), terms.call_limit) as interview:
            claims = frozenset(passport.claims)
            found = examine(interview, claims, {}, probes=chosen).standings
    except Exception:  # noqa: BLE001 - a fault of ours costs these words, and no verdict
        return dict.fromkeys(wanted, UNSEEN)
    return {switch: _observed(found[switch], expected(passport, switch)) for switch in wanted}


def expected(passport: Passport, switch: str) -> str:
    """Return the value that an implementation is held to."""
    return passport.dialect.get(switch, switches()[switch].default)


def _with_those_they_turn_on(wanted: Collection[str]) -> set[str]:
    """Return the switches, and those without which their answers cannot be read."""
    read, new = set(wanted), set(wanted)
    while new:
        new = {one for switch in new for one in (*ORDER[switch], *THROUGH.get(switch, ()))} - read
        read |= new
    return read


def some(switch: str, tier: str) -> Sequence[Probe]:
    """Return the probes of a switch: all, or in a small tier the easiest and some others."""
    every = probes_of(switch)
    most = MOST.get(tier, len(every))
    if switch in REFUSALS or len(every) <= most:
        return every
    ranked = sorted(every, key=lambda probe: probe.cost)
    first = min(EASY, most // 2)
    step = -(-(len(every) - first) // (most - first))
    return (*ranked[:first], *ranked[first::step])


def _observed(found: Standing, value: str) -> Observed:
    words = observed_words(found)
    if found.turns:
        sides = [turn.side for turn in found.turns]
        more = ["more"] if len(sides) > SIDES else []
        words = f"{words} (it changes with {', '.join([*sides[:SIDES], *more])})"
    return Observed(words, departs=value not in found.possible)
