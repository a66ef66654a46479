"""The calls that show a bug, and a record of what they gave that can be compared.

Two implementations agree on a trigger when their records are equal. Bytes are recorded, so
that the sign of a zero counts; every NaN is recorded as the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from conformance.zoo.trace import Array

if TYPE_CHECKING:
    from conformance.zoo.sound import Sound
    from reference.pool import Pool

Data: TypeAlias = Callable[[], Array]
Seen: TypeAlias = tuple[object, ...]
Show: TypeAlias = "Callable[[Sound], Seen]"

THREADS = 4
CALLS_PER_THREAD = 8


def rows(nested: object, dtype: DTypeLike = np.float32) -> Data:
    """Return a maker of an array that is written out."""
    return partial(np.array, nested, dtype)


def ramp(*shape: int, dtype: DTypeLike = np.float32) -> Data:
    """Return a maker of distinct numbers around 0 in a scrambled, fixed order."""

    def make() -> Array:
        size = int(np.prod(shape))
        order = np.random.default_rng(size).permutation(size)
        return (order - size // 2).reshape(shape).astype(dtype)

    return make


def full(value: float, *shape: int, dtype: DTypeLike = np.float32) -> Data:
    """Return a maker of one number everywhere."""
    return partial(np.full, shape, value, dtype)


def bfloat16(data: Data) -> Data:
    """Return a maker of the same numbers as bfloat16."""

    def make() -> Array:
        import ml_dtypes

        return data().astype(ml_dtypes.bfloat16)

    return make


def peak(length: int, at: int, dtype: DTypeLike = np.int8) -> Data:
    """Return a maker of one long row of zeros with a single 1 in it, shape (1, 1, 1, length)."""

    def make() -> Array:
        row = np.zeros((1, 1, 1, length), dtype)
        row[..., at] = 1
        return row

    return make


ASCENDING = rows(np.arange(1, 17).reshape(1, 1, 4, 4))
"""Every window has its maximum at its last element."""
DESCENDING = rows(np.arange(16, 0, -1).reshape(1, 1, 4, 4))
"""Every window has its maximum at its first element."""


def once(x: Data, pool: Pool, dy: Data | None = None) -> Show:
    """Call forward, indices and backward, then look at the arrays that were passed."""

    def show(implementation: Sound) -> Seen:
        given = x()
        y, saved = _forward(implementation, given, pool)
        weights = dy() if dy else _weights(y, given)
        results = [y, _call(implementation.indices, saved)]
        results.append(_call(implementation.backward, weights, saved))
        shared = [
            np.shares_memory(one, passed)
            for one in results
            for passed in (given, weights)
            if isinstance(one, np.ndarray)
        ]
        return (*map(_record, results), _record(given), _record(weights), tuple(shared))

    return show


def again(first: Data, second: Data, pool: Pool, other: Pool | None = None) -> Show:
    """Pool twice, then go back twice from the first call, and look at every result at the end."""

    def show(implementation: Sound) -> Seen:
        earlier, later = first(), second()
        y, saved = _forward(implementation, earlier, pool)
        other_y, other_saved = _forward(implementation, later, other or pool)
        weights = _weights(y, earlier)
        results = [y, other_y, _call(implementation.indices, saved)]
        results += [_call(implementation.backward, weights, saved) for _ in range(2)]
        other_weights = _weights(other_y, later)
        results.append(_call(implementation.backward, other_weights, other_saved))
        return tuple(map(_record, results))

    return show


def edited(x: Data, pool: Pool) -> Show:
    """Reverse the input in place between forward and the calls that need what it saved."""

    def show(implementation: Sound) -> Seen:
        given = x()
        y, saved = _forward(implementation, given, pool)
        weights = _weights(y, given)
        given[...] = given[..., ::-1].copy()
        results = [_call(implementation.indices, saved)]
        results.append(_call(implementation.backward, weights, saved))
        return tuple(map(_record, results))

    return show


def scribbled(x: Data, pool: Pool) -> Show:
    """Write to the indices that were returned before backward and indices are called again."""

    def show(implementation: Sound) -> Seen:
        given = x()
        y, saved = _forward(implementation, given, pool)
        index = _call(implementation.indices, saved)
        if isinstance(index, np.ndarray):
            index[...] = 0
        results = [_call(implementation.indices, saved)]
        results.append(_call(implementation.backward, _weights(y, given), saved))
        return tuple(map(_record, results))

    return show


def crowded(x: Data, pool: Pool) -> Show:
    """Pool different arrays from several threads at once."""

    def show(implementation: Sound) -> Seen:
        start = Barrier(THREADS)

        def work(number: int) -> list[object]:
            start.wait()
            given = x() + number
            return [
                _record(_forward(implementation, given, pool)[0]) for _ in range(CALLS_PER_THREAD)
            ]

        with ThreadPoolExecutor(THREADS) as threads:
            return tuple(map(tuple, threads.map(work, range(THREADS))))

    return show


def _forward(implementation: Sound, x: Array, pool: Pool) -> tuple[Any, Any]:
    result = _call(implementation.forward, x, pool)
    is_pair = isinstance(result, tuple) and len(result) == len(("y", "saved"))
    return result if is_pair else (result, None)


def _call(function: Callable[..., object], *arguments: object) -> Any:  # noqa: ANN401 - whatever came back
    try:
        return function(*arguments)
    except Exception as raised:  # noqa: BLE001 - what a wrong implementation raises is recorded
        return raised


def _weights(y: object, x: Array) -> Array:
    """Return distinct output gradients of alternating sign; of ones, where `y` is no array."""
    shape = y.shape if isinstance(y, np.ndarray) else (1,)
    numbers = np.arange(1, np.prod(shape, dtype=int) + 1).reshape(shape)
    floating = x.dtype.kind == "f" or x.dtype.name == "bfloat16"
    signed: Array = np.where(numbers % 3, numbers, -numbers)
    return signed.astype(x.dtype.newbyteorder("=") if floating else np.float64)


def _record(result: object) -> object:
    if isinstance(result, Exception):
        return type(result).__name__
    if not isinstance(result, np.ndarray):
        return type(result).__name__, repr(result)
    bits = np.array(result, dtype=result.dtype.newbyteorder("="), order="C")
    if bits.dtype.kind == "f" or bits.dtype.name == "bfloat16":
        bits[np.isnan(bits)] = np.nan
    return bits.dtype.name, bits.shape, bits.tobytes()
