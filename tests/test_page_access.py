"""The page in a real browser: keyboard, print, any screen, for everybody, and what is hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the page is not tried in a browser: playwright is not installed"
)

from playwright.sync_api import Browser, Page, expect  # noqa: E402 - after the skip

from conformance.clauses import clauses  # noqa: E402
from conformance.report.badge import render_badge_svg  # noqa: E402
from conformance.report.chronicle import chronicle  # noqa: E402
from conformance.report.history import render_history  # noqa: E402
from conformance.report.page import render_page  # noqa: E402
from conformance.verdict import Verdict  # noqa: E402
from tests.chromium import browser  # noqa: E402
from tests.opened_pages import (  # noqa: E402
    DESK,
    FAILING,
    PHONE,
    TABLET,
    Opened,
    opening,
    reports,
    shown_clauses,
    shown_columns,
)
from tests.report_sample import EXTENDED, HOSTILE, as_read, implementation, run, verdicts  # noqa: E402
from tests.wide_sample import CLAUSES, IMPLEMENTATIONS, versions, wide  # noqa: E402


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the page of a run of everything, and with a large one."""
    folder = tmp_path_factory.mktemp("pages")
    read = reports(folder)
    (folder / "wide.html").write_text(render_page(wide(10)), "utf-8")
    results = {f"{k}.json": one for k, one in enumerate(versions(20))} | {"sample.json": read}
    courses = chronicle(results)
    (folder / "history.html").write_text(render_history(courses, len(results)), "utf-8")
    (folder / "badge.svg").write_text(render_badge_svg(read), "utf-8")
    return folder


@pytest.fixture
def opened(chromium: Browser, pages: Path) -> Iterator[Opened]:
    with opening(chromium, pages) as at:
        yield at


def where(page: Page) -> str:
    """Return the fragment that the focused link leads to."""
    return str(page.evaluate("document.activeElement.hash || document.activeElement.tagName"))


# The keyboard


def test_the_matrix_is_one_stop_and_arrows_move_in_it(opened: Opened) -> None:
    page = opened()
    page.locator(".scroll").focus()
    page.keyboard.press("Tab")
    assert where(page) == "#clause-result.arrays"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert where(page) == f"#{FAILING}--result.type"
    page.keyboard.press("End")
    assert where(page) == "#im2col--result.type"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert where(page) == "#of-im2col"
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.matrix')")


def test_a_cell_is_opened_and_closed_by_keys(opened: Opened) -> None:
    page = opened()
    page.locator("a[href='#im2col--grad.ties']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_be_visible()
    expect(page.locator("#card h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    assert where(page) == "#im2col--grad.ties"


def test_a_focused_cell_is_not_behind_the_headings(opened: Opened) -> None:
    page = opened(name="wide.html")
    page.locator(".scroll").evaluate("one => one.scrollTo(9999, 9999)")
    page.locator("tr[data-clause]").nth(20).locator("a").nth(3).focus()
    page.keyboard.press("PageUp")
    free = """() => { const box = document.activeElement.getBoundingClientRect();
        return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
            .closest('a') === document.activeElement }"""
    assert page.evaluate(free)


# Other ways to look at it


def test_without_scripts_the_page_reads(opened: Opened) -> None:
    page = opened(java_script_enabled=False)
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator("tr[data-clause]:visible")).to_have_count(len(clauses()))
    expect(page.locator(f"[id='{FAILING}--type.bool']")).to_be_visible()
    page.click(f"td.fail a[href='#{FAILING}--type.bool']")
    expect(page.locator(f"[id='{FAILING}--type.bool'] summary")).to_be_in_viewport()
    expect(page.get_by_text(f"{EXTENDED} unclaimed, claims nothing beyond core")).to_be_attached()


def test_print_shows_what_is_closed_and_hides_what_is_clicked(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(f"[id='{FAILING}--type.bool'] .body")).to_be_visible()
    for hidden in ("nav", "#filter", "button", "#card"):
        assert page.locator(f"{hidden}:visible").count() == 0
    heads = page.locator(".matrix thead th").first
    assert heads.evaluate("one => getComputedStyle(one).position") == "static"
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("name", ["report.html", "silent.html", "wide.html", "history.html"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_nothing_but_the_matrix_is_wider_than_the_screen(
    opened: Opened, size: tuple[int, int], name: str
) -> None:
    page = opened(size=size, name=name)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("number", [2, 10, 38])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_names_that_begin_alike_are_told_apart_by_their_heads(
    opened: Opened, pages: Path, size: tuple[int, int], number: int
) -> None:
    results = verdicts({"grad.ties": Verdict.NOT_RUN}, "why")
    names = [f"onnxruntime-column-{k}" for k in range(number)]
    read = as_read(run(*(implementation(name, results) for name in names)))
    (pages / "alike.html").write_text(render_page(read), "utf-8")
    page = opened(size=size, name="alike.html")
    assert page.locator(".matrix thead b").all_text_contents() == ["INCOMPLETE"] * number
    cut = """[...document.querySelectorAll('.matrix thead span')].filter(one =>
        one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"""
    assert page.evaluate(f"{cut}.map(one => one.textContent)") == []


def test_the_heads_of_ten_lie_flat_where_there_is_room(opened: Opened, pages: Path) -> None:
    ten = [implementation(f"onnxruntime-column-{k}", verdicts({})) for k in range(10)]
    (pages / "ten.html").write_text(render_page(as_read(run(*ten))), "utf-8")
    for size, flat in ((DESK, True), (TABLET, False)):
        heads = opened(size=size, name="ten.html").locator(".matrix thead a")
        modes = heads.evaluate_all("all => all.map(one => getComputedStyle(one).writingMode)")
        assert set(modes) == {"horizontal-tb" if flat else "vertical-rl"}
        table = opened(size=size, name="ten.html").locator(".scroll")
        assert table.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_history_draws_every_verdict_at_its_own_height(opened: Opened) -> None:
    page = opened(name="history.html")
    heights = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.legend rect')].map(one => "
        "[one.getAttribute('class'), Math.round(one.getBoundingClientRect().height)]))"
    )
    assert heights["fail"] > heights["not-run"] > heights["pass"] > heights["unclaimed"] > 0
    strip = page.locator(".strips svg").first
    assert strip.bounding_box()["width"] > 400  # type: ignore[index]
    expect(strip).to_have_attribute("aria-label", re.compile(r"^1( to \d+)? fail, .* pass$"))


def test_the_badge_is_a_picture(opened: Opened) -> None:
    page = opened(name="badge.svg")
    texts = page.locator("text").all_text_contents()
    assert texts == ["poolproof", "2 of 6 conform"]
    right, left = (page.locator("rect").nth(k).bounding_box() for k in (2, 1))
    word = page.locator("text").nth(1).bounding_box()
    assert right
    assert left
    assert word
    assert right["x"] < word["x"]
    assert word["x"] + word["width"] < right["x"] + right["width"]


def test_headings_stay_while_the_matrix_moves(opened: Opened) -> None:
    page = opened(size=PHONE, name="wide.html")
    region = page.locator(".scroll")
    region.scroll_into_view_if_needed()
    region.evaluate("one => one.scrollBy(400, 900)")
    edges = region.evaluate(
        "one => { const box = one.getBoundingClientRect();"
        "const head = one.querySelectorAll('thead th')[20].getBoundingClientRect();"
        "const row = one.querySelectorAll('tbody tr[data-clause] th')[30].getBoundingClientRect();"
        "return [head.top - box.top, row.left - box.left, one.scrollTop, one.scrollLeft] }"
    )
    assert all(abs(edge) < 3 for edge in edges[:2])
    assert all(edge > 300 for edge in edges[2:])


def test_a_large_page_is_filtered_and_sorted(opened: Opened) -> None:
    page = opened(name="wide.html")
    page.select_option("#filter-rows", "broken")
    page.select_option("#filter-columns", "name")
    page.fill("#filter-name", "framework-7/")
    page.select_option("#filter-verdict", label="fail")
    assert len(shown_clauses(page)) == CLAUSES // 10
    expect(page.locator("#filter-count")).to_contain_text(f"1 of {IMPLEMENTATIONS} impl")


# For everybody


def test_every_verdict_has_a_sign_and_a_word(opened: Opened) -> None:
    page = opened()
    signs = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.matrix td')].map(cell => ["
        "`${cell.className}/${cell.textContent}`,"
        "getComputedStyle(cell.firstChild, '::before').content]))"
    )
    assert sorted(signs) == sorted(
        f"{word.replace(' ', '-')}/{word}"
        for word in ("crash", "fail", "hang", "not run", "pass", "unclaimed")
    )
    assert len(set(signs.values())) == 6


def test_a_screen_reader_hears_every_verdict(opened: Opened) -> None:
    page = opened(size=PHONE)
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    names = [one["name"]["value"] for one in nodes if one.get("role", {}).get("value") == "link"]
    assert names.count("crash") == names.count("hang") == 1
    assert names.count("not run") == 12
    assert names.count("pass") > 3 * len(clauses())


@pytest.mark.parametrize(
    ("scheme", "size", "name", "fragment"),
    [
        ("light", DESK, "report.html", "#im2col--grad.ties"),
        ("dark", PHONE, "report.html", "#im2col--grad.ties"),
        ("light", DESK, "silent.html", "#quiet--nan.propagates"),
        ("dark", PHONE, "silent.html", "#quiet--error.padding-limit"),
        ("light", DESK, "history.html", ""),
        ("dark", PHONE, "history.html", ""),
    ],
)
def test_axe_finds_nothing(
    opened: Opened, scheme: str, size: tuple[int, int], name: str, fragment: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="the page is not tried in a browser by axe-core: axe-playwright-python is missing",
    )
    page = opened(fragment, size, name=name, color_scheme=scheme)
    for one in page.locator("details").all():
        one.evaluate("one => { one.open = true }")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# What is hostile


def test_what_an_implementation_says_never_runs(opened: Opened) -> None:
    page = opened()
    assert page.locator("script").count() == 1
    expect(page.locator("th[data-name]").get_by_text(HOSTILE)).to_be_visible()
    page.fill("#filter-name", "<script>")
    assert shown_columns(page) == [HOSTILE]
    cell = page.locator("tr[data-clause='grad.ties'] td:visible a")
    cell.click()
    expect(page.locator("#card h2")).to_contain_text(HOSTILE)
    assert page.locator("#card script").count() == 0


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "\"'><img src=x onerror=alert(1)>", "a|b = c", "%41%", "."]
)
def test_hostile_names_are_names(opened: Opened, pages: Path, name: str) -> None:
    two = (implementation(name, verdicts({})), implementation("toString", verdicts({})))
    (pages / "hostile.html").write_text(render_page(as_read(run(*two))), "utf-8")
    page = opened(name="hostile.html")
    page.fill("#filter-name", name)
    assert shown_columns(page) == [name]
    page.locator("tr[data-clause='grad.ties'] td:visible a").click()
    expect(page.locator("#card h2")).to_have_text(f"{name} · grad.ties: pass")


def test_an_injected_script_is_stopped_by_the_policy(chromium: Browser, pages: Path) -> None:
    """Were the escaping ever to fail, the policy of the page still stops a script."""
    page = chromium.new_page()
    html = (pages / "report.html").read_text("utf-8")
    forged = html.replace("<main>", "<main><script>document.title = 'owned'</script>")
    assert forged != html
    (pages / "forged.html").write_text(forged, "utf-8")
    page.goto((pages / "forged.html").as_uri())
    assert page.title().startswith("Poolproof")
    page.close()
