"""Arrays and parameters as the source code of a script."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from conformance.cases.case import Array
from conformance.contract import Implementation
from conformance.diagnosis.steps import BETWEEN, Given
from reference.pool import Pool

LITERAL = 160
"""Up to so many elements an array is written out."""
ODD_ONES = 40
"""Up to so many elements that differ from the rest, an array is written as its exceptions."""
PACKED = 3000
"""Up to so many characters an array is written as packed bytes."""


class NoScriptError(Exception):
    """A finding has no script; the message says why."""


@dataclass(slots=True)
class Text:
    """The lines of a script while it is written."""

    implementation: Implementation
    lines: list[str] = field(default_factory=list)
    pools: dict[Pool, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """Names that the script takes from NumPy."""
    modules: set[str] = field(default_factory=set)


def given_lines(text: Text, name: str, given: Given) -> Iterator[str]:
    """Yield the lines that make an argument, laid out in memory as it was.

    Raises:
        NoScriptError: it is too large, and follows no simple rule.
    """
    sparse = _sparse(text, name, given.values) if given.plain else []
    if given.rule:
        yield f"{name} = {given.rule}"
    elif given.plain:
        yield from sparse or [f"{name} = {array_literal(text, given.values)}"]
    else:
        size, kind, offset = given.room
        dtype = dtype_literal(text, given.dtype)
        memory = f"np.full({size}, {BETWEEN}, {dtype if kind == given.dtype.str else repr(kind)})"
        yield f"memory = {memory}"
        where = f"memory, {offset}, {given.strides}"
        yield f"{name} = np.ndarray({given.values.shape}, {dtype}, {where})"
        yield f"{name}[...] = {array_literal(text, given.values)}"
    if not given.writeable:
        yield f"{name}.flags.writeable = False"


def dtype_literal(text: Text, dtype: np.dtype[Any]) -> str:
    """Return a dtype as an expression, its byte order included."""
    if dtype.name == "bfloat16":
        text.names.add("ml_dtypes")
        return '"bfloat16"'
    return repr(dtype.name if dtype.isnative else dtype.str)


def array_literal(text: Text, array: Array) -> str:
    """Return an expression that makes an array.

    Raises:
        NoScriptError: it is too large, and follows no simple rule.
    """
    dtype = dtype_literal(text, array.dtype)
    if array.dtype.hasobject:
        message = "its input holds objects"
        raise NoScriptError(message)
    if array.size <= LITERAL and array.size:
        return f"np.array({numbers(text, array)}, {dtype})"
    if not array.size:
        return f"np.zeros({array.shape}, {dtype})"
    return _packed(array, dtype)


def numbers(text: Text, array: Array) -> str:
    """Return the elements as nested lists."""
    written = repr(array.astype(np.float64).tolist() if is_floating(array) else array.tolist())
    text.names |= {word for word in ("inf", "nan") if word in written}
    return written


def is_floating(array: Array) -> bool:
    """Return whether an array is of a floating-point type."""
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def _sparse(text: Text, name: str, array: Array) -> list[str]:
    """Return lines that make an array of one number and its exceptions; none where it is not."""
    flat = array.ravel()
    odd = np.flatnonzero(flat != flat[0]) if array.size > LITERAL else np.arange(array.size)
    if len(odd) > ODD_ONES or array.size <= LITERAL:
        return []
    number = numbers(text, flat[:1])[1:-1]
    lines = [f"{name} = np.full({array.shape}, {number}, {dtype_literal(text, array.dtype)})"]
    if len(odd):
        lines.append(f"{name}.flat[{odd.tolist()}] = {numbers(text, flat[odd])}")
    return lines


def _packed(array: Array, dtype: str) -> str:
    data = base64.b85encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    if len(data) > PACKED:
        message = f"its input of {array.size:,} elements follows no rule short enough"
        raise NoScriptError(message)
    return (
        f"np.frombuffer(__import__('zlib').decompress(__import__('base64').b85decode({data!r})), "
        f"{dtype}).reshape({array.shape}).copy()"
    )


def pool_name(text: Text, pool: Pool) -> str:
    """Return the name under which the script holds these parameters."""
    if pool not in text.pools:
        text.pools[pool] = "pool" if not text.pools else f"pool{len(text.pools) + 1}"
    return text.pools[pool]


def pool_literal(pool: Pool) -> str:
    """Return parameters as an expression."""
    values = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    return f"Pool{(*values, pool.ceil_mode, pool.auto_pad, pool.rank)!r}"
