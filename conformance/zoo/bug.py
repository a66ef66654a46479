"""A known bug: what it does wrong, where it was met, and a runnable copy of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from conformance.zoo.sound import Sound
    from conformance.zoo.trigger import Show

Member = TypeVar("Member", bound="type[Sound]")


@dataclass(frozen=True, slots=True)
class Citation:
    """The public report of a bug."""

    ref: str
    """`owner/repository#number`."""
    kind: str
    """`issues` or `pull`, as in the address."""

    @property
    def url(self) -> str:
        """Return the address of the report."""
        repository, number = self.ref.split("#")
        return f"https://github.com/{repository}/{self.kind}/{number}"


@dataclass(frozen=True, slots=True)
class Bug:
    """One member of the zoo."""

    id: str
    clauses: tuple[str, ...]
    """The clauses of SPEC.md that it breaks, the one that names the fault first."""
    wrong: str
    """The wrong behaviour in one line."""
    trigger: str
    """An input that shows it, in words."""
    show: Show
    """Make the calls of the trigger on an implementation and return what was seen."""
    citation: Citation | None
    """None where it is a plausible mistake of our own making."""
    make: Callable[[], Sound]
    """Return a new implementation that has the bug."""


class Shelf:
    """The bugs of one module, in the order in which they are written there."""

    def __init__(self) -> None:
        """Start empty."""
        self.bugs: dict[str, Bug] = {}

    def bug(
        self,
        name: str,
        *clauses: str,
        trigger: str,
        show: Show,
        cite: Citation | None = None,
    ) -> Callable[[Member], Member]:
        """Return a decorator that shelves a class as the bug called `name`.

        Raises:
            ValueError: the name is taken.
        """

        def shelve(member: Member) -> Member:
            if name in self.bugs:
                message = f"two bugs of one shelf are called {name}; rename one"
                raise ValueError(message)
            wrong = (member.__doc__ or "").split("\n")[0]
            self.bugs[name] = Bug(name, clauses, wrong, trigger, show, cite, member)
            return member

        return shelve


def issue(ref: str) -> Citation:
    """Return the citation of an issue, `owner/repository#number`."""
    return Citation(ref, "issues")


def pull(ref: str) -> Citation:
    """Return the citation of a pull request, `owner/repository#number`."""
    return Citation(ref, "pull")
