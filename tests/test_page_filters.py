"""The page in a real browser: filters and order, links, and copying."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the page is not tried in a browser: playwright is not installed"
)

from playwright.sync_api import Browser, expect  # noqa: E402 - after the skip

from conformance.clauses import clauses  # noqa: E402
from tests.chromium import browser  # noqa: E402
from tests.opened_pages import (  # noqa: E402
    FAILING,
    SCRIPT,
    Opened,
    opening,
    reports,
    shown_clauses,
    shown_columns,
)

NATIVE = "native-kernels.so-pool-1b416550"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the page of a run of everything, and with that of a silent one."""
    folder = tmp_path_factory.mktemp("pages")
    reports(folder)
    return folder


@pytest.fixture
def opened(chromium: Browser, pages: Path) -> Iterator[Opened]:
    with opening(chromium, pages) as at:
        yield at


# Filters and order


def test_everything_is_shown_at_first(opened: Opened) -> None:
    page = opened()
    assert len(shown_clauses(page)) == len(clauses())
    assert len(shown_columns(page)) == 6
    every = f"{len(clauses())} of {len(clauses())} clauses, 6 of 6 implementations shown"
    expect(page.locator("#filter-count")).to_have_text(every)


def test_core_clauses_come_first_in_each_group(opened: Opened) -> None:
    levels = opened().evaluate(
        "[...document.querySelectorAll('.matrix tbody')].map(group => "
        "[...group.querySelectorAll('tr[data-clause]')].map(row => row.dataset.level))"
    )
    assert all(group == sorted(group) for group in levels)


@pytest.mark.parametrize(
    ("control", "value", "fits"),
    [
        ("level", "extended", lambda one: one.level == "extended"),
        ("need", "overlap", lambda one: any("overlap" in need for need in one.needs)),
        ("need", "-", lambda one: not one.needs),
    ],
)
def test_clauses_are_filtered(
    opened: Opened, control: str, value: str, fits: Callable[[Any], bool]
) -> None:
    page = opened()
    page.select_option(f"#filter-{control}", value)
    wanted = {name for name, clause in clauses().items() if fits(clause)}
    assert set(shown_clauses(page)) == wanted
    assert 0 < len(wanted) < len(clauses())
    expect(page.locator("#filter-count")).to_contain_text(f"{len(wanted)} of {len(clauses())}")


def test_verdicts_are_filtered_in_what_is_shown(opened: Opened) -> None:
    page = opened()
    page.select_option("#filter-verdict", label="hang")
    assert shown_clauses(page) == ["error.dilation"]
    page.fill("#filter-name", "strided")
    assert shown_columns(page) == [FAILING]
    assert shown_clauses(page) == []
    page.select_option("#filter-verdict", index=1)
    assert "pad.never-wins" in shown_clauses(page)
    assert len(shown_clauses(page)) == 7


def test_clauses_are_filtered_by_how_they_stand(opened: Opened) -> None:
    page = opened(name="silent.html")
    page.select_option("#filter-standing", "undocumented")
    assert shown_clauses(page) == ["nan.propagates", "nan.anywhere"]
    assert page.locator("details.finding:visible").count() == 2
    page.select_option("#filter-standing", "declared")
    assert shown_clauses(page) == ["error.padding-limit"]
    page.select_option("#filter-verdict", "fail")
    assert shown_clauses(page) == []
    page.select_option("#filter-standing", "violates")
    assert shown_clauses(page) == ["shape.floor"]
    expect(opened().locator("#filter-standing")).to_have_count(0)


def test_a_cell_of_a_declared_dialect_says_so(opened: Opened) -> None:
    page = opened("#quiet--error.padding-limit", name="silent.html")
    expect(page.locator("#card")).to_contain_text(
        "It differs from the default but says so: pad-limit = none (the page of the layer)."
    )


def test_what_is_undocumented_has_a_sign_and_a_word_of_its_own(opened: Opened) -> None:
    page = opened(name="silent.html")
    signs = page.evaluate(
        """[...document.querySelectorAll('.matrix td[data-standing] a, .matrix td.pass a')].map(
            link => [link.textContent, getComputedStyle(link, '::before').content])"""
    )
    by_word = dict(signs)
    assert {"fail", "fail, undocumented", "pass", "pass, declared"} == by_word.keys()
    assert len(set(by_word.values())) == 4
    cell = page.get_by_role("link", name="fail, undocumented", exact=True)
    expect(cell).to_have_count(2)


def test_words_find_clauses_by_name_and_sentence(opened: Opened) -> None:
    page = opened()
    page.fill("#filter-clause", "PAD.never")
    assert shown_clauses(page) == ["pad.never-wins"]
    page.fill("#filter-clause", "A padded position never supplies")
    assert shown_clauses(page) == ["pad.never-wins"]
    assert page.locator(".matrix tbody:visible").count() == 1
    page.click("button[type=reset]")
    expect(page.locator("tr[data-clause]:visible")).to_have_count(len(clauses()))


def test_implementations_are_filtered_by_what_they_declare(opened: Opened) -> None:
    page = opened()
    page.select_option("#filter-dialect", "nan = ignore")
    assert len(shown_columns(page)) == 6
    page.select_option("#filter-dialect", "-")
    assert shown_columns(page) == []
    assert page.locator("article:visible").count() == 0


def test_rows_and_columns_are_sorted_and_put_back(opened: Opened) -> None:
    page = opened()
    rows, columns = shown_clauses(page), shown_columns(page)
    page.select_option("#filter-rows", "name")
    assert shown_clauses(page) == sorted(rows)
    page.select_option("#filter-columns", "name")
    assert shown_columns(page) == sorted(columns)
    page.select_option("#filter-rows", "broken")
    assert shown_clauses(page)[0] == "result.type"  # two of six break it
    name = page.locator("tr[data-clause='pad.never-wins'] td").nth(sorted(columns).index(FAILING))
    assert name.get_attribute("class") == "fail"
    page.select_option("#filter-rows", "")
    page.select_option("#filter-columns", "")
    assert (shown_clauses(page), shown_columns(page)) == (rows, columns)


# Links


def test_a_broken_cell_opens_its_finding(opened: Opened) -> None:
    page = opened()
    page.click(f"td.fail a[href='#{FAILING}--shape.floor']")
    finding = page.locator(f"[id='{FAILING}--shape.floor']")
    expect(finding).to_have_attribute("open", "")
    expect(finding.get_by_text("Who differs")).to_be_in_viewport()
    assert page.url.endswith(f"#{FAILING}--shape.floor")


def test_a_link_to_a_finding_opens_it(opened: Opened) -> None:
    page = opened(f"#{FAILING}--type.bool")
    expect(page.locator(f"[id='{FAILING}--type.bool'] .body")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("im2col--grad.ties", "im2col · grad.ties: pass|Judged on 417 cases."),
        ("reshape--ceil.overhang", "ceil.overhang: unclaimed|claims nothing beyond core."),
        (f"{NATIVE}--ties.first", "ties.first: not run|the worker was not started again."),
        (f"{FAILING}--grad.sparse", "strided-window · grad.sparse: fail|What is broken"),
    ],
)
def test_a_link_to_any_other_cell_tells_its_clause(opened: Opened, cell: str, said: str) -> None:
    page = opened(f"#{cell}")
    card = page.locator("#card")
    expect(card).to_be_visible()
    expect(page.locator(f"td[id='{cell}']")).to_be_in_viewport()
    for part in (*said.split("|"), clauses()[cell.rpartition("--")[2]].sentence.split("`")[0]):
        expect(card).to_contain_text(part)


@pytest.mark.parametrize("fragment", ["#%", "#nothing", "#card", "#filter", "#matrix"])
def test_a_link_to_something_else_disturbs_nothing(opened: Opened, fragment: str) -> None:
    page = opened(fragment)
    expect(page.locator("#filter-count")).to_contain_text(f"{len(clauses())} of")
    expect(page.locator("#card")).to_be_hidden()


def test_a_link_shows_what_a_filter_hides(opened: Opened) -> None:
    page = opened()
    page.fill("#filter-name", "reshape")
    page.evaluate(f"location.hash = '#{FAILING}--type.bool'")
    expect(page.locator(f"[id='{FAILING}--type.bool'] .body")).to_be_in_viewport()
    expect(page.locator("#filter-name")).to_have_value("")


# Copying


def test_the_script_and_the_commands_are_copied(opened: Opened) -> None:
    page = opened(f"#{FAILING}--pad.never-wins", permissions=["clipboard-read", "clipboard-write"])
    finding = page.locator(f"[id='{FAILING}--pad.never-wins']")
    finding.get_by_text("A script that shows it").click()
    finding.get_by_role("button", name="Copy the script").click()
    expect(finding.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == SCRIPT.rstrip("\n")
    finding.get_by_role("button", name="Copy", exact=True).first.click()
    expect(finding.get_by_role("button", name="Copied")).to_have_count(2)
    command = "poolproof reproduce strided-window/pad.never-wins"
    assert page.evaluate("navigator.clipboard.readText()") == command


def test_where_copying_is_not_allowed_the_text_is_selected(opened: Opened) -> None:
    page = opened(f"#{FAILING}--pad.never-wins")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error()) }")
    finding = page.locator(f"[id='{FAILING}--pad.never-wins']")
    finding.get_by_text("A script that shows it").click()
    finding.get_by_role("button", name="Copy the script").click()
    expect(finding.get_by_role("button", name=re.compile("Selected"))).to_be_visible()
    assert str(page.evaluate("getSelection().toString()")).strip() == SCRIPT.strip()
