"""How each verdict of an implementation stands to what it declares and documents.

A verdict says what is kept and what is broken, and nothing here changes it. Beside it, a clause
that is broken only where the documentation is silent is told from one that breaks what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from conformance.clauses import Clause, clauses, switches
from conformance.diagnosis.aftermath import Desk
from conformance.diagnosis.bearing import open_bearing
from conformance.diagnosis.observing import Observed, expected, observe
from conformance.isolation.examination import Terms
from conformance.isolation.preflight import Passport
from conformance.registry import Target
from conformance.standing import Part, Standing, declared, undocumented, violates
from conformance.verdict import BROKEN, ClauseResult, Json, Verdict

Bearing = Callable[[Json, Sequence[str]], list[list[str]]]
"""Returns, for an account and some switches, those that bear on each of its failing cases."""
ASIDE = "; {} undocumented, and not all that fails is about that"


def standings(
    target: Target,
    passport: Passport,
    results: Mapping[str, ClauseResult],
    accounts: Sequence[Json],
    terms: Terms,
) -> tuple[dict[str, Standing], dict[str, str]]:
    """Return the standing of each clause that has one, and what was seen of undocumented switches.

    Calls are made only for an implementation that speaks of its documentation, and where a clause
    is broken on which a switch bears that it speaks of.
    """
    broken = _broken(accounts)
    wanted = _wanted(passport, broken)
    seen = observe(target, passport, wanted, terms) if wanted else {}
    opening = (open_bearing, passport.claims, passport.dialect, terms.tier, terms.seed)
    with Desk(*opening) as desk:

        def bearing(account: Json, asked: Sequence[str]) -> list[list[str]]:
            answer = desk.ask({"record": account, "switches": list(asked)})
            return answer["bearing"] if answer else []

        found = {
            name: broken_standing(clauses()[name], passport, broken[name], seen, bearing)
            for name in broken
        }
    passed = [name for name, result in results.items() if result.verdict is Verdict.PASS]
    keeping = {name: kept_standing(clauses()[name], passport) for name in passed}
    found |= {name: one for name, one in keeping.items() if one}
    return found, {name: seen[name].words for name in passport.undocumented if name in seen}


def _wanted(passport: Passport, broken: Mapping[str, Sequence[Json]]) -> list[str]:
    """Return the switches that are to be observed."""
    if not (passport.sources or passport.undocumented):
        return []
    said = {*passport.dialect, *passport.sources, *passport.undocumented}
    failing = [clauses()[name] for name in broken if not _ended(broken[name])]
    bearing_on = {one for clause in failing for one in clause.dialect}
    return [one for one in switches() if one in said & bearing_on]


def kept_standing(clause: Clause, passport: Passport) -> Standing | None:
    """Return the standing of a clause that passes; None where nothing declared bears on it."""
    parts = tuple(
        _declared(passport, switch)
        for switch in clause.dialect
        if passport.dialect.get(switch, switches()[switch].default) != switches()[switch].default
    )
    return declared(parts) if parts else None


def broken_standing(
    clause: Clause,
    passport: Passport,
    accounts: Sequence[Json],
    seen: Mapping[str, Observed],
    bearing: Bearing,
) -> Standing:
    """Return how a broken clause stands; `seen` is what was observed of switches.

    It is undocumented where on each failing case some undocumented switch bears of which
    something else than the default was observed, and no process ended. Of what is declared or
    documented, that is named of which something else was observed, or that nobody looked at.
    """
    features = _features(clause, passport)
    if not clause.dialect or _ended(accounts):
        return violates(features, declares=bool(passport.dialect))
    cases = [case for account in accounts for case in bearing(account, clause.dialect)]
    at_work = [
        one
        for one in clause.dialect
        if (seen[one].departs if one in seen else one in passport.dialect)
        and any(one in case for case in cases)
    ]
    behind = [one for one in at_work if one in passport.undocumented]
    if behind and all(set(behind) & set(case) for case in cases):
        return undocumented(tuple(Part(one, seen[one].words) for one in behind))
    held = [one for one in at_work if one not in behind]
    aside = ASIDE.format(f"{' and '.join(behind)} {'is' if len(behind) == 1 else 'are'}")
    parts = (*(_declared(passport, one) for one in held), *features)
    return violates(parts, aside if behind else "", declares=bool(passport.dialect))


def _broken(accounts: Sequence[Json]) -> dict[str, list[Json]]:
    """Return the accounts of checks that found something, by clause."""
    found: dict[str, list[Json]] = {}
    for account in accounts:
        if Verdict(account["verdict"]) in BROKEN:
            found.setdefault(account["clause"], []).append(account)
    return found


def _ended(accounts: Sequence[Json]) -> bool:
    """Return whether a call ended its process or did not come back, which no switch allows."""
    return any(account["verdict"] != Verdict.FAIL for account in accounts)


def _declared(passport: Passport, switch: str) -> Part:
    return Part(switch, expected(passport, switch), passport.sources.get(switch, ""))


def _features(clause: Clause, passport: Passport) -> tuple[Part, ...]:
    """Return the features that the clause is about and that a source is given for."""
    return tuple(
        Part(feature, "", passport.sources[feature])
        for alternatives in clause.needs
        for feature in sorted(alternatives)
        if feature in passport.sources and feature in passport.claims
    )
