"""How a verdict stands to what an implementation declares, and to what its documentation says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The three ways in which a clause can be kept or broken by what is declared."""

    VIOLATES = "violates"
    """Broken, though it is declared, documented, or a default from which nothing differs."""
    UNDOCUMENTED = "undocumented"
    """Broken by what its documentation leaves open; what was observed is said."""
    DECLARED = "declared"
    """Kept, in a dialect that differs from the default and says so."""


PLAIN = "violates the specification, and no difference is declared"
"""The standing of most broken clauses."""
UNEXPLAINED = "violates the specification, and no difference that is declared explains it"
"""The same of who declares a dialect."""


@dataclass(frozen=True, slots=True)
class Part:
    """One switch or feature that a standing rests on."""

    about: str
    value: str
    """What is declared, the default, or what was observed; empty for a feature."""
    source: str = ""
    """Where its documentation says so; empty where no source is given."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the verdict on one clause stands."""

    kind: Kind
    text: str
    """The same in one line."""
    parts: tuple[Part, ...] = ()


def standing_of(values: Mapping[str, Any] | None) -> Standing | None:
    """Return a standing from its JSON values; None where a result has none."""
    if values is None:
        return None
    parts = tuple(Part(**part) for part in values["parts"])
    return Standing(Kind(values["kind"]), values["text"], parts)


def violates(parts: tuple[Part, ...], aside: str = "", *, declares: bool = False) -> Standing:
    """Return the standing of a broken clause that nothing undocumented explains.

    `declares` is whether some dialect is declared.
    """
    plain = UNEXPLAINED if declares else PLAIN
    what = f"violates {'; '.join(map(_held_to, parts))}" if parts else plain
    return Standing(Kind.VIOLATES, what + aside, parts)


def undocumented(parts: tuple[Part, ...]) -> Standing:
    """Return the standing of a broken clause that undocumented switches explain."""
    seen = "; ".join(f"{one.about} observed to be {one.value}" for one in parts)
    return Standing(Kind.UNDOCUMENTED, f"undocumented: {seen}", parts)


def declared(parts: tuple[Part, ...]) -> Standing:
    """Return the standing of a clause that is kept in the dialect that is declared."""
    said = "; ".join(f"{one.about} = {one.value}{_by(one)}" for one in parts)
    return Standing(Kind.DECLARED, f"differs from the default but says so: {said}", parts)


def _held_to(part: Part) -> str:
    if part.value:
        return f"what it declares, {part.about} = {part.value}{_by(part)}"
    return f"what is documented of {part.about}{_by(part)}"


def _by(part: Part) -> str:
    return f" ({part.source})" if part.source else ""
