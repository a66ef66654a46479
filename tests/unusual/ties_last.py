"""Declares that the last of equals wins."""

from __future__ import annotations

import itertools
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class LastWins:
    """Max pooling in which a later equal takes the place of an earlier one."""

    claims = frozenset(
        {"gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"}
        | {"dilation", "ceil", "rank-1", "rank-3", "unbatched", "float16", "int8", "int64", "bool"}
    )
    dialect = MappingProxyType({"ties": "last"})

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], dict[str, Any]]:
        """Return y, shape (N, C, outputs) or (C, outputs), and a dictionary.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
        """
        outputs = refuse(x, pool, self.claims)
        lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
        flat = x.reshape(*lead, int(np.prod(sizes)))
        best = np.full((*lead, *outputs), -1, np.int64)
        for tap in itertools.product(*map(range, pool.kernel_size)):
            place = np.zeros((), np.int64)
            for axis, (j, n, out) in enumerate(zip(tap, sizes, outputs, strict=True)):
                first = j * pool.dilation[axis] - pool.padding[axis][0]
                at = [first + o * pool.stride[axis] for o in range(out)]
                line = np.array([i if 0 <= i < n else -1 for i in at])
                before = place[..., None]
                place = np.where((before < 0) | (line < 0), -1, before * n + line)
            value = flat[..., place.clip(0)]
            champion = np.take_along_axis(flat, best.clip(0).reshape(*lead, place.size), -1)
            lower = value < champion.reshape(value.shape)
            unbeaten = np.isnan(champion).reshape(value.shape) & ~np.isnan(value)
            best = np.where((place >= 0) & ((best < 0) | ~(lower | unbeaten)), place, best)
        y = np.take_along_axis(flat, best.reshape(*lead, int(np.prod(outputs))), -1)
        saved = {"best": best, "lead": lead, "sizes": sizes, "dtype": x.dtype}
        return y.reshape(best.shape), saved

    def backward(self, dy: NDArray[Any], saved: dict[str, Any]) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x.

        Raises:
            ValueError: dy has not the shape of y.
            TypeError: x held integers or booleans.
        """
        best, lead, sizes = saved["best"], saved["lead"], saved["sizes"]
        if saved["dtype"].kind != "f":
            message = f"{saved['dtype']} has no gradient"
            raise TypeError(message)
        if dy.shape != best.shape:
            message = f"expected dy {best.shape}, got {dy.shape}"
            raise ValueError(message)
        sums = np.zeros((int(np.prod(lead)), int(np.prod(sizes))))
        seats = best.reshape(len(sums), int(np.prod(best.shape[len(lead) :])))
        flows = dy.astype(np.float64).reshape(seats.shape)
        for plane, seat in enumerate(seats):
            sums[plane] = np.bincount(seat, flows[plane], sums.shape[1])
        with np.errstate(over="ignore"):
            return sums.astype(saved["dtype"]).reshape(*lead, *sizes)

    def indices(self, saved: dict[str, Any]) -> NDArray[np.int64]:
        """Return the winners, int64, with the shape of y."""
        best: NDArray[np.int64] = saved["best"]
        return best.copy()


pool = LastWins()
