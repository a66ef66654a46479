"""Whether a result agrees with itself: one that was edited by hand often does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from conformance.clauses import LEVELS
from conformance.report.digest import clauses_of, verdict_of
from conformance.verdict import BROKEN, Json, Verdict, conforming, level_reached


def contradiction(result: Json) -> str:
    """Return the first place where a result contradicts itself, and how; empty if nowhere.

    The result is one that the schema allows.
    """
    return next(_contradictions(result), "")


def _contradictions(result: Json) -> Iterator[str]:
    known = [clause["name"] for clause in clauses_of(result)]
    for name in _repeated(known):
        yield f"['specification']['clauses']: {name!r} is there twice"
    names = [one["name"] for one in result["implementations"]]
    for name in _repeated(names):
        yield f"['implementations']: {name!r} is there twice"
    for number, one in enumerate(result["implementations"]):
        for where, what in _of_implementation(result, one, set(known)):
            yield f"['implementations'][{number}]{where}: {what}"
    for number, run in enumerate(result.get("runs", ())):
        for name in sorted(set(run["implementations"]) - set(names)):
            yield f"['runs'][{number}]['implementations']: there is no {name!r} in the result"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, number in Counter(names).items() if number > 1]


def _of_implementation(result: Json, one: Json, known: set[str]) -> Iterator[tuple[str, str]]:
    for name in one["clauses"]:
        if name not in known:
            yield "['clauses']", f"{name!r} is no clause of its specification"
    at = {
        level: [verdict_of(one, clause["name"]) for clause in clauses_of(result, level)]
        for level in LEVELS
    }
    verdicts = {level: {Verdict(word) for word in words} for level, words in at.items()}
    conforms = conforming(set().union(*verdicts.values()))
    level = level_reached(verdicts, whole=not one["lacks"])
    if one["conforms"] is not conforms:
        yield "['conforms']", f"it is {one['conforms']}, and its verdicts say {conforms}"
    if one["level"] != level:
        yield "['level']", f"it is {one['level']!r}, and its verdicts say {level!r}"
    told: set[str] = set()
    for part in ("findings", "covered"):
        for number, finding in enumerate(one[part]):
            what = _of_finding(one, finding, told)
            if what:
                yield f"['{part}'][{number}]", what
            told.add(finding["clause"])


def _of_finding(one: Json, finding: Json, told: set[str]) -> str:
    clause = finding["clause"]
    if finding["implementation"] != one["name"]:
        return f"it is about {finding['implementation']!r}, and stands with {one['name']!r}"
    if finding["id"] != f"{one['name']}/{clause}":
        return f"its id is {finding['id']!r}, and it is about {one['name']}/{clause}"
    if verdict_of(one, clause) not in BROKEN:
        return f"a finding about {clause!r}, whose verdict is {verdict_of(one, clause)!r}"
    return f"a second finding about {clause!r}" if clause in told else ""
