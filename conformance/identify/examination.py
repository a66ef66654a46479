"""Asks an implementation everything, switch after switch, and reads one by the others.

What a switch shows may depend on another one: which NaN wins is only seen where NaN wins. So
the switches are read in an order, each with what is known of those before it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conformance.clauses import switches
from conformance.identify.interview import Call, call_with
from conformance.identify.observation import Kind, Observation
from conformance.identify.probe import FEATURE, Probe
from conformance.identify.probes import REFUSALS, probes_of
from conformance.identify.reading import fits, same_answer
from conformance.identify.standing import (
    OPEN,
    Hearing,
    Standing,
    Testimony,
    standing,
    state_words,
)
from conformance.report.untrusted import line
from reference.dialect import Dialect

ORDER: Mapping[str, tuple[str, ...]] = {
    "float-identity": (),
    "nan": (),
    "index-type": (),
    "index": (),
    "gradient-ties": (),
    "ties": ("index",),
    "nan-index": ("nan", "index", "ties"),
    "signed-zero": ("ties",),
    "zero-size": (),
    "empty-window": ("index", "float-identity", "ceil", "pad-limit"),
    "ceil": ("float-identity", "empty-window"),
    "pad-limit": ("float-identity", "empty-window"),
}
"""The switches in the order in which they are read, each with those that its answers turn on."""
TOLD = 160
TRIED = 40
"""Of the probes that lack the same features, so many are searched for one that would tell."""
Progress = Callable[[int, int], None]
Probes = Callable[[str], Sequence[Probe]]


@dataclass(slots=True)
class Portrait:
    """What an implementation is seen to do, switch by switch."""

    standings: dict[str, Standing] = field(default_factory=dict)
    keeps: dict[str, bool] = field(default_factory=dict)
    """Whether everything observed agrees with what is declared, by switch that is declared."""
    calls: int = 0


class Asked(Protocol):
    """Who makes calls, and tells what they come to: an interview."""

    def observe(self, calls: Sequence[Call]) -> Iterator[Observation]:
        """Yield what each call comes to, in order."""


def examine(
    interview: Asked,
    claims: frozenset[str],
    declared: Mapping[str, str],
    progress: Progress = lambda _done, _all: None,
    probes: Probes = probes_of,
) -> Portrait:
    """Return what an implementation is seen to do; `declared` is only compared with it.

    `probes` gives the probes of a switch: all of them, or some.

    Raises:
        UnusableError: it cannot be imported.
    """
    return _Examiner(interview, claims, declared, progress, probes).portrait()


class _Examiner:
    def __init__(
        self,
        interview: Asked,
        claims: frozenset[str],
        declared: Mapping[str, str],
        progress: Progress,
        probes: Probes,
    ) -> None:
        self._interview, self._claims, self._declared = interview, claims, declared
        self._progress, self._probes = progress, probes
        self._seen: dict[tuple[object, ...], Observation] = {}
        self._all = len(
            {probe.key for name in ORDER for probe in self._probes(name) if self._claims_for(probe)}
        )
        self._found = Portrait()

    def portrait(self) -> Portrait:
        for switch in ORDER:
            hearing = self._hearing(switch)
            found = standing(hearing, self._why_undecided(hearing))
            self._found.standings[switch] = found
            if switch in self._declared:
                self._found.keeps[switch] = hearing.keeps(self._declared[switch])
        self._found.standings = {name: self._found.standings[name] for name in switches()}
        self._found.calls = len(self._seen)
        return self._found

    def _claims_for(self, probe: Probe) -> bool:
        return probe.needs <= self._claims

    def _hearing(self, switch: str) -> Hearing:
        hearing = Hearing(switch, switches()[switch].values)
        asked = []
        for probe in self._probes(switch):
            lacking = probe.needs - self._claims
            if lacking:
                hearing.unclaimed.append((probe, lacking))
            elif self._readable(probe):
                asked.append(probe)
        self._observe(asked)
        for probe in asked:
            self._hear(hearing, probe, self._seen[probe.key])
        return hearing

    def _hear(self, hearing: Hearing, probe: Probe, observation: Observation) -> None:
        nothing = _nothing_told(probe, observation)
        if nothing:
            hearing.silent.append((probe, nothing))
        else:
            says = frozenset(self._said(probe, observation))
            hearing.testimonies.append(Testimony(probe, observation, says))

    def _observe(self, probes: Sequence[Probe]) -> None:
        """Make the calls that were not made before."""
        new = {probe.key: probe for probe in probes if probe.key not in self._seen}
        calls = [call_with(one.x, one.pool, one.dy, one.asked) for one in new.values()]
        for key, observation in zip(new, self._interview.observe(calls), strict=True):
            self._seen[key] = observation
            self._progress(len(self._seen), self._all)

    def _readable(self, probe: Probe) -> bool:
        """Return whether what is known so far allows to read a probe."""
        known = self._found.standings
        by_index = probe.reads == "indices" and probe.switch != "index"
        if by_index and not known["index"].settled:
            return False
        if probe.reads == "gradient" and probe.switch != "gradient-ties":
            split = known["gradient-ties"]
            if not (split.settled and split.value == "winner"):
                return False
        if probe.switch == "nan-index":
            only_nan = bool((probe.x != probe.x).all())
            nan = known["nan"]
            return nan.settled and (nan.value == "propagate" or only_nan)
        return True

    def _said(self, probe: Probe, observation: Observation) -> Iterator[str]:
        for value in switches()[probe.switch].values:
            if any(fits(observation, probe, one) for one in self._dialects(probe.switch, value)):
                yield value

    def _dialects(self, switch: str, value: str) -> Iterator[Dialect]:
        """Yield the dialects with this value that what is known so far allows."""
        free = [name for name in ORDER[switch] if name != switch]
        for values in itertools.product(*(self._possible(name) for name in free)):
            chosen = dict(zip(free, values, strict=True)) | {switch: value}
            if switch == "gradient-ties":
                chosen["ties"] = OPEN  # the gradient of a winner may tell who that is
            yield Dialect(**{name.replace("-", "_"): one for name, one in chosen.items()})

    def _possible(self, switch: str) -> tuple[str, ...]:
        known = self._found.standings.get(switch)
        if known is None:
            return switches()[switch].values
        if switch == "ties" and not known.settled:
            return "first", OPEN
        if known.settled:
            return (known.value,)
        return known.possible or switches()[switch].values

    def _why_undecided(self, hearing: Hearing) -> str:
        """Return why a hearing leaves more than one value."""
        left = [value for value in hearing.values if hearing.keeps(value)]
        strict = [value for value in left if value != OPEN] or left
        several = len(strict) > 1
        if not several:
            return ""
        unread = self._unread(hearing.switch)
        if unread and not hearing.testimonies:
            return unread
        tells = (why for probe, why in hearing.silent if self._tells(probe, strict))
        refused = next(tells, "")
        if refused:
            return f"the calls that would tell are answered by: {line(refused, TOLD)}"
        lacking = self._lacking(hearing, strict)
        if lacking:
            return f"not claimed: {lacking}"
        return f"{' and '.join(strict)} never differ on what it claims"

    def _lacking(self, hearing: Hearing, values: Sequence[str]) -> str:
        """Return the features that the simplest probes lack that would tell values apart."""
        readings = {
            FEATURE[probe.reads] for probe, _ in hearing.unclaimed if probe.reads in FEATURE
        }
        if readings and not readings & self._claims:
            return " or ".join(sorted(readings, reverse=True))
        by_lack: dict[frozenset[str], list[Probe]] = defaultdict(list)
        for probe, lacks in hearing.unclaimed:
            by_lack[lacks].append(probe)
        ways: list[frozenset[str]] = []
        for lacks, probes in sorted(by_lack.items(), key=lambda item: (len(item[0]), min(item[0]))):
            if ways and len(lacks) > len(ways[0]):
                break
            if any(self._tells(probe, values) for probe in probes[:TRIED]):
                ways.append(lacks)
        return " or ".join(" and ".join(sorted(way)) for way in ways)

    def _tells(self, probe: Probe, values: Sequence[str]) -> bool:
        """Return whether a probe would tell some of these values apart, whatever else is open."""
        for one, other in itertools.combinations(values, 2):
            pairs = zip(
                self._dialects(probe.switch, one), self._dialects(probe.switch, other), strict=True
            )
            if any(not same_answer(probe, *pair) for pair in pairs):
                return True
        return False

    def _unread(self, switch: str) -> str:
        """Return why nothing could be read of what was answered, if so."""
        known = self._found.standings
        if switch == "nan-index" and not known["nan"].settled:
            return state_words("nan itself", known["nan"])
        if switch in {"ties", "nan-index"} and self._claims & {"indices", "gradient"}:
            names = {"indices": "index", "gradient": "gradient-ties"}
            blind = [names[feature] for feature in names if feature in self._claims]
            states = [state_words(name, known[name]) for name in blind]
            return f"no winner can be read: {', '.join(states)}"
        return ""


def _nothing_told(probe: Probe, observation: Observation) -> str:
    """Return what came instead of something that tells; empty where it tells."""
    forward = observation.forward
    if forward.kind in {Kind.UNCLAIMED, Kind.SILENT}:
        return f"{forward.kind}: {forward.said}"
    if probe.switch in REFUSALS:
        return ""
    if not forward.answered:
        return f"{forward.kind}: {forward.said}"
    read = {"values": forward, "gradient": observation.backward}
    reply = read.get(probe.reads, observation.indices)
    return "" if reply.answered else f"{reply.kind}: {reply.said}"
