"""The parameters of a pooling call."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

SAME_WORDS = ("same-upper", "same-lower")
AUTO_PADS = ("explicit", *SAME_WORDS)

PerAxis: TypeAlias = int | Sequence[int]
Padding: TypeAlias = int | Sequence[int | tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Pool:
    """Parameters of one pooling call, with one entry per spatial axis.

    The bare constructor stores what it is given and checks nothing: this is how
    the suite writes down an invalid call. Everybody else calls `Pool.of`.
    """

    kernel_size: tuple[int, ...]
    """Taps per axis."""
    stride: tuple[int, ...]
    """Distance between the starts of neighbouring windows, in elements."""
    padding: tuple[tuple[int, int], ...]
    """Positions added before and after each axis, as (begin, end)."""
    dilation: tuple[int, ...]
    """Distance between neighbouring taps of a window, in elements."""
    ceil_mode: bool = False
    """Round the output size up instead of down."""
    auto_pad: str = "explicit"
    """`explicit`, or the word that `padding` was resolved from."""

    @property
    def rank(self) -> int:
        """Return the number of spatial axes."""
        return len(self.kernel_size)

    @classmethod
    def of(  # noqa: PLR0913 - these are the parameters of max pooling
        cls,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        dilation: PerAxis = 1,
        *,
        ceil_mode: bool = False,
        auto_pad: str = "explicit",
        rank: int | None = None,
    ) -> Pool:
        """Return checked parameters, one entry per spatial axis.

        A scalar means the same on every axis. A missing stride means
        stride = kernel_size. `rank` is needed only when kernel_size is a scalar
        and the call is not 2-D.

        Raises:
            TypeError: a parameter is not a whole number.
            ValueError: a parameter is out of range or has the wrong length.
        """
        if rank is None:
            rank = len(kernel_size) if isinstance(kernel_size, Sequence) else 2
        kernel = _per_axis("kernel_size", kernel_size, rank, least=1)
        if auto_pad not in AUTO_PADS:
            message = f"auto_pad is one of {', '.join(AUTO_PADS)}, but got {auto_pad!r}"
            raise ValueError(message)
        return cls(
            kernel_size=kernel,
            stride=kernel if stride is None else _per_axis("stride", stride, rank, least=1),
            padding=_pairs(padding, rank),
            dilation=_per_axis("dilation", dilation, rank, least=1),
            ceil_mode=bool(ceil_mode),
            auto_pad=auto_pad,
        )

    def __str__(self) -> str:
        """Return the parameters as they are written in a finding."""
        parts = [f"kernel_size {self.kernel_size}", f"stride {self.stride}"]
        parts += [f"padding {self.padding}", f"dilation {self.dilation}"]
        parts += ["ceil_mode"] if self.ceil_mode else []
        parts += [self.auto_pad] if self.auto_pad != "explicit" else []
        return "  ".join(parts)


def _is_scalar(value: object) -> bool:
    return hasattr(value, "__index__")


def _per_axis(name: str, value: PerAxis, axes: int, *, least: int) -> tuple[int, ...]:
    entries = (value,) * axes if _is_scalar(value) else tuple(value)  # type: ignore[arg-type]
    if len(entries) != axes:
        message = f"{name} has one entry per spatial axis ({axes}), but got {len(entries)}"
        raise ValueError(message)
    return tuple(_whole(name, entry, least) for entry in entries)


def _pairs(padding: Padding, axes: int) -> tuple[tuple[int, int], ...]:
    entries = (padding,) * axes if _is_scalar(padding) else tuple(padding)  # type: ignore[arg-type]
    if len(entries) != axes:
        message = f"padding has one (begin, end) pair per spatial axis ({axes}), got {len(entries)}"
        raise ValueError(message)
    return tuple(_pair(entry) for entry in entries)


def _pair(entry: object) -> tuple[int, int]:
    begin, end = (entry, entry) if _is_scalar(entry) else tuple(entry)  # type: ignore[arg-type]
    return _whole("padding", begin, 0), _whole("padding", end, 0)


def _whole(name: str, entry: object, least: int) -> int:
    number = operator.index(entry)  # type: ignore[arg-type]
    if number < least:
        message = f"{name} must be at least {least}, but got {number}"
        raise ValueError(message)
    return number
