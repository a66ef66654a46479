"""Many results in the order of their runs: which clause of which implementation changed when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.report import digest
from conformance.report.merging import runs_of
from conformance.report.untrusted import NAME, line
from conformance.verdict import Json

ABSENT = "not there"
"""Stands for a clause that a result does not know."""


@dataclass(frozen=True, slots=True)
class Point:
    """One implementation in one result."""

    started: str
    file: str
    setting: str
    """Tier, seed, specification and Poolproof, which changes may come from."""
    versions: str
    standing: str
    passing: int
    broken: int
    other: int
    verdicts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of one verdict from one result to the next."""

    clause: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """Return `worse`, `better` or `other`."""
        if self.after in digest.BROKEN_WORDS:
            return "other" if self.before in digest.BROKEN_WORDS else "worse"
        if self.before == "pass":
            return "worse"
        return "better" if self.after == "pass" else "other"


@dataclass(frozen=True, slots=True)
class Step:
    """What changed at one result against the one before it."""

    number: int
    """Which point of the course it is, from 1 on."""
    point: Point
    unlike: tuple[str, ...]
    """What else differs: versions, or the setting."""
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """One implementation over all results that judge it, oldest first."""

    name: str
    points: tuple[Point, ...]
    steps: tuple[Step, ...]
    changed: Mapping[str, tuple[str, ...]]
    """By clause, its verdicts point by point; only clauses that changed."""


def chronicle(results: Mapping[str, Json]) -> list[Course]:
    """Return the course of every implementation of some results, by the name of their file.

    Results are ordered by when their run started, then by file name.
    """
    points: dict[str, list[Point]] = {}
    for file in sorted(results):
        for one in results[file]["implementations"]:
            points.setdefault(one["name"], []).append(_point(file, results[file], one))
    return [
        _course(name, sorted(points[name], key=lambda point: point.started))
        for name in sorted(points)
    ]


def _point(file: str, result: Json, one: Json) -> Point:
    clauses = digest.clauses_of(result)
    counts = digest.count(one, clauses)
    broken = digest.count_broken(counts)
    setting = (
        f"tier {result['tier']}",
        f"seed {result['seed']}",
        f"specification {result['specification']['version']}",
        f"Poolproof {result['poolproof']}",
    )
    versions = [f"{name} {value}" for name, value in sorted(one["versions"].items())]
    own = [run for run in runs_of(result) if one["name"] in run["implementations"]]
    return Point(
        started=str((own or [result])[0]["started"]),
        file=line(file),
        setting=line(", ".join(setting)),
        versions=line(", ".join(versions)),
        standing=digest.standing(result, one),
        passing=counts["pass"],
        broken=broken,
        other=counts.total() - counts["pass"] - broken,
        verdicts={clause["name"]: digest.verdict_of(one, clause["name"]) for clause in clauses},
    )


def _course(name: str, points: Sequence[Point]) -> Course:
    pairs = enumerate(pairwise(points), 2)
    steps = [step for number, pair in pairs if (step := _step(number, *pair)).turns]
    changed = {turn.clause for step in steps for turn in step.turns}
    return Course(
        name=line(name, NAME),
        points=tuple(points),
        steps=tuple(steps),
        changed={
            clause: tuple(point.verdicts.get(clause, ABSENT) for point in points)
            for clause in sorted(changed)
        },
    )


def _step(number: int, before: Point, after: Point) -> Step:
    names = dict.fromkeys((*before.verdicts, *after.verdicts))
    verdicts = ((name, _verdict(before, name), _verdict(after, name)) for name in names)
    unlike = [
        f"{was or 'nothing'} → {now or 'nothing'}"
        for was, now in ((before.versions, after.versions), (before.setting, after.setting))
        if was != now
    ]
    turns = tuple(Turn(name, was, now) for name, was, now in verdicts if was != now)
    return Step(number, after, tuple(unlike), turns)


def _verdict(point: Point, clause: str) -> str:
    return point.verdicts.get(clause, ABSENT)


def spans(verdicts: Iterable[str]) -> list[tuple[int, int, str]]:
    """Return (first, length, verdict) of the stretches in which a verdict stays the same."""
    found: list[tuple[int, int, str]] = []
    for number, verdict in enumerate(verdicts):
        if found and found[-1][2] == verdict:
            found[-1] = (found[-1][0], found[-1][1] + 1, verdict)
        else:
            found.append((number, 1, verdict))
    return found
