"""Pages as they are opened in the browser, and what is visible in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from conformance.report.page import render_page
from conformance.verdict import Json
from tests.report_sample import as_read, implementation, run, sample, silent, verdicts

DESK, TABLET, PHONE = (1280, 900), (768, 1000), (390, 800)
SCRIPT = "import numpy\nprint('<b>it</b> fails')\n"
FAILING = "strided-window"
Opened = Callable[..., Page]


def reports(folder: Path) -> Json:
    """Write the pages of a run of everything and of a silent one; return the first result."""
    read = as_read(sample())
    read["implementations"][1]["findings"][0]["script"] = SCRIPT
    (folder / "report.html").write_text(render_page(read), "utf-8")
    (folder / "silent.html").write_text(
        render_page(as_read(run(silent(), implementation("im2col", verdicts({}))))), "utf-8"
    )
    return read


@contextmanager
def opening(chromium: Browser, pages: Path) -> Iterator[Opened]:
    """Yield a function that opens a page; no page may fail, ask for anything or say anything."""
    contexts, trouble = [], []

    def at(fragment: str = "", size: tuple[int, int] = DESK, **given: Any) -> Page:  # noqa: ANN401
        name = given.pop("name", "report.html")
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **given)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: trouble.append(message.text))
        page.on("dialog", lambda dialog: trouble.append(dialog.message))
        page.on("request", lambda request: trouble.append(request.url) if loads(request) else None)
        page.goto((pages / name).as_uri() + fragment)
        return page

    def loads(request: Any) -> bool:  # noqa: ANN401
        return not request.is_navigation_request()

    yield at
    for context in contexts:
        context.close()
    assert trouble == [], trouble


def shown_clauses(page: Page) -> list[str]:
    """Return the names of the rows that are visible, from top to bottom."""
    rows = page.locator("tr[data-clause]:visible")
    return rows.evaluate_all("rows => rows.map(row => row.dataset.clause)")  # type: ignore[no-any-return]


def shown_columns(page: Page) -> list[str]:
    """Return the names of the columns that are visible, from left to right."""
    heads = page.locator("th[data-name]:visible")
    return heads.evaluate_all("heads => heads.map(one => one.dataset.name)")  # type: ignore[no-any-return]
