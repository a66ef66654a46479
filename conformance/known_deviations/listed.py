"""Known deviations: broken clauses that a project lives with, each with its reason.

A list is held to strictly in both directions: what is broken and not listed fails the run,
and so does what is listed and not broken any more.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.clauses import UnknownNameError, clause
from conformance.report.reading import misfit, schema
from conformance.report.untrusted import line
from conformance.verdict import BROKEN, ImplementationResult, Json, RunResult

FIELDS = ("implementation", "clause", "reason", "link", "expires", "witness")
REQUIRED = ("implementation", "clause", "reason")
TRIMMED: Json = {"also": [], "behaves_like": [], "script": "", "no_script": ""}
"""What a witness leaves out of its finding: no replay needs it."""


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
    """{finding, tier, seed}: the smallest failing case, which is replayed before each run."""


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
    witness = _witness(entry) if "witness" in entry else None
    return Deviation(**entry | {"witness": witness})


def _witness(entry: Mapping[str, Any]) -> Json:
    try:
        found = json.loads(entry["witness"])
    except (ValueError, RecursionError) as error:
        message = f"witness is not JSON: {error}; write the list again"
        raise DeviationError(message) from error
    problem = _witness_problem(found)
    if not problem:
        about = f"{found['finding']['implementation']}/{found['finding']['clause']}"
        entered = f"{entry['implementation']}/{entry['clause']}"
        problem = f"it is about {about}" if about != entered else ""
    if problem:
        message = f"witness is no stored finding: {problem}; write the list again"
        raise DeviationError(message)
    witness: Json = found
    return witness


def _witness_problem(found: Any) -> str:  # noqa: ANN401 - any JSON
    """Return what is wrong with a witness, with its place; empty where nothing is."""
    from jsonschema_rs import Draft202012Validator  # most lists have no witness

    parts = schema()
    known = parts["properties"]
    form = {
        "type": "object",
        "required": ["finding", "tier", "seed"],
        "properties": {
            "finding": {"$ref": "#/$defs/finding"},
            "tier": known["tier"],
            "seed": known["seed"],
        },
        "$defs": parts["$defs"],
    }
    if isinstance(found, dict) and isinstance(found.get("finding"), dict):
        found = found | {"finding": TRIMMED | found["finding"]}
    return f"{misfit(found, Draft202012Validator(form)):.120}"


def deviations_toml(result: RunResult, earlier: Iterable[Deviation]) -> str:
    """Return the list for all broken clauses of a run, each with its witness.

    Reasons, links and dates of earlier entries stay, and so do the entries about
    implementations that were not judged.
    """
    kept = {(one.implementation, one.clause): one for one in earlier}
    judged = {one.name for one in result.implementations}
    entries = [entry for one in result.implementations for entry in _broken(one, result, kept)]
    entries += [one for one in kept.values() if one.implementation not in judged]
    head = "# Clauses that these implementations are known to break. Give each its reason."
    return "\n\n".join([head, *map(_written, entries)]) + "\n"


def _broken(
    one: ImplementationResult, run: RunResult, kept: Mapping[tuple[str, str], Deviation]
) -> Iterable[Deviation]:
    """Yield an entry for each broken clause of an implementation."""
    found = {each["clause"]: each for each in _findings(one)}
    for name, judged in one.clauses.items():
        if judged.verdict not in BROKEN:
            continue
        finding = found.get(name)
        note = finding["note"] if finding else ""
        known = kept.get((one.name, name))
        witness = {"finding": finding, "tier": run.tier, "seed": run.seed} if finding else None
        yield Deviation(
            implementation=one.name,
            clause=name,
            reason=known.reason if known else f"not examined yet: {note or judged.verdict}",
            link=known.link if known else "",
            expires=known.expires if known else None,
            witness=witness,
        )


def _findings(one: ImplementationResult) -> list[Json]:
    """Return the findings of an implementation as a witness keeps them."""
    values = one.to_json()
    whole = (*values["findings"], *values["covered"])
    return [{name: it for name, it in each.items() if name not in TRIMMED} for each in whole]


def _written(one: Deviation) -> str:
    lines = [
        "[[deviation]]",
        f"implementation = {_basic(one.implementation)}",
        f"clause = {_basic(one.clause)}",
        f"reason = {_basic(one.reason)}",
    ]
    lines += [f"link = {_basic(one.link)}"] if one.link else []
    lines += [f"expires = {one.expires}"] if one.expires else []
    lines += [f"witness = {_basic(json.dumps(one.witness))}"] if one.witness else []
    return "\n".join(lines)


def _basic(text: str) -> str:
    """Return a text as a TOML basic string, whose escapes are a subset of JSON's."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(shown, ensure_ascii=False).replace("\x7f", "\\u007f")
