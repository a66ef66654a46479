"""After the checks of an implementation that failed: its diagnosis, and the scripts.

Both come from processes of their own, which have imported the implementation and never called
it. One that dies or takes too long leaves the result as it is, with fewer hints.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from conformance.isolation.cell import context, end_cell, open_cell
from conformance.isolation.warden import crowd
from conformance.registry import Target
from conformance.verdict import Json, Verdict
from conformance.verdicts import findings

SECONDS = 20.0
"""How long a diagnosis may take, and a script, where the machine does nothing else."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was found out about the findings of one implementation."""

    diagnosis: Json | None = None
    scripts: dict[str, Json] | None = None


class Desk:
    """A process that answers questions about one implementation, until it fails to."""

    def __init__(self, *opening: object) -> None:
        """Take what is opened there, a function and its arguments."""
        self._opening = opening
        self._made: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        """Return this; the process is made when it is asked first."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._close()

    def ask(self, question: Json) -> Json | None:
        """Return the answer; None where there is none, and the next question gets a new process."""
        try:
            if self._made is None:
                self._made = open_cell(context(clean=True), *self._opening, noise=None)  # type: ignore[arg-type]
                if self._heard() != {}:
                    return None
            self._made[1].send_bytes(json.dumps(question).encode())
            return self._heard()
        except (EOFError, OSError, ValueError):
            self._close()
            return None

    def _heard(self) -> Json:
        assert self._made is not None  # noqa: S101 - ask() made it
        if not self._made[1].poll(SECONDS * crowd()):
            raise EOFError
        answer: Json = json.loads(self._made[1].recv_bytes())
        return answer

    def _close(self) -> None:
        if self._made is not None:
            end_cell(*self._made)
            self._made = None


def aftermath(target: Target, accounts: Sequence[Json], tier: str, seed: int) -> Aftermath:
    """Return the diagnosis and the scripts for the accounts of one implementation."""
    records = [one for one in accounts if one["verdict"] == Verdict.FAIL]
    if not any(one["finding"] for one in accounts):
        return Aftermath()
    from conformance.diagnosis.inquest import open_diagnosis, open_scripts  # with all of the zoo

    diagnosis = None
    if records:
        with Desk(open_diagnosis, target, tier, seed) as desk:
            diagnosis = desk.ask({"records": records})
    scripts = {}
    with Desk(open_scripts, target, tier, seed) as desk:
        for cause in findings(accounts, diagnosis):
            answer = desk.ask({"finding": cause.leader, "records": records})
            if answer is not None:
                scripts[cause.leader["clause"]] = answer
    return Aftermath(diagnosis, scripts)
