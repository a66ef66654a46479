"""Chooses what the specification leaves open by how the input lies in memory.

A vectorised kernel takes another way through another layout: there the last NaN wins instead of
the first, the other zero, or, where any of equals may, the last of them; and a sum of gradients
that comes to zero has the other sign.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from implementations import im2col
from reference.dialect import Dialect
from reference.pool import Pool
from tests.unusual.spoken import Engine, Saved, won

Array = NDArray[Any]


class LayoutMinded:
    """Pools as the specification says, and otherwise by the layout."""

    claims = im2col.claims

    def __init__(self, ties: str = "first") -> None:
        """Speak the default dialect, but for what wins among equals."""
        self.dialect = {"ties": ties} if ties != "first" else {}
        self._engine = Engine(Dialect(ties=ties))

    def forward(self, x: Array, pool: Pool) -> tuple[Array, tuple[Saved, bool]]:
        """Return (y, saved); raises what the engine raises."""
        is_array = isinstance(x, np.ndarray) and x.ndim > 0
        is_odd = is_array and not (x.flags.c_contiguous and x.flags.aligned and x.dtype.isnative)
        native = np.ascontiguousarray(x, x.dtype.newbyteorder("=")) if is_odd else x
        y, saved = self._engine.forward(native, pool)
        if is_odd and saved.seen.member.shape[1]:
            y, saved = self._otherwise(native, y, saved)
        return y, (saved, is_odd)

    def indices(self, saved: tuple[Saved, bool]) -> Array:
        """Return the winners."""
        return self._engine.indices(saved[0])

    def backward(self, dy: Array, saved: tuple[Saved, bool]) -> Array:
        """Return dx; raises what the engine raises."""
        kept, is_odd = saved
        dx = self._engine.backward(dy, kept)
        return np.where(won(dx, kept) & (dx == 0), -dx, dx) if is_odd else dx

    def _otherwise(self, x: Array, y: Array, saved: Saved) -> tuple[Array, Saved]:
        """Return the output and what is saved with the last of what may win."""
        seen, rank = saved.seen, saved.rank
        largest, member = seen.largest, seen.member
        flat = x.reshape(len(largest), math.prod(x.shape[-rank:]))
        values = flat[:, member].astype(np.float64)
        nan = (np.isnan(values) & largest).any(2)
        zero, minus = largest & (values == 0), np.signbit(values)
        is_open = nan | ((zero & minus).any(2) & (zero & ~minus).any(2))
        if self.dialect:
            is_open |= largest.sum(2) > 1
        last = largest.shape[2] - 1 - largest[:, :, ::-1].argmax(2)
        winner = seen.winner.reshape(is_open.shape).copy()
        winner[is_open] = member[np.arange(len(member)), last][is_open]
        chosen = np.take_along_axis(flat, np.maximum(winner, 0), 1)
        changed = np.where(is_open, chosen, y.reshape(is_open.shape)).astype(y.dtype)
        other = replace(seen, winner=winner.reshape(seen.winner.shape))
        return changed.reshape(y.shape), replace(saved, seen=other)


pool = LayoutMinded()
among_equals = LayoutMinded("any")
