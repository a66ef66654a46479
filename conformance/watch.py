"""The watchdog of a run: ends workers whose call has taken too long, and knows what they did.

It runs in the controlling process and needs nothing from the worker but a few bytes in a
file, so it works while native code holds the interpreter lock there.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from conformance.flight import SUFFIX, Record, read
from conformance.sitting import DEADLY
from conformance.verdict import Verdict

PERIOD = 0.2
PATIENCE = 3
"""Hangs of one implementation that are waited for in full; later ones for a quarter."""


class Watchdog:
    """Watches the flight recorders of all workers from a thread."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the recorders."""
        self._folder = folder
        self._hung: set[int] = set()
        self._hangs: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poolproof-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End watching."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(PERIOD):
            now = time.time()
            for record in map(read, self._folder.glob(f"*{SUFFIX}")):
                if record.since and record.process not in self._hung and now > self._end(record):
                    self._hung.add(record.process)
                    self._hangs[_implementation(record)] += 1
                    with suppress(ProcessLookupError):
                        os.kill(record.process, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _end(self, record: Record) -> float:
        patient = self._hangs[_implementation(record)] < PATIENCE
        return record.until if patient else record.since + (record.until - record.since) / 4

    def last_call(self, worker: str) -> tuple[Record, Verdict]:
        """Return what a dead worker was doing, and whether it crashed or hung."""
        record = read(self._folder / f"{worker}{SUFFIX}")
        return record, Verdict.HANG if record.process in self._hung else Verdict.CRASH

    def remember(self, implementation: str, case: str, verdict: Verdict) -> None:
        """Tell the other workers not to make the deadly call again."""
        file = self._folder / DEADLY
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        known.setdefault(implementation, {})[case] = verdict.value
        whole = file.with_suffix(".new")
        whole.write_text(json.dumps(known), "utf-8")
        whole.replace(file)


def _implementation(record: Record) -> str:
    return record.label.partition("\t")[0]
