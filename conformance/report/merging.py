"""Results of several runs put together: shards, machines, environments; or a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.report.untrusted import NAME, line
from conformance.verdict import Json

SHARED = ("format", "poolproof", "case_set", "tier", "seed")
"""What results have to agree on, beside the specification, to be put together."""
OF_A_RUN = ("started", "seconds", "workers", "environment")
TIMES = frozenset({"seconds"})
"""What two accounts of the same thing may differ in."""
ADDED = frozenset({"standing", "sources", "undocumented"})
"""What results of earlier versions lack; of two accounts, one may lack it."""


class MergeError(Exception):
    """Two results do not belong together; the message is one line that names both files."""


def merged(results: Mapping[str, Json]) -> Json:
    """Return results, by the name of their file, as one; a single one is returned as it is.

    Raises:
        MergeError: they were judged by other rules or on other cases, or one implementation
            has two accounts that differ.
    """
    names = list(results)
    first = results[names[0]]
    if len(names) == 1:
        return first
    for name in names[1:]:
        _require_alike(names[0], first, name, results[name])
    runs = _unique([run for one in results.values() for run in runs_of(one)])
    judged = _implementations(results)
    return first | {
        "started": min(run["started"] for run in runs),
        "seconds": round(sum(run["seconds"] for run in runs), 3),
        "workers": max(run["workers"] for run in runs),
        "environment": _common([run["environment"] for run in runs]),
        "not_installed": {
            name: how
            for one in results.values()
            for name, how in one["not_installed"].items()
            if name not in judged
        },
        "implementations": list(judged.values()),
        "runs": sorted(runs, key=lambda run: str(run["started"])),
    }


def runs_of(result: Json) -> list[Json]:
    """Return the runs of a result, each with what it judged."""
    judged = [one["name"] for one in result["implementations"]]
    alone = {name: result[name] for name in OF_A_RUN} | {"implementations": judged}
    found: list[Json] = result.get("runs", [alone])
    return found


def only(result: Json, names: Sequence[str]) -> Json:
    """Return a result with these implementations alone, in the order of the result."""
    kept = [one for one in result["implementations"] if one["name"] in names]
    chosen = result | {"implementations": kept}
    if "runs" in result:
        shares = [
            run | {"implementations": [name for name in run["implementations"] if name in names]}
            for run in result["runs"]
        ]
        chosen["runs"] = [run for run in shares if run["implementations"]]
    return chosen


def _require_alike(first: str, one: Json, second: str, other: Json) -> None:
    for part in SHARED:
        if one[part] != other[part]:
            raise _refusal(second, f"its {_word(part)} is {other[part]}, {one[part]} in", first)
    versions = [side["specification"]["version"] for side in (one, other)]
    if versions[0] != versions[1]:
        raise _refusal(second, f"its specification is {versions[1]}, {versions[0]} in", first)
    clauses = [side["specification"]["clauses"] for side in (one, other)]
    if clauses[0] != clauses[1]:
        raise _refusal(second, "the clauses of its specification are not those of", first)


def _implementations(results: Mapping[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    origin: dict[str, str] = {}
    for file, result in results.items():
        for one in result["implementations"]:
            name = one["name"]
            place = next(_differing(found[name], one), None) if name in found else None
            if place is not None:
                said = f"{line(name, NAME)} has another {place} than in"
                hint = "; judge one of them as NAME=..., or compare them with poolproof diff"
                raise _refusal(file, said, origin[name], hint)
            found.setdefault(name, one)
            origin.setdefault(name, file)
    return found


def _differing(one: Any, other: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield the places where two accounts differ; times may."""
    if isinstance(one, dict) and isinstance(other, dict):
        lacking = ADDED - (one.keys() & other.keys())
        for name in sorted({*one, *other} - TIMES - lacking):
            yield from _differing(one.get(name), other.get(name), f"{place} {name}".lstrip())
    elif one != other:
        yield place


def _unique(runs: Sequence[Json]) -> list[Json]:
    return [run for number, run in enumerate(runs) if run not in runs[:number]]


def _common(environments: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return what all environments say alike."""
    return {
        name: value
        for name, value in environments[0].items()
        if all(other.get(name) == value for other in environments)
    }


def _word(part: str) -> str:
    return {"poolproof": "version of Poolproof"}.get(part, part.replace("_", " "))


def _refusal(file: str, said: str, other: str, hint: str = "") -> MergeError:
    text = f"{line(file)} does not belong with the others: {said} {line(other)}{hint}"
    return MergeError(line(text, 1000))
