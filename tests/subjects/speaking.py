"""The reference as an implementation: it speaks any dialect, or a different one here and there."""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.clauses import features, switches
from reference.backward import backward
from reference.dialect import DEFAULT, Dialect
from reference.forward import Forward, forward
from reference.indices import indices
from reference.pool import Pool

Array = NDArray[Any]
Choice = Callable[[Array, Pool], Dialect]
CLAIMS = frozenset(features())


@dataclass(frozen=True)
class Saved:
    """What the two other calls need."""

    found: Forward
    pool: Pool
    dialect: Dialect


class Speaking:
    """Right pooling in the dialect that `choose` gives for a call; it declares nothing.

    Where the dialect leaves a winner open, it takes now this one and now that one.
    """

    dialect: dict[str, str] = {}  # noqa: RUF012 - of the contract

    def __init__(self, choose: Choice | Dialect, claims: frozenset[str] = CLAIMS) -> None:
        """Take a dialect, or what gives one for a call."""
        self._choose: Choice = (lambda _x, _pool: choose) if isinstance(choose, Dialect) else choose
        self.claims = claims

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return the maxima.

        Raises:
            ValueError: the dialect forbids the call.
        """
        dialect = self._choose(x, pool)
        found = _settled(x, forward(x, pool, dialect), pool, dialect)
        return found.y.copy(), Saved(found, pool, dialect)

    def backward(self, dy: Array, saved: Saved) -> Array:
        """Return the gradient."""
        return backward(dy, saved.found, saved.pool, saved.dialect)

    def indices(self, saved: Saved) -> Array:
        """Return the indices."""
        return indices(saved.found, saved.pool, saved.dialect)


def _settled(x: Array, found: Forward, pool: Pool, dialect: Dialect) -> Forward:
    """Return what was found with one winner per window; an open zero has the winner's sign."""
    y, winners = found.y.copy(), []
    for place, open_winners in zip(np.ndindex(y.shape), found.winners, strict=True):
        values = [x[place[: -pool.rank] + one] for one in open_winners]
        number = zlib.crc32(np.array(values).tobytes() + bytes(place) + x.tobytes())
        chosen = number % len(open_winners) if open_winners else 0
        winners.append(open_winners[chosen : chosen + 1])
        if len(values) > 1 and not values[0] and dialect.signed_zero == "any":
            y[place] = values[chosen]
    return replace(found, y=y, winners=winners)


def by(switch: str, value: str, where: Callable[[Array, Pool], bool], **rest: str) -> Speaking:
    """Return a subject with another value of a switch where a condition holds."""
    usual = Dialect(**rest)
    other = replace(usual, **{switch.replace("-", "_"): value})
    return Speaking(lambda x, pool: other if where(x, pool) else usual)


def every() -> dict[tuple[str, str], Dialect]:
    """Return a dialect for each value of each switch, the others at their defaults.

    A window that only another rounding keeps is empty, and is answered.
    """
    return {
        (name, value): replace(
            DEFAULT,
            **{name.replace("-", "_"): value},
            **({"empty_window": "identity"} if name == "ceil" else {}),
        )
        for name, switch in switches().items()
        for value in switch.values
    }


def channels(x: Array, pool: Pool) -> int:
    """Return the number of channels of an input."""
    return int(x.shape[-pool.rank - 1])


class Lowest(Speaking):
    """Skips NaN, and answers the lowest number to a window of nothing but NaN."""

    def __init__(self) -> None:
        """Speak the dialect in which NaN is skipped."""
        super().__init__(Dialect(nan="ignore"))

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return the maxima, but for windows of nothing but NaN."""
        y, saved = super().forward(x, pool)
        least = np.array(-3.0e38 if x.itemsize > 2 else -1000.0).astype(y.dtype)
        return np.where(y != y, least, y) if x.dtype.kind not in "iub" else y, saved  # noqa: PLR0124


class Fatal(Speaking):
    """Speaks the default, and ends its process at a window without an element."""

    def __init__(self) -> None:
        """Refuse nothing that may end it."""
        super().__init__(Dialect(empty_window="identity"))

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return the maxima, or do not return."""
        y, saved = super().forward(x, pool)
        if not all(saved.found.winners):
            ctypes.string_at(0)
        return y, saved


fatal = Fatal()
