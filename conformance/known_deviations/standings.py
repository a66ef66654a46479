"""How a result and a list of known deviations agree, strictly in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from conformance.known_deviations.listed import Deviation
from conformance.report.untrusted import line
from conformance.verdict import BROKEN, ImplementationResult, Json, Verdict


class State(StrEnum):
    """What a run says of a known deviation, or of a failure that is not listed."""

    UNLISTED = "unlisted"
    EXPIRED = "expired"
    FIXED = "fixed"
    UNJUDGED = "unjudged"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Standing:
    """A broken clause or a listed one, and how the two agree."""

    state: State
    implementation: str
    clause: str
    text: str
    """What it means and what to do, in one line."""
    entry: Deviation | None = None
    """What is listed; None where nothing is."""

    def to_json(self) -> Json:
        """Return the standing as JSON values, without the implementation it belongs to."""
        entry = self.entry
        return {
            "clause": self.clause,
            "state": self.state.value,
            "text": self.text,
            "reason": entry.reason if entry else "",
            "link": entry.link if entry else "",
            "expires": str(entry.expires) if entry and entry.expires else "",
        }


def standings(
    results: Iterable[ImplementationResult],
    listed: Iterable[Deviation],
    today: date,
    unplayed: Mapping[tuple[str, str], str] | None = None,
) -> list[Standing]:
    """Return how the results and the list agree, worst first.

    `unplayed` says why the witness of an entry could not be replayed, by implementation and
    clause. Entries of implementations that were not judged have no standing.
    """
    by_name = {(one.implementation, one.clause): one for one in listed}
    found: list[Standing] = []
    for result in results:
        for name, judged in result.clauses.items():
            place = (result.name, name)
            if place in by_name:
                why = (unplayed or {}).get(place, "")
                found.append(_of_listed(by_name[place], judged.verdict, today, why))
            elif judged.verdict in BROKEN:
                text = f"{judged.verdict}, and not on the list of known deviations"
                found.append(Standing(State.UNLISTED, *place, text))
    order = list(State)
    return sorted(found, key=lambda one: order.index(one.state))


def _of_listed(one: Deviation, verdict: Verdict, today: date, unplayed: str) -> Standing:
    expired = one.expires is not None and one.expires < today
    state, text = State.KNOWN, f"{one.reason} {one.link}".strip()
    if verdict in BROKEN and expired:
        state = State.EXPIRED
        text = f"the entry expired on {one.expires}: mend it, or give the entry a later date"
    elif verdict is Verdict.PASS:
        state = State.FIXED
        text = "it passes now: delete the entry"
        text += f" (its witness could not be replayed: {unplayed})" if unplayed else ""
    elif verdict not in BROKEN:
        state = State.UNJUDGED
        text = f"its verdict is {verdict}: delete the entry, or see why it is not judged"
    return Standing(state, one.implementation, one.clause, text, one)


def problems(found: Iterable[Standing]) -> list[str]:
    """Return a line for everything that fails the run."""
    return [
        f"{line(one.implementation)}/{one.clause}: {line(one.text)}"
        for one in found
        if one.state is not State.KNOWN
    ]


def summary(found: Sequence[Standing], listed: Sequence[Deviation]) -> str:
    """Return what the list came to, in one line."""
    known = sum(one.state is State.KNOWN for one in found)
    text = f"{known} of {len(listed)} listed are broken as listed"
    judged = {one.implementation for one in found}
    others = dict.fromkeys(one.implementation for one in listed if one.implementation not in judged)
    return f"{text}; not judged in this run: {', '.join(map(line, others))}" if others else text
