"""What is handed to an implementation, and what it hands back: a result or a nonconformance."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from conformance.cases.case import Array
from conformance.contract import one_line
from conformance.nonconformance import LEGAL, NonconformanceError, spelt_otherwise
from conformance.quiet import quiet
from reference.pool import Pool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a value, or the exception that it raised."""

    value: Any = None
    raised: BaseException | None = None
    said: str = ""
    """The exception in one line, written while the call was still watched."""


def attempt(call: Callable[[], Any]) -> Outcome:
    """Return what a call of foreign code came to, whatever it raises.

    The user's interrupt reaches the controlling process, which ends this one.
    """
    with quiet():
        try:
            return Outcome(call())
        except BaseException as error:  # noqa: BLE001 - whatever it raises is the finding
            return Outcome(raised=error, said=one_line(error))


class Loan:
    """What is handed to forward, and the form that it had."""

    def __init__(self, x: Array, pool: Pool) -> None:
        """Take the form of the input, and copy the parameters."""
        self.x, self.pool, self.parameters = x, pool, replace(pool)
        self.form = (x.shape, x.strides, x.dtype)

    def repaid(self, pair: Any) -> tuple[Array, Any]:  # noqa: ANN401 - foreign
        """Return the pair that forward answered with, both arguments being as they were."""
        x, lent = self.x, self.parameters
        if lent != self.pool:
            note = "the call wrote into its parameters"
            raise NonconformanceError(str(self.pool), str(lent), note)
        if (x.shape, x.strides, x.dtype) != self.form:
            got = f"shape {x.shape}, dtype {x.dtype}"
            expected = f"shape {self.form[0]}, dtype {self.form[2]}"
            raise NonconformanceError(expected, got, "x was reshaped")
        if not isinstance(pair, tuple | list) or len(pair) != 2:  # noqa: PLR2004 - a pair
            got = f"forward returned {describe(pair)}"
            raise NonconformanceError("a pair (y, saved)", got)
        return plain_array("forward", pair[0]), pair[1]


def is_plain(x: Array) -> bool:
    """Return whether an input is native, aligned and of a usual dtype: it is to be taken."""
    return x.dtype.isnative and x.flags.aligned and not spelt_otherwise(x.dtype)


def lent_writable(method: str, argument: object) -> Array | None:
    """Return the array that a call is given, if it is the caller's and may be written to.

    What `indices` is given is the implementation's own.
    """
    if method == "indices" or not isinstance(argument, np.ndarray):
        return None
    return argument if argument.flags.writeable else None


def unlock(array: Array) -> None:
    """Make an array writable again that a call has locked: its caller goes on writing."""
    if not array.flags.writeable:
        with suppress(ValueError):  # what was made of strides cannot be unlocked
            array.flags.writeable = True


def returned(method: str, argument: object, outcome: Outcome) -> Any:  # noqa: ANN401 - foreign
    """Return the value of a legal call, which has not raised."""
    if outcome.raised is not None:
        note = unusual_memory(method, argument)
        raise NonconformanceError(LEGAL, f"{method} raised {outcome.said}", note)
    return outcome.value


def unusual_memory(method: str, array: object) -> str:
    """Return in what unusual way an argument of a call lies in memory; empty where it does not."""
    name = "dy" if method == "backward" else "x"
    if not isinstance(array, np.ndarray):
        return ""
    if not array.dtype.isnative:
        return f"{name} is in non-native byte order"
    if not array.flags.aligned:
        return f"{name} is not aligned to its item size"
    if not array.flags.c_contiguous:
        return f"{name} is not contiguous: its strides are {array.strides} bytes"
    return "" if array.flags.writeable else f"{name} is read-only"


def answered(outcome: Outcome) -> str:
    """Return what a call that should have been refused came to, in a few words."""
    if outcome.raised is not None:
        return outcome.said
    value = outcome.value
    first = value[0] if isinstance(value, tuple | list) and value else value
    if isinstance(first, np.ndarray):
        return f"an answer: {first.dtype} of shape {first.shape}"
    return f"an answer: {describe(value)}"


def describe(value: object) -> str:
    """Return what a wrong result is, in a few words."""
    kind = type(value)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    if value is None:
        return "None"
    if isinstance(value, tuple | list):
        return f"a {name} of {len(value)}"
    return f"a {name}"


def holds_numbers(array: Array) -> bool:
    """Return whether an array is of one of the types that are pooled, or of another such number."""
    return array.dtype.kind in "biuf" or array.dtype.name == "bfloat16"


class _Holder:
    """Keeps a result while its elements are in use: who made it may take their memory back.

    Of a view NumPy keeps only whom the memory belongs to, as far as it knows.
    """

    def __init__(self, result: Array, interface: dict[str, Any]) -> None:
        self.result, self.__array_interface__ = result, interface


def _without_subclass(result: Any) -> Array:  # noqa: ANN401 - foreign
    if type(result) is np.ndarray:
        return result
    view: Array = np.ndarray.view(result, np.ndarray)
    if not holds_numbers(view):
        return view
    return np.asarray(_Holder(result, view.__array_interface__)).view(view.dtype)


def plain_array(method: str, value: object) -> Array:
    """Return a result of a method as a plain array, whatever subclass of one it is.

    Raises:
        NonconformanceError: it is no array of numbers.
    """
    if not issubclass(type(value), np.ndarray):  # isinstance believes what an object says
        item = "as its first item " if method == "forward" else ""
        raise NonconformanceError("a NumPy array", f"{method} returned {item}{describe(value)}")
    plain = _without_subclass(value)
    if plain.dtype == object:
        raise NonconformanceError("an array of numbers", f"{method} returned an array of objects")
    if not holds_numbers(plain):
        got = f"{method} returned an array of {plain.dtype}"
        raise NonconformanceError("an array of numbers", got)
    return plain
