"""What all reports of a run agree on: the schema, the counts, arrays and untrusted text."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from importlib import resources
from typing import Any

import jsonschema
import pytest

from conformance.clauses import clauses
from conformance.report import digest, junit, page, planes, untrusted
from conformance.report.markdown import render_markdown
from conformance.standing import Kind, Part, Standing
from conformance.verdict import Json, Verdict
from tests.report_sample import (
    EXTENDED,
    HOSTILE,
    as_read,
    crashing,
    failing,
    hostile,
    implementation,
    parsed,
    printed,
    run,
    sample,
    verdicts,
)

SCHEMA: dict[str, Any] = json.loads(
    resources.files("conformance.report").joinpath("report.schema.json").read_text("utf-8")
)


LIKE: list[Json] = [
    {
        "bug": "zero-wins",
        "title": "Zero wins.",
        "citation": "owner/project#7",
        "url": "https://github.com/owner/project/issues/7",
        "agreeing": 41,
        "failing": 41,
    },
    {
        "bug": "own-zero",
        "title": "Another zero wins.",
        "citation": "",
        "url": "",
        "agreeing": 41,
        "failing": 41,
    },
]


@pytest.fixture(scope="module")
def read() -> Json:
    return as_read(sample())


def test_the_json_of_a_run_is_valid(read: Json) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(read, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("implementations", 0, "clauses", "pad.never-wins", "verdict"), "passed"),
        (("implementations", 0, "extra"), 1),
        (("implementations", 1, "findings", 0, "expected", "data"), [["nan"]]),
        (("implementations", 1, "findings", 0, "verdict"), "unclaimed"),
        (("implementations", 1, "findings", 0, "arguments", 0, "shape"), [-1]),
        (("implementations", 1, "level"), "full"),
        (("seed",), "0"),
    ],
)
def test_the_schema_refuses(read: Json, path: tuple[str | int, ...], value: object) -> None:
    broken = copy.deepcopy(read)
    at = broken
    for step in path[:-1]:
        at = at[step]  # type: ignore[index]
    at[path[-1]] = value  # type: ignore[index]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_the_schema_describes_every_field_of_a_run(read: Json) -> None:
    one = read["implementations"][1]
    described = SCHEMA["$defs"]
    assert set(SCHEMA["required"]) == set(read)
    added = {"sources", "undocumented"}  # results of earlier versions lack them
    assert set(described["implementation"]["required"]) | added == set(one)
    assert set(described["implementation"]["properties"]) == set(one) | {"known_deviations"}
    assert set(described["finding"]["required"]) == set(one["findings"][0])
    assert set(described["clause"]["required"]) == set(read["specification"]["clauses"][0])
    assert set(described["clause_result"]["required"]) == set(one["clauses"]["value.maximum"])
    assert set(described["clause_result"]["properties"]) == {
        *one["clauses"]["value.maximum"],
        "standing",
    }
    assert set(described["standing"]["properties"]) == {one.name for one in fields(Standing)}
    assert set(described["standing_part"]["properties"]) == {one.name for one in fields(Part)}
    assert described["standing"]["properties"]["kind"]["enum"] == [kind.value for kind in Kind]
    assert described["verdict"]["enum"] == [verdict.value for verdict in Verdict]


def test_the_worst_implementation_comes_first(read: Json) -> None:
    names = [one["name"] for one in digest.worst_first(read)]
    assert names[:2] == ["strided-window", "native/kernels.so:pool"]
    assert names[-2:] == ["reshape", "im2col"]


def test_one_sentence_says_what_to_rely_on_or_beware_of(read: Json) -> None:
    said = {one["name"]: digest.sentence(read, one) for one in read["implementations"]}
    assert said["im2col"].startswith("It conforms at level extended")
    assert f"{EXTENDED} are unclaimed" in said["reshape"]
    assert "pad.never-wins, nan.anywhere, shape.floor and 4 more" in said["strided-window"]
    assert "1 crash and 1 hang; beware of error.kernel" in said["native/kernels.so:pool"]
    assert "10 clauses were not run" in said["native/kernels.so:pool"]


def test_conforming_at_no_level_is_said() -> None:
    core = {name: Verdict.UNCLAIMED for name, one in clauses().items() if one.level == "core"}
    odd = as_read(run(implementation("odd", verdicts(core))))
    said = digest.sentence(odd, odd["implementations"][0])
    assert said.startswith(f"It keeps the {EXTENDED} clauses that its claims reach, but reaches no")


def test_a_clause_that_the_run_does_not_mention_was_not_run(read: Json) -> None:
    one = copy.deepcopy(read["implementations"][0])
    del one["clauses"]["value.maximum"]
    assert digest.verdict_of(one, "value.maximum") == Verdict.NOT_RUN


@pytest.mark.parametrize("usual", [Verdict.NOT_RUN, Verdict.UNCLAIMED])
def test_what_was_not_judged_never_looks_like_a_pass(usual: Verdict) -> None:
    silent = as_read(run(implementation("silent", verdicts({}, "why not", usual))))
    one = silent["implementations"][0]
    assert digest.standing(silent, one) == "INCOMPLETE"
    assert "not shown to conform" in digest.sentence(silent, one)
    text = printed(silent)
    assert "CONFORMS" not in text
    assert "0 of 1 implementation conforms," in text
    html = page.render_page(silent)
    assert 'class="pass"' not in html
    assert 'class="badge conforms"' not in html
    assert len(parsed(junit.render_junit(silent)).findall(".//skipped")) == len(clauses())


def test_a_broken_clause_without_a_finding_is_told() -> None:
    lost = as_read(run(implementation("lost", verdicts({"value.maximum": Verdict.CRASH}))))
    said = "roken by a call that ended a process in another check"
    assert f"lost: b{said}\n  value.maximum\n" in printed(lost)
    assert f"B{said}" in page.render_page(lost)


def test_a_diagnosis_and_a_script_are_shown_where_there_are_any(read: Json) -> None:
    told = copy.deepcopy(read)
    first = told["implementations"][1]["findings"][0]
    first |= {"behaves_like": LIKE, "script": "import numpy\nx = '<b>'\n"}
    jsonschema.validate(told, SCHEMA)
    text = printed(told, scripts={first["id"]: "out/a.py"})
    start = text.index("  like ")
    assert text[start : text.index("  again", start)].splitlines() == [
        "  like      zero-wins (owner/project#7): same answers on 41 of 41 failing cases",
        "              Zero wins.",
        "            or own-zero: same answers on 41 of 41 failing cases",
        "              Another zero wins.",
    ]
    assert "  script    out/a.py\n" in text
    html = page.render_page(told)
    assert "<dt>Behaves like <code>zero-wins</code></dt>" in html
    assert '<a href="https://github.com/owner/project/issues/7" rel="noreferrer">' in html
    assert "<dt>or like <code>own-zero</code></dt>" in html
    assert '<pre tabindex="0">import numpy\nx = &#39;&lt;b&gt;&#39;</pre>' in html


def test_only_an_address_of_a_public_report_becomes_a_link(read: Json) -> None:
    told = copy.deepcopy(read)
    odd = LIKE[0] | {"url": "javascript:alert(1)"}
    told["implementations"][1]["findings"][0]["behaves_like"] = [odd]
    html = page.render_page(told)
    assert "zero-wins" in html
    assert "javascript:" not in html


def test_why_there_is_no_script_is_said(read: Json) -> None:
    told = copy.deepcopy(read)
    told["implementations"][1]["findings"][0]["no_script"] = "it takes 90 calls"
    jsonschema.validate(told, SCHEMA)
    assert "No script: it takes 90 calls." in page.render_page(told)


def test_a_run_of_nothing_is_reported() -> None:
    empty = as_read(run())
    assert "nothing was judged" in printed(empty)
    assert "Nothing was judged." in page.render_page(empty)
    assert parsed(junit.render_junit(empty)).get("tests") == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.0, "-1"),
        (0.5, "0.5"),
        (True, "True"),
        (2**62, "4611686018427387904"),
        ("NaN", "NaN"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("-0.0", "-0"),
        (1e300, "1e+300"),
        ("\x1b[31m9", r"\x1b[31m9"),
    ],
)
def test_an_element_is_written(value: object, text: str) -> None:
    assert planes.token(value) == text


def test_nan_equals_nan_and_the_sign_of_zero_counts() -> None:
    assert planes.differing(["NaN", 0.0, 1], ["NaN", "-0.0", 1.0]) == [(1,)]
    assert planes.differing([True], [1]) == [(0,)]
    assert planes.differing([1], [[1]]) is None


def test_a_large_array_is_shown_around_what_differs() -> None:
    expected = [[[0] * 50 for _ in range(40)] for _ in range(9)]
    got = copy.deepcopy(expected)
    got[7][39][49] = 1
    marked = planes.differing(expected, got)
    assert marked == [(7, 39, 49)]
    drawing = planes.picture(got, marked, planes.Limits(planes=2, rows=3, columns=4))
    assert drawing is not None
    assert drawing.left_out == "7 of 9 planes are not shown"
    assert [plane.label.split(",")[0] for plane in drawing.planes] == ["[0]", "[7]"]
    assert drawing.planes[1].label == "[7], rows 37 to 39 of 40, columns 46 to 49 of 50"
    assert drawing.planes[1].rows[-1][-1] == planes.Entry("1", differs=True)


@pytest.mark.parametrize("data", [None, [[1, 2], [3]], [[[1, 2], [3, 4]], [5, 6]], {"a": 1}])
def test_what_is_no_array_is_not_drawn(data: object) -> None:
    assert planes.picture(data, [], planes.Limits(1, 1, 1)) is None
    assert planes.comparison(data, data) == ""


@pytest.mark.parametrize(("data", "rank"), [(3, 0), ([1, 2], 1), ([], 1), ([[], []], 2)])
def test_any_rank_is_drawn(data: object, rank: int) -> None:
    drawing = planes.picture(data, [], planes.Limits(2, 2, 2))
    assert drawing is not None
    assert drawing.rank == rank
    assert bool(drawing.planes) == bool(planes.shape_of(data) != (0,) and data != [[], []])


def test_a_comparison_names_the_places() -> None:
    said = planes.comparison([[1, 2], [3, 4]], [[1, 0], [3, "NaN"]])
    assert said == "2 of 4 elements\nat [0, 1] expected 2, got 0\nat [1, 1] expected 4, got NaN"
    assert planes.comparison([1], [1]).startswith("no element of 1")
    assert planes.comparison([1], [1, 2]) == "shape (1,) was expected, got (2,)"


def test_text_is_made_printable_and_what_was_cut_is_said() -> None:
    assert untrusted.line("a\x1b[2J\nb\ud800\u202e") == r"a\x1b[2J\nb\ud800\u202e"
    assert untrusted.passage("a\r\nb\tc\x00") == "a\nb    c\\x00"
    assert untrusted.line("x" * 1_010, 10) == f"{'x' * 10} ... (1,000 more characters)"


@pytest.mark.parametrize("as_tuples", [True, False])
def test_a_report_depends_on_the_json_alone(as_tuples: bool) -> None:  # noqa: FBT001
    result = run(failing(), crashing(), hostile(HOSTILE))
    values = result.to_json() if as_tuples else as_read(result)
    before = copy.deepcopy(values)
    first = page.render_page(values), junit.render_junit(values), printed(values)
    assert (page.render_page(values), junit.render_junit(values), printed(values)) == first
    assert values == before
    assert first == tuple(make(as_read(result)) for make in MAKERS)


MAKERS = (page.render_page, junit.render_junit, printed)


def test_known_deviations_are_told(read: Json) -> None:
    told = copy.deepcopy(read)
    known = {"clause": "pad.never-wins", "state": "known", "text": "It is broken, as listed."}
    told["implementations"][1]["known_deviations"] = [
        known | {"reason": HOSTILE, "link": "https://example.org/7", "expires": ""},
        known | {"state": "fixed", "reason": "", "link": "javascript:alert(1)", "expires": ""},
    ]
    jsonschema.validate(told, SCHEMA)
    html = page.render_page(told)
    assert "<b>known</b>: It is broken, as listed. Reason: &lt;script&gt;" in html
    assert '<a href="https://example.org/7" rel="noreferrer">' in html
    assert "<b>fixed</b>: It is broken, as listed.\n" in html
    assert "javascript:" not in html
    assert "| fail, known | pad.never-wins |" in render_markdown(told)
    assert "| fail | nan.anywhere |" in render_markdown(told)
