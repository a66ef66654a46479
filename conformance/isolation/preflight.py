"""Imports each implementation in a process of its own, before any judging starts.

An import can fail, hang or take the process down; none of that may reach the run.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Literal, TypeAlias

from conformance.contract import Implementation, UnusableError, one_line
from conformance.isolation.cell import LARGEST, Answers, context, end_cell, exit_code, open_cell
from conformance.registry import Target, load, shipped_at, versions
from conformance.verdict import Json
from reference.pool import Pool

Spared: TypeAlias = Literal["none", "adapters", "all"]
"""Whose error ends nothing but its own row: a broken framework is no mistake of who named it."""
IMPORT_SECONDS = 120.0
LISTS = ("claims", "lacks", "undocumented")
"""The parts of a passport that are lists in JSON."""


@dataclass(frozen=True, slots=True)
class Passport:
    """What an implementation says of itself."""

    name: str
    address: str
    claims: tuple[str, ...] = ()
    dialect: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    """What it does not offer together, or not though the base holds it; each as words."""
    sources: dict[str, str] = field(default_factory=dict)
    """Where its documentation says so, by switch or feature."""
    undocumented: tuple[str, ...] = ()
    """Switches on which its documentation is silent."""
    error: str = ""
    """Why it cannot be judged; empty when it can."""


class Preflight:
    """The import of all implementations of a run, a few at a time."""

    def __init__(self, targets: Sequence[Target], *, clean: bool, tries: bool = True) -> None:
        """Start the first processes; they work while the caller goes on.

        `clean` says that no foreign code ran in this process, `tries` that frameworks are
        imported too, to see whether they can be used.
        """
        self.targets, self._tries = list(targets), tries
        self._kind = context(clean=clean)
        if clean:
            import_module("numpy")  # once here, and not in every copy of this process
        self._waiting = list(targets)
        self._running: dict[str, tuple[BaseProcess, Connection]] = {}
        self._start()

    def _start(self) -> None:
        """Start processes for those that wait, as many as there are cores."""
        while self._waiting and len(self._running) < (os.cpu_count() or 1):
            target = self._waiting.pop(0)
            opened = open_cell(self._kind, open_desk, target, self._tries, noise=None)
            self._running[target.name] = opened

    def passports(self, spares: Spared = "none") -> list[Passport]:
        """Return what the implementations say of themselves.

        Raises:
            UnusableError: one cannot be imported or judged that is not spared, or none can;
                all that cannot are named.
        """
        found = [self._passport(target) for target in self.targets]
        errors = [passport.error for passport in found if passport.error]
        fatal = [one for one in found if one.error and not (spares == "adapters" and _needs(one))]
        if errors and spares != "all" and (fatal or len(errors) == len(found)):
            raise UnusableError("\n".join(errors))
        return found

    def _passport(self, target: Target) -> Passport:
        process, pipe = self._running[target.name]
        answer = _answer(target, process, pipe)
        end_cell(process, pipe)
        del self._running[target.name]
        self._start()
        if "unusable" not in answer and not answer.keys() >= {"name", *LISTS}:
            answer = {"unusable": f"{target.name}: importing it changed what its process answers"}
        if "unusable" in answer:
            error = answer["unusable"]
            return Passport(target.name, target.address, error=error)
        return passport_of(answer)


def _answer(target: Target, process: BaseProcess, pipe: Connection) -> Json:
    """Return the passport, or {"unusable": why}."""
    deadline = time.monotonic() + IMPORT_SECONDS
    try:
        with suppress(BrokenPipeError):
            pipe.send_bytes(b"{}")
        while pipe.poll(max(0.0, deadline - time.monotonic())):
            answer: Json = json.loads(pipe.recv_bytes(LARGEST))
            # The first message only says that the import went well.
            if isinstance(answer, dict) and answer:
                return answer
    except (EOFError, OSError, ValueError):  # it may write anything where an answer is due
        code = exit_code(process)
        return {"unusable": f"{target.name}: importing it ended the process (exit status {code})"}
    return {"unusable": f"{target.name}: importing it does not end within {IMPORT_SECONDS:.0f} s"}


def passport_of(answer: Json) -> Passport:
    """Return a passport from what a desk answered."""
    return Passport(**answer | {name: tuple(answer[name]) for name in LISTS})


def open_desk(target: Target, tries: bool) -> Answers:  # noqa: FBT001 - sent to a process
    """Import an implementation and return what answers with its passport.

    Raises:
        UnusableError: it cannot be judged.
    """
    found = load(target)
    if tries:
        _try(target, found)
    declared = dict(found.declared)
    claims = tuple(sorted(found.claims))
    lacks = tuple(" with ".join(sorted(lack)) for lack in found.lacks)
    passport = Passport(
        target.name,
        target.address,
        claims,
        declared,
        versions(target),
        lacks,
        dict(found.sources),
        found.undocumented,
    )
    return lambda _: asdict(passport)


def _needs(place: Target | Passport) -> tuple[str, ...]:
    """Return the packages that a shipped adapter is for; none for anything else."""
    shipped = shipped_at(place.address)
    return shipped.requires if shipped else ()


def _try(target: Target, found: Implementation) -> None:
    """Import what an adapter needs and make a plain call, so that no broken framework is judged.

    Raises:
        UnusableError: it cannot be used, or the refusals of an implementation cannot be read.
    """
    for package in _needs(target):
        try:
            import_module(package)
        except BaseException as error:
            message = f"{target.name}: {package} cannot be imported: {one_line(error)}"
            raise UnusableError(message) from error
    _ = found.refusals
    shape, pool = (1, 1, 2, 2), Pool.of(2)
    if not _needs(target) or found.lacking(shape, "float32", pool) or found.call_limit:
        return  # who says that a call takes long compiles it, which is not done twice
    import numpy as np

    try:
        found.subject.forward(np.zeros(shape, "float32"), pool)
    except BaseException as error:
        message = f"{target.name}: what it needs can be imported, but a plain call raises "
        message += f"{one_line(error)}; is it a version that the adapter does not know?"
        raise UnusableError(message) from error
