"""What all checks of one process share: who is judged, on which terms, and by which warden."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from conformance.clauses import UnknownNameError, clause
from conformance.contract import UnusableError
from conformance.isolation.cell import context
from conformance.isolation.deaths import Deaths
from conformance.isolation.docket import Docket, Job
from conformance.isolation.examination import Examination, Terms
from conformance.isolation.flight import Silence
from conformance.isolation.warden import Warden
from conformance.registry import Target, find_all, load
from conformance.verdict import Json


class Sitting:
    """The implementations of one session of pytest, judged one after the other."""

    def __init__(
        self, requests: list[str], terms: Terms, *, folder: str, worker: str, here: bool
    ) -> None:
        """Find the implementations; they are imported when they are first judged.

        `folder` is what the workers of a run share; `here` judges in this process.

        Raises:
            UsageError: one of them cannot be found.
        """
        try:
            self.targets = find_all(requests)
        except UnusableError as error:
            raise pytest.UsageError(str(error)) from error
        self.terms, self._here, self._worker = terms, here, worker
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="poolproof-")
        self._folder = Path(folder or (self._own.name if self._own else ""))
        self.shared = bool(folder)
        """Whether `poolproof run` started this, which keeps the findings itself."""
        self._kind = context(clean=self.shared)
        self._deaths = Deaths(self._folder, worker)
        self._warden: Warden | None = None
        self._docket: Docket | None = None
        self._examinations: dict[Target, Examination] = {}

    def cited(self, node: str, citations: list[tuple[object, ...]]) -> None:
        """Require that a check cites exactly one clause, which SPEC.md has.

        Raises:
            UsageError: it does not; pytest stops.
        """
        if len(citations) != 1 or len(citations[0]) != 1:
            message = f"{node}: a check cites one clause, got {citations}"
            raise pytest.UsageError(message)
        try:
            clause(str(citations[0][0]))
        except UnknownNameError as error:
            message = f"{node}: {error}"
            raise pytest.UsageError(message) from error

    def plan(self, jobs: Sequence[Job], seats: int) -> None:
        """Have all of these checks worked off, by so many judging processes at a time.

        Without a plan each check is judged when it is asked for.
        """
        wardens = [partial(self._opened, f"{self._worker}-{number}") for number in range(seats)]
        self._docket = Docket(jobs, wardens, self._kind)

    def account(self, target: Target, clause_name: str, check: str) -> Json:
        """Return what one check of one implementation came to."""
        if self._here:
            return self._examination(target).account(clause_name, check, {})
        if self._docket is not None:
            return self._docket.account((target, clause_name, check))
        if self._warden is None or self._warden.target != target:
            self.close_cells()
            self._warden = self._opened(self._worker, target)
        return self._warden.account(clause_name, check, self._kind)

    def _opened(self, name: str, target: Target) -> Warden:
        return Warden(target, self.terms, self._deaths, self._folder / name)

    def _examination(self, target: Target) -> Examination:
        if target not in self._examinations:
            try:
                self._examinations = {target: Examination(load(target), Silence(), self.terms)}
            except UnusableError as error:
                raise pytest.UsageError(str(error)) from error
        return self._examinations[target]

    def close_cells(self) -> None:
        """End the judging processes."""
        for one in (self._warden, self._docket):
            if one is not None:
                one.close()

    def close(self) -> None:
        """End the judging processes and remove what is no longer needed."""
        self.close_cells()
        if self._own is not None:
            self._own.cleanup()
