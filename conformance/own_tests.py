"""The suite in a test file of one's own: one line, and one test for each clause.

The plugin does the work, and imports it when a test is collected that has the line.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from conformance.own_judging import Seat
    from conformance.registry import Target

MARK = "poolproof"
ARGUMENT = "check"
TIERS = ("brief", "smoke", "default", "deep")
OPTIONS = ("tier", "seed", "known_deviations")


@dataclass(frozen=True, slots=True)
class Request:
    """What a decorated test asks for; it is looked at when the test is collected."""

    implementations: Sequence[object]
    options: Mapping[str, Any]


def parametrize(*implementations: object, **options: Any) -> pytest.MarkDecorator:  # noqa: ANN401 - judged when the test is collected
    """Return a decorator that calls a test once for each clause, with the argument `check`.

    `check()` judges one clause by all of its checks, as `poolproof run` does. It returns
    where the clause is kept, fails the test with the finding where it is broken, and skips
    it with the reason where nothing is claimed that it could be judged by.

        from conformance import parametrize

        @parametrize("my_pool.py")
        def test_my_pool(check):
            check()

    `implementations` are what `poolproof run` takes, where a path may also start at the
    folder of the test file, or objects: a module, a class, an instance. What has a name or
    a file is judged in a process of its own, so that a crash or a hang is one failed test;
    any other instance in the process of pytest.

    The options are `tier` ("brief", "smoke", "default" or "deep") and `seed`, which else are
    those of the plugin, and `known_deviations`, a mapping from the clauses that are known to be
    broken to the reason. These tests are expected to fail, and fail the run where they pass.

    Raises nothing here: what is wrong with an argument is told when the test is collected.
    """
    import pytest  # whoever imports the package for another reason is spared it

    return getattr(pytest.mark, MARK)(Request(implementations, options))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class ClauseCheck:
    """One clause of one implementation; called in a test, it passes, fails or skips it."""

    name: str
    """Of the implementation."""
    clause: str
    seat: Seat = field(repr=False)
    known: str | None = field(default=None, repr=False)
    """Why the clause is known to be broken; None where it is not."""

    def __call__(self) -> None:
        """Judge the clause."""
        __tracebackhide__ = True
        import pytest

        from conformance.verdict import BROKEN, Verdict

        verdict, text = self.seat.judged(self.clause)
        if self.known is not None and verdict in BROKEN:
            pytest.xfail(self.known)
        if self.known is not None:
            rest = "passes now" if verdict is Verdict.PASS else f"is not broken: {text}"
            message = f"{self.name}/{self.clause} {rest}; delete it from known_deviations"
            pytest.fail(message, pytrace=False)
        if verdict is Verdict.UNCLAIMED:
            pytest.skip(text)
        if verdict is not Verdict.PASS:
            pytest.fail(text, pytrace=False)


def generate(metafunc: pytest.Metafunc, request: Request) -> None:
    """Call a decorated test once for each clause of each implementation.

    Raises:
        CollectError: an argument of `parametrize` cannot be used; one line that says why.
    """
    import pytest

    from conformance.clauses import UnknownNameError
    from conformance.contract import UnusableError

    try:
        checks = _checks(metafunc, request)
    except (UnknownNameError, UnusableError) as error:
        message = f"{metafunc.function.__name__}: parametrize: {error}"
        raise pytest.Collector.CollectError(message) from error
    several = len({check.name for check in checks}) > 1
    ids = [f"{check.name}-{check.clause}" if several else check.clause for check in checks]
    metafunc.parametrize(ARGUMENT, checks, ids=ids)


def _checks(metafunc: pytest.Metafunc, request: Request) -> list[ClauseCheck]:
    from conformance.clauses import clauses
    from conformance.contract import UnusableError
    from conformance.own_judging import seat_of

    options = _checked(request.options)
    if ARGUMENT not in metafunc.fixturenames:
        message = "the test takes an argument called 'check', and calls it"
        raise UnusableError(message)
    if not request.implementations:
        message = "say what is judged, for example @parametrize('my_pool.py')"
        raise UnusableError(message)
    known = options.get("known_deviations", {})
    found = []
    for subject, target in _found(metafunc, request):
        seat = seat_of(metafunc.config, subject, target, options)
        found += [ClauseCheck(seat.name, clause, seat, known.get(clause)) for clause in clauses()]
    return found


def _found(metafunc: pytest.Metafunc, request: Request) -> Iterator[tuple[object, Target | None]]:
    """Yield each implementation with where it is found again, under a name of its own."""
    folders = (metafunc.definition.path.parent, metafunc.config.rootpath)
    taken: set[str] = set()
    for subject in request.implementations:
        target = target_of(subject, *folders)
        name, number = target.name if target else "", 2
        while target and target.name in taken:
            target, number = replace(target, name=f"{name}-{number}"), number + 1
        taken |= {target.name} if target else set()
        yield subject, target


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of `parametrize`, every one of which is known and of its type.

    Raises:
        UnknownNameError: a name or a word is unknown; the message gives the nearest.
        UnusableError: a value is of another type.
    """
    from conformance.clauses import clauses
    from conformance.contract import UnusableError

    _require("argument of parametrize", options, OPTIONS)
    _require("tier", [str(options[one]) for one in options if one == "tier"], TIERS)
    seed, known = options.get("seed", 0), options.get("known_deviations", {})
    if type(seed) is not int or not 0 <= seed < 2**63:
        message = f"seed is a whole number from 0 to 2**63 - 1, got {seed!r:.60}"
        raise UnusableError(message)
    reasons = list(known.values()) if isinstance(known, Mapping) else [None]
    if not all(isinstance(reason, str) and reason.strip() for reason in reasons):
        message = f"known_deviations maps a clause to the reason, got {known!r:.60}"
        raise UnusableError(message)
    _require("clause", map(str, known), clauses())
    return options


def _require(kind: str, names: Any, known: Collection[str]) -> None:  # noqa: ANN401 - any names
    from conformance.clauses import UnknownNameError

    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)


def target_of(subject: object, *folders: Path) -> Target | None:
    """Return where an implementation is found again in another process; None where it is not.

    Raises:
        UnusableError: it is a text that stands for nothing.
    """
    from conformance.registry import Target, find

    if isinstance(subject, str):
        return find(_placed(subject, folders))
    if isinstance(subject, ModuleType):
        return Target(subject.__name__.rpartition(".")[2], _address(subject))
    module = inspect.getmodule(subject) if inspect.isclass(subject) else None
    name = getattr(subject, "__qualname__", "<locals>")
    if module is None or "<locals>" in name:
        return None
    return Target(name, f"{_address(module)}:{name}")


def _placed(request: str, folders: Sequence[Path]) -> str:
    """Return a request whose relative path starts at one of the folders, if it is there."""
    name, equals, place = request.rpartition("=")
    path = place.rpartition(":")[0] if place.rpartition(":")[0].endswith(".py") else place
    if not path.endswith(".py") or Path(path).is_absolute():
        return request
    near = next((folder for folder in folders if (folder / path).is_file()), None)
    return f"{name}{equals}{near / place}" if near else request


def _address(module: ModuleType) -> str:
    """Return how a module is imported again: by its name in a package, else by its file."""
    file = getattr(module, "__file__", None) or ""
    return module.__name__ if module.__package__ or not file.endswith(".py") else file
