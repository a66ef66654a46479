"""The forms a result is written in, by the option that asks for each: functions of its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from conformance.verdict import Json


def render_json(run: Json) -> str:
    """Return a result as the text of a result file."""
    return json.dumps(run, indent=1, allow_nan=False) + "\n"


def _html(run: Json) -> str:
    from conformance.report.page import render_page

    return render_page(run)


def _markdown(run: Json) -> str:
    from conformance.report.markdown import render_markdown

    return render_markdown(run)


def _junit(run: Json) -> str:
    from conformance.report.junit import render_junit

    return render_junit(run)


def _badge(run: Json) -> str:
    from conformance.report.badge import render_badge

    return render_badge(run)


def _badge_svg(run: Json) -> str:
    from conformance.report.badge import render_badge_svg

    return render_badge_svg(run)


FORMS: Mapping[str, Callable[[Json], str]] = MappingProxyType(
    {
        "json": render_json,
        "html": _html,
        "markdown": _markdown,
        "junit": _junit,
        "badge": _badge,
        "badge_svg": _badge_svg,
    }
)
FILES: Mapping[str, str] = MappingProxyType(
    {
        "json": "report.json",
        "html": "report.html",
        "markdown": "report.md",
        "junit": "junit.xml",
        "badge": "badge.json",
        "badge_svg": "badge.svg",
    }
)
"""What each form is called in a folder that holds all of them."""
