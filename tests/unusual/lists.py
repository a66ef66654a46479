"""Takes lists and tuples where others want arrays; computes with Python's own max."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from reference.pool import Pool

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
claims: tuple[str, ...] = ("gradient", "indices", "overlap", "gaps", "remainder", "padding", "ceil")
claims += ("dilation", "asymmetric-padding", "rank-1", "rank-3", "unbatched", "float16", "bool")
claims += INTEGERS
dialect: dict[str, str] = {}


def forward(x: ArrayLike, pool: Pool) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a dictionary for backward.

    `x` may be nested lists; so may what stands in `pool`.

    Raises:
        ValueError: the call is invalid.
        TypeError: x is not rectangular, or a parameter is not a whole number.
        NotImplementedError: the elements or a SAME word are not claimed.
    """
    array = np.asarray(x)
    if array.dtype.name not in {"float32", "float64", *claims} or pool.auto_pad != "explicit":
        message = f"{array.dtype} with padding {pool.auto_pad} is not claimed"
        raise NotImplementedError(message)
    lists = _parameters(pool, array)
    sizes = array.shape[-len(lists[0]) :]
    axes = [_axis(*one) for one in zip(sizes, *lists, strict=True)]
    planes = array.reshape(-1, int(np.prod(sizes))) if array.size else np.empty((0, 1))
    shape = (*array.shape[: -len(sizes)], *map(len, axes))
    winners = [[_largest(plane, places) for places in _windows(axes, sizes)] for plane in planes]
    seats = np.array(winners, np.int64).reshape(shape)
    rows = np.arange(len(planes))[:, None]
    y = planes[rows, seats.reshape(len(planes), int(np.prod(shape[-len(sizes) :])))]
    saved = {"seats": seats, "shape": array.shape, "planes": len(planes), "dtype": array.dtype}
    return y.reshape(shape).astype(array.dtype, copy=False), saved


def _largest(plane: NDArray[Any], seen: list[int]) -> int:
    """Return the place of the first of the largest; a NaN counts as larger than any number."""
    keys = [(value != value, value) for value in plane[seen].tolist()]  # noqa: PLR0124 - NaN
    return max(zip(keys, itertools.count(0, -1), seen, strict=False), key=_key)[2]


def _key(one: tuple[tuple[bool, float], int, int]) -> tuple[bool, float, int]:
    (is_nan, value), earlier, _ = one
    return (is_nan, 0 if is_nan else value, earlier)


def _windows(axes: list[list[range]], sizes: tuple[int, ...]) -> Iterator[list[int]]:
    for window in itertools.product(*axes):
        places = [0]
        for elements, n in zip(window, sizes, strict=True):
            places = [place * n + element for place in places for element in elements]
        yield places


def backward(dy: ArrayLike, saved: dict[str, Any]) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x; dy may be nested lists.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held integers or booleans.
    """
    given, seats = np.asarray(dy, np.float64), saved["seats"]
    if saved["dtype"].kind != "f":
        message = f"the gradient of {saved['dtype']} elements is not defined"
        raise TypeError(message)
    if given.shape != seats.shape:
        message = f"dy is {given.shape}, y was {seats.shape}"
        raise ValueError(message)
    dx = [{} for _ in range(saved["planes"])]  # type: list[dict[int, float]]
    count = saved["planes"]
    for plane, places, flows in zip(
        dx,
        seats.reshape(count, -1) if count else (),
        given.reshape(count, -1) if count else (),
        strict=True,
    ):
        for place, flow in zip(places.tolist(), flows.tolist(), strict=True):
            plane[place] = plane.get(place, 0.0) + flow
    result = np.zeros(saved["shape"])
    flat = result.reshape(count, -1) if count else result
    for row, plane in enumerate(dx):
        flat[row, list(plane)] = list(plane.values())
    with np.errstate(over="ignore"):
        return result.astype(saved["dtype"])


def indices(saved: dict[str, Any]) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    seats: NDArray[np.int64] = saved["seats"]
    return seats.copy()


def _parameters(pool: Pool, x: NDArray[Any]) -> list[list[Any]]:
    """Return kernel_size, stride, padding, dilation and ceil_mode, one entry per axis each."""
    kernel, stride, dilation = (
        [operator.index(entry) for entry in part]
        for part in (pool.kernel_size, pool.stride, pool.dilation)
    )
    padding = [tuple(map(operator.index, pair)) for pair in pool.padding]
    rank = len(kernel)
    if not 1 <= rank <= 3 or x.ndim - rank not in {1, 2} or not all(x.shape[-rank - 1 :]):
        message = f"{rank} axes of an input of shape {x.shape}"
        raise ValueError(message)
    if not len(stride) == len(padding) == len(dilation) == rank:
        message = f"{rank} entries each, please: {pool}"
        raise ValueError(message)
    return [kernel, stride, padding, dilation, [pool.ceil_mode] * rank]


def _axis(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int,
    k: int,
    s: int,
    pads: tuple[int, int],
    d: int,
    ceil: bool,  # noqa: FBT001
) -> list[range]:
    """Return the real elements of every window."""
    begin, end = pads
    if min(k, s, d) < 1 or min(pads) < 0 or (begin == end and begin > k // 2):
        message = f"kernel_size {k}, stride {s}, padding {pads}, dilation {d}"
        raise ValueError(message)
    extent = d * (k - 1) + 1
    out = (n + begin + end - extent + (s - 1 if ceil else 0)) // s + 1
    out -= bool(ceil and (out - 1) * s - begin >= n)
    if out < 1 or extent > 9223372036854775807:
        message = f"{n} elements have no room for a window of {extent}"
        raise ValueError(message)
    windows = []
    for o in range(out):
        start = o * s - begin
        first = start % d if start < 0 else start
        windows.append(range(first, min(start + extent, n), d))
        if not windows[-1]:
            message = f"window {o} sees no element: {n} elements, padding {pads}, dilation {d}"
            raise ValueError(message)
    return windows
