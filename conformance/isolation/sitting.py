"""What all checks of one process share: who is judged, on which terms, and by which warden."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from conformance.clauses import UnknownNameError, clause
from conformance.contract import UnusableError
from conformance.isolation.cell import context
from conformance.isolation.deaths import Deaths
from conformance.isolation.examination import Examination, Terms
from conformance.isolation.flight import Silence
from conformance.isolation.warden import Warden
from conformance.registry import Target, find_all, load
from conformance.report.writing import write_whole
from conformance.verdict import Json

ITEMS = "items.json"
"""In the folder of a run: what each check is about, {node id: (implementation, clause, check)}."""


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

    def note(self, items: dict[str, tuple[str, str, str]]) -> None:
        """Write down which checks there are, for the case that some get lost."""
        write_whole(self._folder / ITEMS, json.dumps(items))

    def account(self, target: Target, clause_name: str, check: str) -> Json:
        """Return what one check of one implementation came to."""
        if self._here:
            return self._examination(target).account(clause_name, check, {})
        if self._warden is None or self._warden.target != target:
            self.close_cell()
            flight = self._folder / self._worker
            self._warden = Warden(target, self.terms, self._deaths, flight)
        return self._warden.account(clause_name, check, self._kind)

    def _examination(self, target: Target) -> Examination:
        if target not in self._examinations:
            try:
                self._examinations = {target: Examination(load(target), Silence(), self.terms)}
            except UnusableError as error:
                raise pytest.UsageError(str(error)) from error
        return self._examinations[target]

    def close_cell(self) -> None:
        """End the judging process."""
        if self._warden is not None:
            self._warden.close()

    def close(self) -> None:
        """End the judging process and remove what is no longer needed."""
        self.close_cell()
        if self._own is not None:
            self._own.cleanup()
