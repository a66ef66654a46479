"""What a run says of how verdicts stand to what is declared and documented.

Results of earlier versions say nothing of it, and then neither do the reports.
"""

from __future__ import annotations

from collections import Counter

from conformance.report import untrusted
from conformance.standing import PLAIN, Kind
from conformance.verdict import Json

UNTOLD = "cannot be told"
"""What is said in place of a value where none could be observed."""
LONGEST = 400
"""The most characters of a standing that are shown."""


def stands(implementation: Json, clause: str) -> str:
    """Return how a verdict stands to what is declared, in a line.

    Empty where nothing is said, or no more than that a clause is broken by who declares neither
    a dialect nor what documents it.
    """
    found = implementation["clauses"].get(clause, {}).get("standing")
    speaks = implementation["dialect"] or implementation.get("sources")
    if not found or (found["text"] == PLAIN and not speaks):
        return ""
    return untrusted.line(found["text"], LONGEST)


def kind(implementation: Json, clause: str) -> str:
    """Return violates, undocumented or declared; empty where nothing is said."""
    found = implementation["clauses"].get(clause, {}).get("standing")
    return str(found["kind"]) if found else ""


def undocumented(implementation: Json) -> list[str]:
    """Return the clauses that are broken only where the documentation is silent."""
    return _of_kind(implementation, Kind.UNDOCUMENTED)


def kept(implementation: Json) -> list[str]:
    """Return the clauses that pass in the dialect that is declared."""
    return _of_kind(implementation, Kind.DECLARED)


def _of_kind(implementation: Json, wanted: Kind) -> list[str]:
    return [name for name in implementation["clauses"] if kind(implementation, name) == wanted]


def behind(implementation: Json) -> list[tuple[str, str]]:
    """Return the switches that are behind them, with what was observed in a word or two."""
    parts = [
        part
        for name in undocumented(implementation)
        for part in implementation["clauses"][name]["standing"]["parts"]
    ]
    seen = {part["about"]: part["value"].partition(" (")[0] for part in parts}
    return [(untrusted.line(name, untrusted.NAME), untrusted.line(seen[name])) for name in seen]


def silent(implementation: Json) -> list[tuple[str, str]]:
    """Return the switches on which its documentation is silent, with what was observed."""
    found = implementation.get("undocumented", {}).items()
    return [(untrusted.line(name, untrusted.NAME), untrusted.line(seen)) for name, seen in found]


def seen_words(name: str, seen: str) -> str:
    """Return what was observed of a switch as a sentence about it."""
    return f"{name} {seen}" if seen == UNTOLD else f"{name} is {seen}"


def silence(implementation: Json) -> str:
    """Return the same of all of them in a line."""
    words = {"": "", UNTOLD: f", which {UNTOLD}"}
    found = silent(implementation)
    return "; ".join(name + words.get(seen, f", observed to be {seen}") for name, seen in found)


def sources(implementation: Json) -> str:
    """Return where its documentation says so in a line, each place once."""
    places: dict[str, list[str]] = {}
    for about, text in implementation.get("sources", {}).items():
        places.setdefault(text, []).append(about)
    return "; ".join(f"{', '.join(abouts)}: {text}" for text, abouts in places.items())


def totals(run: Json) -> dict[str, int]:
    """Return how many verdicts of a run stand in each way, those ways that there are."""
    every = [(one, name) for one in run["implementations"] for name in one["clauses"]]
    counted = Counter(kind(one, name) for one, name in every)
    return {each.value: counted[each] for each in Kind if counted[each]}
