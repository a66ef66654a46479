"""What is declared beside what is observed, in words."""

from __future__ import annotations

from enum import StrEnum

from conformance.clauses import switches
from conformance.identify.standing import OPEN, Standing, Status


class Relation(StrEnum):
    """How what is observed of a switch stands to what is declared."""

    VIOLATES = "violates what it declares"
    SAYS_SO = "differs from the default but says so"
    UNDECLARED = "undeclared"
    UNDOCUMENTED = "undocumented"
    AS_DECLARED = "as declared"
    DEFAULT = "the default"
    UNTOLD = "cannot be told"


def relation(
    found: Standing, declared: str | None, *, keeps: bool, documented: bool = True
) -> Relation:
    """Return how a switch stands.

    `keeps`: everything observed agrees with what is declared; `documented`: its documentation is
    not said to be silent.
    """
    default = switches()[found.switch].default
    if found.status is Status.UNTOLD:
        return Relation.UNTOLD
    if declared is None:
        if found.settled and found.value == default:
            return Relation.DEFAULT
        return Relation.UNDECLARED if documented else Relation.UNDOCUMENTED
    if not keeps:
        return Relation.VIOLATES
    return Relation.AS_DECLARED if declared == default else Relation.SAYS_SO


def observed_words(found: Standing) -> str:
    """Return what was observed: a value, several, or that no value fits."""
    if found.settled:
        return found.value
    if found.status is Status.UNDECIDED:
        return " or ".join(value for value in found.possible if value != OPEN)
    return found.status.value


def relation_words(
    found: Standing, declared: str | None, *, keeps: bool, documented: bool = True
) -> str:
    """Return how a switch stands, in a sentence without a full stop."""
    how = relation(found, declared, keeps=keeps, documented=documented)
    observed = observed_words(found)
    if how is Relation.UNTOLD:
        said = f"declared to be {declared}, which " if declared else ""
        return f"{said}cannot be told: {found.why}"
    if how is Relation.VIOLATES:
        return f"violates what it declares, {declared}: observed to be {observed}"
    if how in {Relation.UNDECLARED, Relation.UNDOCUMENTED}:
        left = switches()[found.switch].default == OPEN and found.settled
        more = ", which the default leaves open" if left else ""
        return f"{how.value}: observed to be {observed}{more}"
    stricter = f"; {observed} is one of it" if declared == OPEN and observed != OPEN else ""
    return f"{how.value}{stricter}"
