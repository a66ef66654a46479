"""A run in the terminal: counts by group, then what is broken, then what was not judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.report import claims, digest, ink, planes, standings, untrusted, versions
from conformance.verdict import Json, Verdict

FULL = 12
"""How many findings of one implementation are printed in full."""
_NAME = 40
_NAME_AT_LEAST = 14
_MESSAGE = 600
_LEFT_OUT = 15
_STYLES = {
    "CONFORMS": "bold green",
    "FAILS": "bold red",
    "INCOMPLETE": "bold yellow",
    "FAIL": "bold red",
    "CRASH": "bold red",
    "HANG": "bold red",
}
_LEGEND = "passed/judged   ✗ something is broken   ?n not run   – nothing there was judged"  # noqa: RUF001


def show_run(
    run: Json,
    console: Console,
    *,
    full: int = FULL,
    scripts: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Print everything that the terminal says about a run.

    `scripts` holds, by the id of a finding, where its script was written.
    """
    show_table(run, console)
    show_findings(run, console, full=full, scripts=scripts)
    show_left_out(run, console)
    show_declared(run, console)
    show_summary(run, console)


def show_table(run: Json, console: Console) -> None:
    """Print how the implementations do in each group of clauses, the worst first."""
    for line in ink.packed(_heading(run), console.width):
        console.print(ink.text(line, console))
    _show_versions(run, console)
    console.print()
    if run["implementations"]:
        console.print(_wide_table(run, console) or _narrow_table(run, console))
        console.print(ink.text(_LEGEND, console, "dim"))
        console.print()


def _heading(run: Json) -> list[str]:
    workers = run["workers"]
    parts = [
        f"poolproof {run['poolproof']}",
        f"specification {run['specification']['version']}, {len(digest.clauses_of(run))} clauses",
        f"tier {run['tier']}",
        f"seed {run['seed']}",
        f"{workers} worker{'' if workers == 1 else 's'}",
    ]
    return [untrusted.line(part) for part in parts]


def _show_versions(run: Json, console: Console) -> None:
    """Print the versions that were judged, a line for each environment."""
    width = console.width - ink.LABEL - 2
    lines = [line for parts in versions.told(run) for line in ink.packed(parts, width)]
    ink.show_row("with", [ink.text(line, console) for line in lines], console)


def _wide_table(run: Json, console: Console) -> Table | None:
    """Return a column per group; None where the console is too narrow for that."""
    grouped, ranked = digest.groups(run), digest.worst_first(run)
    heads = [*grouped, "level", "", "seconds"]
    rows = [
        [_cell(digest.count(one, within), console) for within in grouped.values()]
        + _closing(run, one)
        for one in ranked
    ]
    widths = [_least(head, [row[place] for row in rows]) for place, head in enumerate(heads)]
    room = console.width - sum(widths) - len(widths)
    if room < _NAME_AT_LEAST:
        return None
    table = _table()
    table.add_column("", max_width=room, overflow="fold")
    for head, width in zip(heads, widths, strict=True):
        side = "right" if head == "seconds" else "left"
        table.add_column(ink.text(head, console), width=width, justify=side)  # type: ignore[arg-type]
    for one, row in zip(ranked, rows, strict=True):
        table.add_row(_name(one, console), *row)
    return table


def _least(head: str, cells: Sequence[Text]) -> int:
    """Return the width below which a word of the head or a cell would be broken."""
    return max([*map(len, head.split()), *(cell.cell_len for cell in cells)])


def _narrow_table(run: Json, console: Console) -> Table:
    table = _table()
    table.add_column("", overflow="fold", max_width=max(_NAME_AT_LEAST, console.width // 3))
    table.add_column("groups that are not whole", ratio=1, overflow="fold")
    for title in ("level", "", "seconds"):
        side = "right" if title == "seconds" else "left"
        table.add_column(title, no_wrap=True, overflow="crop", justify=side)  # type: ignore[arg-type]
    for one in digest.worst_first(run):
        parts = _not_whole(run, one, console)
        text = Text("\n").join(parts) if parts else Text("none")
        table.add_row(_name(one, console), text, *_closing(run, one))
    return table


def _table() -> Table:
    return Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")


def _not_whole(run: Json, one: Json, console: Console) -> list[Text]:
    everything = digest.count(one, digest.clauses_of(run))
    if set(+everything) == {Verdict.NOT_RUN}:
        return [_cell(everything, console).append_text(ink.text(" all of them", console))]
    counted = {title: digest.count(one, within) for title, within in digest.groups(run).items()}
    return [
        _cell(counts, console).append_text(ink.text(f" {title}", console))
        for title, counts in counted.items()
        if digest.count_broken(counts) or counts[Verdict.NOT_RUN]
    ]


def _closing(run: Json, one: Json) -> list[Text]:
    word = digest.standing(run, one)
    return [Text(one["level"]), Text(word, _STYLES[word]), Text(f"{one['seconds']:.1f}")]


def _cell(counts: Counter[str], console: Console) -> Text:
    broken, skipped = digest.count_broken(counts), counts[Verdict.NOT_RUN]
    parts = [digest.judged(counts)] if counts[Verdict.PASS] + broken else []
    parts += ["✗"] if broken else []
    parts += [f"?{skipped}"] if skipped else []
    style = "red" if broken else ("yellow" if skipped else "")
    return ink.text(" ".join(parts) or "–", console, style)  # noqa: RUF001 - a sign of the legend


def show_summary(run: Json, console: Console) -> None:
    """Print one line per implementation and how many conform."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    for _ in range(5):
        table.add_column(no_wrap=True, overflow="crop")
    for one in digest.worst_first(run):
        table.add_row(*_summary(run, one, console))
    console.print(table)
    total = f"{digest.conforming(run)}, {run['seconds']:.1f} s"
    console.print(Text(total if run["implementations"] else "nothing was judged"))


def _summary(run: Json, one: Json, console: Console) -> list[Text]:
    counts = digest.count(one, digest.clauses_of(run))
    levels = [
        Text(f"{level} {digest.judged(digest.count(one, digest.clauses_of(run, level)))}")
        for level in ("core", "extended")
    ]
    words = (Verdict.UNCLAIMED, Verdict.NOT_RUN)
    left_out = Text("\n".join(f"{counts[word]} {word}" for word in words if counts[word]))
    word = digest.standing(run, one)
    closing = [Text(word, _STYLES[word]), Text(f"{one['seconds']:.1f} s")]
    return [_name(one, console), *levels, left_out, *closing]


def show_findings(
    run: Json,
    console: Console,
    *,
    full: int = FULL,
    scripts: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Print what is broken, the worst implementation first, one finding for each cause.

    At most `full` findings of an implementation are printed in full, the others in a line.
    """
    for one in digest.worst_first(run):
        findings = digest.findings_of(one)
        for finding in findings[:full]:
            stands = standings.stands(one, finding["clause"])
            show_finding(finding, console, scripts.get(finding["id"], ""), stands)
        _show_briefly(findings[full:], one, console)
        told = {name for finding in findings for name in (finding["clause"], *finding["also"])}
        silent = [name for name in digest.broken_clauses(run, one) if name not in told]
        _show_names("broken by a call that ended a process in another check", silent, one, console)


def _show_briefly(findings: Sequence[Json], one: Json, console: Console) -> None:
    """Print a line for each finding that is not printed in full."""
    if not findings:
        return
    name, number = untrusted.line(one["name"], _NAME), len(findings)
    causes = f"{number} more cause{'' if number == 1 else 's'}, in brief"
    console.print(ink.text(f"{name}: {causes}", console))
    for finding in findings:
        likeness = digest.likenesses(finding)[:1]
        words = likeness or [untrusted.line(finding["note"] or finding["got"]["text"], 160)]
        more = f" and {len(finding['also'])} more" if finding["also"] else ""
        line = f"{finding['clause']}{more}: {words[0]}"
        ink.show_row("", [ink.text(line, console)], console, 0)
    console.print()


def _show_names(words: str, names: list[str], one: Json, console: Console) -> None:
    if names:
        name = untrusted.line(one["name"], _NAME)
        console.print(ink.text(f"{name}: {words}", console))
        ink.show_row("", [ink.text(untrusted.line(", ".join(names), 4000), console)], console, 0)
        console.print()


def show_finding(finding: Json, console: Console, script: str = "", stands: str = "") -> None:
    """Print one finding: rule, call, expected, got, what to do next.

    `stands` is how it stands to what is declared, where that is known.
    """
    word = str(finding["verdict"]).upper()
    first = Text(word, _STYLES.get(word, "bold")).append(" ")
    first.append_text(ink.text(untrusted.line(finding["clause"], _NAME), console, "bold"))
    first.append_text(ink.text(f"   {untrusted.line(finding['sentence'])}", console))
    console.print(first)
    name, case = untrusted.line(finding["implementation"], _NAME), untrusted.line(finding["case"])
    where = f"{name}: {digest.fraction(finding)}, here {case}"
    ink.show_row("in", [ink.text(where, console)], console)
    ink.show_row("call", [_prose(finding["call"], console)], console)
    for one in finding["arguments"]:
        ink.show_row(untrusted.line(one["name"], _NAME), _argument(one, console), console)
    _show_compared(finding, console)
    for label, words in [*_told(finding), ("standing", stands)]:
        if words:
            ink.show_row(label, [_prose(words, console)], console)
    for label, command in _commands(finding, script):
        ink.show_command(label, untrusted.line(command), console)
    console.print()


def _argument(argument: Json, console: Console) -> list[Text]:
    kind = planes.kind(argument)
    if argument["data"] is None:
        return [ink.text(f"{kind}, too large to print", console)]
    return [ink.text(kind, console), *ink.array(argument["data"], [], console)]


def _show_compared(finding: Json, console: Console) -> None:
    expected, got = finding["expected"], finding["got"]
    marked = planes.differing(expected["data"], got["data"]) or []
    width = ink.width_of(expected["data"], got["data"], marked=marked)
    for label, side in (("expected", expected), ("got", got)):
        drawn = ink.array(side["data"], marked, console, width)
        ink.show_row(label, [_prose(side["text"], console), *drawn], console)


def _told(finding: Json) -> list[tuple[str, str]]:
    also = finding["also"]
    others = f"breaks {len(also)} other clause{'' if len(also) == 1 else 's'}"
    return [
        ("differ", planes.comparison(finding["expected"]["data"], finding["got"]["data"])),
        ("claims", "\n".join(claims.told(finding))),
        ("note", finding["note"]),
        ("also", f"{others} through the same cause: {', '.join(also)}" if also else ""),
        ("like", "\n".join(digest.likenesses(finding))),
    ]


def _commands(finding: Json, script: str) -> list[tuple[str, str]]:
    commands = [
        ("again", digest.reproduce(finding)),
        ("why", f"poolproof explain {finding['clause']}"),
        ("script", script),
    ]
    return [(label, command) for label, command in commands if command]


def show_left_out(run: Json, console: Console) -> None:
    """Print what was not judged: not run, unclaimed, not installed."""
    _show_rows(digest.left_out(run), console)


def show_declared(run: Json, console: Console) -> None:
    """Print who declares a dialect, and who breaks clauses where its documents are silent."""
    told = [("declares", digest.declares(run)), ("undocumented", digest.undocumented(run))]
    rows = [(label, f"{name}: {words}") for label, of in told for name, words in of]
    _show_rows(rows, console)


def _show_rows(rows: Sequence[tuple[str, str]], console: Console) -> None:
    for label, words in rows:
        ink.show_row(label, [ink.text(words, console)], console, _LEFT_OUT)
    if rows:
        console.print()


def _name(one: Json, console: Console) -> Text:
    return ink.text(untrusted.line(one["name"], _NAME), console)


def _prose(words: str, console: Console) -> Text:
    return ink.text(untrusted.passage(words, _MESSAGE), console)
