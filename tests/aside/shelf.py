"""How a wrong implementation is written down in a few lines: the sound one, one step spoilt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from conformance.zoo.sound import Sound

Fault = TypeVar("Fault", bound=Callable[..., Any])
Member = TypeVar("Member", bound=type[Sound])


class Shelf:
    """The wrong implementations of one module, by name."""

    def __init__(self) -> None:
        """Start empty."""
        self.members: dict[str, Callable[[], Sound]] = {}

    def after(self, step: str, base: type[Sound] = Sound) -> Callable[[Fault], Fault]:
        """Return a decorator for a function that spoils what a step of `base` returns.

        The function receives what the step returned, and the arguments of the step.
        """

        def shelve(fault: Fault) -> Fault:
            def wrong(self: Sound, *arguments: object) -> object:
                return fault(getattr(super(member, self), step)(*arguments), *arguments)

            member = type(fault.__name__, (base,), {step: wrong, "__doc__": fault.__doc__})
            self._put(fault.__name__, member)
            return fault

        return shelve

    def before(self, step: str, base: type[Sound] = Sound) -> Callable[[Fault], Fault]:
        """Return a decorator for a function that spoils the arguments of a step of `base`.

        The function receives the arguments and returns a tuple of those to be used.
        """

        def shelve(fault: Fault) -> Fault:
            def wrong(self: Sound, *arguments: object) -> object:
                return getattr(super(member, self), step)(*fault(*arguments))

            member = type(fault.__name__, (base,), {step: wrong, "__doc__": fault.__doc__})
            self._put(fault.__name__, member)
            return fault

        return shelve

    def member(self, wrong: Member) -> Member:
        """Shelve a class, which overrides what it likes."""
        self._put(re.sub(r"(?<!^)(?=[A-Z])", "_", wrong.__name__).lower(), wrong)
        return wrong

    def _put(self, name: str, make: Callable[[], Sound]) -> None:
        dashed = name.replace("_", "-")
        if dashed in self.members:
            message = f"two members of one shelf are called {dashed}; rename one"
            raise ValueError(message)
        self.members[dashed] = make


def joined(shelves: Mapping[str, Shelf]) -> dict[str, Callable[[], Sound]]:
    """Return the members of several shelves by name.

    Raises:
        ValueError: two shelves hold a member of the same name.
    """
    found: dict[str, Callable[[], Sound]] = {}
    for title, shelf in shelves.items():
        twice = sorted(found.keys() & shelf.members.keys())
        if twice:
            message = f"shelf {title} repeats {', '.join(twice)}; rename them"
            raise ValueError(message)
        found |= shelf.members
    return found
