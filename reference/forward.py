"""The forward pass of max pooling, as loops."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reference.dialect import DEFAULT, Dialect
from reference.geometry import axis_windows, output_sizes
from reference.pool import Pool
from reference.refusal import check_call

Array: TypeAlias = NDArray[Any]
Position: TypeAlias = tuple[int, ...]
Element: TypeAlias = tuple[Position, Any]


@dataclass(frozen=True, slots=True)
class Forward:
    """What the forward pass finds.

    `y` has the shape and dtype of the output. For each output, in row-major order,
    `largest` holds the spatial positions of all its largest elements and `winners` those
    of them that may be the winner: one, unless SPEC.md leaves it open.
    """

    x_shape: tuple[int, ...]
    y: Array
    largest: list[tuple[Position, ...]]
    winners: list[tuple[Position, ...]]


def forward(x: Array, pool: Pool, dialect: Dialect = DEFAULT) -> Forward:
    """Return the maximum of every window of `x`, shape (N, C, *spatial) or (C, *spatial).

    Raises:
        ValueError: an `error.*` clause forbids the call.
    """
    check_call(x.shape, pool, dialect)
    planes, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    out = tuple(max(size, 0) for size in output_sizes(sizes, pool, dialect))
    windows = axis_windows(sizes, pool, out)
    y = np.empty((*planes, *out), x.dtype)
    found = Forward(x.shape, y, [], [])
    for place in np.ndindex(y.shape):
        plane, window = place[: -pool.rank], place[-pool.rank :]
        taps = itertools.product(*(windows[axis][o] for axis, o in enumerate(window)))
        elements = [(position, x[plane + position]) for position in taps]
        y[place], largest, winners = _select(elements, x.dtype, dialect)
        found.largest.append(largest)
        found.winners.append(winners)
    return found


def _select(
    elements: Sequence[Element], dtype: np.dtype[Any], dialect: Dialect
) -> tuple[Any, tuple[Position, ...], tuple[Position, ...]]:
    """Return the maximum of a window, where it stands, and which of those may win."""
    if not elements:
        return _identity(dtype, dialect), (), ()
    nans = [element for element in elements if element[1] != element[1]]
    numbers = [element for element in elements if element[1] == element[1]]
    if nans and (dialect.nan == "propagate" or not numbers):
        return nans[0][1], _positions(nans), _positions(_pick(nans, dialect.nan_index))
    largest = list(_all_largest(numbers))
    winners = _pick(largest, dialect.ties)
    if _mixed_zeros(largest):
        return _zero(largest, winners, dialect)
    value = winners[0][1]
    if dtype.kind not in "iub" and value == -np.inf:
        value = _identity(dtype, dialect)
    return value, _positions(largest), _positions(winners)


def _all_largest(numbers: Sequence[Element]) -> Iterator[Element]:
    maximum = numbers[0][1]
    for _, value in numbers:
        maximum = max(maximum, value)
    return (element for element in numbers if element[1] == maximum)


def _pick(tied: Sequence[Element], rule: str) -> Sequence[Element]:
    """Return the elements that may win under `ties.first` or a declared rule."""
    return {"first": tied[:1], "last": tied[-1:], "any": tied}[rule]


def _mixed_zeros(largest: Sequence[Element]) -> bool:
    if largest[0][1] != 0:
        return False
    return len({bool(np.signbit(value)) for _, value in largest}) > 1


def _zero(
    largest: Sequence[Element], winners: Sequence[Element], dialect: Dialect
) -> tuple[Any, tuple[Position, ...], tuple[Position, ...]]:
    """Return the result for a window whose maximum is both +0 and -0; `zero.signed`."""
    if dialect.signed_zero == "any":
        return largest[0][1], _positions(largest), _positions(largest)
    if dialect.signed_zero == "positive":
        positive = [value for _, value in largest if not np.signbit(value)]
        return positive[0], _positions(largest), _positions(largest)
    return winners[0][1], _positions(largest), _positions(winners)


def _positions(elements: Sequence[Element]) -> tuple[Position, ...]:
    return tuple(position for position, _ in elements)


def _identity(dtype: np.dtype[Any], dialect: Dialect) -> Any:  # noqa: ANN401 - a scalar
    """Return the identity of the maximum: -inf, or the least number of the type."""
    if dtype.kind == "b":
        return False
    if dtype.kind in "iu":
        return np.iinfo(dtype).min
    if dialect.float_identity == "infinity":
        return -np.inf
    return lowest(dtype)


def lowest(dtype: np.dtype[Any]) -> Any:  # noqa: ANN401 - a scalar of that dtype
    """Return the lowest finite number of a floating-point type.

    It is found from the bits: all of them set but the lowest of the exponent, which
    serves the types that NumPy's finfo does not know.
    """
    native = dtype.newbyteorder("=")
    bits = np.array(-np.inf, native).view(f"u{dtype.itemsize}") - 1
    return bits.view(native)[()]
