"""Calls as a list of steps that can be made again, elsewhere and by a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from conformance.cases.case import Array
from conformance.nonconformance import native, same_bits
from reference.pool import Pool

RULE = (77, 113)
"""Multiples of the first modulo the second, a prime, are in scrambled order; they fit a byte."""
BETWEEN, BESIDE = 66, 8
"""The number that stands in memory between the elements of an array, and how many of it before
the first and after the last."""
WATCHED = 2**20
"""Changes of larger arrays are not looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """An array that is handed over: what is in it, and how it lies in memory."""

    values: Array
    """A contiguous copy in native byte order."""
    dtype: np.dtype[Any]
    strides: tuple[int, ...]
    aligned: bool
    writeable: bool
    rule: str = ""
    """An expression that makes the values; empty where they follow no rule."""

    @classmethod
    def of(cls, array: Array) -> Given:
        """Return what an array is given by."""
        values = np.array(native(array), order="C")
        flags = array.flags
        return cls(values, array.dtype, array.strides, flags.aligned, flags.writeable)

    @property
    def plain(self) -> bool:
        """Return whether it lies in memory as a new array does, its bytes in native order."""
        natural = self.values.strides == self.strides or self.values.size < 2  # noqa: PLR2004
        return natural and self.aligned and self.dtype.isnative

    @property
    def room(self) -> tuple[int, str, int]:
        """Return the size and the dtype of a memory that holds it, and its offset there in bytes.

        One byte off where it is unaligned.
        """
        reaches = [(n - 1) * step for n, step in zip(self.values.shape, self.strides, strict=True)]
        low = sum(min(0, reach) for reach in reaches)
        high = sum(max(0, reach) for reach in reaches)
        unit = self.dtype.itemsize if self.aligned and low % self.dtype.itemsize == 0 else 1
        offset = BESIDE * unit - low + (0 if self.aligned else 1)
        size = -(-(offset + high + self.dtype.itemsize) // unit) + BESIDE
        return size, "uint8" if unit == 1 else self.dtype.str, offset

    def laid_out(self) -> Array:
        """Return a new array of this kind."""
        if self.plain:
            made = self.values.copy()
        else:
            size, kind, offset = self.room
            memory = np.full(size, BETWEEN, self.dtype if kind == self.dtype.str else kind)
            made = np.ndarray(self.values.shape, self.dtype, memory, offset, self.strides)
            made[...] = self.values
        made.flags.writeable = self.writeable
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of an implementation."""

    method: str
    name: str
    """What its array argument is called; empty for indices."""
    given: Given | None
    """The argument where it is new; None where it was handed over or made before."""
    pool: Pool | None
    of: int
    """The number of the forward call that made `saved`; its own for a forward call."""
    number: int

    @property
    def result(self) -> str:
        """Return what its result is called."""
        names = {"forward": "y", "indices": "index", "backward": "dx"}
        return f"{names[self.method]}{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """The caller overwrites an array in place."""

    name: str
    values: Array


Step: TypeAlias = Call | Edit


@dataclass(slots=True)
class Live:
    """An array that the caller can still see."""

    name: str
    array: Array
    known: Array | None
    """A copy of what was in it when it was looked at last."""

    @property
    def changed(self) -> bool:
        """Return whether something else is in it now."""
        if self.known is None:
            return False
        return not bool(same_bits(self.known, self.array).all())

    @property
    def before(self) -> Array:
        """Return what was in it when it was looked at last."""
        return self.array if self.known is None else self.known

    def look(self) -> None:
        """Remember what is in it."""
        self.known = np.array(self.array) if self.array.size <= WATCHED else None


@dataclass(slots=True)
class Transcript:
    """A listener that writes steps down."""

    steps: list[Step] = field(default_factory=list)
    live: list[Live] = field(default_factory=list)
    _saved: list[tuple[object, int]] = field(default_factory=list)
    _calls: int = 0

    def asked(self, method: str, arguments: tuple[Any, ...]) -> None:
        """Write down what the caller did since the last call, and which call it makes."""
        for one in self.live:
            if one.changed:
                self.steps.append(Edit(one.name, np.array(native(one.array))))
                one.look()
        number, self._calls = self._calls, self._calls + 1
        first = arguments[0] if method != "indices" and arguments else None
        name, given = self._argument(first, number, "x" if method == "forward" else "dy")
        of = number if method == "forward" else self._forward(arguments[-1])
        pool = arguments[1] if method == "forward" else None
        self.steps.append(Call(method, name, given, replace(pool) if pool else None, of, number))

    def _argument(self, array: object, number: int, letter: str) -> tuple[str, Given | None]:
        if not isinstance(array, np.ndarray):
            return "", None
        for one in self.live:
            if one.array is array:
                return one.name, None
        name, given = f"{letter}{number}", Given.of(array)
        self._keep(name, array)
        return name, given

    def _forward(self, saved: object) -> int:
        return next((number for one, number in reversed(self._saved) if one is saved), -1)

    def answered(self, result: object, raised: BaseException | None) -> None:  # noqa: ARG002 - of a Listener
        """Keep the arrays of an answer in sight."""
        call = self.steps[-1]
        for one in self.live:
            one.look()
        pair = isinstance(result, tuple | list) and len(result) == len(("y", "saved"))
        if isinstance(call, Call) and call.method == "forward" and pair:
            self._saved.append((result[1], call.number))  # type: ignore[index] # a pair
            result = result[0]  # type: ignore[index] # a pair
        if isinstance(call, Call) and isinstance(result, np.ndarray):
            self._keep(call.result, result)

    def _keep(self, name: str, array: Array) -> None:
        live = Live(name, array, None)
        live.look()
        self.live.append(live)


def by_rule(steps: Sequence[Step], least: int) -> list[Step]:
    """Return the steps with new values, made by a rule, in inputs of more than `least` elements.

    What depends on the size of an input shows with other values in it as well.
    """
    return [
        replace(step, given=_ruled(step.given))
        if isinstance(step, Call) and step.given and step.given.plain and _exceeds(step, least)
        else step
        for step in steps
    ]


def _exceeds(step: Call, least: int) -> bool:
    return step.given is not None and step.given.values.size > least


def _ruled(given: Given) -> Given:
    """Return values of both signs that differ from their neighbours, and are whole."""
    size, shape, name = given.values.size, given.values.shape, given.dtype.name
    values = (np.arange(size) * RULE[0] % RULE[1] - RULE[1] // 2).reshape(shape)
    written = f"(np.arange({size}) * {RULE[0]} % {RULE[1]} - {RULE[1] // 2})"
    rule = f'{written}.reshape({shape}).astype("{name}")'
    return replace(given, values=values.astype(given.dtype), rule=rule)


def calls(steps: Sequence[Step]) -> Iterator[Call]:
    """Yield the calls among steps."""
    return (one for one in steps if isinstance(one, Call))
