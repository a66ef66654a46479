"""The documentation site builds without a warning, and has an anchor for each clause."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from conformance.clauses import clauses
from tests.documented import CHECKOUT, DOCS

MKDOCS = [sys.executable, "-m", "mkdocs", "build"]
"""Without --quiet, which would hide the warnings from the count of them."""


def build(checkout: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a checkout."""
    return subprocess.run(  # noqa: S603 - an installed tool
        [*MKDOCS, "--site-dir", str(site)],
        cwd=checkout,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


class Anchors(HTMLParser):
    """Collects the ids of a page and what it links to or loads."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values["id"]} if "id" in values else set()
        for name in ("href", "src"):
            if name in values and tag in {"a", "link", "script", "img"}:
                self.links.add(values[name])


def read(page: Path) -> Anchors:
    """Return what is on a page."""
    found = Anchors()
    found.feed(page.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; any warning is an error."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = build(CHECKOUT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_clause_has_an_anchor_of_its_name(site: Path) -> None:
    assert set(clauses()) <= read(site / "specification.html").ids


def test_the_fields_of_a_clause_are_a_list(site: Path) -> None:
    text = (site / "specification.html").read_text("utf-8")
    assert text.count("<li>level: ") == len(clauses())
    assert f"<p>{clauses()['pad.never-wins'].sentence}</p>" in text


def test_every_link_leads_somewhere(site: Path) -> None:
    pages = {page: read(page) for page in site.glob("**/*.html") if page.name != "404.html"}
    assert len(pages) > 10
    lost = [
        f"{page.name}: {link}"
        for page, found in pages.items()
        for link in found.links
        if not _leads(page, link, pages)
    ]
    assert lost == []


def _leads(page: Path, link: str, pages: dict[Path, Anchors]) -> bool:
    place, _, anchor = link.partition("#")
    there = (page.parent / place).resolve() if place else page
    if "://" in link:
        return link.startswith("https://squidfunk.github.io/mkdocs-material/")  # its credit
    if there in pages and anchor not in {"", "__comments"}:
        return anchor in pages[there].ids
    return there.exists()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"?https?:", text), page


def test_every_page_is_in_the_navigation() -> None:
    text = (CHECKOUT / "mkdocs.yml").read_text("utf-8")
    told = set(re.findall(r"(\S+\.md)$", text, re.MULTILINE))
    assert {page.name for page in DOCS.glob("*.md")} <= told, "add the page to nav in mkdocs.yml"
    assert yaml.safe_load(text)["strict"] is True


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[x](absent.md)", "absent.md"),
        ("[x](../conformance/absent.py)", "absent.py"),
        ("[x](../reference/SPEC.md#pad-never-won)", "#pad-never-won"),
        ("[x](tutorial.md#nothing)", "#nothing"),
    ],
)
def test_a_link_that_leads_nowhere_stops_the_build(line: str, message: str, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for name in ("docs", "reference", "examples", "implementations", "conformance"):
        (checkout / name).mkdir(parents=True)
    for place in ("docs/site_pages.py", "docs/tutorial.md", "reference/SPEC.md", "mkdocs.yml"):
        shutil.copy(CHECKOUT / place, checkout / place)
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        (checkout / name).write_text(f"# {name}\n", "utf-8")
    (checkout / "docs" / "tutorial.md").write_text(f"# Tutorial\n\n{line}\n", "utf-8")
    settings = (checkout / "mkdocs.yml").read_text("utf-8")
    nav = "nav: [tutorial.md, specification.md, index.md, contributing.md, changelog.md]\n"
    settings = settings.partition("\nnav:")[0] + f"\n{nav}"
    (checkout / "mkdocs.yml").write_text(settings, "utf-8")
    done = build(checkout, tmp_path / "site")
    assert done.returncode == 1
    assert message in done.stdout + done.stderr
