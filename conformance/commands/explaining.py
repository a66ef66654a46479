"""`poolproof explain`: a clause in full."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape

from conformance.clauses import Clause, UnknownNameError, clause, clauses


def explain(name: str | None) -> int:
    """Print a clause, or the list of all; return the exit status."""
    console = Console(highlight=False, soft_wrap=False)
    if name is None:
        for one in clauses().values():
            console.print(f"{one.name:22} {one.level:9} {escape(one.sentence)}")
        return 0
    try:
        _show(clause(name), console)
    except UnknownNameError as error:
        print(f"poolproof: {error}", file=sys.stderr)
        return 2
    return 0


def _show(one: Clause, console: Console) -> None:
    needs = ", ".join(" or ".join(sorted(alternatives)) for alternatives in one.needs)
    console.print(f"[bold]{one.name}[/]   {one.level}, {escape(one.group)}")
    console.print(f"\n  {escape(one.sentence)}\n")
    console.print(f"  Why       {escape(one.why)}")
    if one.differs:
        console.print(f"  Differs   {escape(one.differs)}")
    if needs:
        console.print(f"  Needs     {escape(needs)}")
    if one.dialect:
        console.print(f"  Dialect   {', '.join(one.dialect)}")
    console.print("  Written   reference/SPEC.md")
