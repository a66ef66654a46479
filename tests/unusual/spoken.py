"""Implementations that speak a dialect drawn at random, and offer a part of the features.

`tests.unusual.spoken:dialect-7`; from 20 on they decide anew in each call what is left open. What
a dialect answers is what the witness of the suite sees; its laws, which know nothing of the
witness, must not accuse it of anything.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance import witness
from conformance.clauses import switches
from conformance.features import TYPES
from conformance.oracle import named
from reference.dialect import Dialect
from reference.refusal import check_call
from tests.unusual.offers import Strict, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from reference.pool import Pool

RANDOM, STEADY = 40, 20
SPOKEN = {f"dialect-{number}": f"tests.unusual.spoken:dialect-{number}" for number in range(RANDOM)}
"""Name and target of each, as in the family."""
FEW, MOST = (1, 2, 4), 12
"""How many switches are thrown."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What forward keeps."""

    seen: witness.Sighting
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rank: int


@dataclass(frozen=True, slots=True)
class Engine:
    """Does everything that a dialect says."""

    dialect: Dialect

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Saved]:
        """Return (y, saved).

        Raises:
            ValueError: the call is invalid in this dialect.
            TypeError: no clause knows the type of the input.
        """
        if x.dtype.name not in TYPES:
            message = f"numbers are one of {', '.join(TYPES)}; got {x.dtype}"
            raise TypeError(message)
        check_call(x.shape, pool, self.dialect)
        lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
        native = x.astype(x.dtype.newbyteorder("="))
        seen = witness.watch(native.reshape(1, math.prod(lead), *sizes), pool, self.dialect)
        y = seen.y.reshape(*lead, *seen.y.shape[2:]).astype(native.dtype)
        return y, Saved(seen, x.shape, native.dtype, pool.rank)

    def indices(self, saved: Saved) -> NDArray[Any]:
        """Return the winners, counted as the dialect says."""
        out = saved.seen.winner.shape[2:]
        places = saved.seen.winner.reshape(*saved.shape[: -saved.rank], *out)
        return named(places, saved.shape, saved.rank, self.dialect)

    def backward(self, dy: NDArray[Any], saved: Saved) -> NDArray[Any]:
        """Return dx.

        Raises:
            TypeError: the input was not of a floating type.
            ValueError: `dy` has not the shape of the output.
        """
        if saved.dtype.kind in "iub":
            message = f"{saved.dtype} has no gradient"
            raise TypeError(message)
        wanted = (*saved.shape[: -saved.rank], *saved.seen.y.shape[2:])
        if dy.shape != wanted:
            message = f"dy has shape {wanted}; got {dy.shape}"
            raise ValueError(message)
        with np.errstate(all="ignore"):
            dx = witness.gradient(dy, saved.seen, saved.shape, self.dialect)
        return dx.astype(saved.dtype)


def won(dx: NDArray[Any], saved: Saved) -> NDArray[np.bool_]:
    """Return which elements of the input won a window."""
    planes, windows = saved.seen.largest.shape[:2]
    winner = saved.seen.winner.reshape(planes, windows)
    found = np.zeros((planes, dx.size // max(planes, 1)), bool)
    plane, window = np.nonzero(winner >= 0)
    found[plane, winner[plane, window]] = True
    return found.reshape(dx.shape)


@dataclass(frozen=True, slots=True)
class Restless(Engine):
    """Draws, in each call, whatever more than one answer is right for."""

    chance: np.random.Generator

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Saved]:
        """Return (y, saved); raises what an engine raises."""
        y, saved = Engine.forward(self, x, pool)
        seen = saved.seen
        if not seen.member.shape[1] or not y.size:
            return y, saved
        flat = np.ascontiguousarray(x).reshape(len(seen.largest), -1)
        drawn = [self._drawn(seen) for _ in range(2)]
        values = np.take_along_axis(flat, np.maximum(drawn[0], 0), 1).astype(y.dtype)
        free = (y != y) | ((y == 0) & (self.dialect.signed_zero == "any"))  # noqa: PLR0124 - NaN
        first = (y == 0) & (self.dialect.signed_zero == "first")
        mine = np.take_along_axis(flat, np.maximum(drawn[1], 0), 1).astype(y.dtype)
        is_open = seen.contenders.reshape(y.shape) > 1
        y = np.where(is_open & free, values.reshape(y.shape), y)
        y = np.where(is_open & first, mine.reshape(y.shape), y).astype(y.dtype)
        return y, replace(saved, seen=replace(seen, winner=drawn[1].reshape(seen.winner.shape)))

    def backward(self, dy: NDArray[Any], saved: Saved) -> NDArray[Any]:
        """Return dx, where a sum that comes to zero has either sign; raises what an engine does."""
        dx = Engine.backward(self, dy, saved)
        other = won(dx, saved) & (dx == 0) & (self.chance.random(dx.shape) < 0.5)
        return np.where(other, -dx, dx).astype(dx.dtype)

    def _drawn(self, seen: witness.Sighting) -> NDArray[Any]:
        planes, windows, _ = seen.largest.shape
        tap = (seen.largest * (1 + self.chance.random(seen.largest.shape))).argmax(2)
        is_open = seen.contenders.reshape(planes, windows) > 1
        winner = seen.winner.reshape(planes, windows)
        return np.where(is_open, seen.member[np.arange(windows), tap], winner)


def __getattr__(name: str) -> Strict:
    """Return an implementation by its name in SPOKEN.

    Raises:
        AttributeError: there is none of that name.
    """
    kind, _, number = name.partition("-")
    if kind != "dialect" or not number.isdecimal():
        raise AttributeError(name)
    generator = random.Random(int(number))  # noqa: S311 - the same every time
    thrown = _thrown(generator)
    fields = {switch.replace("-", "_"): value for switch, value in thrown.items()}
    dialect, offer = Dialect(**fields), drawn(generator)
    if int(number) < STEADY:
        return Strict(*offer, thrown, Engine(dialect))
    return Strict(*offer, thrown, Restless(dialect, np.random.default_rng(int(number))))


def _thrown(generator: random.Random) -> Mapping[str, str]:
    known = switches()
    count = min(generator.choice((*FEW, MOST)), len(known))
    return {
        name: generator.choice(sorted(known[name].values))
        for name in generator.sample(sorted(known), count)
    }
