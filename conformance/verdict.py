"""Verdicts, findings and the result of a run: pure values, written to and read from JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from conformance.clauses import LEVELS, clauses
from conformance.standing import Standing

Json: TypeAlias = dict[str, Any]
FORMAT = 1
"""Of result files; another number is another set of fields."""


class Verdict(StrEnum):
    """What is known about one clause of one implementation."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    CRASH = "crash"
    HANG = "hang"
    UNCLAIMED = "unclaimed"
    NOT_RUN = "not run"


BROKEN = frozenset({Verdict.FAIL, Verdict.CRASH, Verdict.HANG})
WORST_FIRST = (
    Verdict.CRASH,
    Verdict.HANG,
    Verdict.FAIL,
    Verdict.NOT_RUN,
    Verdict.PASS,
    Verdict.UNCLAIMED,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that counts when several checks judge one clause.

    A clause passes when at least one of its checks ran and none was broken or left out.
    """
    seen = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in seen), Verdict.NOT_RUN)


def conforming(seen: AbstractSet[Verdict]) -> bool:
    """Return whether an implementation with these verdicts conforms."""
    return Verdict.PASS in seen and not seen & (BROKEN | {Verdict.NOT_RUN})


def level_reached(at: Mapping[str, AbstractSet[Verdict]], *, whole: bool) -> str:
    """Return the level of an implementation that has these verdicts at each level.

    `whole` says that it lacks nothing by its own word.
    """
    core, passed = at["core"], {Verdict.PASS}
    if core & BROKEN or Verdict.NOT_RUN in core or Verdict.PASS not in core:
        return "none"
    if core != passed or not whole:
        return "base"
    return "extended" if at["extended"] == passed else "core"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken clause: the smallest case that shows it, expected and got."""

    id: str
    """`implementation/clause`: what `poolproof reproduce` takes."""
    implementation: str
    clause: str
    sentence: str
    verdict: str
    check: str
    case: str
    call: str
    """The call in words: parameters, dtype and shape."""
    arguments: tuple[Json, ...]
    """What was passed, each {name, dtype, shape, data}; data is None where it is too large."""
    expected: Json
    """{text, data}: always a text, and nested lists where there is an array."""
    got: Json
    note: str
    """What to look at, in one line; may be empty."""
    failing_cases: int
    judged_cases: int
    also: tuple[str, ...] = ()
    """Other clauses that are broken through the same cause."""
    pool: Json = field(default_factory=dict)
    behaves_like: tuple[Json, ...] = ()
    """Known bugs that answer the same, the likeliest first; see `LIKENESS`."""
    script: str = ""
    """A script that shows the finding and needs only NumPy and the implementation."""
    no_script: str = ""
    """Why there is no script; empty where there is one."""


LIKENESS = ("bug", "title", "citation", "url", "agreeing", "failing")
"""What is said of a known bug: its id, what it does wrong, where it was met, and on how many
of the failing cases that were compared it gives the same answers."""


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """The verdict on one clause and what it rests on."""

    verdict: Verdict
    checks: int = 0
    cases: int = 0
    seconds: float = 0.0
    reason: str = ""
    """Why it is unclaimed or not run; empty otherwise."""
    standing: Standing | None = None
    """How it stands to what is declared and documented, where there is something to say."""

    def to_json(self) -> Json:
        """Return the result as JSON values, without a standing where there is none."""
        values = asdict(self)
        if self.standing is None:
            del values["standing"]
        return values


@dataclass(frozen=True, slots=True)
class ImplementationResult:
    """Everything known about one implementation after a run."""

    name: str
    target: str
    claims: tuple[str, ...]
    dialect: Mapping[str, str]
    versions: Mapping[str, str]
    clauses: Mapping[str, ClauseResult]
    findings: tuple[Finding, ...]
    """One for each cause, the most telling first."""
    seconds: float
    windows: int
    cases: int
    covered: tuple[Finding, ...] = ()
    """The findings of clauses that are broken through the cause of one of `findings`."""
    lacks: tuple[str, ...] = ()
    """What it says it does not offer: combinations, or a part of the base."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where its documentation says so, by switch or feature."""
    undocumented: Mapping[str, str] = field(default_factory=dict)
    """Switches on which its documentation is silent, and what was observed; empty where nobody
    looked."""

    @property
    def conforms(self) -> bool:
        """Return whether at least one clause passed and none is broken or left out."""
        return conforming({result.verdict for result in self.clauses.values()})

    @property
    def level(self) -> str:
        """Return `extended`, `core`, `base` or `none`.

        `extended`: every clause passes. `core`: every core clause passes. `base`: no core
        clause is broken, but some cannot be judged by what is claimed, or something is in `lacks`.
        """
        reached = {
            level: {self.clauses[name].verdict for name in _names(level)} for level in LEVELS
        }
        return level_reached(reached, whole=not self.lacks)

    def counts(self, level: str) -> Counter[Verdict]:
        """Return how many clauses of a level have each verdict."""
        return Counter(self.clauses[name].verdict for name in _names(level))

    def to_json(self) -> Json:
        """Return the result as JSON values."""
        values = asdict(self)
        values["clauses"] = {name: result.to_json() for name, result in self.clauses.items()}
        return values | {"conforms": self.conforms, "level": self.level}


def _names(level: str) -> list[str]:
    return [name for name, clause in clauses().items() if clause.level == level]


@dataclass(frozen=True, slots=True)
class RunResult:
    """Everything that a report shows."""

    poolproof: str
    specification: str
    tier: str
    seed: int
    workers: int
    started: str
    """UTC, ISO 8601."""
    seconds: float
    environment: Mapping[str, str]
    not_installed: Mapping[str, str]
    """Shipped implementations that were left out, with what to install."""
    implementations: Sequence[ImplementationResult]
    case_set: str = ""
    """A digest of the list of cases that was judged on."""
    runs: Sequence[Json] = ()
    """The runs that were put together, where there were several, as in the JSON."""

    def to_json(self) -> Json:
        """Return the whole run as JSON values; the schema is conformance/report.schema.json."""
        values: Json = {
            "format": FORMAT,
            "poolproof": self.poolproof,
            "specification": {
                "version": self.specification,
                "clauses": [_clause_json(name) for name in clauses()],
            },
        }
        for name in ("case_set", "tier", "seed", "workers", "started", "seconds"):
            values[name] = getattr(self, name)
        values["environment"] = dict(self.environment)
        values["not_installed"] = dict(self.not_installed)
        values["implementations"] = [one.to_json() for one in self.implementations]
        return values | ({"runs": list(self.runs)} if self.runs else {})

    @property
    def incomplete(self) -> bool:
        """Return whether something should have been judged and was not."""
        return any(
            result.verdict is Verdict.NOT_RUN
            for one in self.implementations
            for result in one.clauses.values()
        )

    @property
    def exit_status(self) -> int:
        """Return 0 when there is an implementation and every one conforms, else 1."""
        verdicts = [one.conforms for one in self.implementations]
        return 0 if verdicts and all(verdicts) else 1


def _clause_json(name: str) -> Json:
    clause = clauses()[name]
    return {
        "name": name,
        "sentence": clause.sentence,
        "level": clause.level,
        "group": clause.group,
        "needs": [sorted(alternatives) for alternatives in clause.needs],
        "why": clause.why,
        "differs": clause.differs,
    }


def elements_of(found: Json) -> int:
    """Return how many elements the input of a finding has; 0 where it has none."""
    return math.prod(found["arguments"][0]["shape"]) if found["arguments"] else 0
