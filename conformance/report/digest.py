"""What a run says about each implementation: counts, order and one sentence."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.report import standings, untrusted
from conformance.verdict import BROKEN, WORST_FIRST, Json, Verdict

BROKEN_WORDS = tuple(word.value for word in WORST_FIRST if word in BROKEN)
LEVEL_ORDER = ("none", "base", "core", "extended")
NAMED = 3
"""How many broken clauses the one sentence names."""


def verdict_of(implementation: Json, clause: str) -> str:
    """Return the verdict on a clause; one that the run does not mention was not run."""
    found = implementation["clauses"].get(clause, {})
    return str(found.get("verdict", Verdict.NOT_RUN))


def count(implementation: Json, clauses: Iterable[Json]) -> Counter[str]:
    """Return how many of the clauses have each verdict."""
    return Counter(verdict_of(implementation, clause["name"]) for clause in clauses)


def count_broken(counts: Mapping[str, int]) -> int:
    """Return how many of the counted verdicts are a fail, a crash or a hang."""
    return sum(counts.get(word, 0) for word in BROKEN_WORDS)


def judged(counts: Mapping[str, int]) -> str:
    """Return `passed/judged`; what is unclaimed or not run is in neither number."""
    passed = counts.get(Verdict.PASS, 0)
    return f"{passed}/{passed + count_broken(counts)}"


def clauses_of(run: Json, level: str | None = None) -> list[Json]:
    """Return the clauses of the specification of the run, of one level or of both."""
    every: list[Json] = run["specification"]["clauses"]
    return [clause for clause in every if level in (None, clause["level"])]


def groups(run: Json) -> dict[str, list[Json]]:
    """Return the clauses by group, in the order of the specification."""
    grouped: dict[str, list[Json]] = {}
    for clause in clauses_of(run):
        grouped.setdefault(clause["group"], []).append(clause)
    return grouped


def worst_first(run: Json) -> list[Json]:
    """Return the implementations, those with most to mend first."""

    def rank(implementation: Json) -> tuple[Any, ...]:
        counts = count(implementation, clauses_of(run))
        severe = counts[Verdict.CRASH] + counts[Verdict.HANG]
        level = LEVEL_ORDER.index(implementation["level"])
        lacking = (-count_broken(counts), -severe, -counts[Verdict.NOT_RUN])
        return (implementation["conforms"], *lacking, level, implementation["name"])

    return sorted(run["implementations"], key=rank)


def standing(run: Json, implementation: Json) -> str:
    """Return CONFORMS, FAILS, or INCOMPLETE where nothing is broken but not all was judged."""
    if implementation["conforms"]:
        return "CONFORMS"
    return "FAILS" if count_broken(count(implementation, clauses_of(run))) else "INCOMPLETE"


def conforming(run: Json) -> str:
    """Return how many implementations conform, such as `2 of 6 implementations conform`."""
    every = run["implementations"]
    number = sum(1 for one in every if one["conforms"])
    noun = "implementation" if len(every) == 1 else "implementations"
    return (
        f"{number} of {len(every)} {noun} {'conforms' if 1 in (number, len(every)) else 'conform'}"
    )


def broken_clauses(run: Json, implementation: Json) -> list[str]:
    """Return the names of the broken clauses, those of the findings first and in their order."""
    told = [finding["clause"] for finding in findings_of(implementation)]
    every = [one["name"] for one in clauses_of(run)]
    broken = [name for name in every if verdict_of(implementation, name) in BROKEN_WORDS]
    return [*(name for name in told if name in broken), *(n for n in broken if n not in told)]


def findings_of(implementation: Json) -> list[Json]:
    """Return the findings: crash, then hang, then fail; the most telling first in each."""

    def rank(finding: Json) -> int:
        return BROKEN_WORDS.index(finding["verdict"])

    return sorted(implementation["findings"], key=rank)


def sentence(run: Json, implementation: Json) -> str:
    """Return what the implementation conforms to, or what to beware of."""
    counts = count(implementation, clauses_of(run))
    number = count_broken(counts)
    if implementation["conforms"]:
        return _conforming(implementation, counts)
    if number:
        total = counts[Verdict.PASS] + number
        first = f"It breaks {number} of the {_clauses(total)} it was judged by{_severe(counts)}"
        return f"{first}{_beware(run, implementation)}.{_left(counts)}"
    if counts[Verdict.NOT_RUN]:
        return f"Nothing is broken, but it is not shown to conform.{_left(counts)}"
    return "Nothing that it claims could be judged, so it is not shown to conform."


def _beware(run: Json, implementation: Json) -> str:
    """Return which clauses to beware of, and what is seen behind those that are undocumented."""
    silent = standings.undocumented(implementation)
    rest = [name for name in broken_clauses(run, implementation) if name not in silent]
    beware = f"; beware of {named(rest)}" if rest else ""
    if not silent:
        return beware
    seen = ", ".join(f"{name}: {words}" for name, words in standings.behind(implementation))
    return f"{beware}; {len(silent) if rest else 'all'} {_are(len(silent))} undocumented ({seen})"


def _conforming(implementation: Json, counts: Mapping[str, int]) -> str:
    level = implementation["level"]
    passed = _clauses(counts.get(Verdict.PASS, 0))
    unclaimed = counts.get(Verdict.UNCLAIMED, 0)
    tail = f"; {unclaimed} {_are(unclaimed)} unclaimed" if unclaimed else ""
    tail += f"; it does not offer {_lacks(implementation)}" if implementation["lacks"] else ""
    if level == "none":
        return f"It keeps the {passed} that its claims reach, but reaches no level{tail}."
    said = f"It conforms at level {level}: it keeps all {passed} it was judged by{tail}."
    if implementation["dialect"]:
        said += f" Beware of its dialect: {dialect(implementation)}."
    return said


def dialect(implementation: Json) -> str:
    """Return the switches that an implementation declares."""
    declared = implementation["dialect"].items()
    return untrusted.line(", ".join(f"{name} = {value}" for name, value in declared), 200)


def declares(run: Json) -> list[tuple[str, str]]:
    """Return who declares a dialect, with the switches and how many clauses pass by it."""
    return [(_named(one), _declared(one)) for one in worst_first(run) if one["dialect"]]


def _declared(implementation: Json) -> str:
    number = len(standings.kept(implementation))
    kept = f"; differs from the default but says so in {_clauses(number)} that it keeps"
    return dialect(implementation) + (kept if number else "")


def undocumented(run: Json) -> list[tuple[str, str]]:
    """Return who breaks clauses only where its documentation is silent, how many, and by what."""
    return [
        (_named(one), _silent(run, one)) for one in worst_first(run) if standings.undocumented(one)
    ]


def _silent(run: Json, implementation: Json) -> str:
    number = len(standings.undocumented(implementation))
    broken = len(broken_clauses(run, implementation))
    seen = ", ".join(f"{name}: {words}" for name, words in standings.behind(implementation))
    return f"{number} of {_clauses(broken)} that it breaks ({seen})"


def _lacks(implementation: Json) -> str:
    return untrusted.line(" or ".join(implementation["lacks"]))


def _left(counts: Mapping[str, int]) -> str:
    number = counts.get(Verdict.NOT_RUN, 0)
    return f" {_clauses(number)} {'was' if number == 1 else 'were'} not run." if number else ""


def _severe(counts: Mapping[str, int]) -> str:
    words = [(Verdict.CRASH, "crash", "crashes"), (Verdict.HANG, "hang", "hangs")]
    parts = [
        f"{counts[word]} {one if counts[word] == 1 else many}"
        for word, one, many in words
        if counts.get(word)
    ]
    return f", with {' and '.join(parts)}" if parts else ""


def _clauses(number: int) -> str:
    return f"{number} clause{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def named(names: list[str], limit: int = NAMED) -> str:
    """Return the first names and how many follow."""
    shown = [untrusted.line(name, untrusted.NAME) for name in names[:limit]]
    more = len(names) - len(shown)
    shown += [f"{more} more"] if more else []
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def reasons(implementation: Json, verdict: str) -> dict[str, list[str]]:
    """Return the clauses that have a verdict, by the reason that is given for it."""
    found: dict[str, list[str]] = {}
    for name, result in implementation["clauses"].items():
        if result["verdict"] == verdict:
            found.setdefault(result["reason"] or "no reason is given", []).append(name)
    return found


def refused(implementation: Json) -> str:
    """Return what is known about how unclaimed features were refused."""
    verdict = verdict_of(implementation, "refusal.unclaimed")
    if verdict == Verdict.PASS:
        return "all refused cleanly"
    return "not all refused" if verdict in BROKEN_WORDS else "refusal not judged"


def reproduce(finding: Json) -> str:
    """Return the command that runs a finding again, quoted for a shell."""
    return f"poolproof reproduce {shlex.quote(finding['id'])}"


def likenesses(finding: Json) -> list[str]:
    """Return the known bugs that a finding is like, two lines for each."""
    said = []
    for number, one in enumerate(finding.get("behaves_like", ())):
        where = f" ({one['citation']})" if one["citation"] else ""
        cases = f"{one['agreeing']:,} of {one['failing']:,} failing cases"
        first = f"{'or ' if number else ''}{one['bug']}{where}: same answers on {cases}"
        said += [untrusted.line(first), f"  {untrusted.line(one['title'])}"]
    return said


def fraction(finding: Json) -> str:
    """Return how many of the judged cases show the finding."""
    failing, total = finding["failing_cases"], finding["judged_cases"]
    return f"{failing:,} of {total:,} case{'' if total == 1 else 's'}"


def not_installed(run: Json) -> dict[str, list[str]]:
    """Return the implementations that were left out, by what to install for them."""
    grouped: dict[str, list[str]] = {}
    for name, how in run["not_installed"].items():
        remedy = grouped.setdefault(untrusted.line(how), [])
        remedy.append(untrusted.line(name, untrusted.NAME))
    return grouped


def left_out(run: Json) -> list[tuple[str, str]]:
    """Return (what, which) of everything that was not judged, one pair per line of a list."""
    ranked = worst_first(run)
    unclaimed = [(one, count(one, clauses_of(run))[Verdict.UNCLAIMED]) for one in ranked]
    return [
        *[
            ("not run", f"{_named(one)}: {len(names)} ({named(names)}): {untrusted.line(reason)}")
            for one in ranked
            for reason, names in reasons(one, Verdict.NOT_RUN).items()
        ],
        *[
            ("unclaimed", f"{_named(one)}: {number}, {refused(one)}")
            for one, number in unclaimed
            if number
        ],
        *[
            ("not offered", f"{_named(one)}: {untrusted.line(', '.join(one['lacks']))}")
            for one in ranked
            if one["lacks"]
        ],
        *[
            ("not installed", f"{', '.join(names)}: {how}")
            for how, names in not_installed(run).items()
        ],
    ]


def _named(implementation: Json) -> str:
    return untrusted.line(implementation["name"], untrusted.NAME)
