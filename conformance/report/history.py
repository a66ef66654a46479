"""The course of implementations over many results, as one HTML page with small charts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from conformance.report.chronicle import ABSENT, Course, spans
from conformance.report.page import anchor_of, environment, policy, text_of
from conformance.verdict import WORST_FIRST

if TYPE_CHECKING:
    from jinja2 import Template

WIDTH, HEIGHT = 720, 60
"""Pixels of a chart."""
LINE = 16
HEIGHTS = {"fail": 16, "crash": 16, "hang": 16, "not run": 10, "pass": 5, "unclaimed": 2, ABSENT: 0}
"""Pixels of a strip, so that verdicts differ in more than colour."""
STEPS = 100
"""The most steps of one implementation that are written out; the latest are."""
STRIPS = 150
"""The most clauses of one implementation that have a strip."""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of a chart that has one meaning."""

    x: float
    y: float
    width: float
    height: float
    verdict: str
    title: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The verdicts on one clause, point by point."""

    clause: str
    said: str
    """The same in words."""
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One implementation: a chart of counts, and a strip for each clause that changed."""

    anchor: str
    course: Course
    counts: tuple[Band, ...]
    strips: tuple[Strip, ...]
    more_strips: int
    more_steps: int


def render_history(courses: list[Course], results: int) -> str:
    """Return the courses of implementations over this many results as one HTML page.

    The page loads nothing and has no script; all text is escaped.
    """
    style = text_of("page.css") + text_of("history.css")
    return _template().render(
        charts=[_chart(course) for course in courses],
        results=results,
        style=style,
        policy=policy(style, ""),
        verdicts=[word.value for word in WORST_FIRST],
        width=WIDTH,
        height=HEIGHT,
        line=LINE,
        heights=HEIGHTS,
        steps=STEPS,
    )


@cache
def _template() -> Template:
    return environment().get_template("history.html.j2")


def _chart(course: Course) -> Chart:
    changed = list(course.changed)
    return Chart(
        anchor=f"of-{anchor_of(course.name)}",
        course=course,
        counts=tuple(_counts(course)),
        strips=tuple(_strip(name, course.changed[name]) for name in changed[:STRIPS]),
        more_strips=max(0, len(changed) - STRIPS),
        more_steps=max(0, len(course.steps) - STEPS),
    )


def _counts(course: Course) -> list[Band]:
    """Return what is broken, not judged and kept at each point, one above the other."""
    told = [(point.broken, point.other, point.passing) for point in course.points]
    step = WIDTH / max(1, len(told))
    bands = []
    for first, length, numbers in _stretches(told):
        y = 0.0
        for number, verdict in zip(numbers, ("fail", "unclaimed", "pass"), strict=True):
            height = round(HEIGHT * number / max(1, sum(numbers)), 2)
            title = f"{_points(first, length)}: {number} {WORDS[verdict]}"
            if height:
                x, width = round(first * step, 2), round(length * step, 2)
                bands.append(Band(x, round(y, 2), width, height, verdict, title))
            y += height
    return bands


WORDS = {"fail": "broken", "unclaimed": "not judged", "pass": "kept"}


def _stretches(told: list[tuple[int, int, int]]) -> list[tuple[int, int, tuple[int, int, int]]]:
    known = {str(numbers): numbers for numbers in told}
    return [(first, length, known[word]) for first, length, word in spans(map(str, told))]


def _strip(clause: str, verdicts: tuple[str, ...]) -> Strip:
    step = WIDTH / len(verdicts)
    stretches = spans(verdicts)
    bands = [
        Band(
            round(first * step, 2),
            LINE - HEIGHTS[verdict],
            round(length * step, 2),
            HEIGHTS[verdict],
            verdict.replace(" ", "-"),
            f"{_points(first, length)}: {verdict}",
        )
        for first, length, verdict in stretches
    ]
    said = ", ".join(f"{_points(first, length)} {word}" for first, length, word in stretches)
    return Strip(clause, said, tuple(bands))


def _points(first: int, length: int) -> str:
    return f"{first + 1}" if length == 1 else f"{first + 1} to {first + length}"
