"""One cause, one finding: findings that have the same cause, brought together."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.clauses import clauses
from conformance.nonconformance import LEGAL, MISLED, MISNAMED
from conformance.verdict import LIKENESS, Json, Verdict, elements_of

RAISED = re.compile(r"(forward|backward|indices) raised ")
WORD = re.compile(r"[A-Za-z_]+")
SHAPE = re.compile(r"(?:of shape|spatial sizes) \(([\d, ]*)\)")
NUMBER = re.compile(r"\d+")
VALUES = ("value.", "nan.", "infinity.")
"""What clauses about the maxima themselves begin with."""
WINNERS = ("index.", "grad.", "ties.")
"""What clauses about who won a window begin with."""
HALF = 0.5
WORDS = 14
"""So many words of a message tell one reason from another; later ones may be about the call."""
STATELESS = "pure.stateless"
LATER = "it shows only after other calls; `poolproof reproduce` makes them"
LARGE = 10**9
"""In place of no elements: an empty array shows little."""
NAMED = 3
"""The most known bugs that are named beside a finding."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `diagnosis.diagnose` found out about the findings of one implementation."""

    behaves_like: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    """By clause: the known bugs that agree on all failing cases, the likeliest first."""
    together: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By clause: the clauses that are broken on its minimal case."""

    @classmethod
    def of(cls, values: Json | None) -> Diagnosis:
        """Return the diagnosis of JSON values; one that knows nothing where there are none."""
        return cls(values["behaves_like"], values["together"]) if values else cls()

    def bug_of(self, clause: str) -> str:
        """Return the known bug that the findings of a clause are most like; may be empty."""
        entries = self.behaves_like.get(clause, ())
        return str(entries[0]["bug"]) if entries else ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that have one cause, the most telling first."""

    findings: tuple[Json, ...]
    behaves_like: tuple[Json, ...] = ()

    @property
    def leader(self) -> Json:
        """Return the finding that is shown, with the others named in it."""
        also = [one["clause"] for one in self.findings[1:]]
        return self.findings[0] | {"also": also, "behaves_like": list(self.behaves_like)}


def causes(found: Sequence[Json], diagnosis: Diagnosis) -> list[Cause]:
    """Return the findings by cause, the most telling cause first.

    Findings have one cause where one known bug explains them, where they are about the same
    call with the same result, where legal calls raised in the same words or ended the process
    alike, where the same axes are too long or too short by as much, or where the minimal case of
    the one breaks the other's clause; that says nothing where forward raises on one.
    """
    rest = sorted(found, key=_telling)
    groups: list[list[Json]] = []
    while rest:
        reaches = [(one, _reached(one, rest, diagnosis)) for one in rest]
        widest = max(reaches, key=lambda pair: len(pair[1]))[1]  # of equals, the more telling
        groups.append(widest)
        rest = [one for one in rest if one not in widest]
    made = [_cause(group, diagnosis) for group in groups]
    return sorted(made, key=lambda cause: _telling(cause.findings[0]))


def by_history(made: list[Cause], later: Container[str]) -> list[Cause]:
    """Return the causes with one for all that shows only after other calls, where there is one.

    That is so where `pure.stateless` is broken; `later` are the clauses of such findings.
    """
    stateful = [one for one in made if STATELESS in {found["clause"] for found in one.findings}]
    leaders = {one.findings[0]["clause"] for one in made}
    if not stateful or not any(clause in later for clause in leaders):
        return made
    joined = [one for one in made if one is stateful[0] or one.findings[0]["clause"] in later]
    found = sorted(
        (one for cause in joined for one in cause.findings),
        key=lambda one: (one["clause"] != STATELESS, *_telling(one)),
    )
    rest = [one for one in made if one not in joined]
    # What depends on earlier calls only looks like a bug of one call.
    like = () if any(one["clause"] in later for one in found) else stateful[0].behaves_like
    return [Cause(tuple(found), like), *rest]


def _reached(one: Json, rest: Iterable[Json], diagnosis: Diagnosis) -> list[Json]:
    """Return the findings that have the cause of this one, itself included."""
    bug = diagnosis.bug_of(one["clause"])
    return [
        other
        for other in rest
        if other is one
        or (bug and bug == diagnosis.bug_of(other["clause"]))
        or _is_broken_by(one, other, diagnosis)
        or same_call(one) == same_call(other)
        or ((said := same_words(one)) and said == same_words(other))
        or ((shift := same_shift(one)) and shift == same_shift(other))
        or ((end := same_end(one)) and end == same_end(other))
    ]


def _is_broken_by(one: Json, other: Json, diagnosis: Diagnosis) -> bool:
    """Return whether the minimal case of one breaks the clause of the other as well.

    Where the other's own case holds another element type it has to be so in turn: a law about
    types may look at gradients too, and so break on a case about ties, while what its own case
    shows is another fault. So it has to be with purity, which no case that raises can keep. What
    shows in a NaN is no fault of another type.
    """
    if _dtype(one) != _dtype(other) and _holds_nan(one) != _holds_nan(other):
        return False
    if same_words(one) != same_words(other) and "forward" in (_raising(one), _raising(other)):
        return False  # what forward raises on breaks every law, whatever the law is about
    there = other["clause"] in diagnosis.together.get(one["clause"], ())
    back = one["clause"] in diagnosis.together.get(other["clause"], ())
    suffers = _dtype(one) == _dtype(other) and not other["clause"].startswith("pure.")
    return there and (back or suffers) and one["verdict"] == other["verdict"]


def _raising(found: Json) -> str:
    """Return which method raised on a legal call; empty where none did."""
    raised = RAISED.match(found["got"]["text"])
    return raised[1] if raised and found["expected"]["text"] == LEGAL else ""


def _holds_nan(found: Json) -> bool:
    return "nan" in str(found["arguments"][:1]).lower()


def _dtype(found: Json) -> str:
    return str(found["arguments"][0]["dtype"]) if found["arguments"] else ""


def _cause(group: Sequence[Json], diagnosis: Diagnosis) -> Cause:
    """Return a cause; the clause that names the fault of its known bug comes first."""
    known = [(one, diagnosis.behaves_like.get(one["clause"], ())) for one in group]
    reach = Counter(entry["bug"] for _, entries in known for entry in entries)
    widest = [bug for bug, number in reach.items() if number == max(reach.values())][:NAMED]
    names = [entry["clause"] for _, entries in known for entry in entries if entry["bug"] in widest]
    explained = [one["clause"] for one, entries in known for e in entries if e["bug"] in widest]
    raising = all(
        same_words(one) or same_end(one) for one in group
    )  # then every law is broken, and the least call says why

    def order(one: Json) -> tuple[Any, ...]:
        clause, size = one["clause"], (elements_of(one) or LARGE) if raising else 0
        unexplained = bool(explained) and clause not in explained
        suffers = _suffers(one, group, diagnosis) or (raising and _refused_beside(one))
        beside = bool(same_shift(one)) and not clause.startswith("shape.")
        return clause not in names[:1], unexplained, suffers, size, beside, *_telling(one)

    ordered = sorted(group, key=order)
    entries = [_summed(bug, group, diagnosis) for bug in widest]
    return Cause(tuple(ordered), tuple(entries))


def _suffers(found: Json, group: Iterable[Json], diagnosis: Diagnosis) -> bool:
    """Return whether the fault is that of another clause, which its minimal case breaks as well.

    Who won is wrong where the maxima are wrong already, and a maximum where a NaN is lost. Where
    windows and maxima are right and only who won is wrong, no clause about windows says what is.
    """
    clause = found["clause"]
    there = diagnosis.together.get(clause, ())
    beside = [one["clause"] for one in group if one["clause"] in there]
    if clause.startswith(WINNERS):
        return any(one.startswith(VALUES) for one in beside)
    if clause.startswith("value."):
        return _holds_nan(found) and any(one.startswith("nan.") for one in beside)
    about_winners = found["note"].startswith((MISLED, MISNAMED))
    return about_winners and any(one.startswith(WINNERS) for one in beside)


def _refused_beside(found: Json) -> bool:
    """Return whether a legal call that raised is only one among many about its side effects."""
    return found["clause"].startswith("pure.") and _share(found) < HALF


def _share(found: Json) -> float:
    return float(found["failing_cases"] / max(1, found["judged_cases"]))


def _summed(bug: str, group: Sequence[Json], diagnosis: Diagnosis) -> Json:
    """Return what is said of a bug, counted over the findings of a cause that it explains."""
    known = [
        entry
        for one in group
        for entry in diagnosis.behaves_like.get(one["clause"], ())
        if entry["bug"] == bug
    ]
    if known[0].get("everywhere"):
        known = known[:1]  # it was counted over all clauses already
    counts = {name: sum(entry[name] for entry in known) for name in ("agreeing", "failing")}
    return {name: known[0][name] for name in LIKENESS} | counts


def same_call(found: Json) -> str:
    """Return what two findings share that are about one call with one result."""
    where = found["arguments"] or found["case"] or found["id"]
    return f"{found['verdict']} {found['call']} {where} {found['got']}"


def same_words(found: Json) -> str:
    """Return what findings share about legal calls that raised alike; empty where none did.

    The type of the exception and the words of its message, whatever numbers stand in it. An
    IndexError in backward tells nothing: any wrong index ends in one.
    """
    text, method = found["got"]["text"], _raising(found)
    if not method or (method != "forward" and text.startswith(f"{method} raised IndexError")):
        return ""
    return " ".join(WORD.findall(text)[:WORDS])


def same_shift(found: Json) -> tuple[int, ...]:
    """Return by how much each axis of a result is too long, from the first that is; none are ()."""
    shapes = [SHAPE.findall(found[name]["text"]) for name in ("expected", "got")]
    if [len(some) for some in shapes] != [1, 1]:
        return ()
    wanted, given = ([int(n) for n in NUMBER.findall(some[0])] for some in shapes)
    if len(wanted) != len(given):
        return ()
    shift = [there - here for here, there in zip(wanted, given, strict=True)]
    return tuple(itertools.dropwhile(lambda step: step == 0, shift))


def same_end(found: Json) -> str:
    """Return what findings share whose calls ended a process alike; empty where none ended.

    How it ended, but for the seconds that were waited, in which method, and its last words.
    """
    if found["verdict"] == Verdict.FAIL:
        return ""
    return f"{found['verdict']} {WORD.findall(found['got']['text'])} {found['note']}"


def _telling(found: Json) -> tuple[int, bool, float, int]:
    """Order findings: what ends a process, wrong answers, what should have been refused.

    Among these by the share of cases that fail, then as in SPEC.md: the clause that names a
    fault fails on most of the cases that are about it, and clauses that only suffer from it on
    a few of theirs.
    """
    severe = (Verdict.CRASH, Verdict.HANG, Verdict.FAIL).index(Verdict(found["verdict"]))
    refusal = found["clause"].startswith(("error.", "refusal."))
    return severe, refusal, -_share(found), list(clauses()).index(found["clause"])
