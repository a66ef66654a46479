"""The checks of a run, worked off by several judging processes at a time.

The process of pytest waits for all of them and does nothing else meanwhile, so that it needs
no help of its own kind. A process that has answered gets its next check at once, before what
it answered is reported.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import TypeAlias

from conformance.isolation.warden import PERIOD, Steps, Warden
from conformance.registry import Target
from conformance.verdict import Json

Job: TypeAlias = tuple[Target, str, str]
"""Who is judged, the clause, and the name of the check."""


@dataclass(slots=True, eq=False)
class Seat:
    """Room for one judging process, and what it is asked."""

    opened: Callable[[Target], Warden]
    warden: Warden | None = None
    job: Job | None = None
    steps: Steps[Json] | None = None
    pipe: Connection | None = None


class Docket:
    """All checks of a run, in the order in which they are wanted."""

    def __init__(
        self, jobs: Sequence[Job], wardens: Sequence[Callable[[Target], Warden]], kind: BaseContext
    ) -> None:
        """Take the checks, what makes a warden for each seat, and how processes are made."""
        self._left: dict[Target, deque[Job]] = {}
        for job in jobs:
            self._left.setdefault(job[0], deque()).append(job)
        self._seats = [Seat(opened) for opened in wardens]
        self._kind = kind
        self._accounts: dict[Job, Json] = {}

    def account(self, job: Job) -> Json:
        """Return what a check came to, once; others are worked off meanwhile."""
        self._advance(0.0)
        while job not in self._accounts:
            self._advance(PERIOD)
        return self._accounts.pop(job)

    def close(self) -> None:
        """End all judging processes."""
        for seat in self._seats:
            if seat.warden is not None:
                seat.warden.close()

    def _advance(self, seconds: float) -> None:
        """Give every idle seat a check, and wait so long until some process has answered."""
        for seat in self._seats:
            self._occupy(seat)
        pipes = [seat.pipe for seat in self._seats if seat.pipe is not None]
        with suppress(OSError):  # what is wrong with a pipe is noticed when it is read
            wait(pipes, seconds)
        for seat in self._seats:
            self._step(seat)
            self._occupy(seat)

    def _occupy(self, seat: Seat) -> None:
        """Give a seat its next check if it has none."""
        while seat.job is None and (target := self._chosen(seat)) is not None:
            if seat.warden is None or seat.warden.target != target:
                if seat.warden is not None:
                    seat.warden.close()
                seat.warden = seat.opened(target)
            seat.job = self._left[target].popleft()
            seat.steps = seat.warden.asking(*seat.job[1:], self._kind)
            self._step(seat)

    def _chosen(self, seat: Seat) -> Target | None:
        """Return whose check comes next: of its own implementation while there are any.

        Then of one that nobody has begun, so that implementations do not share the time of a
        process; at the end of the run seats help each other.
        """
        begun = {other.warden.target for other in self._seats if other.warden is not None}
        left = [target for target, jobs in self._left.items() if jobs]
        mine = [target for target in left if seat.warden and seat.warden.target == target]
        fresh = [target for target in left if target not in begun]
        return next(iter(mine or fresh or left), None)

    def _step(self, seat: Seat) -> None:
        """Go on with a seat as far as it goes without waiting."""
        if seat.job is None or seat.steps is None:
            return
        try:
            seat.pipe = next(seat.steps)
        except StopIteration as done:
            self._accounts[seat.job] = done.value
            seat.job = seat.steps = seat.pipe = None
