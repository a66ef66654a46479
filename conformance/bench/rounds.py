"""Times implementations in turns, each in a process of its own, and verifies what they answer.

In each round everyone is timed once on the same call, in an order that moves on by one, so that
whatever slows the machine down for a while slows all of them down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from conformance.bench.layers import Layer
from conformance.bench.numbers import right
from conformance.bench.stopwatch import COPY, described, open_stopwatch
from conformance.isolation.cell import end_cell, exit_code, open_cell
from conformance.registry import Target
from conformance.report.untrusted import line
from conformance.verdict import Json

START_SECONDS = 120.0
MOST_CALLS = 2000
OK, REFUSED, WRONG, RAISED, DIED, HUNG = "ok", "refused", "wrong", "raised", "died", "hung"


@dataclass(frozen=True, slots=True)
class Terms:
    """How time is taken."""

    threads: int = 1
    rounds: int = 7
    sample: float = 0.05
    """Seconds that a sample takes at least, where the call is quicker."""
    limit: float = 60.0
    """Seconds after which a call is given up, compiling included."""
    clock: str = "wall"
    """`wall`, or `cpu`: processor time, in which other work on the machine does not count."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one implementation came to on one layer."""

    layer: Layer
    backward: bool
    implementation: str
    status: str = OK
    note: str = ""
    seconds: tuple[float, ...] = ()
    """Of one call, round by round; empty unless the status is ok."""
    peak: int | None = None
    """Bytes that a call takes beyond its input; None where it is not known."""


class LostError(Exception):
    """A process does not answer any more; the arguments are a status and what became of it."""


@dataclass(slots=True)
class Contestant:
    """An implementation and the process that it is timed in."""

    target: Target
    terms: Terms
    kind: BaseContext
    noise: Path
    process: BaseProcess | None = None
    pipe: Connection | None = None
    unusable: str = ""
    """Why it cannot be timed at all."""

    def ask(self, limit: float, **request: object) -> Json:
        """Return the answer to a request.

        Raises:
            LostError: the process died, or it took longer than the limit and was ended.
        """
        if self.process is None:
            self._open()
        assert self.pipe is not None  # noqa: S101 - it was opened
        with suppress(OSError):  # a process that died is noticed below
            self.pipe.send_bytes(json.dumps(request).encode())
        return self._answer(limit)

    def starts(self) -> bool:
        """Return whether the implementation can be imported and timed; `unusable` says why not."""
        try:
            self._open()
        except LostError as lost:
            self.unusable = (
                f"{self.target.name}: {lost.args[1]}" if not self.unusable else self.unusable
            )
        return not self.unusable

    def close(self) -> None:
        """End the process."""
        if self.process is not None and self.pipe is not None:
            end_cell(self.process, self.pipe)
        self.process = self.pipe = None

    def _open(self) -> None:
        arguments = (self.target, self.terms.threads, self.terms.clock)
        self.process, self.pipe = open_cell(self.kind, open_stopwatch, *arguments, noise=self.noise)
        opened = self._answer(START_SECONDS)
        if "unusable" in opened:
            self.unusable = opened["unusable"]
            self.close()
            raise LostError(RAISED, self.unusable)

    def _answer(self, limit: float) -> Json:
        assert self.pipe is not None  # noqa: S101 - it was opened
        try:
            if not self.pipe.poll(limit):
                self.close()
                raise LostError(HUNG, f"no answer within {limit:g} s")
            answer: Json = json.loads(self.pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise LostError(DIED, self._end()) from error
        return answer

    def _end(self) -> str:
        assert self.process is not None  # noqa: S101 - it was started
        code = exit_code(self.process, 5.0)
        self.close()
        how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return f"the process died: {how}"


@dataclass(slots=True)
class _Turn:
    """One contestant's way through one layer."""

    contestant: Contestant
    row: Row
    digests: list[int]
    calls: int = 1
    seconds: list[float] = field(default_factory=list)

    def prepare(self, expected: Sequence[int]) -> None:
        layer, backward, terms = self.row.layer, self.row.backward, self.contestant.terms
        request = {"shape": layer.shape, "pool": described(layer.pool), "backward": backward}
        answer = self._asked(3 * terms.limit, do="prepare", **request)
        if answer is None or self._refused(answer):
            return
        self.digests = list(expected) if self.row.implementation != COPY.name else []
        if self._is_right(answer):
            self.calls = max(1, min(MOST_CALLS, math.ceil(terms.sample / answer["seconds"])))
            self.row = replace(self.row, peak=answer["peak"])

    def time(self) -> None:
        limit = self.contestant.terms.limit + 10 * self.contestant.terms.sample
        answer = self._asked(limit, do="time", calls=self.calls)
        if answer is not None and not self._refused(answer) and self._is_right(answer):
            self.seconds.append(answer["seconds"])

    def _asked(self, limit: float, **request: object) -> Json | None:
        try:
            return self.contestant.ask(limit, **request)
        except LostError as lost:
            self._ends(*lost.args)
        return None

    def _refused(self, answer: Json) -> bool:
        for status in (REFUSED, RAISED):
            if status in answer:
                self._ends(status, answer[status])
                return True
        return False

    def _is_right(self, answer: Json) -> bool:
        is_right = list(answer["digests"]) == self.digests
        if not is_right:
            parts = zip(("output", "input gradient"), self.digests, answer["digests"], strict=False)
            wrong = [name for name, right_one, got in parts if right_one != got]
            what = " and ".join(wrong) or "number of results"
            self._ends(WRONG, f"the {what} is not that of the reference")
        return is_right

    def _ends(self, status: str, note: str) -> None:
        self.row = replace(self.row, status=status, note=line(note))


def contestants(
    targets: Iterable[Target], terms: Terms, kind: BaseContext, folder: Path
) -> list[Contestant]:
    """Return what is timed: a copy, and the implementations."""
    return [
        Contestant(target, terms, kind, folder / f"{number}.stderr")
        for number, target in enumerate((COPY, *targets))
    ]


def race(
    layer: Layer,
    runners: Sequence[Contestant],
    *,
    backward: bool,
) -> list[Row]:
    """Return a row for each contestant, in their order."""
    expected = right(layer.shape, layer.pool, backward=backward)
    turns = [_Turn(one, Row(layer, backward, one.target.name), []) for one in runners]
    for turn in turns:
        if turn.contestant.unusable:
            turn.row = replace(turn.row, status=RAISED, note=line(turn.contestant.unusable))
        else:
            turn.prepare(expected)
    rounds = max((turn.contestant.terms.rounds for turn in turns), default=0)
    for number in range(rounds):
        shifted = turns[number % len(turns) :] + turns[: number % len(turns)]
        for turn in shifted:
            if turn.row.status == OK:
                turn.time()
    return [
        replace(turn.row, seconds=tuple(turn.seconds) if turn.row.status == OK else ())
        for turn in turns
    ]
