"""`poolproof list`: what can be judged here."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from conformance.contract import UnusableError
from conformance.preflight import Passport, Preflight
from conformance.registry import Target, installed, not_installed


def show_list() -> int:
    """Print what is registered, installed and claimed; return the exit status."""
    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("implementation", "claims", "dialect", "where"):
        table.add_column(title, overflow="fold")
    for target in installed():
        table.add_row(*_row(target))
    console.print(table)
    for name, hint in sorted(not_installed().items()):
        console.print(f"not installed: {escape(name)}   {escape(hint)}", soft_wrap=True)
    return 0


def _row(target: Target) -> list[str]:
    try:
        passport = Preflight([target]).passports()[0]
    except UnusableError as error:
        return [escape(target.name), escape(f"cannot be used: {error}"), "", escape(target.address)]
    return [
        escape(text)
        for text in (target.name, _claims(passport), _dialect(passport), target.address)
    ]


def _claims(passport: Passport) -> str:
    return " ".join(passport.claims) or "the base"


def _dialect(passport: Passport) -> str:
    return " ".join(f"{switch}={value}" for switch, value in sorted(passport.dialect.items()))
