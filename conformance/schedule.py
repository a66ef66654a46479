"""How checks are handed to workers: as xdist does, but a dying worker takes nothing with it."""

from __future__ import annotations

from contextlib import suppress

from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController


class SurvivingScheduling(LoadScheduling):  # type: ignore[misc] # xdist has no types
    """Load scheduling that outlives two workers that die at the same time.

    When one worker is found dead, xdist hands its checks to the next, which may have died
    too without anybody knowing yet; its own scheduling then ends the whole session. Here
    the checks stay noted for that worker and are handed on when its death is known.
    """

    def _send_tests(self, node: WorkerController, num: int) -> None:
        with suppress(OSError):
            super()._send_tests(node, num)
