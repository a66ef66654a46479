"""What the probes of one switch say together: a value, several, or two that contradict."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.identify.observation import Observation
from conformance.identify.probe import Probe

OPEN = "any"
"""The value of several switches that allows what the others ask for, and more."""
PAIRS = 400
"""Of the testimonies that agree with each other, so many are searched for a telling pair."""


class Status(StrEnum):
    """What is known about a switch."""

    OBSERVED = "observed"
    UNDECIDED = "undecided"
    INCONSISTENT = "inconsistent"
    UNKNOWN = "no known value"
    UNTOLD = "cannot be told"


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one probe says."""

    probe: Probe
    observation: Observation
    says: frozenset[str]
    """The values of the switch that answer so; none of them where nothing known does."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Two calls that differ in one thing only, and are answered by different rules."""

    side: str
    one: Testimony
    other: Testimony


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about one switch."""

    switch: str
    status: Status
    value: str = ""
    """The value observed; where not all agree with one, the value most agree with, or nothing."""
    possible: tuple[str, ...] = ()
    """The values that agree with everything observed."""
    exhibits: tuple[Testimony, ...] = ()
    """What shows it, as few calls as do."""
    turns: tuple[Turn, ...] = ()
    """On what the rule changes, where it does."""
    says: tuple[tuple[str, int], ...] = ()
    """How many of the calls that tell agree with each value, and under '' with none."""
    telling: int = 0
    alike: int = 0
    """Calls that are answered alike under every value that is possible, and were."""
    silent: int = 0
    """Calls that told nothing: refused, or ended by an error."""
    unclaimed: int = 0
    """Probes that were not asked because they need what is not claimed."""
    why: str = ""
    """Why it cannot be told, or not fully."""
    covered: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """From which sides it was probed: (what varies, the values that it took)."""

    @property
    def settled(self) -> bool:
        """Return whether one value is known, and holds throughout."""
        return self.status is Status.OBSERVED


def state_words(name: str, found: Standing) -> str:
    """Return how a switch stands as a sentence about its name."""
    if found.status is Status.UNTOLD:
        return f"{name} {found.status}"
    if found.status is Status.UNKNOWN:
        return f"{name} has {found.status}"
    return f"{name} is {found.value if found.settled else found.status}"


@dataclass(slots=True)
class Hearing:
    """What was collected about one switch."""

    switch: str
    values: tuple[str, ...]
    testimonies: list[Testimony] = field(default_factory=list)
    silent: list[tuple[Probe, str]] = field(default_factory=list)
    """Probes that were asked and told nothing, with what came instead."""
    unclaimed: list[tuple[Probe, frozenset[str]]] = field(default_factory=list)
    """Probes that were not asked, with the features that they lack."""

    @property
    def telling(self) -> list[Testimony]:
        """Return what rules a value out."""
        return [one for one in self.testimonies if len(one.says) < len(self.values)]

    def keeps(self, value: str) -> bool:
        """Return whether everything observed agrees with a value."""
        return all(value in one.says for one in self.testimonies)


def standing(hearing: Hearing, why_undecided: str) -> Standing:
    """Return what a hearing comes to; `why_undecided` is said where several values remain."""
    common = [value for value in hearing.values if hearing.keeps(value)]
    if len(common) == len(hearing.values):
        return _standing(hearing, Status.UNTOLD, possible=common, why=why_undecided)
    if common:
        return _agreed(hearing, common, why_undecided)
    return _torn(hearing)


def _standing(  # noqa: PLR0913 - the parts of a standing
    hearing: Hearing,
    status: Status,
    *,
    value: str = "",
    possible: Sequence[str] = (),
    exhibits: Sequence[Testimony] = (),
    turns: Sequence[Turn] = (),
    why: str = "",
) -> Standing:
    counts = Counter(value for one in hearing.telling for value in one.says or [""])
    return Standing(
        hearing.switch,
        status,
        value,
        tuple(possible),
        tuple(exhibits),
        tuple(turns),
        tuple((name, counts[name]) for name in (*hearing.values, "") if counts[name]),
        len(hearing.telling),
        len(hearing.testimonies) - len(hearing.telling),
        len(hearing.silent),
        len(hearing.unclaimed),
        why,
        _covered(one.probe for one in hearing.telling),
    )


def _covered(probes: Iterable[Probe]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    seen: dict[str, dict[str, None]] = defaultdict(dict)
    for probe in probes:
        for name, side in probe.sides.items():
            seen[name][side] = None
    return tuple((name, tuple(sides)) for name, sides in seen.items())


def _agreed(hearing: Hearing, common: list[str], why_undecided: str) -> Standing:
    """Return the value on which all agree, the strictest where `any` is among them."""
    strict = [value for value in common if value != OPEN]
    if not strict:
        shown = _pair(hearing.telling, ignoring=OPEN) or _telling(hearing, common)
        turns = _turns(hearing.telling, ignoring=OPEN)
        return _standing(
            hearing,
            Status.OBSERVED,
            value=OPEN,
            possible=common,
            exhibits=shown,
            turns=turns,
        )
    shown = _telling(hearing, strict)
    if len(strict) == 1:
        return _standing(hearing, Status.OBSERVED, value=strict[0], possible=common, exhibits=shown)
    status = Status.UNDECIDED
    return _standing(hearing, status, possible=common, exhibits=shown, why=why_undecided)


def _telling(hearing: Hearing, common: list[str]) -> list[Testimony]:
    """Return the few calls that rule every other value out, easy ones first."""
    left = {value for value in hearing.values if value not in common} - {OPEN}
    shown: list[Testimony] = []
    while left:
        best = min(hearing.testimonies, key=lambda one: (-len(left - one.says), one.probe.cost))
        shown.append(best)
        left &= best.says
    return shown or [min(hearing.testimonies, key=lambda one: one.probe.cost)]


def _torn(hearing: Hearing) -> Standing:
    """Return what is to be said of answers that no value explains."""
    told = hearing.telling
    strange = [one for one in told if not one.says]
    counts = Counter(value for one in told for value in one.says)
    most = counts.most_common(1)[0][0] if counts else ""
    turns = _turns(told)
    pair = _pair([one for one in told if one.says])
    if pair:
        shown = [*pair, *sorted(strange, key=lambda one: one.probe.cost)[:1]]
        return _standing(hearing, Status.INCONSISTENT, value=most, exhibits=shown, turns=turns)
    if strange:
        usual = [one for one in told if one.says]
        odd, ordinary = _closest(strange, usual)
        shown = [odd, *([ordinary] if ordinary else [])]
        return _standing(hearing, Status.UNKNOWN, value=most, exhibits=shown, turns=turns)
    shown = _telling(hearing, [])
    return _standing(hearing, Status.INCONSISTENT, value=most, exhibits=shown, turns=turns)


def _closest(
    strange: Sequence[Testimony], usual: Sequence[Testimony]
) -> tuple[Testimony, Testimony | None]:
    """Return the easiest strange answer, and the usual one to the call that is likest to it."""
    odd = min(strange, key=lambda one: one.probe.cost)
    near = min(usual, key=lambda one: (odd.probe.distance(one.probe), one.probe.cost), default=None)
    return odd, near


def _pair(told: Sequence[Testimony], ignoring: str = "") -> tuple[Testimony, Testimony] | None:
    """Return two testimonies that contradict, as like each other and as easy as there are."""
    by_says: dict[frozenset[str], list[Testimony]] = defaultdict(list)
    for one in sorted(told, key=lambda one: one.probe.cost):
        by_says[one.says - {ignoring}].append(one)
    best: tuple[tuple[int, tuple[int, ...]], Testimony, Testimony] | None = None
    for one_says, other_says in itertools.combinations(by_says, 2):
        if one_says & other_says:
            continue
        sides = by_says[one_says][:PAIRS], by_says[other_says][:PAIRS]
        for first, second in itertools.product(*sides):
            distance = first.probe.distance(second.probe)
            easy = max(first.probe.cost, second.probe.cost)
            if best is None or (distance, easy) < best[0]:
                best = (distance, easy), first, second
    return best[1:] if best else None


def _turns(told: Sequence[Testimony], ignoring: str = "") -> list[Turn]:
    """Return the sides on which alone the rule turns: all others equal, another one holds.

    Each with the easiest two calls that show it. A call that no value explains counts as well,
    unless `any` does.
    """
    found = []
    for side in told[0].probe.sides:
        alike: dict[tuple[str, ...], list[Testimony]] = defaultdict(list)
        for one in told:
            alike[tuple(each for at, each in one.probe.sides.items() if at != side)].append(one)
        pairs = [
            pair
            for group in alike.values()
            for pair in itertools.combinations(group, 2)
            if _contradict(*pair, side, ignoring)
        ]
        if pairs:
            one, other = min(pairs, key=_ease)
            found.append(Turn(side, one, other))
    return found


def _contradict(one: Testimony, other: Testimony, side: str, ignoring: str) -> bool:
    if one.says == other.says or one.probe.sides[side] == other.probe.sides[side]:
        return False
    known = {ignoring} if ignoring else set()
    says, others = one.says - known, other.says - known
    return not says & others and (not ignoring or bool(says and others))


def _ease(pair: tuple[Testimony, Testimony]) -> tuple[bool, tuple[int, ...]]:
    one, other = pair
    return not (one.says and other.says), max(one.probe.cost, other.probe.cost)
