"""Known deviations: broken clauses that a project lives with, each with its reason.

A list is held to strictly in both directions: what is broken and not listed fails the run,
and so does what is listed and not broken any more.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from conformance.clauses import UnknownNameError, clause
from conformance.report.untrusted import line
from conformance.verdict import BROKEN, ImplementationResult, Json, Verdict

FIELDS = ("implementation", "clause", "reason", "link", "expires", "witness")
REQUIRED = ("implementation", "clause", "reason")


class DeviationError(Exception):
    """The list cannot be used; the message is one line that names file and entry."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One clause that one implementation is known to break."""

    implementation: str
    clause: str
    reason: str
    link: str = ""
    expires: date | None = None
    witness: Json | None = None
    """The stored finding, as `poolproof reproduce` takes it."""


class State(StrEnum):
    """What a run says of a known deviation, or of a failure that is not listed."""

    KNOWN = "known"
    UNLISTED = "unlisted"
    EXPIRED = "expired"
    FIXED = "fixed"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Standing:
    """A broken clause or a listed one, and how the two agree."""

    state: State
    implementation: str
    clause: str
    text: str
    """What it means and what to do, in one line."""


def read_deviations(path: str | Path, known: Collection[str]) -> list[Deviation]:
    """Return the list of a TOML file; `known` are the implementations that there are.

    Raises:
        DeviationError: it is not such a list, or names a clause or an implementation that
            nobody knows, or the same pair twice.
    """
    try:
        values = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = getattr(error, "strerror", None) or error
        message = f"{line(path)}: {line(said)}"
        raise DeviationError(message) from error
    found: dict[tuple[str, str], Deviation] = {}
    place = ""
    try:
        _require_names("table", values, {"deviation"})
        for number, entry in enumerate(_entries(values), 1):
            place = f"entry {number}: "
            one = _deviation(entry, known)
            _require_new(one, found)
            found[one.implementation, one.clause] = one
    except (DeviationError, UnknownNameError) as error:
        message = f"{line(path)}: {place}{error}"
        raise DeviationError(message) from error
    return list(found.values())


def _require_new(one: Deviation, found: Collection[tuple[str, str]]) -> None:
    if (one.implementation, one.clause) in found:
        message = f"{one.implementation}/{one.clause} is listed twice"
        raise DeviationError(message)


def _entries(values: Mapping[str, Any]) -> list[Any]:
    entries = values.get("deviation", [])
    if not isinstance(entries, list):
        message = "deviation is an array of tables: begin each entry with [[deviation]]"
        raise DeviationError(message)
    return entries


def _require_names(kind: str, values: Iterable[str], known: Collection[str]) -> None:
    for name in values:
        if name not in known:
            raise UnknownNameError(kind, name, known)


def _deviation(entry: Any, known: Collection[str]) -> Deviation:  # noqa: ANN401 - any TOML
    if not isinstance(entry, dict):
        message = "it is no table"
        raise DeviationError(message)
    _require_names("field of a deviation", entry, FIELDS)
    for field in (*REQUIRED, *(name for name in ("link", "witness") if name in entry)):
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            message = f"{field} is a text that says something, got {entry.get(field)!r:.60}"
            raise DeviationError(message)
    expires = entry.get("expires")
    if expires is not None and type(expires) is not date:
        message = f"expires is a date such as 2027-12-31 without quotes, got {expires!r:.60}"
        raise DeviationError(message)
    clause(entry["clause"])
    _require_names("implementation", [entry["implementation"]], known)
    witness = _witness(entry["witness"]) if "witness" in entry else None
    return Deviation(**entry | {"witness": witness})


def _witness(text: str) -> Json:
    try:
        found = json.loads(text)
    except ValueError as error:
        message = f"witness is not JSON: {error}; write the list again"
        raise DeviationError(message) from error
    if not isinstance(found, dict) or not {"finding", "target", "tier", "seed"} <= found.keys():
        message = "witness is no stored finding; write the list again"
        raise DeviationError(message)
    return found


def standings(
    results: Iterable[ImplementationResult],
    listed: Iterable[Deviation],
    today: date,
    still_fails: Callable[[Deviation], bool],
) -> list[Standing]:
    """Return how the results and the list agree, worst first.

    `still_fails` replays the witness of a deviation whose clause passed.
    """
    by_name = {(one.implementation, one.clause): one for one in listed}
    found: list[Standing] = []
    for result in results:
        for name, judged in result.clauses.items():
            known = by_name.get((result.name, name))
            if known is not None:
                found.append(_of_listed(known, judged.verdict, today, still_fails))
            elif judged.verdict in BROKEN:
                text = f"{judged.verdict}, and not on the list of known deviations"
                found.append(Standing(State.UNLISTED, result.name, name, text))
    order = [State.UNLISTED, State.EXPIRED, State.FIXED, State.UNJUDGED, State.KNOWN]
    return sorted(found, key=lambda one: order.index(one.state))


def _of_listed(
    one: Deviation, verdict: Verdict, today: date, still_fails: Callable[[Deviation], bool]
) -> Standing:
    broken = verdict in BROKEN or (
        verdict is Verdict.PASS and one.witness is not None and still_fails(one)
    )
    expired = one.expires is not None and one.expires < today
    state = State.KNOWN
    text = f"{one.reason} {one.link}".strip()
    if broken and expired:
        state = State.EXPIRED
        text = f"the entry expired on {one.expires}: mend it, or give the entry a later date"
    elif verdict is Verdict.PASS and not broken:
        state = State.FIXED
        text = "it passes now: delete the entry"
    elif not broken:
        state = State.UNJUDGED
        text = f"its verdict is {verdict}: delete the entry, or see why it is not judged"
    return Standing(state, one.implementation, one.clause, text)


def deviations_toml(
    results: Iterable[ImplementationResult],
    witnesses: Mapping[tuple[str, str], Json],
    earlier: Iterable[Deviation],
) -> str:
    """Return the list for all broken clauses; reasons, links and dates of earlier ones stay."""
    kept = {(one.implementation, one.clause): one for one in earlier}
    parts = ["# Clauses that these implementations are known to break. Give each its reason."]
    for result in results:
        for name, judged in result.clauses.items():
            if judged.verdict in BROKEN:
                place = (result.name, name)
                parts.append(_entry(place, judged.verdict, witnesses.get(place), kept.get(place)))
    return "\n\n".join(parts) + "\n"


def _entry(
    place: tuple[str, str], verdict: Verdict, witness: Json | None, known: Deviation | None
) -> str:
    note = witness["finding"]["note"] if witness else ""
    reason = known.reason if known else f"not examined yet: {note or verdict}"
    lines = [
        "[[deviation]]",
        f"implementation = {_basic(place[0])}",
        f"clause = {_basic(place[1])}",
    ]
    lines.append(f"reason = {_basic(reason)}")
    lines += [f"link = {_basic(known.link)}"] if known and known.link else []
    lines += [f"expires = {known.expires}"] if known and known.expires else []
    lines += [f"witness = {_basic(json.dumps(witness))}"] if witness else []
    return "\n".join(lines)


def _basic(text: str) -> str:
    """Return a text as a TOML basic string, whose escapes are a subset of JSON's."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(shown, ensure_ascii=False).replace("\x7f", "\\u007f")


def problems(found: Iterable[Standing]) -> Iterator[str]:
    """Yield a line for everything that fails the run."""
    for one in found:
        if one.state is not State.KNOWN:
            yield f"{line(one.implementation)}/{one.clause}: {line(one.text)}"
