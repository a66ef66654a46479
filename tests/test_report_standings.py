"""Every report tells what is undocumented from what violates a declaration."""

from __future__ import annotations

import re

import jsonschema
import pytest

from conformance import standing
from conformance.report import digest, standings
from conformance.report.markdown import render_markdown
from conformance.report.merging import MergeError, merged
from conformance.report.page import render_page
from conformance.report.reading import schema
from conformance.verdict import Json
from tests.report_sample import as_read, implementation, printed, run, silent, verdicts

SEEN = "inconsistent (it changes with the number of channels)"
SAYS = f"undocumented: nan observed to be {SEEN}"
DECLARED = "pad-limit = none; differs from the default but says so in 1 clause that it keeps"


@pytest.fixture
def read() -> Json:
    return as_read(run(silent(), implementation("im2col", verdicts({}))))


@pytest.fixture
def older(read: Json) -> Json:
    """Return the same result as an earlier version wrote it."""
    for one in read["implementations"]:
        del one["sources"], one["undocumented"]
        for result in one["clauses"].values():
            result.pop("standing", None)
    return read


def cell(page: str, clause: str) -> str:
    """Return the tag and the words of a cell of the first implementation."""
    row = page.split(f'<tr data-clause="{clause}"')[1]
    found = re.search(r"<td[^>]*>(<a [^>]*>[^<]*</a>)", row)
    assert found
    return found[0]


def test_the_schema_knows_standings(read: Json) -> None:
    jsonschema.validate(read, schema())


def test_the_sentence_tells_them_apart(read: Json, older: Json) -> None:
    quiet = as_read(run(silent()))["implementations"][0]
    assert digest.sentence(read, quiet).endswith(
        "by; beware of shape.floor; 2 are undocumented (nan: inconsistent)."
    )
    del quiet["clauses"]["shape.floor"]["standing"]
    quiet["clauses"]["shape.floor"]["verdict"] = "pass"
    assert "by; all are undocumented (nan: inconsistent)." in digest.sentence(read, quiet)
    old = digest.sentence(older, older["implementations"][0])
    assert old.endswith("beware of nan.propagates, nan.anywhere and shape.floor.")


def test_the_terminal_has_a_line_for_it(read: Json) -> None:
    text = printed(read, 120)
    assert f"  standing  {SAYS}\n" in text
    assert f"  standing  {standing.UNEXPLAINED}\n" in text


def test_who_declares_and_documents_nothing_gets_no_line_more(read: Json) -> None:
    (one, _) = read["implementations"]
    one["clauses"]["shape.floor"]["standing"]["text"] = standing.PLAIN
    assert standings.stands(one, "shape.floor") == standing.PLAIN
    assert standings.stands(one | {"dialect": {}}, "shape.floor") == standing.PLAIN
    assert standings.stands(one | {"sources": {}}, "shape.floor") == standing.PLAIN
    nothing = one | {"dialect": {}, "sources": {}}
    assert standings.stands(nothing, "shape.floor") == ""
    assert standings.stands(nothing, "nan.anywhere") == SAYS
    text = printed(read | {"implementations": [nothing]}, 120)
    assert "no difference is declared" not in text


def test_the_terminal_says_who_declares_and_who_is_silent(read: Json) -> None:
    declared = f"  declares       quiet: {DECLARED}\n"
    silent = "  undocumented   quiet: 2 of 3 clauses that it breaks (nan: inconsistent)\n"
    text = printed(read, 120)
    assert f"{declared}  declares       im2col: nan = ignore\n{silent}\n" in text
    nothing = [one | {"dialect": {}} for one in read["implementations"][1:]]
    assert "declares" not in printed(read | {"implementations": nothing}, 120)


def test_the_summary_counts_and_names_them(read: Json) -> None:
    text = render_markdown(read)
    assert "| broken | undocumented | not run |" in text
    assert re.search(r"\*\*FAILS\*\* \| quiet \|.*\| 3 \| 2 \| 0 \| 0 \|", text)
    assert "| fail, undocumented | nan.propagates |" in text
    assert "| fail | shape.floor |" in text
    assert f"Undocumented, and observed: nan is {SEEN}." in text
    assert f"\n\n- quiet declares {DECLARED}\n- im2col declares nan = ignore\n\n" in text


def test_the_page_has_a_word_and_a_sign_for_it(read: Json) -> None:
    page = render_page(read)
    assert ' class="fail" data-standing="undocumented"' in cell(page, "nan.propagates")
    assert ">fail, undocumented</a>" in cell(page, "nan.propagates")
    assert ">fail</a>" in cell(page, "shape.floor")
    declared = cell(page, "error.padding-limit")
    assert ">pass, declared</a>" in declared
    assert "differs from the default but says so: pad-limit = none" in declared
    assert ">pass</a>" in cell(page, "value.maximum")
    assert f'<dt>Standing</dt><dd class="said">{SAYS}</dd>' in page
    assert "of these undocumented: 2" in page
    assert "of these in a declared dialect: 1" in page
    assert "pad-limit, ceil: the page of the layer" in page
    assert f"nan, observed to be {SEEN}; ties" in page


def test_what_cannot_be_told_is_not_observed_to_be_that(read: Json) -> None:
    read["implementations"][0]["undocumented"] = {"ties": "cannot be told", "nan": "ignore"}
    said = "nan, observed to be ignore"
    assert f"ties, which cannot be told; {said}" in render_page(read)
    told = "Undocumented, and observed: ties cannot be told; nan is ignore."
    assert told in render_markdown(read)


def test_an_older_result_is_shown_as_before(older: Json) -> None:
    jsonschema.validate(older, schema())
    page, text = render_page(older), printed(older, 120)
    assert "filter-standing" not in page
    assert "data-standing" not in page.split("<main>")[1].split("</main>")[0]
    assert "  standing " not in text
    assert standings.totals(older) == {}
    assert "undocumented" not in render_markdown(older).replace("| undocumented |", "")


def test_one_of_two_accounts_may_be_of_an_earlier_version(read: Json) -> None:
    old = as_read(run(implementation("im2col", verdicts({}))))
    del old["implementations"][0]["sources"], old["implementations"][0]["undocumented"]
    assert len(merged({"new.json": read, "old.json": old})["implementations"]) == 2
    other = as_read(run(silent()))
    other["implementations"][0]["clauses"]["shape.floor"]["standing"]["text"] = "violates it"
    with pytest.raises(MergeError, match="standing text"):
        merged({"new.json": read, "other.json": other})
