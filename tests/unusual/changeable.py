"""Decides what is left open anew in each call, by the batch axis, or by the way it was asked.

And implementations that know of no word, type or number but those that may reach them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.features import NEVER_ASKED
from implementations import im2col
from reference.dialect import Dialect
from tests.unusual.offers import WITHOUT_FLOATS, Strict
from tests.unusual.spoken import Engine, Saved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

    Array = NDArray[Any]

ASKED = tuple(one for one in im2col.claims if one not in NEVER_ASKED)


class DrawnAnew:
    """In each call another of several equals wins; without a batch axis, the last."""

    claims = im2col.claims
    dialect = {"ties": "any"}  # noqa: RUF012 - read once

    def __init__(self) -> None:
        """Begin to draw."""
        self._engine = Engine(Dialect(ties="any"))
        self._chance = np.random.default_rng(7)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return (y, saved); raises what the engine raises."""
        y, saved = self._engine.forward(x, pool)
        largest, member = saved.seen.largest, saved.seen.member
        if not member.shape[1]:
            return np.asfortranarray(y), saved
        drawn = self._chance.random(largest.shape) if x.ndim == pool.rank + 2 else 1.0
        lot = largest * (drawn + np.arange(largest.shape[2]) / largest.shape[2])
        winner = np.where(largest.any(2), member[np.arange(len(member)), lot.argmax(2)], -1)
        flat = x.reshape(len(largest), math.prod(x.shape[-pool.rank :]))
        chosen = np.take_along_axis(flat, np.maximum(winner, 0), 1).astype(y.dtype)
        seen = replace(saved.seen, winner=winner.reshape(saved.seen.winner.shape))
        y = np.where(winner < 0, y.reshape(winner.shape), chosen).reshape(y.shape)
        return np.asfortranarray(y), replace(saved, seen=seen)

    def indices(self, saved: Saved) -> Array:
        """Return the winners."""
        return self._engine.indices(saved)

    def backward(self, dy: Array, saved: Saved) -> Array:
        """Return dx; raises what the engine raises."""
        return self._engine.backward(dy, saved)


class Either:
    """A sum of gradients that comes to zero has the other sign every third time, or unbatched."""

    claims = im2col.claims
    _times = 0

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return (y, saved) in the byte order of the input; raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        return y.astype(x.dtype), saved

    def indices(self, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(saved)

    def backward(self, dy: Array, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises, and ValueError for another byte order."""
        if not dy.dtype.isnative:
            message = f"the output gradient is {dy.dtype.str}"
            raise ValueError(message)
        dx = im2col.backward(dy, saved)
        self._times += 1
        if self._times % 3 and len(saved.call.lead) > 1:
            return dx
        planes, size = math.prod(saved.call.lead), math.prod(saved.call.plane)
        won = np.zeros((planes, size), bool)
        winners = saved.winners.reshape(planes, math.prod(saved.call.windows))
        np.put_along_axis(won, winners, values=True, axis=1)
        return np.where(won.reshape(dx.shape) & (dx == 0), -np.abs(dx), dx).astype(dx.dtype)


class SharedAnyhow:
    """Equals share a gradient; the shares are added in another order after each forward pass."""

    def __init__(self) -> None:
        """Begin to draw."""
        self._engine = Engine(Dialect(gradient_ties="split"))
        self._chance = np.random.default_rng(7)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, tuple[Saved, Array]]:
        """Return (y, saved); raises what the engine raises."""
        y, saved = self._engine.forward(x, pool)
        return y, (saved, self._chance.permutation(len(saved.seen.member)))

    def indices(self, saved: tuple[Saved, Array]) -> Array:
        """Return the winners."""
        return self._engine.indices(saved[0])

    def backward(self, dy: Array, saved: tuple[Saved, Array]) -> Array:
        """Return dx; raises what the engine raises."""
        kept, order = saved
        dx = self._engine.backward(dy, kept)
        planes = math.prod(kept.shape[: -kept.rank])
        wide = np.float64 if kept.dtype == np.float64 else np.float32
        sums = np.zeros((planes, math.prod(kept.shape[-kept.rank :])), wide)
        owed = dy.reshape(planes, len(order)).astype(wide)
        for window in order:
            to = kept.seen.largest[:, window]
            with np.errstate(all="ignore"):
                share = owed[:, window] / to.sum(1).astype(wide)
                plane, tap = np.nonzero(to)
                sums[plane, kept.seen.member[window, tap]] += share[plane]
        with np.errstate(all="ignore"):
            return sums.astype(dx.dtype).reshape(dx.shape)


class NoWayBack:
    """Has no `backward`, and says all the same that it lacks one through dilated windows."""

    claims = tuple(one for one in im2col.claims if one != "gradient")
    lacks = ({"gradient", "dilation"},)

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return (y, saved); raises what im2col raises."""
        return im2col.forward(x, pool)

    def indices(self, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(saved)


class Unprepared:
    """Looks words and types up, and the lengths of the lists, before anything else."""

    def __init__(self, *refused: int, batched: bool = True, unbatched: bool = True) -> None:
        """Pool but for so many axes, and with a batch axis, or without it, or either way."""
        self.claims = tuple(one for one in ASKED if unbatched or one != "unbatched")
        self._refused, self._not = refused, {2: not batched, 1: not unbatched}
        self.lacks = [{f"rank-{rank}"} for rank in refused] + ([] if batched else [{"batched"}])

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return (y, saved); raises KeyError for what nobody may ask."""
        lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
        _ = {"explicit": 0}[pool.auto_pad]
        if x.dtype.name.startswith("uint"):
            _ = {"uint8": 0}[x.dtype.name]
        if any(len(entries) in self._refused for entries in lists):
            message = f"not for {self._refused} axes"
            raise NotImplementedError(message)
        if any(self._not.get(x.ndim - len(entries), False) for entries in lists):
            message = f"not {x.ndim} axes"
            raise NotImplementedError(message)
        return im2col.forward(x, pool)

    def indices(self, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(saved)

    def backward(self, dy: Array, saved: Any) -> Array:  # noqa: ANN401 - opaque
        """Return dx; raises what im2col raises."""
        return im2col.backward(dy, saved)


class AxesMissingError(Exception):
    """An input without a batch axis."""


class FewAxesAreAnError(Unprepared):
    """Lacks what has no batch axis, which it calls an error by a word of its own."""

    refusals = (AxesMissingError,)

    def __init__(self) -> None:
        """Claim it, and lack it."""
        super().__init__()
        self.lacks = [{"unbatched"}]

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return (y, saved); raises AxesMissingError, or what is raised anyway."""
        if x.ndim == pool.rank + 1:
            raise AxesMissingError
        return super().forward(x, pool)


class NearAlone(Engine):
    """Answers with nothing where no window fits, but refuses numbers past 31 bits."""

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Saved]:
        """Return (y, saved); raises what the engine raises."""
        if max((*pool.kernel_size, *pool.stride, *pool.dilation), default=0) >= 2**31:
            message = f"a parameter is too large: {pool}"
            raise ValueError(message)
        return super().forward(x, pool)


drawn_anew = DrawnAnew()
truths_drawn_anew = Strict(
    ("bool", "indices", "overlap", "gaps", "remainder", "padding"),
    WITHOUT_FLOATS,
    {"ties": "any"},
    DrawnAnew(),
)
either = Either()
shared_anyhow = Strict(im2col.claims, dialect={"gradient-ties": "split"}, engine=SharedAnyhow())
no_way_back = NoWayBack()
unprepared = Unprepared()
lines_and_volumes = Unprepared(2)
one_by_one = Unprepared(batched=False)
always_batched = Unprepared(unbatched=False)
few_axes_are_an_error = FewAxesAreAnError()
near_alone = Strict(
    im2col.claims, dialect={"zero-size": "empty"}, engine=NearAlone(Dialect(zero_size="empty"))
)
