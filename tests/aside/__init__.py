"""Wrong implementations kept aside, unlike those of the zoo in detail: the suite's own test.

The zoo explains failures and is what the checks were built against. These were written from
knowledge of pooling kernels without looking at the checks, and measure what a stranger's bug
would meet. `tests.aside:NAME` can be judged, dashes in the name being underscores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.zoo.sound import Sound

SHELVES = (
    *("taps", "sizes", "lanes", "numbers", "specials", "winners", "gradients", "memory"),
    *("later_calls", "refused", "handed_back", "kernels", "bindings", "stragglers"),
    *("overlooked", "pairs", "rests", "narrow", "paths", "thresholds", "meetings"),
    *("corners", "seldom", "rewritten", "shortcuts", "unseen", "reported", "specialists"),
    "trades",
    "exactness",
    "launches",
)
"""The modules that hold them."""


@cache
def members() -> Mapping[str, Callable[[], Sound]]:
    """Return what makes each member, by name."""
    from tests.aside.shelf import joined

    return joined({name: import_module(f"{__name__}.{name}").shelf for name in SHELVES})


def __getattr__(name: str) -> Sound:
    """Return a new member; underscores may stand for dashes.

    Raises:
        AttributeError: there is none of this name.
    """
    known = {} if name.startswith("__") else members()
    dashed = name.replace("_", "-")
    if dashed not in known:
        message = f"no implementation kept aside is called {dashed}"
        raise AttributeError(message)
    return known[dashed]()
