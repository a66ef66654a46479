"""Known pooling bugs as runnable implementations, each wrong in one step and right elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from conformance.clauses import UnknownNameError

if TYPE_CHECKING:
    from conformance.zoo.bug import Bug
    from conformance.zoo.sound import Sound

SHELVES = (
    *("sizes", "padding", "windows", "axes", "planes", "ties", "specials", "dtypes", "indices"),
    *("gradients", "gathers", "sums", "layouts", "limits", "state"),
    *("refusals", "misfits", "results"),
)
"""The modules that hold the bugs."""


@cache
def bugs() -> Mapping[str, Bug]:
    """Return every bug by id, shelf by shelf.

    Raises:
        ValueError: two shelves hold a bug of the same id.
    """
    found: dict[str, Bug] = {}
    for name in SHELVES:
        shelf = import_module(f"{__name__}.{name}").shelf
        twice = sorted(found.keys() & shelf.bugs.keys())
        if twice:
            message = f"two shelves of the zoo hold {', '.join(twice)}; rename one"
            raise ValueError(message)
        found |= shelf.bugs
    return found


def member(name: str) -> Sound:
    """Return a new implementation that has the bug called `name`.

    Raises:
        UnknownNameError: there is no such bug; the message names the nearest.
    """
    known = bugs()
    if name not in known:
        kind = "bug of the zoo"
        raise UnknownNameError(kind, name, known)
    return known[name].make()


def left_out() -> Mapping[str, str]:
    """Return the surveyed bugs that cannot live in a max pooling, each with the reason."""
    from conformance.zoo.absent import LEFT_OUT

    return LEFT_OUT
