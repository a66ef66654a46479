"""`poolproof list`: what is registered, what is installed, and what each claims."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from conformance.clauses import features
from conformance.isolation.preflight import Passport, Preflight
from conformance.registry import installed, not_installed, only_named
from conformance.report import ink
from conformance.report.untrusted import line

MARGIN = 2
FEW = 6
"""Features that are not claimed, up to which they are named in place of the claimed ones."""


def show_list() -> int:
    """Print what is registered, installed and claimed; return the exit status."""
    console = Console(highlight=False)
    for passport in Preflight(installed(), clean=True, tries=False).passports("all"):
        head = Text(passport.name, "bold").append(f"   {passport.address}", "dim")
        console.print(head, soft_wrap=True)
        ink.show_row("", [ink.text(said, console) for said in _said(passport)], console, MARGIN)
    for name, reason in sorted(only_named().items()):
        row = Text(name, "bold").append(f"   judged only when it is named: {reason}", "dim")
        console.print(row, soft_wrap=True)
    for name, hint in sorted(not_installed().items()):
        row = Text(name, "bold").append(f"   not installed: {hint}", "dim")
        console.print(row, soft_wrap=True)
    return 0


def _said(passport: Passport) -> list[str]:
    if passport.error:
        return [f"cannot be used: {passport.error}"]
    lines = [_claims(passport)]
    if passport.lacks:
        lines.append(f"but not {', '.join(passport.lacks)}")
    if passport.dialect:
        declared = sorted(passport.dialect.items())
        lines.append("dialect " + " ".join(f"{switch}={value}" for switch, value in declared))
    lines += [f"source  {about}: {text}" for about, text in _by_source(passport)]
    if passport.undocumented:
        lines.append(f"undocumented {' '.join(passport.undocumented)}")
    if passport.versions:
        lines.append(
            "with " + ", ".join(f"{name} {one}" for name, one in passport.versions.items())
        )
    return lines


def _by_source(passport: Passport) -> list[tuple[str, str]]:
    """Return (what, where) of what is documented, one pair for each place."""
    places: dict[str, list[str]] = {}
    for about, text in passport.sources.items():
        places.setdefault(line(text), []).append(about)
    return [(" ".join(abouts), text) for text, abouts in places.items()]


def _claims(passport: Passport) -> str:
    claimed = set(passport.claims)
    lacking = [name for name in features() if name not in claimed]
    if not claimed:
        return "claims the base only"
    if not lacking:
        return f"claims all {len(features())} features"
    if len(lacking) <= FEW:
        return f"claims all features but {' '.join(lacking)}"
    return f"claims {' '.join(name for name in features() if name in claimed)}"
