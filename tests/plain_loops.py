"""Max pooling of the base by plain loops, and calls drawn at random to compare with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from reference.pool import Pool

Array: TypeAlias = NDArray[Any]

BFLOAT16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
FLOATS = (*map(np.dtype, (np.float16, np.float32, np.float64)), BFLOAT16)
INTEGERS = tuple(np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64))


def random_call(rng: np.random.Generator) -> tuple[Array, Pool]:
    rank = int(rng.integers(1, 4))
    spatial = tuple(map(int, rng.integers(1, 8 if rank < 3 else 5, rank)))
    lead = (int(rng.integers(0, 3)), int(rng.integers(1, 3)))[int(rng.random() < 0.3) :]
    k, s, d = (tuple(map(int, rng.integers(1, top, rank))) for top in (5, 5, 4))
    symmetric = [(int(rng.integers(0, size // 2 + 1)),) * 2 for size in k]
    either = [(int(rng.integers(0, size + 1)), int(rng.integers(0, size + 1))) for size in k]
    padding = tuple(symmetric if rng.random() < 0.6 else either)
    word = ("explicit", "explicit", "explicit", "same-upper", "same-lower")[rng.integers(5)]
    pool = Pool(k, s, padding, d, bool(rng.random() < 0.4), word)
    x = random_elements(rng, lead + spatial)
    return (np.asfortranarray(x) if rng.random() < 0.3 else x), pool


def random_elements(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    kind = rng.random()
    if kind < 0.6:
        special = np.array([-np.inf, -2, -1, -0.0, 0.0, 1, 2, np.inf, np.nan])
        palette = special if kind < 0.2 else special[: 1 if kind < 0.25 else 8]
        return rng.choice(palette, shape).astype(FLOATS[rng.integers(len(FLOATS))])
    if kind < 0.65:
        return rng.random(shape) < 0.4
    info = np.iinfo(INTEGERS[rng.integers(len(INTEGERS))])
    extremes = [info.min, info.min + 1, 0, 1, info.max - 1, info.max]
    return rng.choice(np.array(extremes, info.dtype), shape)


def by_loops(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the output and the indices, one window and one tap at a time."""
    spatial = x.shape[-pool.rank :]
    axes = [axis_by_formula(n, pool, number) for number, n in enumerate(spatial)]
    lead, out = x.shape[: -pool.rank], tuple(size for size, _ in axes)
    y, index = np.empty(lead + out, x.dtype), np.empty(lead + out, np.int64)
    for window in np.ndindex(*out):
        places = list(elements(window, [begin for _, begin in axes], spatial, pool))
        if not places:
            message = "a window without an element"
            raise ValueError(message)
        for plane in np.ndindex(*lead):
            best = places[0]
            for place in places[1:]:
                value, largest = x[plane + place], x[plane + best]
                best = (
                    place
                    if value > largest or (np.isnan(value) and not np.isnan(largest))
                    else best
                )
            y[plane + window] = x[plane + best]
            index[plane + window] = np.ravel_multi_index(best, spatial)
    return y, index


def axis_by_formula(n: int, pool: Pool, number: int) -> tuple[int, int]:
    k, s, d = pool.kernel_size[number], pool.stride[number], pool.dilation[number]
    extent, (begin, end) = (k - 1) * d + 1, axis_by_word(n, pool, number)
    if pool.auto_pad == "explicit" and begin == end > k // 2:
        message = "padding above half of the kernel"
        raise ValueError(message)
    quotient = (n + begin + end - extent) / s
    out = int(np.ceil(quotient) if pool.ceil_mode else np.floor(quotient)) + 1
    out -= int(pool.ceil_mode and (out - 1) * s >= n + begin)
    if out < 1:
        message = "a window larger than the padded input"
        raise ValueError(message)
    return out, begin


def axis_by_word(n: int, pool: Pool, number: int) -> tuple[int, int]:
    if pool.auto_pad == "explicit":
        return pool.padding[number]
    k, s, d = pool.kernel_size[number], pool.stride[number], pool.dilation[number]
    total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
    less, more = total // 2, total - total // 2
    return (less, more) if pool.auto_pad == "same-upper" else (more, less)


def elements(
    window: tuple[int, ...], begins: list[int], spatial: tuple[int, ...], pool: Pool
) -> Iterator[tuple[int, ...]]:
    for tap in product(*map(range, pool.kernel_size)):
        numbers = zip(window, pool.stride, begins, tap, pool.dilation, strict=True)
        place = tuple(o * s - begin + j * d for o, s, begin, j, d in numbers)
        if all(0 <= at < n for at, n in zip(place, spatial, strict=True)):
            yield place


def gradient_by_loops(dy: Array, index: Array, x: Array, pool: Pool) -> Array:
    dx = np.zeros((*x.shape[: -pool.rank], prod(x.shape[-pool.rank :])))
    for window in np.ndindex(*dy.shape):
        dx[(*window[: -pool.rank], index[window])] += dy[window].astype(float)
    return dx.reshape(x.shape).astype(dy.dtype)
