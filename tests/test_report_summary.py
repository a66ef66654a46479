"""A run as a summary that fits into a comment, and as a badge."""

from __future__ import annotations

import json
import re

import pytest

from conformance.report.badge import render_badge, render_badge_svg
from conformance.report.markdown import INVISIBLE, render_markdown
from conformance.verdict import ImplementationResult, Json, Verdict
from tests.report_sample import (
    CONTROL,
    as_read,
    failing,
    hostile,
    implementation,
    parsed,
    run,
    sample,
    verdicts,
)
from tests.wide_sample import wide


@pytest.fixture
def read() -> Json:
    return as_read(sample())


def passing(name: str) -> ImplementationResult:
    return implementation(name, verdicts({}))


def test_the_summary_says_who_conforms_and_what_is_broken(read: Json) -> None:
    text = render_markdown(read)
    assert text.startswith("## Poolproof: 2 of 6 implementations conform\n")
    assert "| **CONFORMS** | im2col | extended | 45/45 | 35/35 | 0 | 0 | 0 |" in text
    assert "<summary>strided-window: what is broken (7)</summary>" in text
    row = "| fail | pad.never-wins | A padded position never supplies the maximum. |"
    assert f"{row} the padded position won |  |" in text
    assert "specification 1.0 · tier default · seed 0" in text
    assert "Not installed, so not judged: torch, torch-channels-last, onnxruntime." in text


def test_the_summary_fits_into_a_comment() -> None:
    text = render_markdown(wide(1))
    assert len(text) < 65_536
    assert "More is broken than fits here; the page has all of it." in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x>", r"&lt;img src=x>"),
        ("a|b`c`", r"a\|b\`c\`"),
        ("@everyone #1", f"@{INVISIBLE}everyone #{INVISIBLE}1"),
        ("www.evil.example https://evil", r"www\.evil.example https\://evil"),
        ("&lt;\x1b[2J\n# x", rf"&amp;lt;\\x1b\[2J\\n#{INVISIBLE} x"),
    ],
)
def test_hostile_text_stays_text_in_the_summary(name: str, shown: str) -> None:
    text = render_markdown(as_read(run(hostile(name))))
    assert f"| **FAILS** | {shown} |" in text
    assert not CONTROL.search(text)
    (summary,) = re.findall(r"<summary>(.*)</summary>", text)
    assert not re.search(r"[<>]|@(?!&#8203;)", summary)


@pytest.mark.parametrize(
    ("judged", "message", "colour"),
    [
        ((), "nothing judged", "lightgrey"),
        ((passing("a"),), "conforms, level extended", "brightgreen"),
        ((passing("a"), passing("b")), "2 of 2 conform", "brightgreen"),
        ((passing("a"), failing()), "1 of 2 conform", "red"),
        ((failing(),), "breaks 7 of 79 clauses", "red"),
        (
            (implementation("a", verdicts({"grad.ties": Verdict.NOT_RUN}, "why")),),
            "incomplete",
            "orange",
        ),
    ],
)
def test_a_badge(judged: tuple[ImplementationResult, ...], message: str, colour: str) -> None:
    result = as_read(run(*judged))
    badge = {"schemaVersion": 1, "label": "poolproof", "message": message, "color": colour}
    assert json.loads(render_badge(result)) == badge
    drawn = parsed(render_badge_svg(result))
    assert drawn.get("aria-label") == f"poolproof: {message}"
    assert "http" not in render_badge_svg(result).replace("http://www.w3.org/2000/svg", "")
