"""Keeps the process that one implementation is judged in, and knows why it ended.

A call that takes too long, a process that dies and one that stops moving each become a
verdict; the next check gets a new process.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from conformance.findings import blank_finding, show_input, shown
from conformance.isolation.cell import LARGEST, Answers, end_cell, exit_code, open_cell
from conformance.isolation.deaths import Deaths
from conformance.isolation.examination import Examination, Terms, blank_account
from conformance.isolation.flight import SUFFIX, Record, Recorder, read
from conformance.isolation.standstill import Standstill
from conformance.places import portable
from conformance.registry import Target, load
from conformance.verdict import Json, Verdict

PERIOD = 0.2
STILL = 120.0
"""Seconds without a call begun or ended after which a process is taken to have stopped."""
IMPORT_SECONDS = 120.0
SENDING_SECONDS = 5.0
"""For the rest of a message that has begun, if the machine is not busy; more never comes."""
FIRST = 10.0
"""Seconds that the first call of a process gets at least: a framework may be imported in it."""
CROWD = 4.0
GARBAGE = 20_000
"""New objects after which a judging process looks for garbage: at Python's 700, a fifth of the
time of the smoke tier goes into that."""
DAMAGE = "damage done by an earlier call may show here as well"
LATER_UNUSABLE = "it was imported when the run began, and it cannot be any more"
FATAL = "Fatal Python error: "
STOP = "stop"
"""In the folder of a run: a file that says that nothing more is to be judged."""
ANYBODY = (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM), signal.SIGINT)
"""Signals by which somebody else may have ended the process: the check is tried once more."""


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended."""

    verdict: Verdict
    got: str
    outside: bool = False
    """Whether the implementation may have had no part in it."""
    note: str = ""
    """What there is to say of it, where no call of the implementation is to blame."""


def crowd() -> float:
    """Return how many times longer a call may take because the machine is busy: 1 to `CROWD`."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return min(max(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0), CROWD)


def open_examination(target: Target, flight: Path, terms: Terms) -> Answers:
    """Import an implementation and return what answers {clause, check, deadly} with an account.

    An empty request is answered with {claims, dialect}.

    Raises:
        UnusableError: it cannot be judged.
    """
    gc.freeze()  # what the suite is made of is no garbage, and is not looked through for any
    gc.set_threshold(GARBAGE)
    subject = load(target)
    _ = subject.refusals  # which may import its framework, and fail
    examination = Examination(subject, Recorder(flight), terms)
    about = {"claims": sorted(subject.claims), "dialect": dict(subject.declared)}
    return lambda request: examination.account(**request) if request else about


class Warden:
    """The judging process of one implementation, seen from outside."""

    def __init__(self, target: Target, terms: Terms, deaths: Deaths, flight: Path) -> None:
        """Take the implementation, what is known of earlier ends, and the recorder's file."""
        self.target, self._terms, self._deaths = target, terms, deaths
        self._flight = flight.with_suffix(SUFFIX)
        self._noise = flight.with_suffix(".stderr")
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._about: Json = {"claims": [], "dialect": {}}
        self.still = STILL
        self._standstill = Standstill()

    def account(self, clause: str, check: str, kind: BaseContext) -> Json:
        """Return what one check came to, in a new process where the last one ended."""
        blank = blank_account(self.target.name, clause, check)
        if self._deaths.given_up(self.target.name):
            why = "it ended too many processes, or cannot be imported any more"
            return blank | {"reason": f"given up: {why}"}
        answer = self._asked(clause, check, kind)
        if isinstance(answer, End) and answer.outside:
            answer = self._asked(clause, check, kind)
        if not isinstance(answer, End) and not (
            isinstance(answer, dict) and answer.keys() >= blank.keys()
        ):
            answer = End(Verdict.CRASH, "the process answers what no check says")
            self.close()
        return self._ended(answer, clause, check) if isinstance(answer, End) else answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._pipe is not None:
            end_cell(self._process, self._pipe)
        self._process = self._pipe = None

    def _asked(self, clause: str, check: str, kind: BaseContext) -> Json | End:
        if self._process is None:
            end = self._open(kind)
            if end is not None:
                return end
        deadly = self._deaths.of(self.target.name)
        request = {"clause": clause, "check": check, "deadly": deadly}
        with suppress(OSError):  # a process that ended meanwhile is noticed below
            self._connection.send_bytes(json.dumps(request).encode())
        return self._heard()

    @property
    def _connection(self) -> Connection:
        assert self._pipe is not None  # noqa: S101 - open() made it
        return self._pipe

    def _open(self, kind: BaseContext) -> End | None:
        """Start a process; return how it ended if it could not import the implementation."""
        self._flight.unlink(missing_ok=True)
        self._noise.unlink(missing_ok=True)
        arguments = (self.target, self._flight, self._terms)
        self._process, self._pipe = open_cell(kind, open_examination, *arguments, noise=self._noise)
        answer = self._message(time.monotonic() + IMPORT_SECONDS)
        if isinstance(answer, End):
            return answer
        if "unusable" in answer:
            self.close()
            self._deaths.give_up(self.target.name)
            return End(Verdict.CRASH, answer["unusable"], note=LATER_UNUSABLE)
        self._about = self._told()
        return None

    def _told(self) -> Json:
        """Return what the implementation claims and declares."""
        with suppress(OSError):
            self._connection.send_bytes(b"{}")
        answer = self._message(time.monotonic() + IMPORT_SECONDS)
        return {"claims": [], "dialect": {}} if isinstance(answer, End) else answer

    def _heard(self) -> Json | End:
        return self._message(float("inf"))

    def _message(self, deadline: float) -> Json | End:
        """Wait for a message, and for no call longer than it may take."""
        begun, stop = time.time(), self._flight.with_name(STOP)
        while not self._readable():
            if stop.exists():
                self.close()
                raise KeyboardInterrupt
            end = self._overdue(begun)
            if end is None and time.monotonic() > deadline:
                end = End(Verdict.HANG, "importing it does not end")
            if end is not None:
                self.close()
                return end
        try:
            message: Json = json.loads(self._received())
        except (EOFError, OSError):
            return self._death()
        except ValueError:
            self.close()
            return End(Verdict.CRASH, "the process wrote into files that are not its own")
        return message

    def _received(self) -> bytes:
        """Return what the process sent.

        Raises:
            EOFError: it ended.
            ValueError: what it wrote is no message, or promises more than comes.
        """
        found: list[bytes | EOFError | ConnectionError] = []
        connection = self._connection

        def receive() -> None:
            try:
                found.append(connection.recv_bytes(LARGEST))
            except (EOFError, ConnectionError) as ended:
                found.append(ended)
            except (OSError, TypeError):
                pass

        reader = threading.Thread(target=receive, daemon=True)
        reader.start()
        reader.join(SENDING_SECONDS * crowd())
        if not found:
            message = "no message"
            raise ValueError(message)
        if not isinstance(found[0], bytes):
            raise found[0]
        return found[0]

    def _readable(self) -> bool:
        try:
            return self._connection.poll(PERIOD)
        except OSError:
            return True

    def _overdue(self, begun: float) -> End | None:
        """Return how the process is to be ended if it has taken too long."""
        record, now = self._record(), time.time()
        if record and record.since:
            share = self._deaths.share_of_limit(self.target.name)
            asked = record.until - record.since
            limit = max(asked * share, min(asked, FIRST if record.number == 1 else 0.0))
            if now > record.since + limit * crowd():
                return End(Verdict.HANG, f"no answer within {limit:.0f} s")
            if record.still < limit and self._standstill.seconds(record.process) > (
                record.still * share * crowd()
            ):
                got = f"no answer, and no thread has run for {record.still * share:.0f} s"
                return End(Verdict.HANG, f"{got}: each waits for another, or for what never comes")
        elif now > max(begun, record.moved if record else 0.0) + self.still * crowd():
            got = f"no call began or ended for {self.still:.0f} s: the process stands still"
            return End(Verdict.HANG, got)
        return None

    def _death(self) -> End:
        """Return how a process ended that is gone, or that closed its end of the pipe."""
        assert self._process is not None  # noqa: S101 - it was asked
        code = exit_code(self._process)
        self.close()
        if code is None:
            return End(Verdict.CRASH, "the process closed files that are not its own")
        if code >= 0:
            return End(Verdict.CRASH, f"the process ended with exit status {code}")
        with suppress(ValueError):
            name = signal.Signals(-code).name
            return End(Verdict.CRASH, f"the process died: {name}", -code in ANYBODY)
        return End(Verdict.CRASH, f"the process died of signal {-code}")

    def _record(self) -> Record | None:
        return read(self._flight) if self._flight.exists() else None

    def _ended(self, end: End, clause: str, check: str) -> Json:
        """Turn the end of a process into the account of the check that met it."""
        name, record = self.target.name, self._record()
        label = (record.label.split("\t") if record else []) + [""] * 6
        here = label[1:3] == [clause, check]
        case, call, method = label[3:6] if here else ("", "", "")
        self._deaths.record(name, case or f"{clause} {check}", end.verdict)
        where = method if record and record.since and here else "between two calls"
        note = end.note or f"in {where}; {DAMAGE}{self._last_words()}"
        found = blank_finding(name, clause, check, case, call)
        found |= {"verdict": end.verdict.value, "got": shown(end.got), "note": note}
        about = self._about["claims"], self._about["dialect"]
        found = show_input(found, *about, self._terms.tier, self._terms.seed)
        counts = {"cases": 1, "reason": note, "finding": found, "verdict": end.verdict.value}
        return blank_account(name, clause, check) | counts

    def _last_words(self) -> str:
        """Return what the process wrote to stderr last, or where Python says that it died."""
        said: list[str] = []
        with suppress(OSError):
            text = portable(self._noise.read_bytes()[-20_000:].decode(errors="replace"))
            said = [line.strip() for line in text.split("\n") if line.strip()]
        fatal = [number for number, line in enumerate(said) if line.startswith(FATAL)]
        if fatal:
            where = [line for line in said[fatal[-1] :] if line.startswith("File ")]
            said = [f"{said[fatal[-1]].removeprefix(FATAL)} {' '.join(where[:1])}".strip()]
        return f"; its last words: {said[-1][-200:]}" if said else ""
