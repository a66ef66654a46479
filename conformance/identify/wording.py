"""Calls, arrays and answers in one line each, short enough to be read in passing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from conformance.cases.case import Array
from conformance.findings import plain
from conformance.identify.observation import Kind, Reply
from conformance.identify.probe import Probe
from conformance.nonconformance import same_bits
from conformance.report.planes import token
from conformance.report.untrusted import line
from reference.pool import Pool

ROW, ROWS, PLANES = 10, 5, 3
"""The most elements of a row, rows of a plane and planes that are written out."""
SAID = 120


def call_words(pool: Pool) -> str:
    """Return parameters, of those beyond kernel_size only what is not plain."""
    words = [f"kernel_size {pool.kernel_size}"]
    words += [f"stride {pool.stride}"] if pool.stride != pool.kernel_size else []
    if any(pair != (0, 0) for pair in pool.padding):
        words.append(f"padding {pool.padding}")
    words += [f"dilation {pool.dilation}"] if set(pool.dilation) != {1} else []
    words += ["ceil_mode"] if pool.ceil_mode else []
    words += [pool.auto_pad] if pool.auto_pad != "explicit" else []
    return ", ".join(words)


def array_words(array: Array, rank: int) -> str:
    """Return an array as the planes it consists of; equal ones are written once."""
    if not array.size:
        return f"nothing, shape {array.shape}"
    if array.ndim < rank:
        return _written(array)
    lead = array.shape[: array.ndim - rank]
    planes = array.reshape(math.prod(lead), *array.shape[array.ndim - rank :])
    if len(planes) == 1:
        return _written(planes[0])
    if all(same_bits(planes[0], plane).all() for plane in planes[1:]):
        return f"{len(planes)} planes of {_written(planes[0])}"
    shown = [_written(plane) for plane in planes[:PLANES]]
    left = len(planes) - len(shown)
    return "  ".join(shown) + (f"  and {left} more planes" if left else "")


def _written(plane: Array) -> str:
    """Return the part of a plane that is written out."""
    return _nested(plain(plane[(slice(ROW + 1),) * plane.ndim]))


def _nested(data: Any) -> str:  # noqa: ANN401 - nested lists
    if not isinstance(data, list):
        return token(data)
    limit = ROWS if data and isinstance(data[0], list) else ROW
    shown = [_nested(one) for one in data[:limit]]
    return f"[{' '.join(shown)}{' ...' if len(data) > limit else ''}]"


def reply_words(reply: Reply, rank: int) -> str:
    """Return in a line what a method came to."""
    if reply.array is not None:
        return array_words(reply.array, rank)
    if reply.kind is Kind.ANSWER:
        return "an array that is too large to show"
    return line(f"{reply.kind}: {reply.said}" if reply.said else str(reply.kind), SAID)


def probe_words(probe: Probe) -> str:
    """Return the call of a probe in a line: type, input, parameters."""
    x = array_words(probe.x, probe.pool.rank)
    return f"x = {x} {probe.x.dtype.name}, {call_words(probe.pool)}"


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    if len(words) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def spread(values: Sequence[str]) -> str:
    """Return how far something was varied: a range of numbers, or how many values it took."""
    if not all(value.isdecimal() for value in values):
        return str(len(values))
    numbers = sorted(map(int, values))
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
