"""Calls of one implementation, made in a process of its own and one at a time.

A call that kills its process or does not come back is what is observed of that call; the
next one is made in a new process.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Self

import numpy as np

from conformance.cases.case import Array, Case
from conformance.contract import Implementation, UnusableError
from conformance.findings import pool_json, pool_of
from conformance.handover import attempt, describe, holds_numbers
from conformance.identify.observation import (
    SILENCE,
    Kind,
    Observation,
    Reply,
    digest,
    heard,
    packed,
    told,
    unpacked,
)
from conformance.isolation.cell import Answers, end_cell, exit_code, open_cell
from conformance.isolation.preflight import Passport, open_desk, passport_of
from conformance.quiet import quiet
from conformance.registry import Target, load
from conformance.verdict import Json
from reference.pool import SAME_WORDS, Pool

IMPORT_SECONDS = 120.0
SECONDS_PER_ELEMENT = 5e-5
"""Added to the limit of a call per element of the input: a plain Python loop is slow, not hung."""
PATIENCE = 3
"""Hangs that are waited for in full; later ones for a quarter of the limit."""
AT_ONCE = 32
"""Calls that are made before an answer is waited for."""
ENDS = 40
"""Processes that it may end before it is asked no more; of one switch, ENDS_OF_ONE."""
ENDS_OF_ONE = 8
SPARED = Reply(Kind.SILENT, said="it ended too many processes to be asked")


def open_interview(target: Target) -> Answers:
    """Import an implementation and return what answers with its passport, or makes calls.

    Raises:
        UnusableError: it cannot be judged.
    """
    desk, answers = open_desk(target, tries=True), answering(load(target))
    return lambda request: desk({}) if "passport" in request else answers(request)


def answering(implementation: Implementation) -> Answers:
    """Return what makes the calls of a request in this process."""
    return lambda request: {"observed": [_made(implementation, call) for call in request["calls"]]}


def _made(implementation: Implementation, call: Json) -> Json:
    """Make a call and return what each method came to."""
    with quiet():
        observation = _observed(implementation, *_call(implementation, call))
    return {
        "forward": told(observation.forward),
        "indices": told(observation.indices),
        "backward": told(observation.backward),
    }


def _call(implementation: Implementation, request: Json) -> tuple[Array, Pool, Any, list[str]]:
    """Return the input, the parameters, what gives dy for an output, and the methods to ask."""
    if "case" in request:
        from conformance.cases.manifest import listed  # it imports every check

        case, seed = listed(request["tier"])[request["case"]], request["seed"]
        pool = spoken(case.pool, implementation.claims)
        return case.x(seed), pool, lambda y: case.dy(y.shape, seed), request["asked"]
    x, dy = unpacked(request["x"]), request["dy"]
    assert x is not None  # noqa: S101 - calls that are sent are small
    back = unpacked(dy) if dy else None
    return x.copy(), pool_of(request["pool"]), lambda _y: back, request["asked"]


def spoken(pool: Pool, claims: frozenset[str]) -> Pool:
    """Return the parameters as they are handed over: a SAME word that is not claimed as pairs."""
    unknown = pool.auto_pad in SAME_WORDS and pool.auto_pad not in claims
    return replace(pool, auto_pad="explicit") if unknown else pool


def _observed(
    implementation: Implementation,
    x: Array,
    pool: Pool,
    dy_for: Any,  # noqa: ANN401 - a function of the output
    asked: Sequence[str],
) -> Observation:
    subject, claims = implementation.subject, implementation.claims
    kinds = implementation.errors
    outcome = attempt(lambda: subject.forward(x, pool))
    if outcome.raised is not None:
        return Observation(_refusal(outcome.raised, outcome.said, kinds))
    pair = outcome.value
    if not issubclass(type(pair), tuple | list) or len(pair) != 2:  # noqa: PLR2004 - a pair
        return Observation(Reply(Kind.MALFORMED, said=f"forward returned {describe(pair)}"))
    y, saved = pair
    forward = _reply("forward", y)
    if not forward.answered:
        return Observation(forward)
    dy = dy_for(y) if "backward" in asked and "gradient" in claims else None
    index = back = SILENCE
    if "indices" in asked and "indices" in claims:
        index = _asked("indices", lambda: subject.indices(saved), kinds)
    if dy is not None and x.dtype.kind not in "iub":
        back = _asked("backward", lambda: subject.backward(np.array(dy), saved), kinds)
    return Observation(forward, index, back)


def _asked(method: str, call: Any, kinds: tuple[type[BaseException], ...]) -> Reply:  # noqa: ANN401
    outcome = attempt(call)
    if outcome.raised is not None:
        return _refusal(outcome.raised, outcome.said, kinds)
    return _reply(method, outcome.value)


def _refusal(raised: BaseException, said: str, kinds: tuple[type[BaseException], ...]) -> Reply:
    if isinstance(raised, NotImplementedError):
        return Reply(Kind.UNCLAIMED, said=said)
    return Reply(Kind.REFUSED if isinstance(raised, kinds) else Kind.RAISED, said=said)


def _reply(method: str, value: object) -> Reply:
    if not issubclass(type(value), np.ndarray):  # isinstance believes what an object says
        return Reply(Kind.MALFORMED, said=f"{method} returned {describe(value)}")
    plain: Array = np.ndarray.view(value, np.ndarray)  # type: ignore[call-overload]
    if not holds_numbers(plain):
        return Reply(Kind.MALFORMED, said=f"{method} returned an array of {plain.dtype}")
    found = np.array(plain, plain.dtype.newbyteorder("="))
    told_apart = np.where(found == 0, found.dtype.type(0), found) if method == "backward" else found
    return Reply(Kind.ANSWER, found, digest=digest(told_apart))  # the sign of a zero dx is open


def observed(answer: Json) -> list[Observation]:
    """Return what the calls of a request came to."""
    return [
        Observation(**{method: heard(one) for method, one in values.items()})
        for values in answer["observed"]
    ]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made elsewhere."""

    message: Json
    elements: int
    """Of the input, by which it may take longer."""


def call_with(x: Array, pool: Pool, dy: Array | None = None, asked: Sequence[str] = ()) -> Call:
    """Return a call with this input; `asked` may be indices and backward, with dy."""
    sent = {"x": packed(x), "dy": None if dy is None else packed(dy)}
    return Call(sent | {"pool": pool_json(pool), "asked": [*asked]}, x.size)


def call_of(case: Case, tier: str, seed: int) -> Call:
    """Return the call of a case that is listed in the suite, with every method."""
    message = {"case": case.id, "tier": tier, "seed": seed, "asked": ["indices", "backward"]}
    return Call(message, int(np.prod(case.shape, dtype=np.int64)) if case.shape else 1)


class Interview:
    """An implementation in a process of its own that is asked to make calls."""

    def __init__(self, target: Target, kind: BaseContext, call_limit: float = 20.0) -> None:
        """Take who is asked, how processes are made, and the seconds that a call may take."""
        self.target = target
        self._kind, self._call_limit = kind, call_limit
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._deadline = 0.0
        self._hangs = 0
        self._ends_left = ENDS
        self.calls = 0

    def __enter__(self) -> Self:
        """Return itself; the process starts with the first question."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    @property
    def given_up(self) -> bool:
        """Return whether it ended so many processes that it is asked no more."""
        return self._ends_left <= 0

    def passport(self) -> Passport:
        """Return what the implementation says of itself.

        Raises:
            UnusableError: it cannot be imported or judged.
        """
        self._send({"passport": True}, IMPORT_SECONDS)
        answer = self._received()
        if isinstance(answer, Reply):
            message = f"{self.target.name}: {answer.said} when it was asked what it claims"
            raise UnusableError(message)
        return passport_of(answer)

    def observe(self, calls: Sequence[Call]) -> Iterator[Observation]:
        """Yield what each call comes to, in order; some are made together.

        Of those after ENDS_OF_ONE ends of a process it is only said that they were not made.
        """
        self._ends_left = ENDS_OF_ONE
        for start in range(0, len(calls), AT_ONCE):
            several = calls[start : start + AT_ONCE]
            self.put(several)
            yield from self.take(several)

    def put(self, calls: Sequence[Call]) -> None:
        """Ask for calls, to be made one after the other; `take` returns what they came to."""
        self.calls += len(calls)
        if not self.given_up:
            share = 1.0 if self._hangs < PATIENCE else 0.25
            work = sum(call.elements for call in calls) * SECONDS_PER_ELEMENT
            self._send({"calls": [call.message for call in calls]}, self._call_limit * share + work)

    def take(self, calls: Sequence[Call]) -> list[Observation]:
        """Return what the calls that were asked for came to.

        Where the process does not come back from several, they are made one by one, so that
        it is known which of them ended it.
        """
        if self.given_up:
            return [Observation(SPARED)] * len(calls)
        answer = self._received()
        if not isinstance(answer, Reply):
            return observed(answer)
        if len(calls) > 1:
            return [self._alone(call) for call in calls]
        self._hangs += answer.kind is Kind.HANG
        self._ends_left -= 1
        return [Observation(answer)]

    def _alone(self, call: Call) -> Observation:
        self.calls -= 1
        self.put([call])
        return self.take([call])[0]

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._pipe is not None:
            end_cell(self._process, self._pipe)
        self._process = self._pipe = None

    def _send(self, request: Json, seconds: float) -> None:
        if self._process is None:
            self._start()
        assert self._pipe is not None  # noqa: S101 - it was started
        with suppress(OSError):  # a process that ended meanwhile is noticed when it is heard
            self._pipe.send_bytes(json.dumps(request).encode())
        self._deadline = time.monotonic() + seconds

    def _start(self) -> None:
        self._process, self._pipe = open_cell(self._kind, open_interview, self.target, noise=None)
        self._deadline = time.monotonic() + IMPORT_SECONDS
        answer = self._received()
        name = self.target.name
        if isinstance(answer, Reply):
            took = answer.kind is Kind.HANG
            seconds = f"does not end within {IMPORT_SECONDS:.0f} s"
            message = f"{name}: importing it {seconds if took else f'failed: {answer.said}'}"
            raise UnusableError(message)
        if "unusable" in answer:
            self.close()
            raise UnusableError(answer["unusable"])

    def _received(self) -> Json | Reply:
        """Return the next message, or how the process ended that was to send it."""
        assert self._pipe is not None  # noqa: S101 - something was asked
        try:
            if self._pipe.poll(max(0.0, self._deadline - time.monotonic())):
                message: Json = json.loads(self._pipe.recv_bytes())
                return message
        except (EOFError, OSError, ValueError):
            return self._death()
        self.close()
        return Reply(Kind.HANG, said="no answer in time")

    def _death(self) -> Reply:
        assert self._process is not None  # noqa: S101 - it was asked
        code = exit_code(self._process)
        self.close()
        if code is None or code >= 0:
            return Reply(Kind.CRASH, said=f"the process ended with exit status {code}")
        with suppress(ValueError):
            return Reply(Kind.CRASH, said=f"the process died: {signal.Signals(-code).name}")
        return Reply(Kind.CRASH, said=f"the process died of signal {-code}")
