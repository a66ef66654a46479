"""Findings made ready for a page: clean text, drawn arrays, and no more than there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.report import digest, planes, untrusted
from conformance.verdict import Json

ROOM = 450_000
"""How many characters all findings that are shown in full may take."""
_FRAME = 1_500
_PER_ELEMENT = 16
_LIMITS = planes.Limits(planes=4, rows=12, columns=16)


@dataclass(frozen=True, slots=True)
class Side:
    """An argument, or what was expected or got."""

    name: str
    text: str
    drawing: planes.Picture | None
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One finding as the page shows it in full."""

    anchor: str
    verdict: str
    clause: Json
    call: str
    where: str
    arguments: tuple[Side, ...]
    expected: Side
    got: Side
    told: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]


def in_full(run: Json, findings: list[Json], anchor: str, room: int) -> list[Exhibit]:
    """Return the findings that fit into the room, and always the first."""
    clauses = {clause["name"]: clause for clause in digest.clauses_of(run)}
    shown: list[Exhibit] = []
    for finding in findings:
        one = _finding(finding, clauses, anchor)
        room -= _size(one)
        if room < 0 and shown:
            break
        shown.append(one)
    return shown


def _size(shown: Exhibit) -> int:
    sides = (*shown.arguments, shown.expected, shown.got)
    drawn = [plane for side in sides if side.drawing for plane in side.drawing.planes]
    elements = sum(len(row) for plane in drawn for row in plane.rows)
    words = [shown.call, *(side.text for side in sides), *(text for _, text in shown.told)]
    return _FRAME + _PER_ELEMENT * elements + sum(map(len, words))


def _finding(finding: Json, clauses: dict[str, Json], anchor: str) -> Exhibit:
    expected, got = finding["expected"], finding["got"]
    marked = planes.differing(expected["data"], got["data"]) or []
    unknown = {"name": finding["clause"], "sentence": finding["sentence"], "level": ""}
    also = ", ".join(finding["also"])
    told = (
        ("Differs", planes.comparison(expected["data"], got["data"])),
        ("Note", finding["note"]),
        ("Also broken on this case, in the same way", also),
        ("Behaves like", finding.get("behaves_like", "")),
        ("Script", finding.get("script", "")),
    )
    return Exhibit(
        anchor=f"{anchor}--{finding['clause']}",
        verdict=finding["verdict"],
        clause=clauses.get(finding["clause"], unknown | {"why": "", "differs": ""}),
        call=untrusted.passage(finding["call"]),
        where=untrusted.line(f"Shown by {digest.fraction(finding)}; this is {finding['case']}"),
        arguments=tuple(_argument(argument) for argument in finding["arguments"]),
        expected=_side("Expected", expected, marked),
        got=_side("Got", got, marked),
        told=tuple((name, untrusted.passage(text)) for name, text in told if text),
        commands=(
            untrusted.line(digest.reproduce(finding)),
            untrusted.line(f"poolproof explain {finding['clause']}"),
        ),
    )


def _argument(argument: Json) -> Side:
    data = argument["data"]
    return Side(
        untrusted.line(argument["name"], untrusted.NAME),
        planes.kind(argument),
        planes.picture(data, [], _LIMITS),
        too_large=data is None,
    )


def _side(name: str, side: Json, marked: list[planes.Index]) -> Side:
    text = untrusted.passage(side["text"])
    return Side(name, text, planes.picture(side["data"], marked, _LIMITS))
