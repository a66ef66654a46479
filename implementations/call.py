"""What a NumPy implementation asks of a call before it computes anything.

Sizes are exact Python integers, and every check comes before any write, so that a
refused call leaves no trace.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from reference.pool import AUTO_PADS, Pool

Array: TypeAlias = npt.NDArray[Any]

BASE_TYPES = ("float32", "float64")
CLAIMED_TYPES = (
    *("float16", "bfloat16"),
    *("int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
    "bool",
)
LARGEST_INDEX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis of a call: its size and its parameters, exactly as they were given."""

    size: int
    kernel_size: int
    stride: int
    begin: int
    end: int
    dilation: int
    ceil_mode: bool
    explicit: bool
    """Whether the padding was asked for as numbers instead of by a SAME word."""

    @property
    def extent(self) -> int:
        """Return how many positions a window spans from its first tap to its last."""
        return (self.kernel_size - 1) * self.dilation + 1

    @property
    def room(self) -> int:
        """Return how far a window can move inside the padded axis; negative if it does not fit."""
        return self.size + self.begin + self.end - self.extent

    @property
    def windows(self) -> int:
        """Return the output size."""
        if not self.ceil_mode:
            return self.room // self.stride + 1
        windows = -(-self.room // self.stride) + 1
        starts_late = (windows - 1) * self.stride >= self.size + self.begin
        return windows - 1 if starts_late else windows

    @property
    def step(self) -> int:
        """Return the stride, or a smaller number that places every window at the same position.

        More than one window fits only where the stride is within the padded axis.
        """
        return min(self.stride, self.size + self.begin + self.end)

    @property
    def gap(self) -> int:
        """Return the dilation, or a smaller number that reads the same real elements.

        A second tap this far behind the begin padding is past the input in every window.
        """
        return min(self.dilation, self.size + self.begin)

    @property
    def reach(self) -> int:
        """Return how many positions, from the begin padding on, hold the input and all taps."""
        taps_end = (self.windows - 1) * self.step + (self.kernel_size - 1) * self.gap + 1
        return max(self.begin + self.size, taps_end)

    def has_empty_window(self) -> bool:
        """Return whether some window has no tap on a real element."""
        if (self.windows - 1) * self.stride - self.begin >= self.size:
            return True
        before = range(self.begin, 0, -self.stride)[: self.windows]
        return any(m >= self.extent or -m % self.dilation >= self.size for m in before)


@dataclass(frozen=True, slots=True)
class Call:
    """A legal call."""

    lead: tuple[int, ...]
    """The axes that are not pooled: (N, C), or (C,) without a batch."""
    axes: tuple[Axis, ...]

    @property
    def plane(self) -> tuple[int, ...]:
        """Return the spatial sizes of the input."""
        return tuple(axis.size for axis in self.axes)

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Return the taps per axis."""
        return tuple(axis.kernel_size for axis in self.axes)

    @property
    def windows(self) -> tuple[int, ...]:
        """Return the spatial sizes of the output."""
        return tuple(axis.windows for axis in self.axes)


# In this order: a later rule may rely on the earlier ones.
RULES: tuple[tuple[str, Callable[[Axis], bool]], ...] = (
    ("kernel_size is at least 1", lambda axis: axis.kernel_size >= 1),
    ("stride is at least 1", lambda axis: axis.stride >= 1),
    ("dilation is at least 1", lambda axis: axis.dilation >= 1),
    ("padding is at least 0", lambda axis: min(axis.begin, axis.end) >= 0),
    ("a spatial axis has at least 1 element", lambda axis: axis.size >= 1),
    (
        "a window and the padded axis fit the index type, int64",
        lambda axis: max(axis.extent, axis.size + axis.begin + axis.end) <= LARGEST_INDEX,
    ),
    (
        "symmetric padding is at most half of kernel_size",
        lambda axis: (
            not axis.explicit or axis.begin != axis.end or axis.begin <= axis.kernel_size // 2
        ),
    ),
    ("a window fits the padded axis at least once", lambda axis: axis.windows >= 1),
    ("every window covers a real element", lambda axis: not axis.has_empty_window()),
)


def admit(x: Array, pool: Pool, claims: Collection[str]) -> Call:
    """Return what a legal call with claimed features asks for.

    x has shape (N, C, *spatial) or (C, *spatial). That the call is invalid is found
    before that it is unclaimed.

    Raises:
        TypeError: x is not an array of a specified type, or a parameter is not a whole number.
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not among the claims.
    """
    if not isinstance(x, np.ndarray) or x.dtype.name not in BASE_TYPES + CLAIMED_TYPES:
        got = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        message = f"x is a NumPy array of {', '.join(BASE_TYPES + CLAIMED_TYPES)}; got {got}"
        raise TypeError(message)
    axes = _axes(x.shape, pool)
    for axis in axes:
        _refuse_fault(axis)
    refuse_unclaimed(features(x, pool, axes), claims)
    return Call(x.shape[: -len(axes)], axes)


def features(x: Array, pool: Pool, axes: tuple[Axis, ...]) -> set[str]:
    """Return the features that the forward pass of a valid call needs beyond the base."""
    explicit, element = pool.auto_pad == "explicit", x.dtype.name
    remainder = any(axis.room % axis.stride for axis in axes)
    asked = {
        "overlap": any(axis.stride < axis.extent for axis in axes),
        "gaps": any(axis.stride > axis.kernel_size for axis in axes),
        "remainder": remainder,
        "padding": explicit and any(axis.begin or axis.end for axis in axes),
        "asymmetric-padding": explicit and any(axis.begin != axis.end for axis in axes),
        "dilation": any(axis.dilation != 1 for axis in axes),
        "ceil": remainder and pool.ceil_mode,
        pool.auto_pad: not explicit,
        f"rank-{len(axes)}": len(axes) != 2,  # noqa: PLR2004 - the base has two spatial axes
        "unbatched": x.ndim == len(axes) + 1,
        element: element not in BASE_TYPES,
    }
    return {feature for feature, is_asked in asked.items() if is_asked}


def refuse_unclaimed(needed: Collection[str], claims: Collection[str]) -> None:
    """Require that every needed feature is claimed.

    Raises:
        NotImplementedError: one is not; the message names all that are missing.
    """
    missing = sorted(set(needed).difference(claims))
    if missing:
        message = f"the call needs {', '.join(missing)}; claimed: {', '.join(claims) or 'nothing'}"
        raise NotImplementedError(message)


def refuse_gradient(dy: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Require that dy can be the gradient of an output of this shape and of the input's dtype.

    Raises:
        TypeError: the input has no derivative, or dy is not an array of floats.
        ValueError: dy has another shape than the output.
    """
    if not _is_float(dtype):
        message = f"only floats have a gradient; the input of this call was {dtype}"
        raise TypeError(message)
    if not isinstance(dy, np.ndarray) or not _is_float(dy.dtype):
        got = dy.dtype if isinstance(dy, np.ndarray) else type(dy).__name__
        message = f"dy is a NumPy array of floats; got {got}"
        raise TypeError(message)
    if dy.shape != shape:
        message = f"dy has the shape of the output, {shape}; got {dy.shape}"
        raise ValueError(message)


def comparable(x: Array) -> Array:
    """Return x in a type that NumPy itself compares: bfloat16 as float32, which is exact."""
    return x.astype(np.float32) if x.dtype.name == "bfloat16" else x


def offsets(taps: Array, call: Call) -> Array:
    """Return the row-major offset in the input plane of one tap of each window.

    taps is int64 of shape (*lead, *windows): the row-major number of the tap in its window.
    It is taken apart by division: np.unravel_index of NumPy 2.4 mixes up the elements of an
    array of several axes once there are more than 8192 of them.
    """
    places: Array = np.zeros((), np.int64)
    rank = len(call.axes)
    for number, axis in enumerate(call.axes):
        tap = taps // math.prod(call.kernel_size[number + 1 :]) % call.kernel_size[number]
        starts = np.arange(axis.windows).reshape(-1, *(1,) * (rank - 1 - number))
        places = places * axis.size + starts * axis.step - axis.begin + tap * axis.gap
    return places


def _axes(shape: tuple[int, ...], pool: Pool) -> tuple[Axis, ...]:
    rank = len(pool.kernel_size)
    if not rank or {len(pool.stride), len(pool.padding), len(pool.dilation)} != {rank}:
        message = f"every parameter has one entry per spatial axis ({rank}); got {pool}"
        raise ValueError(message)
    if len(shape) not in (rank + 1, rank + 2) or shape[-rank - 1] < 1:
        message = f"x is (N, C, *spatial) or (C, *spatial) with C >= 1; got {shape} for {pool}"
        raise ValueError(message)
    if pool.auto_pad not in AUTO_PADS:
        message = f"auto_pad is one of {', '.join(AUTO_PADS)}; got {pool.auto_pad!r}"
        raise ValueError(message)
    parameters = zip(
        shape[-rank:], pool.kernel_size, pool.stride, pool.padding, pool.dilation, strict=True
    )
    return tuple(
        Axis(
            size=size,
            kernel_size=operator.index(kernel_size),
            stride=operator.index(stride),
            begin=operator.index(begin),
            end=operator.index(end),
            dilation=operator.index(dilation),
            ceil_mode=pool.ceil_mode,
            explicit=pool.auto_pad == "explicit",
        )
        for size, kernel_size, stride, (begin, end), dilation in parameters
    )


def _refuse_fault(axis: Axis) -> None:
    for rule, holds in RULES:
        if not holds(axis):
            message = f"{rule}; got {axis}"
            raise ValueError(message)


def _is_float(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" or dtype.name == "bfloat16"
