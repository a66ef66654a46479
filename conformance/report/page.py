"""A run as one HTML page: needs no network, no script, and trusts no text it shows."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from conformance.report import digest, exhibit, standings, untrusted
from conformance.standing import Kind
from conformance.verdict import WORST_FIRST, Json, Verdict

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9./_~?=&%#+-]*)?")
_ANCHOR = 24
_FEW, _SOME = 6, 10
"""Up to so many implementations have names written horizontally: on most screens, on wide ones."""
_LONG = 20
"""Heads with more characters are given more room where they stand upright."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdict on one clause of one implementation."""

    verdict: str
    anchor: str
    """`implementation--clause`."""
    target: str
    """Where it leads: its finding, one that covers it, or itself."""
    told: bool
    """Whether a finding that is shown bears the anchor."""
    reason: str
    standing: str
    """violates, undocumented or declared; empty where nothing is said."""

    @property
    def words(self) -> str:
        """Return the verdict, and what sets it apart from others like it."""
        apart = self.standing in {Kind.UNDOCUMENTED, Kind.DECLARED}
        return f"{self.verdict}, {self.standing}" if apart else self.verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One clause and its verdicts, one per implementation."""

    clause: Json
    cells: tuple[Cell, ...]
    needs: tuple[str, ...]
    """The features without which it cannot be judged."""
    cases: tuple[int, ...]
    """On how many cases it was judged, in the order of the cells."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A clause that is listed as known to be broken, or is broken and not listed."""

    clause: str
    state: str
    text: str
    reason: str
    url: str
    """Empty where it is no plain address."""


@dataclass(frozen=True, slots=True)
class Column:
    """One implementation."""

    name: str
    anchor: str
    standing: str
    dialect: tuple[str, ...]
    level: str
    sentence: str
    counts: dict[str, int]
    core: str
    extended: str
    seconds: float
    facts: tuple[tuple[str, str], ...]
    shown: tuple[exhibit.Exhibit, ...]
    brief: tuple[str, ...]
    """Clauses of the findings that are listed by name."""
    silent: tuple[str, ...]
    deviations: tuple[Deviation, ...]
    left_out: tuple[tuple[str, str, tuple[str, ...]], ...] = field(default=())
    """(verdict, reason, clauses) of what was not judged."""


def render_page(run: Json) -> str:
    """Return a run as one self-contained HTML page.

    The page loads nothing: its policy allows the one style and the one script that are in
    it. All text is escaped, and cut where it is long.
    """
    ranked = digest.worst_first(run)
    anchors = [anchor_of(one["name"]) for one in ranked]
    room = exhibit.ROOM // max(1, len(ranked))
    style, script = text_of("page.css"), text_of("page.js")
    columns = [_column(run, one, anchor, room) for one, anchor in zip(ranked, anchors, strict=True)]
    return _template().render(
        run=run,
        line=untrusted.line,
        style=style,
        script=script,
        policy=policy(style, script),
        verdicts=[word.value for word in WORST_FIRST],
        broken=digest.BROKEN_WORDS,
        few=len(ranked) <= _FEW,
        heads=_heads(columns),
        columns=columns,
        groups={
            title: [_row(clause, ranked, columns) for clause in sorted(clauses, key=_core_first)]
            for title, clauses in digest.groups(run).items()
        },
        needs=sorted(
            {need for one in digest.clauses_of(run) for any_of in one["needs"] for need in any_of}
        ),
        dialects=sorted({words for one in ranked for words in _declared(one) if words != "-"}),
        not_installed=digest.not_installed(run),
        conforming=digest.conforming(run),
        totals=_totals(run),
        stands=standings.totals(run),
    )


def _heads(columns: Sequence[Column]) -> str:
    """Return the classes of the matrix that say how the names of its columns are written."""
    longest = max((len(f"{one.name} {one.standing}") for one in columns), default=0)
    number = len(columns)
    much = "few" if number <= _FEW else ("many some" if number <= _SOME else "many")
    return f"{much} long" if longest > _LONG else much


@cache
def _template() -> Template:
    return environment().get_template("page.html.j2")


def environment() -> Environment:
    """Return what templates of this folder are read with: text is escaped, gaps are errors."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(text_of),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def text_of(name: str) -> str:
    """Return the text of a file of this folder."""
    return resources.files("conformance.report").joinpath(name).read_text(encoding="utf-8")


def policy(style: str, script: str) -> str:
    """Return the policy of a page that has one style and one script, or none, and no more."""
    allowed = _digest(script) if script else "'none'"
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    made = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{made}'"


def anchor_of(name: str) -> str:
    """Return a fragment for a name: the name where it can be, else made unique by a digest."""
    plain = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-.")[:_ANCHOR]
    if plain == name:
        return plain
    made = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{plain}-{made}" if plain else made


def _totals(run: Json) -> dict[str, int]:
    totals = dict.fromkeys((word.value for word in WORST_FIRST), 0)
    for one in run["implementations"]:
        for word, number in digest.count(one, digest.clauses_of(run)).items():
            totals[word] = totals.get(word, 0) + number
    return totals


def _core_first(clause: Json) -> bool:
    return bool(clause["level"] != "core")


def _declared(one: Json) -> tuple[str, ...]:
    """Return the switches that are declared, for the filter; `-` for none."""
    said = [untrusted.line(f"{name} = {value}") for name, value in one["dialect"].items()]
    return tuple(words.replace("|", "/") for words in said) or ("-",)


def _row(clause: Json, ranked: list[Json], columns: list[Column]) -> Row:
    cells = [
        _cell(clause["name"], one, column) for one, column in zip(ranked, columns, strict=True)
    ]
    needs = sorted({name for alternatives in clause["needs"] for name in alternatives})
    cases = [one["clauses"].get(clause["name"], {}).get("cases", 0) for one in ranked]
    return Row(clause, tuple(cells), tuple(needs), tuple(cases))


def _cell(clause: str, one: Json, column: Column) -> Cell:
    anchors = {shown.anchor for shown in column.shown}
    here = f"{column.anchor}--{clause}"
    target = here
    if here not in anchors:
        leaders = (finding for finding in one["findings"] if clause in finding["also"])
        covering = [f"{column.anchor}--{finding['clause']}" for finding in leaders]
        target = next((anchor for anchor in covering if anchor in anchors), here)
    reason = one["clauses"].get(clause, {}).get("reason", "")
    verdict = digest.verdict_of(one, clause)
    stands = standings.kind(one, clause)
    said = standings.stands(one, clause) if stands == Kind.DECLARED else untrusted.line(reason, 120)
    return Cell(verdict, here, target, here in anchors, said, stands)


def _column(run: Json, one: Json, anchor: str, room: int) -> Column:
    findings = [*digest.findings_of(one), *one["covered"]]
    shown = exhibit.in_full(run, one, findings, anchor, room)
    brief = [finding["clause"] for finding in findings[len(shown) :]]
    told = {name for finding in findings for name in (finding["clause"], *finding["also"])}
    counts = digest.count(one, digest.clauses_of(run))
    by_level = {
        level: digest.judged(digest.count(one, digest.clauses_of(run, level)))
        for level in ("core", "extended")
    }
    return Column(
        name=untrusted.line(one["name"], untrusted.NAME),
        anchor=anchor,
        standing=digest.standing(run, one),
        dialect=_declared(one),
        level=one["level"],
        sentence=digest.sentence(run, one),
        counts=dict(counts),
        seconds=one["seconds"],
        facts=_facts(one),
        shown=tuple(exhibit.by_cause(shown)),
        brief=tuple(brief),
        deviations=tuple(_deviation(known) for known in one.get("known_deviations", ())),
        silent=tuple(name for name in digest.broken_clauses(run, one) if name not in told),
        left_out=tuple(
            (word.value, untrusted.line(reason), tuple(names))
            for word in (Verdict.NOT_RUN, Verdict.UNCLAIMED)
            for reason, names in digest.reasons(one, word).items()
        ),
        **by_level,
    )


def _deviation(known: Json) -> Deviation:
    return Deviation(
        clause=known["clause"],
        state=known["state"],
        text=untrusted.line(known["text"]),
        reason=untrusted.line(known["reason"]),
        url=known["link"] if _ADDRESS.fullmatch(known["link"]) else "",
    )


def _facts(one: Json) -> tuple[tuple[str, str], ...]:
    dialect = ", ".join(f"{name} = {value}" for name, value in one["dialect"].items())
    versions = ", ".join(f"{name} {value}" for name, value in one["versions"].items())
    facts = [
        ("where", one["target"]),
        ("claims", ", ".join(one["claims"]) or "nothing beyond the base"),
        *([("does not offer", ", ".join(one["lacks"]))] if one["lacks"] else []),
        ("dialect", dialect or "the defaults of the specification"),
        ("documented in", standings.sources(one)),
        ("undocumented", standings.silence(one)),
        ("versions", versions),
        ("judged on", f"{one['cases']:,} cases, {one['windows']:,} windows"),
    ]
    return tuple((name, untrusted.line(text)) for name, text in facts if text)
