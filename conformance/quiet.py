"""Silence around numbers that overflow or are NaN on purpose."""

from __future__ import annotations

import warnings

import numpy as np

EVERYTHING = ("ignore", None, Warning, None, 0)
"""The first warning filter where all warnings are silenced already."""


class quiet:  # noqa: N801 - used as `with quiet():`
    """Silence warnings: what an implementation answers, or a law makes of it, may overflow.

    It is entered for every call, so it costs little where warnings are silent already.
    """

    __slots__ = ("_numbers", "_warnings")

    def __enter__(self) -> None:
        """Silence NumPy, and Python's warnings unless they are silent."""
        self._warnings: warnings.catch_warnings[None] | None = None
        if not warnings.filters or warnings.filters[0] != EVERYTHING:
            self._warnings = warnings.catch_warnings()
            self._warnings.__enter__()
            warnings.simplefilter("ignore")
        self._numbers = np.errstate(all="ignore")
        self._numbers.__enter__()

    def __exit__(self, *_: object) -> None:
        """Restore both."""
        self._numbers.__exit__(None, None, None)
        if self._warnings is not None:
            self._warnings.__exit__(None, None, None)
