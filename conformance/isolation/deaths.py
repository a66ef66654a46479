"""What ended the processes of a run: every worker writes a file of its own, all read all."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.report.writing import write_whole
from conformance.verdict import Verdict

GIVE_UP_AFTER = 200
"""Processes that one implementation may end before the rest of its checks is not run."""
EVERYTHING = "*"
"""In place of a case: none is to be tried any more."""
PATIENCE = 3
"""Hangs of one implementation that are waited for in full; later ones for a quarter."""
_SUFFIX = ".deaths.json"


class Deaths:
    """The cases that ended a process, by implementation."""

    def __init__(self, folder: Path, worker: str) -> None:
        """Take the folder that the workers of a run share, and the name of this one."""
        self._folder, self._file = folder, folder / f"{worker}{_SUFFIX}"
        self._mine: dict[str, dict[str, str]] = {}

    def record(self, implementation: str, case: str, verdict: Verdict) -> None:
        """Tell everyone not to make this call of this implementation again."""
        self._mine.setdefault(implementation, {})[case] = verdict.value
        write_whole(self._file, json.dumps(self._mine))

    def give_up(self, implementation: str) -> None:
        """Tell everyone to try no more of this implementation."""
        self.record(implementation, EVERYTHING, Verdict.CRASH)

    def of(self, implementation: str) -> dict[str, str]:
        """Return {case: verdict} for what ended a process of an implementation."""
        found: dict[str, str] = {}
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            found |= json.loads(file.read_text("utf-8")).get(implementation, {})
        return found

    def given_up(self, implementation: str) -> bool:
        """Return whether an implementation ended so many that no more is tried."""
        found = self.of(implementation)
        return EVERYTHING in found or len(found) >= GIVE_UP_AFTER

    def share_of_limit(self, implementation: str) -> float:
        """Return which part of the limit of a call is waited for."""
        hangs = [one for one in self.of(implementation).values() if one == Verdict.HANG]
        return 1.0 if len(hangs) < PATIENCE else 0.25
