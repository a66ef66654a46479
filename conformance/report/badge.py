"""A run as a badge: the JSON that shields.io draws one from, and one drawn here."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from conformance.report import digest
from conformance.verdict import Json

if TYPE_CHECKING:
    from jinja2 import Template

LABEL = "poolproof"
COLOURS = {"brightgreen": "#3a7d0f", "red": "#b3151f", "orange": "#9a5a00", "lightgrey": "#595f66"}
"""Names that shields.io knows; each as dark as white letters on it ask for."""
LETTER = 6.6
"""Pixels of an average letter."""
MARGIN = 12


def render_badge(run: Json) -> str:
    """Return the JSON of a shields.io endpoint."""
    message, colour = said(run)
    badge = {"schemaVersion": 1, "label": LABEL, "message": message, "color": colour}
    return json.dumps(badge) + "\n"


def render_badge_svg(run: Json) -> str:
    """Return a badge as an SVG file that needs nothing else."""
    message, colour = said(run)
    left, right = (round(len(text) * LETTER) + MARGIN for text in (LABEL, message))
    return _template().render(
        label=LABEL, message=message, colour=COLOURS[colour], left=left, right=right, margin=MARGIN
    )


def said(run: Json) -> tuple[str, str]:
    """Return what a badge says of a run, and its colour."""
    every = run["implementations"]
    if not every:
        return "nothing judged", "lightgrey"
    standings = {digest.standing(run, one) for one in every}
    colour = "red" if "FAILS" in standings else "orange"
    if standings == {"CONFORMS"}:
        colour = "brightgreen"
    if len(every) > 1:
        number = sum(1 for one in every if one["conforms"])
        return f"{number} of {len(every)} conform", colour
    return _one(run, every[0]), colour


def _one(run: Json, one: Json) -> str:
    counts = digest.count(one, digest.clauses_of(run))
    broken = digest.count_broken(counts)
    if one["conforms"]:
        return f"conforms, level {one['level']}"
    return f"breaks {broken} of {counts['pass'] + broken} clauses" if broken else "incomplete"


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = resources.files("conformance.report").joinpath("badge.svg.j2").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
