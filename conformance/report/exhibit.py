"""Findings made ready for a page: clean text, drawn arrays, and no more than there is room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.report import claims, digest, picture, planes, standings, untrusted
from conformance.verdict import Json

ROOM = 450_000
"""How many characters all findings that are shown in full may take."""
SCRIPT = 20_000
"""The most characters of a script that are shown."""
_PUBLIC = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+")
_FRAME = 1_500
_PER_ELEMENT = 16
_PER_CELL = 150
_LIMITS = planes.Limits(planes=4, rows=12, columns=16)


@dataclass(frozen=True, slots=True)
class Side:
    """An argument, or what was expected or got."""

    name: str
    text: str
    drawing: planes.Picture | None
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Likeness:
    """A known bug that answers the same."""

    bug: str
    title: str
    citation: str
    url: str
    """Where it was met; empty where that is no public address."""
    cases: str


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
    drawing: picture.Drawing | None
    likenesses: tuple[Likeness, ...]
    also: tuple[str, ...]
    script: str
    no_script: str
    standing: str
    """How it stands to what is declared: violates or undocumented; empty where that is unknown."""
    through: str
    """The clause whose finding has the same cause and is shown first; may be empty."""


def in_full(run: Json, one: Json, findings: list[Json], anchor: str, room: int) -> list[Exhibit]:
    """Return the findings of an implementation that fit into the room, and always the first."""
    clauses = {clause["name"]: clause for clause in digest.clauses_of(run)}
    through = {name: one["clause"] for one in findings for name in one["also"]}
    shown: list[Exhibit] = []
    for finding in findings:
        made = _finding(finding, clauses, anchor, one)
        made = replace(made, through=untrusted.line(through.get(finding["clause"], "")))
        room -= _size(made)
        if room < 0 and shown:
            break
        shown.append(made)
    return shown


def by_cause(shown: Sequence[Exhibit]) -> list[Exhibit]:
    """Return what is shown with each finding right below the one whose cause it has."""
    leaders = {one.clause["name"] for one in shown if not one.through}

    def leads(one: Exhibit) -> bool:
        return one.through not in leaders

    return [
        each
        for one in shown
        if leads(one)
        for each in (one, *(other for other in shown if other.through == one.clause["name"]))
    ]


def _size(shown: Exhibit) -> int:
    sides = (*shown.arguments, shown.expected, shown.got)
    drawn = [plane for side in sides if side.drawing for plane in side.drawing.planes]
    elements = sum(len(row) for plane in drawn for row in plane.rows)
    words = [shown.call, *(side.text for side in sides), *(text for _, text in shown.told)]
    words += [shown.script, *shown.also]
    drawn_cells = len(shown.drawing.cells) + len(shown.drawing.frames) if shown.drawing else 0
    return _FRAME + _PER_ELEMENT * elements + _PER_CELL * drawn_cells + sum(map(len, words))


def _finding(finding: Json, clauses: dict[str, Json], anchor: str, of: Json) -> Exhibit:
    expected, got = finding["expected"], finding["got"]
    marked = planes.differing(expected["data"], got["data"]) or []
    unknown = {"name": finding["clause"], "sentence": finding["sentence"], "level": ""}
    told = (
        ("Differs", planes.comparison(expected["data"], got["data"])),
        ("Who claims it", "\n".join(claims.told(finding))),
        ("Note", finding["note"]),
        ("Standing", standings.stands(of, finding["clause"])),
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
        drawing=picture.draw(finding, of["dialect"]),
        likenesses=tuple(_likeness(one) for one in finding["behaves_like"]),
        also=tuple(untrusted.line(name, untrusted.NAME) for name in finding["also"]),
        script=untrusted.passage(finding["script"], SCRIPT),
        no_script=untrusted.line(finding["no_script"]),
        standing=standings.kind(of, finding["clause"]),
        through="",
    )


def _likeness(one: Json) -> Likeness:
    return Likeness(
        bug=untrusted.line(one["bug"], untrusted.NAME),
        title=untrusted.line(one["title"]),
        citation=untrusted.line(one["citation"], untrusted.NAME),
        url=one["url"] if _PUBLIC.fullmatch(one["url"]) else "",
        cases=f"{one['agreeing']:,} of {one['failing']:,} failing cases",
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
