"""What `poolproof identify` prints, made from its JSON values and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from conformance.identify.declarations import Relation
from conformance.identify.standing import OPEN, Status
from conformance.identify.wording import listed, spread
from conformance.report import ink
from conformance.report.untrusted import NAME, line
from conformance.verdict import Json

MARGIN = 17
TURNS = 4
"""Of what a rule changes with, so many are shown by two calls each."""
FIRST_SIDES = ("the number of channels", "the place in the window", "the type", "the window")
NOUNS = {
    "the type": "types",
    "the number of spatial axes": "spatial axes",
    "the parameters": "sets of parameters",
    "the window": "windows",
    "stride and padding": "ways to move them",
    "the number of windows in a row": "windows in a row",
    "the number of channels": "channels",
    "what stands in the window": "contents",
    "the place in the window": "places in the window",
}
"""The sides of which a line tells how far they were varied."""
ONE = {
    "axes": "axis",
    "spatial axes": "spatial axis",
    "sets of parameters": "set of parameters",
    "windows in a row": "window in a row",
    "ways to move them": "way to move them",
    "places in the window": "place in the window",
}
UNITS = {name: NOUNS[name] for name in ("the number of spatial axes", "the number of channels")}
UNITS |= {"the number of windows in a row": "windows in a row"}
UNITS |= {"the number of axes it concerns": "axes"}
"""The sides that are numbers, with what is counted."""
WORDS = {"the axis": "axis", "the batch": "batch", "the window": "window"}
WORDS |= {"the windows around it": "windows around it:"}
"""The sides of which the value alone says little."""
STYLES = {
    Relation.VIOLATES: "bold red",
    Relation.SAYS_SO: "cyan",
    Relation.UNDECLARED: "yellow",
    Relation.UNDOCUMENTED: "yellow",
    Relation.UNTOLD: "dim",
}
UNEASY = {Status.INCONSISTENT: "bold yellow", Status.UNKNOWN: "bold yellow", Status.UNTOLD: "dim"}
NOTHING = "no known value"


def show_identified(found: Json, console: Console) -> None:
    """Print what was found out about one implementation."""
    console.print(ink.text(_heading(found), console, "bold"), soft_wrap=True)
    console.print()
    for one in found["switches"]:
        _show_switch(one, console)
    console.print()
    _show_nearest(found, console)


def _heading(found: Json) -> str:
    who = found["implementation"]
    versions = [f"{name} {version}" for name, version in who["versions"].items()]
    parts = [line(who["name"], NAME), *versions, f"{found['calls']:,} calls"]
    return " · ".join(parts)


def _show_switch(one: Json, console: Console) -> None:
    status = Status(one["status"])
    seen = Text(one["observed"] if status is not Status.UNTOLD else "?", UNEASY.get(status, "bold"))
    seen.append("  ").append(_stands(one), STYLES.get(Relation(one["relation"]), ""))
    rest = [ink.text(line(words, 1000), console) for words in _shown(one)]
    ink.show_row(one["switch"], [seen, *rest], console, MARGIN)


def _stands(one: Json) -> str:
    """Return how the switch stands, without what is said before it."""
    words = str(one["words"])
    return words.removesuffix(f": observed to be {one['observed']}")


def _shown(one: Json) -> Iterator[str]:
    """Yield the calls that show it, one line each, and how many agree."""
    turns = sorted(one["changes_with"], key=_prominence)
    if turns:
        names = listed([turn["side"] for turn in turns])
        yield f"it changes with {names}:"
        for turn in turns[:TURNS]:
            for call in turn["calls"]:
                yield f"- {_side(turn['side'], call['sides'][turn['side']])}: {_call(call)}"
        if one["unexplained"] and all(call["says"] for turn in turns for call in turn["calls"]):
            strange = [call for call in one["shown_by"] if not call["says"]]
            yield from (f"- {NOTHING}: {_answered(call)}" for call in strange)
    else:
        yield from (_call(call) for call in one["shown_by"])
    if one["calls"]["telling"]:
        yield _counted(one)


def _prominence(turn: Json) -> int:
    return FIRST_SIDES.index(turn["side"]) if turn["side"] in FIRST_SIDES else len(FIRST_SIDES)


def _call(call: Json) -> str:
    says = [value for value in call["says"] if value != OPEN] or call["says"] or [NOTHING]
    return f"{_answered(call)} ({' or '.join(says)})"


def _answered(call: Json) -> str:
    return f"{call['words']}: {call['answer']}"


def _side(name: str, value: str) -> str:
    """Return what a side of a call was, in words that are clear without its name."""
    if name in UNITS and value.isdecimal():
        unit = UNITS[name]
        return f"{value} {unit if value != '1' else ONE.get(unit, unit[:-1])}"
    return f"{WORDS[name]} {value}" if name in WORDS else value


def _counted(one: Json) -> str:
    told = one["calls"]["telling"]
    calls = f"{told:,} call{'' if told == 1 else 's'}"
    if one["status"] in {Status.OBSERVED, Status.UNDECIDED}:
        return f"{calls} agree: {_sides(one['sides'])}"
    counts = [f"{count:,} {value}" for value, count in one["agreeing"].items() if value != OPEN]
    counts += [f"{one['unexplained']:,} {NOTHING}"] if one["unexplained"] else []
    return f"of {calls} {listed(counts)}: {_sides(one['sides'])}"


def _sides(sides: Mapping[str, Sequence[str]]) -> str:
    named = {name: spread(values) for name, values in sides.items() if name in NOUNS}
    return ", ".join(
        f"{much} {NOUNS[name] if much != '1' else ONE.get(NOUNS[name], NOUNS[name][:-1])}"
        for name, much in named.items()
    )


def _show_nearest(found: Json, console: Console) -> None:
    ranked = found["nearest"]
    best = [one for one in ranked if one["agrees"] and _rank(one) == _rank(ranked[0])]
    lines = [ink.text(_named(best, ranked), console, "bold")]
    for one in best:
        of = f"{one['name']}: " if len(best) > 1 else ""
        lines += [ink.text(f"{of}{_departure(each)}", console) for each in one["departs"]]
    ink.show_row("nearest", lines, console, MARGIN)
    rest = [one for one in ranked[len(best) :] if one["agrees"] or one["departs"]]
    for number, one in enumerate(rest):
        departs = [each["switch"] for each in one["departs"]]
        more = f"; departs in {', '.join(departs)}" if departs else ""
        words = f"{one['name']}: {_agreement(one)}{more}"
        ink.show_row("" if number else "then", [ink.text(words, console)], console, MARGIN)


def _named(best: Sequence[Json], ranked: Sequence[Json]) -> str:
    """Return the nearest dialects and how near they are, or that none can be told."""
    if best:
        equally = ", which are equally near" if len(best) > 1 else ""
        return f"{listed([one['name'] for one in best])}{equally}: {_agreement(best[0])}"
    if any(one["departs"] for one in ranked):
        return "none: what is known of both differs everywhere"
    return "no dialect can be told, as no switch can"


def _rank(one: Json) -> tuple[int, int]:
    return len(one["agrees"]), len(one["departs"])


def _agreement(one: Json) -> str:
    both = len(one["agrees"]) + len(one["departs"])
    return f"agrees in {len(one['agrees'])} of {both} that are known of both"


def _departure(each: Json) -> str:
    known = " or ".join(each["known"])
    return f"departs in {each['switch']}: {each['observed']}, not {known} ({each['source']})"


def show_compared(found: Json, console: Console) -> None:
    """Print whether one implementation can stand in for another."""
    console.print(ink.text(_verdict(found), console, "bold"), soft_wrap=True)
    for words in found["left_out"]:
        ink.show_row("", [ink.text(line(words), console)], console, 0)
    for group in found["differences"]:
        console.print()
        _show_group(group, found, console)


def _verdict(found: Json) -> str:
    one, other = (line(found[side]["name"], NAME) for side in ("implementation", "against"))
    calls, differing = found["calls"], found["differing"]
    if not differing:
        return f"{one} stands in for {other}: no difference in {calls:,} calls"
    return (
        f"{one} is no drop-in for {other}: {differing:,} of {calls:,} calls differ, "
        f"by {len(found['differences'])} clause{'s' if len(found['differences']) > 1 else ''}"
    )


def _show_group(group: Json, found: Json, console: Console) -> None:
    number = group["count"]
    what = listed([f"{count:,} in {aspect}" for aspect, count in group["aspects"].items()])
    head = Text(group["clause"], "bold").append(f"   {number:,} call{'s' if number > 1 else ''}: ")
    head.append(what)
    console.print(head, soft_wrap=True)
    if group["sentence"]:
        ink.show_row("", [Text(group["sentence"], "dim")], console, 0)
    rows = [("call", group["words"])]
    rows += [
        (line(found[side]["name"], NAME), group[side]) for side in ("implementation", "against")
    ]
    rows += [("note", group["note"])] if group["note"] else []
    rows += [("case", group["case"])]
    for label, words in rows:
        ink.show_row(label, [ink.text(line(words, 1000), console)], console, MARGIN)
