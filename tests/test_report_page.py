"""A run as one HTML page."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict
from html.parser import HTMLParser

import pytest

from conformance.clauses import clauses
from conformance.report import page
from conformance.verdict import Json
from tests.report_sample import (
    CONTROL,
    EXTENDED,
    HOSTILE,
    as_read,
    finding,
    implementation,
    run,
    sample,
    verdicts,
)
from tests.wide_sample import wide

VOID = {"meta", "br", "td", "li", "input"}  # td and li are closed by what follows them


@pytest.fixture(scope="module")
def read() -> Json:
    return as_read(sample())


class Reader(HTMLParser):
    """Collects ids, links and tags, and checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        """Read a whole page."""
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count the tag and keep its attributes."""
        self.tags[tag] += 1
        self.attributes += attrs
        given = dict(attrs)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "a":
            self.links.add(str(given["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that it closes what was opened last."""
        if tag not in VOID:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_every_link_arrives(read: Json) -> None:
    html = Reader(page.render_page(read))
    assert html.open == []
    assert set(html.ids.values()) == {1}
    assert all(link.startswith("#") for link in html.links)  # no known bug is cited here
    assert {link[1:] for link in html.links} <= set(html.ids)


def test_every_cell_has_an_anchor_and_a_word(read: Json) -> None:
    text = page.render_page(read)
    html = Reader(text)
    for clause in clauses():
        assert html.ids[f"im2col--{clause}"] == 1
        assert html.ids[f"strided-window--{clause}"] == 1
    cells = re.findall(r'<td class="([a-z-]+)"[^>]*><a href="#[^"]+"[^>]*>([a-z ]+)</a>', text)
    assert len(cells) == len(clauses()) * len(read["implementations"])
    assert all(name == word.replace(" ", "-") for name, word in cells)


def test_a_broken_cell_leads_to_its_finding(read: Json) -> None:
    html = page.render_page(read)
    assert '<td class="fail"><a href="#strided-window--pad.never-wins">' in html
    assert '<details class="finding" id="strided-window--pad.never-wins"' in html
    covered = '<td class="fail" id="strided-window--grad.sparse">'
    assert f'{covered}<a href="#strided-window--pad.never-wins">' in html


def test_a_finding_stands_below_the_one_whose_cause_it_has() -> None:
    own = as_read(sample())
    (failing,) = [one for one in own["implementations"] if one["name"] == "strided-window"]
    covered = finding("strided-window", "grad.sparse")
    failing["covered"] = [json.loads(json.dumps(asdict(covered)))]
    html = page.render_page(own)
    shown = re.findall(r'<details class="finding[a-z ]*" id="strided-window--([a-z.-]+)"', html)
    assert shown[:3] == ["pad.never-wins", "grad.sparse", "nan.anywhere"]
    assert html.count("Broken through the same cause as") == 1


def test_the_page_loads_nothing_and_runs_only_its_own_script(read: Json) -> None:
    text = page.render_page(read)
    html = Reader(text)
    assert html.tags["script"] == html.tags["style"] == 1
    assert not {name for name, _ in html.attributes} & {"src", "style", "onclick", "onload"}
    assert html.tags["link"] == html.tags["img"] == html.tags["iframe"] == 0
    assert "@import" not in text
    assert "url(" not in text
    policy = next(
        str(value) for _, value in html.attributes if str(value).startswith("default-src")
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.count("'sha256-") == 2


def test_hostile_text_stays_text_on_the_page(read: Json) -> None:
    text = page.render_page(read)
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not CONTROL.search(text)
    assert "A" * 3_001 not in text
    text.encode("utf-8")


def test_differing_elements_are_marked_on_both_sides(read: Json) -> None:
    html = page.render_page(read)
    start = html.index('id="strided-window--pad.never-wins"')
    part = html[start : html.index("</details>", start)]
    assert re.findall(r"<mark>([^<]+)</mark>", part) == ["-1", "0"]
    assert "A padded position never supplies the maximum." in part
    assert "poolproof reproduce strided-window/pad.never-wins" in part


def test_the_page_says_what_was_not_judged(read: Json) -> None:
    html = page.render_page(read)
    assert '10 not run, <span class="reason">the worker was not started again' in html
    assert f'{EXTENDED} unclaimed, <span class="reason">claims nothing beyond core' in html
    assert "pip install &#39;poolproof[torch]&#39;" in html
    assert "2026-11-22T15:30:00+00:00" in html


@pytest.mark.parametrize("every", [10, 1])
def test_fifty_implementations_by_150_clauses_stay_below_2_mb(every: int) -> None:
    html = page.render_page(wide(every))
    assert len(html.encode()) < 2_000_000
    shown = Reader(html)
    assert max(shown.ids.values()) == 1
    assert {link[1:] for link in shown.links} <= set(shown.ids)
    assert "more, by name only to keep the page small" in html


def test_names_that_look_alike_have_anchors_of_their_own() -> None:
    alike = as_read(
        run(*(implementation(name, verdicts({})) for name in ("a b", "a/b", "a-b", "<>")))
    )
    html = Reader(page.render_page(alike))
    assert max(html.ids.values()) == 1
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in html.ids)
