"""What changed from one result to another: a pure function of two result files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from conformance.report.markdown import ROOM, cell
from conformance.report.untrusted import NAME, line
from conformance.verdict import Json

BROKEN = {"fail", "crash", "hang"}
JUDGED = {*BROKEN, "pass"}


class Kind(StrEnum):
    """How the verdict on one clause of one implementation changed."""

    FAILING = "newly failing"
    LOST = "lost"
    CHANGED = "changed"
    FIXED = "fixed"
    NEW = "new"


REGRESSIONS = (Kind.FAILING, Kind.LOST)
MEANING = {
    Kind.FAILING: "passed, or was not judged, and is broken now",
    Kind.LOST: "was judged and is not any more",
    Kind.CHANGED: "broken in both, with another answer or verdict",
    Kind.FIXED: "was broken and passes now",
    Kind.NEW: "was not judged and passes now, or is judged for the first time",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One clause of one implementation whose verdict changed."""

    kind: Kind
    implementation: str
    clause: str
    """Empty where the implementation as a whole is new or lost."""
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that changed, regressions first."""

    changes: tuple[Change, ...]
    unlike: tuple[str, ...]
    """In what the two runs themselves differ, so that a change may come from that."""

    @property
    def regressed(self) -> bool:
        """Return whether something got worse."""
        return any(change.kind in REGRESSIONS for change in self.changes)

    def of(self, kind: Kind) -> list[Change]:
        """Return the changes of one kind."""
        return [change for change in self.changes if change.kind is kind]

    def to_json(self) -> Json:
        """Return the difference as JSON values."""
        values = {"regressed": self.regressed, "unlike": list(self.unlike)}
        return values | {"changes": [asdict(change) for change in self.changes]}


def difference(old: Json, new: Json) -> Difference:
    """Return what changed from the result `old` to the result `new`."""
    before = {one["name"]: one for one in old["implementations"]}
    after = {one["name"]: one for one in new["implementations"]}
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name not in after:
            was = _summary(before[name])
            found.append(Change(Kind.LOST, name, "", was, "not in the new result"))
        elif name not in before:
            note = "; ".join(_broken(after[name]))
            now = _summary(after[name])
            found.append(Change(Kind.NEW, name, "", "not in the old result", now, note))
        else:
            found += _clause_changes(name, before[name], after[name])
    order = list(Kind)
    found.sort(key=lambda change: order.index(change.kind))
    return Difference(tuple(found), tuple(_unlike(old, new)))


def _summary(implementation: Json) -> str:
    broken = len(_broken(implementation))
    return "conforms" if implementation["conforms"] else f"{broken} clauses broken"


def _broken(implementation: Json) -> list[str]:
    return [name for name, one in implementation["clauses"].items() if one["verdict"] in BROKEN]


def _clause_changes(name: str, old: Json, new: Json) -> Iterator[Change]:
    findings = [
        {one["clause"]: one for one in (*side["covered"], *side["findings"])} for side in (old, new)
    ]
    absent = {"verdict": "not in the specification", "reason": ""}
    for clause in dict.fromkeys((*old["clauses"], *new["clauses"])):
        was, now = (side["clauses"].get(clause, absent) for side in (old, new))
        kind = _kind(was["verdict"], now["verdict"])
        seen = [side.get(clause) for side in findings]
        note = "" if now["verdict"] == "pass" else now["reason"]
        if kind is None and was["verdict"] in BROKEN:
            note = _value_change(*seen)
            kind = Kind.CHANGED if note else None
        elif kind in {Kind.FAILING, Kind.CHANGED} and seen[1]:
            note = f"{seen[1]['case']}: {seen[1]['note']}".removesuffix(": ")
        if kind is not None:
            yield Change(kind, name, clause, was["verdict"], now["verdict"], note)


def _kind(was: str, now: str) -> Kind | None:
    if was == now:
        return None
    if now in BROKEN:
        return Kind.CHANGED if was in BROKEN else Kind.FAILING
    if was in BROKEN and now == "pass":
        return Kind.FIXED
    if was in JUDGED:
        return Kind.LOST
    return Kind.NEW if now == "pass" else None


def _value_change(was: Json | None, now: Json | None) -> str:
    """Return how two findings on one clause differ; empty where they do not."""
    if was is None or now is None:
        return "" if was is now else "it has a finding in one of the two only"
    for part in ("case", "expected", "got"):
        if was[part] != now[part]:
            return f"{part} {_words(was[part])} became {_words(now[part])}"
    return ""


def _words(value: object) -> str:
    if isinstance(value, dict):
        value = value["text"] if value.get("data") is None else value["data"]
    return line(value, NAME)


def _unlike(old: Json, new: Json) -> Iterator[str]:
    for part in ("poolproof", "tier", "seed"):
        if old[part] != new[part]:
            yield f"{part} {old[part]} and {new[part]}"
    versions = [side["specification"]["version"] for side in (old, new)]
    if versions[0] != versions[1]:
        yield f"specification {versions[0]} and {versions[1]}"
    for name in sorted({*old["environment"], *new["environment"]}):
        was, now = (side["environment"].get(name, "nothing") for side in (old, new))
        if was != now:
            yield f"{name} {was} and {now}"
    known = {one["name"]: one["versions"] for one in old["implementations"]}
    for one in new["implementations"]:
        earlier = known.get(one["name"], one["versions"])
        for name in sorted({*earlier, *one["versions"]}):
            was, now = (side.get(name, "nothing") for side in (earlier, one["versions"]))
            if was != now:
                yield f"{one['name']}: {name} {was} and {now}"


def difference_text(found: Difference) -> str:
    """Return a difference as plain text."""
    lines = [f"the runs differ in: {line(one)}" for one in found.unlike]
    for kind in Kind:
        changes = found.of(kind)
        if changes:
            lines += ["", f"{kind} ({len(changes)}): {MEANING[kind]}"]
            lines += [f"  {_change_text(change)}" for change in changes]
    if not found.changes:
        lines.append("no verdict changed")
    return "\n".join(lines).lstrip("\n") + "\n"


def _change_text(change: Change) -> str:
    place = f"{change.implementation}/{change.clause}" if change.clause else change.implementation
    text = f"{line(place)}: {line(change.before, NAME)} → {line(change.after, NAME)}"
    return f"{text}; {line(change.note, 160)}" if change.note else text


def difference_markdown(found: Difference) -> str:
    """Return a difference as Markdown, for a comment on a pull request."""
    verdict = "**something got worse**" if found.regressed else "nothing got worse"
    lines = ["## Poolproof: what changed", "", f"{len(found.changes)} changes, {verdict}.", ""]
    lines += [f"- The runs differ in {cell(one)}." for one in found.unlike]
    if found.changes:
        lines += [
            "",
            "| | implementation | clause | before | after | |",
            "|---|---|---|---|---|---|",
        ]
    room = ROOM - sum(map(len, lines))
    for number, change in enumerate(found.changes):
        cells = (change.implementation, change.clause, change.before, change.after, change.note)
        row = f"| {change.kind} | " + " | ".join(cell(one) for one in cells) + " |"
        room -= len(row)
        if room < 0:
            lines += ["", f"{len(found.changes) - number} more changes do not fit here."]
            break
        lines.append(row)
    return "\n".join(lines) + "\n"
