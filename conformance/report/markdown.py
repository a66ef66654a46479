"""A run as Markdown: for the summary of a workflow, or a comment on a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Container

from conformance.report import digest, standings, untrusted, versions
from conformance.standing import Kind
from conformance.verdict import Json, Verdict

ROOM = 55_000
"""Characters; code hosts take about 65,000 in one comment."""
MORE = "More is broken than fits here; the page has all of it."
HEADS = (
    *("", "implementation", "level", "core", "extended"),
    *("broken", "undocumented", "not run", "unclaimed"),
)
MARKS = "\\|`*_[]~!:"
INVISIBLE = "&#8203;"
"""Keeps `@name` from calling somebody, and `#1` from pointing at something."""


def cell(text: str, limit: int = 160) -> str:
    """Return untrusted text so that Markdown shows it as it is, in a table or outside."""
    shown = untrusted.line(text, limit).replace("&", "&amp;").replace("<", "&lt;")
    shown = "".join(f"\\{one}" if one in MARKS else one for one in shown)
    return _called(re.sub(r"(?i)\bwww\.", r"www\\.", shown))


def _called(text: str) -> str:
    return re.sub(r"@|(?<!&)#", rf"\g<0>{INVISIBLE}", text)


def render_markdown(run: Json) -> str:
    """Return what a reviewer needs of a run: who conforms, what is broken, how to see it again."""
    ranked = digest.worst_first(run)
    lines = [
        f"## Poolproof: {digest.conforming(run)}",
        "",
        f"|{' | '.join(HEADS)} |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|",
        *[_row(run, one) for one in ranked],
        *_remarks(run),
    ]
    about = _about(run)
    room = ROOM - sum(map(len, (*lines, *about)))
    for one in ranked:
        part = _broken(run, one)
        room -= sum(map(len, part))
        if room < 0:
            lines += ["", MORE]
            break
        lines += part
    return "\n".join([*lines, "", *about]) + "\n"


def _remarks(run: Json) -> list[str]:
    """Return why what was not run was not, and who declares a dialect, as a list."""
    lines = [
        f"- {cell(label)} {cell(words, untrusted.LINE)}"
        for label, words in digest.left_out(run)
        if label == Verdict.NOT_RUN
    ]
    lines += [
        f"- {cell(name)} declares {cell(words, untrusted.LINE)}"
        for name, words in digest.declares(run)
    ]
    return ["", *lines] if lines else []


def _row(run: Json, one: Json) -> str:
    counts = digest.count(one, digest.clauses_of(run))
    levels = [
        digest.judged(digest.count(one, digest.clauses_of(run, level)))
        for level in ("core", "extended")
    ]
    broken, left = digest.count_broken(counts), (Verdict.NOT_RUN, Verdict.UNCLAIMED)
    numbers = (broken, len(standings.undocumented(one)), *(counts[word] for word in left))
    name = cell(untrusted.line(one["name"], untrusted.NAME))
    cells = (f"**{digest.standing(run, one)}**", name, one["level"], *levels, *map(str, numbers))
    return f"| {' | '.join(cells)} |"


def _broken(run: Json, one: Json) -> list[str]:
    broken = digest.broken_clauses(run, one)
    if not broken:
        return []
    told = {finding["clause"]: finding for finding in (*one["covered"], *one["findings"])}
    sentences = {clause["name"]: clause["sentence"] for clause in digest.clauses_of(run)}
    known = {each["clause"] for each in one.get("known_deviations", ()) if each["state"] == "known"}
    name = _called(html.escape(untrusted.line(one["name"], untrusted.NAME)))
    return [
        "",
        f"<details><summary>{name}: what is broken ({len(broken)})</summary>",
        "",
        "| | clause | what it says | what came | |",
        "|---|---|---|---|---|",
        *[
            _finding(
                clause,
                _verdict(one, clause, known),
                sentences[clause],
                told.get(clause),
            )
            for clause in broken
        ],
        "",
        *_observed(one),
        "`poolproof reproduce IMPLEMENTATION/CLAUSE` makes one of these calls again.",
        "",
        "</details>",
    ]


def _verdict(one: Json, clause: str, known: Container[str]) -> str:
    """Return the verdict on a clause, and whether it is undocumented or known."""
    words = [digest.verdict_of(one, clause)]
    words += [Kind.UNDOCUMENTED] if standings.kind(one, clause) == Kind.UNDOCUMENTED else []
    return ", ".join([*words, *(["known"] if clause in known else [])])


def _observed(one: Json) -> list[str]:
    """Return what was observed where the documentation is silent, as a paragraph."""
    seen = [cell(standings.seen_words(*each)) for each in standings.silent(one) if each[1]]
    return [f"Undocumented, and observed: {'; '.join(seen)}.", ""] if seen else []


def _finding(clause: str, verdict: str, sentence: str, finding: Json | None) -> str:
    got, like = "", ""
    if finding is not None:
        got = cell(finding["note"] or finding["got"]["text"])
        like = "like " + cell(finding["behaves_like"][0]["bug"]) if finding["behaves_like"] else ""
    return f"| {verdict} | {cell(clause)} | {cell(sentence, 300)} | {got} | {like} |"


def _about(run: Json) -> list[str]:
    said = [
        f"specification {run['specification']['version']}",
        f"tier {run['tier']}",
        f"seed {run['seed']}",
        f"poolproof {run['poolproof']}",
        *(
            f"{name} {one}"
            for name, one in run["environment"].items()
            if name not in versions.OF_ALL
        ),
    ]
    lines = [" · ".join(cell(one, untrusted.NAME) for one in said)]
    if "runs" in run:
        lines[0] += f" · put together from {len(run['runs'])} runs"
    lines += _versions(run)
    absent = [name for names in digest.not_installed(run).values() for name in names]
    if absent:
        lines += ["", f"Not installed, so not judged: {', '.join(cell(name) for name in absent)}."]
    return lines


def _versions(run: Json) -> list[str]:
    """Return the versions that were judged, of several environments as a list."""
    told = versions.told(run)
    head = "- " if len(told) > 1 else "Versions: "
    lines = [head + " · ".join(cell(part, untrusted.LINE) for part in parts) for parts in told]
    return ["", *lines] if lines else []
