"""For how long no thread of a process has run: each waits, perhaps for another that waits."""

from __future__ import annotations

import time
from pathlib import Path

PROCESSES = Path("/proc")
"""Where Linux lists them, and the threads of each."""


class Standstill:
    """Looks at the threads of a process now and then. Only Linux tells how long each has run."""

    def __init__(self) -> None:
        """Begin without a look."""
        self._seen: dict[str, str] = {}
        self._since = 0.0

    def seconds(self, process: int) -> float:
        """Return for how long no thread has run; 0 where one has since the last look."""
        seen, now = _run_times(process), time.monotonic()
        if not seen or seen != self._seen:
            self._seen, self._since = seen, now
        return now - self._since


def _run_times(process: int) -> dict[str, str]:
    """Return what the system counts of each thread; nothing where it does not say."""
    tasks = PROCESSES / str(process) / "task"
    try:
        return {str(one): (one / "schedstat").read_text("utf-8") for one in tasks.iterdir()}
    except OSError:  # another system, or a thread that ends meanwhile
        return {}
