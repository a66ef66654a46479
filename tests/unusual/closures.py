"""What forward saves is a function; backward and indices only call it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

Answer: TypeAlias = "Callable[[NDArray[Any] | None], NDArray[Any]]"


def maker() -> SimpleNamespace:
    """Return the implementation: three closures over one set of claims."""
    windows = {"overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation"}
    kinds = {"float16", "bfloat16", "int8", "uint8", "bool"}
    claims = {"gradient", "indices", "ceil", "rank-1", "rank-3", "unbatched"} | windows | kinds

    def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Answer]:
        taps, real = _neighbours(x, pool, claims)
        sizes = x.shape[-len(taps) :]
        seen, seats, alive = x, np.zeros((), np.int64), np.ones((), np.bool_)
        for axis, (table, mask) in enumerate(zip(taps, real, strict=True)):
            # Each axis of size n becomes two: windows and taps; taps are gathered at the end.
            seen = np.take(seen, table, axis=x.ndim - len(taps) + 2 * axis)
            seats = seats[..., None, None] * sizes[axis] + table
            alive = alive[..., None, None] & mask
        lead, rank = x.shape[: -len(sizes)], len(sizes)
        order = [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)]
        seats, alive = seats.transpose(order), alive.transpose(order)
        outputs = seats.shape[:rank]
        behind = tuple(range(len(lead)))
        seen = seen.transpose(*behind, *(len(lead) + axis for axis in order))
        seen = seen.reshape(*lead, *outputs, int(np.prod(seats.shape[rank:])))
        best = _best(seen, alive.reshape(*outputs, -1))
        y = np.take_along_axis(seen, best[..., None], axis=-1)[..., 0]
        flat = np.broadcast_to(seats.reshape(*outputs, -1), seen.shape)
        won = np.take_along_axis(flat, best[..., None], axis=-1)[..., 0]
        return y, _remember(won, x.shape, x.dtype, rank)

    def backward(dy: NDArray[Any], saved: Answer) -> NDArray[Any]:
        return saved(dy)

    def indices(saved: Answer) -> NDArray[Any]:
        return saved(None)

    return SimpleNamespace(claims=claims, forward=forward, backward=backward, indices=indices)


def _best(seen: NDArray[Any], real: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the tap that wins, for every window, by a knock-out along the last axis."""
    best = np.zeros(seen.shape[:-1], np.int64)
    champion, chosen = seen[..., 0].copy(), np.broadcast_to(real[..., 0], best.shape).copy()
    for tap in range(1, seen.shape[-1]):
        value = seen[..., tap]
        with np.errstate(invalid="ignore"):
            beats = ~(value <= champion) & ~np.isnan(champion)
        beats = real[..., tap] & (beats | ~chosen)
        best[beats] = tap
        champion = np.where(beats, value, champion)
        chosen |= beats
    return best


def _remember(
    won: NDArray[np.int64], shape: tuple[int, ...], dtype: np.dtype[Any], rank: int
) -> Answer:
    """Return a function of dy that answers dx, and of None the winners."""

    def answer(dy: NDArray[Any] | None) -> NDArray[Any]:
        if dy is None:
            return won.copy()
        if dtype.kind in "iub" or dy.shape != won.shape:
            message = f"gradient of {dtype} asked for with dy {dy.shape}, y is {won.shape}"
            raise ValueError(message)
        wide = np.dtype(np.float64 if dtype.itemsize > 4 else np.float32)
        dx = np.zeros((int(np.prod(shape[:-rank])), int(np.prod(shape[-rank:]))), wide)
        rows = np.repeat(np.arange(len(dx)), int(np.prod(won.shape[-rank:])))
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(dx, (rows, won.ravel()), dy.astype(wide).ravel())
            return dx.astype(dtype).reshape(shape)

    return answer


def _neighbours(
    x: NDArray[Any], pool: Pool, claims: set[str]
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.bool_]]]:
    rank = len(pool.kernel_size)
    if x.dtype.name not in claims | {"float32", "float64"} or pool.auto_pad != "explicit":
        message = f"{x.dtype} elements or {pool.auto_pad} padding"
        raise NotImplementedError(message)
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    if any(len(part) != rank for part in parts) or rank not in {1, 2, 3}:
        message = f"entries are missing or too many: {pool}"
        raise ValueError(message)
    if x.ndim not in {rank + 1, rank + 2} or not all(x.shape[-rank - 1 :]):
        message = f"cannot pool {rank} axes of shape {x.shape}"
        raise ValueError(message)
    taps, real = [], []
    for n, k, s, pads, d in zip(x.shape[-rank:], *parts, strict=True):
        table = _table(n, k, s, pads, d, ceil=pool.ceil_mode)
        real.append((table >= 0) & (table < n))
        taps.append(table.clip(0, n - 1))
    return taps, real


def _table(  # noqa: PLR0913 - the parameters of one axis
    n: int, k: int, s: int, pads: tuple[int, int], d: int, *, ceil: bool
) -> NDArray[np.int64]:
    """Return the position of each tap of each window, cut off at -1 and at n."""
    begin, end = pads
    if k < 1 or s < 1 or d < 1 or begin < 0 or end < 0 or (begin == end and begin > k // 2):
        message = f"kernel_size {k}, stride {s}, padding {pads} or dilation {d} is out of range"
        raise ValueError(message)
    extent = 1 + (k - 1) * d
    room = n + begin + end - extent
    out = 1 + (-(-room // s) if ceil else room // s)
    if ceil and (out - 1) * s >= n + begin:
        out -= 1
    if out < 1 or extent > 2**63 - 1:
        message = f"a window of extent {extent} does not fit {n} elements with padding {pads}"
        raise ValueError(message)
    rows: list[list[int]] = []
    for o in range(out):
        start = o * s - begin
        rows.append([min(max(start + j * d, -1), n) for j in range(k)])
        if not any(0 <= position < n for position in rows[-1]):
            message = f"window {o} has no element: {n} elements, padding {pads}, dilation {d}"
            raise ValueError(message)
    return np.array(rows, np.int64)


pool = maker()
