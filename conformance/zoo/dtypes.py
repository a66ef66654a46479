"""Bugs of element types: how they are compared and what comes back."""

from __future__ import annotations

import numpy as np

from conformance.zoo.bug import Shelf, pull
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Trace, Windows
from conformance.zoo.trigger import bfloat16, full, once, ramp, rows
from reference.pool import Pool

shelf = Shelf()


@shelf.bug(
    "negate-trick-overflows",
    *("type.integers", "value.maximum"),
    cite=pull("tenstorrent/tt-metal#49589"),
    trigger="a window of -128 and 5 in int8: -128; a window of 0 and 5 in uint8: 0",
    show=once(rows([[[[-128, 5]]]], np.int8), Pool.of((1, 2))),
)
class NegateTrickOverflows(Sound):
    """The maximum is found as the minimum of -x, which overflows for an integer minimum."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        if values.dtype.kind not in "iu":
            return super()._pick(values, windows)
        winners: Array = (~values + np.ones(1, values.dtype)).argmin(-1)
        return winners


@shelf.bug(
    "own-uint8-as-int8",
    *("type.integers", "value.maximum"),
    trigger="a window of 200 and 5 in uint8: 5",
    show=once(rows([[[[200, 5]]]], np.uint8), Pool.of((1, 2))),
)
class Uint8AsInt8(Sound):
    """A byte above 127 counts as negative."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.view(np.int8) if keys.dtype == np.uint8 else keys


@shelf.bug(
    "own-uint64-as-int64",
    *("type.integers", "value.maximum"),
    trigger="a window of 2**63 and 5 in uint64: 5",
    show=once(rows([[[[2**63, 5]]]], np.uint64), Pool.of((1, 2))),
)
class UnsignedAsSigned(Sound):
    """Unsigned integers wider than a byte are compared as signed ones."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        wide = keys.dtype.kind == "u" and keys.dtype.itemsize > 1
        return keys.view(f"i{keys.dtype.itemsize}") if wide else keys


@shelf.bug(
    "own-int64-through-float64",
    *("type.integers", "value.copied"),
    trigger="a window of 2**53 + 1: 2**53",
    show=once(full(2**53 + 1, 1, 1, 2, 2, dtype=np.int64), Pool.of(2)),
)
class Int64ThroughFloat64(Sound):
    """64-bit integers pass through float64, which loses odd ones above 2**53."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.dtype.kind not in "iu" or y.dtype.itemsize < np.dtype(np.int64).itemsize:
            return y
        return y.astype(np.float64).astype(y.dtype)


@shelf.bug(
    "own-integers-compared-as-float32",
    *("type.integers", "value.maximum"),
    trigger="a window of 2**24 and 2**24 + 1 in int32: 2**24",
    show=once(rows([[[[2**24, 2**24 + 1]]]], np.int32), Pool.of((1, 2))),
)
class IntegersComparedAsFloat32(Sound):
    """Integers are compared as float32, so that large ones tie."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.astype(np.float32) if keys.dtype.kind in "iu" else keys


@shelf.bug(
    "own-float16-bits-as-integers",
    *("type.float16", "value.monotone"),
    trigger="a window of -2 and -1 in float16: -2",
    show=once(rows([[[[-2, -1]]]], np.float16), Pool.of((1, 2))),
)
class Float16BitsAsIntegers(Sound):
    """float16 elements are compared as the signed integers that their bits spell."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.view(np.int16) if keys.dtype == np.float16 else keys


@shelf.bug(
    "own-float16-compared-as-bfloat16",
    "type.float16",
    trigger="a window of 1 and 1 + 2**-10 in float16: 1",
    show=once(rows([[[[1, 1 + 2**-10]]]], np.float16), Pool.of((1, 2))),
)
class Float16ComparedAsBfloat16(Sound):
    """float16 elements are compared after their last bits were dropped."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        if keys.dtype != np.float16:
            return keys
        bits = keys.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
        return bits.view(np.float32)


@shelf.bug(
    "own-bfloat16-compared-as-float16",
    "type.bfloat16",
    trigger="a window of 1e5 and 1e6 in bfloat16: 1e5, both being infinite in float16",
    show=once(bfloat16(rows([[[[1e5, 1e6]]]])), Pool.of((1, 2))),
)
class Bfloat16ComparedAsFloat16(Sound):
    """bfloat16 elements are compared as float16, whose range is smaller."""

    def _keys(self, values: Array, windows: Windows) -> Array:
        keys = super()._keys(values, windows)
        return keys.astype(np.float16) if values.dtype.name == "bfloat16" else keys


@shelf.bug(
    "own-bfloat16-comes-back-as-float32",
    *("type.bfloat16", "result.type"),
    trigger="bfloat16: float32 comes back",
    show=once(bfloat16(ramp(1, 1, 4, 4)), Pool.of(2)),
)
class Bfloat16ComesBackAsFloat32(Sound):
    """bfloat16 is widened to float32 and stays so."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        return y.astype(np.float32) if y.dtype.name == "bfloat16" else y


@shelf.bug(
    "own-bool-and",
    "type.bool",
    trigger="a window of True and False: False",
    show=once(rows([[[[True, False]]]], bool), Pool.of((1, 2))),
)
class BoolAnd(Sound):
    """The maximum of booleans is their logical and."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        winners: Array = values.argmin(-1)
        return winners if values.dtype == bool else super()._pick(values, windows)


@shelf.bug(
    "own-bool-comes-back-as-int8",
    *("result.type", "type.bool"),
    trigger="bool: int8 comes back",
    show=once(rows([[[[True, False]]]], bool), Pool.of((1, 2))),
)
class BoolComesBackAsInt8(Sound):
    """Booleans are pooled as bytes and come back as bytes."""

    def _result(self, trace: Trace) -> Array:
        y = super()._result(trace)
        return y.astype(np.int8) if y.dtype == bool else y


@shelf.bug(
    "own-always-float32",
    "result.type",
    trigger="float64: float32 comes back",
    show=once(ramp(1, 1, 4, 4, dtype=np.float64), Pool.of(2)),
)
class AlwaysFloat32(Sound):
    """The output is allocated as float32 whatever the input was."""

    def _result(self, trace: Trace) -> Array:
        return super()._result(trace).astype(np.float32)
