"""A run in the terminal."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from rich.console import Console

from conformance.clauses import clauses
from conformance.report import terminal
from conformance.verdict import Json, Verdict
from tests.report_sample import (
    CONTROL,
    CORE,
    EXTENDED,
    MARKUP,
    as_read,
    failing,
    finding,
    implementation,
    printed,
    run,
    sample,
    verdicts,
)


@pytest.fixture(scope="module")
def read() -> Json:
    return as_read(sample())


@pytest.mark.parametrize("width", [30, 80, 120, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_the_terminal_takes_any_width_and_encoding(read: Json, width: int, encoding: str) -> None:
    text = printed(read, width, encoding)
    assert not CONTROL.search(text)
    assert "FAIL pad.never-wins" in text
    if width >= 80:
        lines = [line for line in text.splitlines() if "poolproof reproduce" not in line]
        assert max(map(len, lines)) <= width


def test_no_verdict_is_told_by_colour_alone(read: Json) -> None:
    coloured = printed(read, force_terminal=True, no_color=False)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert bare != coloured
    assert [line.rstrip() for line in bare.splitlines()] == [
        line.rstrip() for line in printed(read).splitlines()
    ]


def test_the_terminal_counts_by_group(read: Json) -> None:
    text = printed(read, 120)
    table = text[: text.index("FAIL ")]
    row = next(line for line in table.splitlines() if line.startswith("strided-window"))
    broken = {one.clause for one in failing().findings} | {"grad.sparse"}
    judged = [one for one in clauses().values() if one.name != "type.bfloat16"]
    counted = Counter(one.group for one in judged)
    lost = Counter(one.group for one in judged if one.name in broken)
    assert re.findall(r"\d+/\d+", row) == [f"{n - lost[g]}/{n}" for g, n in counted.items()]
    assert row.count("✗") == len(lost)
    assert row.split()[-3:] == ["none", "FAILS", "3.1"]
    assert "?7" in table


def test_the_summary_says_levels_and_what_is_left_out(read: Json) -> None:
    text = printed(read)
    summary = {line.split("  ")[0]: line.split() for line in text.splitlines()[-7:-1]}
    assert summary["im2col"][1:] == (
        f"core {CORE}/{CORE} extended {EXTENDED}/{EXTENDED} CONFORMS 2.1 s".split()
    )
    assert summary["strided-window"][-3:] == ["FAILS", "3.1", "s"]
    assert "not installed  torch, torch-channels-last: pip install 'poolproof[torch]'" in text
    assert f"reshape: {EXTENDED}, all refused cleanly" in text
    assert "native/kernels.so:pool: 10 (type.integers, type.minimum, type.bool and 7 more)" in text
    assert text.endswith("2 of 6 implementations conform, 71.8 s\n")


def test_a_finding_is_printed_with_its_next_step(read: Json) -> None:
    text = printed(read)
    start = text.index("FAIL pad.never-wins")
    also = "grad.sparse, index.in-window"
    assert text[start : text.index("\n\n", start)].splitlines() == [
        "FAIL pad.never-wins   A padded position never supplies the maximum.",
        "  in        strided-window: 41 of 417 cases, here axes/0041",
        "  call      kernel_size (2, 1)  stride (1, 1)  padding ((1, 0), (0, 0))  dilation (1, 1)",
        "  x         float32 (1, 1, 1, 1)",
        "            [[-1]]",
        "  expected  float32 (1, 1, 2, 1)",
        "            [[>-1<]",
        "             [ -1 ]]",
        "  got       float32 (1, 1, 2, 1)",
        "            [[ >0<]",
        "             [ -1 ]]",
        "  differ    1 of 2 elements",
        "            at [0, 0, 0, 0] expected -1, got 0",
        "  note      the padded position won",
        f"  also      breaks 2 other clauses through the same cause: {also}",
        "  again     poolproof reproduce strided-window/pad.never-wins",
        "  why       poolproof explain pad.never-wins",
    ]


def test_findings_beyond_the_limit_are_listed_by_name(read: Json) -> None:
    raw = io.StringIO()
    terminal.show_findings(read, Console(file=raw, width=100), full=2)
    text = raw.getvalue()
    assert text.count("in        strided-window") == 2
    start = text.index("strided-window: 4 more causes, in brief\n")
    assert text[start:].splitlines()[1:5] == [
        "  shape.floor: shape (1, 1, 3, 2)",
        "  type.bool: the padded position won",
        "  index.large: int64 (1, 1, 20, 30)",
        "  error.stride: the padded position won",
    ]


def test_markup_and_escapes_in_a_name_are_text(read: Json) -> None:
    text = printed(read, force_terminal=True)
    assert MARKUP in text
    assert "\x1b[2J" not in text
    assert "\x1b]8" not in text
    assert r"\x1b[2J\x1b[31mIndexError" in text
    assert "more characters)" in " ".join(text.split())
    assert "poolproof reproduce '<script>alert(1)</script>/result.type'" in text


def test_a_multi_line_message_keeps_its_lines() -> None:
    got = {"text": "ValueError: first\n  second", "data": None}
    broken = finding("m", "value.maximum", got=got)
    results = verdicts({"value.maximum": Verdict.FAIL})
    text = printed(as_read(run(implementation("m", results, (broken,)))))
    assert "  got       ValueError: first\n              second\n" in text


def test_a_scalar_and_an_empty_array_are_printed() -> None:
    sides = {"expected": {"text": "0-d", "data": -1.0}, "got": {"text": "empty", "data": [[]]}}
    broken = finding("m", "value.maximum", **sides)
    results = verdicts({"value.maximum": Verdict.FAIL})
    text = printed(as_read(run(implementation("m", results, (broken,)))))
    assert "  expected  0-d\n            -1\n" in text
    assert "  got       empty\n            [] (no elements)\n" in text
    assert "  differ    shape () was expected, got (1, 0)\n" in text
