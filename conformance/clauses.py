"""The clauses and switches of reference/SPEC.md, read from there and nowhere else."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

LEVELS = ("core", "extended")
_VERSION = re.compile(r"^Specification (\S+)\.\s", re.MULTILINE)
_GROUP = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_CLAUSE = re.compile(
    r"^### (?P<name>[a-z]+\.[a-z0-9-]+)\n(?P<sentence>[^\n-][^\n]*\.)\n"
    r"(?P<fields>(?:- [a-z]+: [^\n]+\n)+)",
    re.MULTILINE,
)
_SWITCH = re.compile(
    r"^\| (?P<name>[a-z-]+) \| (?P<default>[a-z0-9-]+) "
    r"\| (?P<others>[a-z0-9, -]+) \| (?P<meaning>.+) \|$",
    re.MULTILINE,
)
_FEATURE = re.compile(r"^\| ([a-z0-9-]+) \| (.+) \|$", re.MULTILINE)


class SpecificationError(Exception):
    """SPEC.md cannot be read as a list of clauses."""


ROOM, BESIDE = 240, 120
"""How many characters of known names a message holds, by themselves and beside a command."""
LISTED = {"implementation": "poolproof list", "clause": "poolproof explain"}
"""The commands that list all names of a kind."""


def _known(kind: str, names: Sequence[str]) -> str:
    """Return the names of a kind, or as many as a message has room for and what lists them all."""
    room = BESIDE if kind in LISTED else ROOM
    ends = list(itertools.accumulate(len(name) + 2 for name in names))
    shown = names[: max(1, sum(end <= room for end in ends))]
    more = len(names) - len(shown)
    cut = f" and {more} more" if more else ""
    return ", ".join(shown) + cut + (f"; see {LISTED[kind]}" if more and kind in LISTED else "")


class UnknownNameError(LookupError):
    """A name that is not in a list of known ones; the message gives the nearest."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        """Compose the message from the kind of name and the known names."""
        self.kind, self.name = kind, name
        every = sorted(set(known))
        near = difflib.get_close_matches(name, every, n=3, cutoff=0.6)
        self.nearest = near
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {_known(kind, every)}"
        super().__init__(f"no {kind} is called {name!r}; {hint}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One normative sentence of the specification."""

    name: str
    sentence: str
    level: str
    needs: tuple[frozenset[str], ...]
    """Features it cannot be judged without: all of the sets, any member of each."""
    why: str
    differs: str
    group: str
    dialect: tuple[str, ...] = ()
    """The switches of which another value than the default breaks it."""

    def missing(self, claims: Collection[str]) -> str:
        """Return what must be claimed besides for the clause to be judged; empty for nothing."""
        absent = [need for need in self.needs if not need & set(claims)]
        return ", ".join(" or ".join(sorted(need)) for need in absent)

    def judgeable(self, claims: Collection[str]) -> bool:
        """Return whether an implementation with these claims can be judged by it."""
        return not self.missing(claims)


@dataclass(frozen=True, slots=True)
class Switch:
    """One declared difference between real systems."""

    name: str
    default: str
    values: tuple[str, ...]
    meaning: str


@cache
def specification() -> str:
    """Return the text of SPEC.md."""
    return resources.files("reference").joinpath("SPEC.md").read_text(encoding="utf-8")


def version(text: str | None = None) -> str:
    """Return the version of the specification."""
    found = _VERSION.search(text if text is not None else specification())
    if found is None:
        message = "SPEC.md does not say its version"
        raise SpecificationError(message)
    return found[1]


@cache
def clauses() -> Mapping[str, Clause]:
    """Return every clause by name, in document order."""
    return read_clauses(specification())


def read_clauses(text: str) -> Mapping[str, Clause]:
    """Return the clauses written in `text`, by name, in document order.

    Raises:
        SpecificationError: a heading is malformed, a name is used twice, or there is none.
    """
    groups = [(found.start(), found["title"]) for found in _GROUP.finditer(text)]
    read: dict[str, Clause] = {}
    for found in _CLAUSE.finditer(text):
        before = [title for start, title in groups if start < found.start()]
        if not before:
            message = f"SPEC.md: {found['name']} stands in no group"
            raise SpecificationError(message)
        clause = _clause(found, before[-1])
        if clause.name in read:
            message = f"SPEC.md has two clauses called {clause.name}"
            raise SpecificationError(message)
        read[clause.name] = clause
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    if not read or len(headings) != len(read):
        unread = sorted(set(headings) - set(read))
        message = f"SPEC.md: not written as a clause: {', '.join(unread) or 'nothing is'}"
        raise SpecificationError(message)
    return read


def _clause(found: re.Match[str], group: str) -> Clause:
    fields = dict(re.findall(r"- ([a-z]+): (.+)\n", found["fields"]))
    unknown = set(fields) - {"level", "needs", "dialect", "why", "differs"}
    if unknown or fields.get("level") not in LEVELS or "why" not in fields:
        message = (
            f"SPEC.md, {found['name']}: needs a level (core, extended) and a why; got {fields}"
        )
        raise SpecificationError(message)
    needs = [part for part in fields.get("needs", "").split(", ") if part]
    return Clause(
        name=found["name"],
        sentence=found["sentence"],
        level=fields["level"],
        needs=tuple(frozenset(part.split(" or ")) for part in needs),
        why=fields["why"],
        differs=fields.get("differs", ""),
        group=group,
        dialect=tuple(part for part in fields.get("dialect", "").split(", ") if part),
    )


@cache
def features() -> Mapping[str, str]:
    """Return every feature an implementation can claim, with what a call needs it for."""
    section = specification().split("\n## Features\n")[1].split("\n## ")[0]
    return {name: need for name, need in _FEATURE.findall(section) if name != "feature"}


@cache
def switches() -> Mapping[str, Switch]:
    """Return every dialect switch by name."""
    found = (match.groupdict() for match in _SWITCH.finditer(specification()))
    return {
        row["name"]: Switch(
            row["name"],
            row["default"],
            (row["default"], *row["others"].split(", ")),
            row["meaning"],
        )
        for row in found
        if row["name"] != "switch"
    }


def clause(name: str) -> Clause:
    """Return the clause called `name`.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    known = clauses()
    if name not in known:
        kind = "clause"
        raise UnknownNameError(kind, name, known)
    return known[name]
