"""Finds what an implementation says under a name that nobody reads, `dialekt` or `CLAIMS`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from conformance.clauses import features, switches

ALIKE = 0.8
"""From this ratio of difflib on, a name is taken for another that was misspelt."""


def misspelt(subject: object, attribute: str) -> str:
    """Return under which name a subject without `claims` or `dialect` gives them, or nothing.

    What stands there must be what would be read: features, or a mapping of switches.
    """
    try:
        names = {name.lower(): name for name in dir(subject) if not name.startswith("_")}
        near = difflib.get_close_matches(attribute, names, cutoff=ALIKE)
        return next((names[one] for one in near if _is_given(subject, names[one], attribute)), "")
    except Exception:  # noqa: BLE001 - it is foreign, and need not stand being looked at
        return ""


def _is_given(subject: object, name: str, attribute: str) -> bool:
    given = getattr(subject, name, None)
    if isinstance(given, Mapping):
        return attribute == "dialect" and _are_all(given, switches())
    if isinstance(given, Collection) and not isinstance(given, str):
        return attribute == "claims" and _are_all(given, features())
    return False


def _are_all(given: Collection[object], known: Collection[str]) -> bool:
    return bool(given) and all(isinstance(one, str) and one in known for one in given)
