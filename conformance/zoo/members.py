"""Every bug as an attribute, so that `conformance.zoo.members:zero-padding-wins` can be judged.

`conformance.zoo.members:sound` is the implementation that has none of them.
"""

from __future__ import annotations

from conformance.clauses import UnknownNameError
from conformance.zoo import bugs, member
from conformance.zoo.sound import Sound


def __getattr__(name: str) -> Sound:
    """Return a new member of the zoo, or `sound`; underscores may stand for dashes.

    Raises:
        AttributeError: there is no such bug; the message names the nearest.
    """
    if name == "sound":
        return Sound()
    try:
        return member(name.replace("_", "-"))
    except UnknownNameError as unknown:
        raise AttributeError(str(unknown)) from None


def __dir__() -> list[str]:
    """Return the ids of all members."""
    return sorted(bugs())
