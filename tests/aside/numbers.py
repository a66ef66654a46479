"""Elements that are compared, copied or filled in as something else."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import numpy as np

from conformance.zoo.padding import Fills, lowest
from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Trace, Windows
from tests.aside.shelf import Shelf

shelf = Shelf()


def rounded_key(keys: Array, step: float) -> Array:
    """Return floating keys rounded down to multiples of `step` where they are small."""
    small = np.abs(keys) < 2**20
    return np.where(small, np.floor(keys / step) * step, keys)


@shelf.after("_keys")
def doubles_within_a_millionth_tie(keys: Array, values: Array, windows: Windows) -> Array:
    """float64 elements that differ by less than 1e-6 are equal."""
    return rounded_key(keys, 1e-6) if keys.dtype == np.float64 else keys


@shelf.after("_keys")
def singles_within_a_thousandth_tie(keys: Array, values: Array, windows: Windows) -> Array:
    """float32 elements that differ by less than 1e-3 are equal."""
    single = values.dtype == np.float32
    return rounded_key(keys.astype(np.float64), 1e-3) if single else keys


@shelf.after("_keys")
def singles_compared_without_last_bit(keys: Array, values: Array, windows: Windows) -> Array:
    """The last bit of a float32 is not looked at."""
    if values.dtype != np.float32:
        return keys
    return (keys.view(np.uint32) & np.uint32(0xFFFFFFFE)).view(np.float32)


@shelf.after("_keys")
def doubles_compared_without_last_bits(keys: Array, values: Array, windows: Windows) -> Array:
    """The last two bits of a float64 are not looked at."""
    if values.dtype != np.float64:
        return keys
    return (keys.view(np.uint64) & np.uint64(0xFFFFFFFFFFFFFFFC)).view(np.float64)


@shelf.after("_keys")
def halves_compared_without_last_bit(keys: Array, values: Array, windows: Windows) -> Array:
    """The last bit of a float16 is not looked at."""
    if values.dtype != np.float16:
        return keys
    return (keys.view(np.uint16) & np.uint16(0xFFFE)).view(np.float16)


@shelf.after("_keys")
def bfloat16_within_one_step_tie(keys: Array, values: Array, windows: Windows) -> Array:
    """The last bit of a bfloat16 is not looked at."""
    if values.dtype.name != "bfloat16":
        return keys
    return (keys.view(np.uint32) & np.uint32(0xFFFE0000)).view(np.float32)


@shelf.after("_keys")
def fractions_compared_as_whole_numbers(keys: Array, values: Array, windows: Windows) -> Array:
    """float32 elements are compared after their fractions were cut off."""
    return np.trunc(keys) if values.dtype == np.float32 else keys


@shelf.after("_keys")
def singles_compared_within_fixed_point(keys: Array, values: Array, windows: Windows) -> Array:
    """float32 elements above 2**15 are compared as 2**15."""
    return np.minimum(keys, np.float32(2**15)) if values.dtype == np.float32 else keys


@shelf.after("_keys")
def doubles_clamped_to_single_range(keys: Array, values: Array, windows: Windows) -> Array:
    """float64 elements are compared after they were clamped to the range of float32."""
    return np.clip(keys, -3.4e38, 3.4e38) if keys.dtype == np.float64 else keys


@shelf.after("_keys")
def subnormal_singles_compare_as_zero(keys: Array, values: Array, windows: Windows) -> Array:
    """A subnormal float32 counts as 0 in a comparison."""
    tiny = np.abs(keys) < np.finfo(np.float32).tiny if values.dtype == np.float32 else False
    return np.where(tiny, np.zeros((), keys.dtype), keys) if values.dtype == np.float32 else keys


@shelf.after("_keys")
def subnormal_halves_compare_as_zero(keys: Array, values: Array, windows: Windows) -> Array:
    """A subnormal float16 counts as 0 in a comparison."""
    if values.dtype != np.float16:
        return keys
    return np.where(np.abs(keys) < np.finfo(np.float16).tiny, np.float16(0), keys)


@shelf.after("_keys")
def int8_compared_unsigned(keys: Array, values: Array, windows: Windows) -> Array:
    """An int8 is compared as the unsigned number of the same bits."""
    return keys.view(np.uint8) if keys.dtype == np.int8 else keys


@shelf.after("_keys")
def int16_compared_unsigned(keys: Array, values: Array, windows: Windows) -> Array:
    """An int16 is compared as the unsigned number of the same bits."""
    return keys.view(np.uint16) if keys.dtype == np.int16 else keys


@shelf.after("_keys")
def int64_compared_by_low_half(keys: Array, values: Array, windows: Windows) -> Array:
    """Only the lower 32 bits of an int64 are compared."""
    return keys.astype(np.int32) if keys.dtype == np.int64 else keys


@shelf.after("_keys")
def int64_compared_by_high_half(keys: Array, values: Array, windows: Windows) -> Array:
    """Only the upper 48 bits of an int64 are compared."""
    return keys >> np.int64(16) if keys.dtype == np.int64 else keys


@shelf.after("_keys")
def uint32_through_int32(keys: Array, values: Array, windows: Windows) -> Array:
    """A uint32 is compared as an int32."""
    return keys.view(np.int32) if keys.dtype == np.uint32 else keys


@shelf.after("_keys")
def int32_difference_overflows(keys: Array, values: Array, windows: Windows) -> Array:
    """int32 elements are compared by the sign of their difference from the first, which wraps."""
    return keys - keys[..., :1] if keys.dtype == np.int32 else keys


@shelf.after("_value")
def int32_copied_through_float32(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """An int32 result passes through float32."""
    if y.dtype != np.int32:
        return y
    return y.astype(np.float32).astype(np.float64).clip(-(2**31), 2**31 - 1).astype(np.int32)


@shelf.after("_value")
def int16_saturates_at_32766(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """An int16 result is at most 32766."""
    return np.minimum(y, np.int16(32766)) if y.dtype == np.int16 else y


@shelf.after("_value")
def int8_starts_at_minus_127(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """The running maximum of int8 starts at -127."""
    return np.maximum(y, np.int8(-127)) if y.dtype == np.int8 else y


@shelf.after("_value")
def int64_starts_at_the_lowest_int32(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """The running maximum of int64 starts at -2**31."""
    return np.maximum(y, np.int64(-(2**31))) if y.dtype == np.int64 else y


@shelf.after("_value")
def double_starts_at_the_lowest_single(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """The running maximum of float64 starts at -3.4e38."""
    low = y.dtype == np.float64
    return np.where(y < -3.4028234663852886e38, -3.4028234663852886e38, y) if low else y


@shelf.after("_value")
def single_starts_at_minus_1e30(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """The running maximum of float32 starts at -1e30 in windows of several taps."""
    low = y.dtype == np.float32 and values.shape[-1] > 1
    return np.where(y < np.float32(-1e30), np.float32(-1e30), y) if low else y


@shelf.after("_value")
def bfloat16_starts_at_the_lowest_half(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """The running maximum of bfloat16 starts at -65504."""
    if y.dtype.name != "bfloat16":
        return y
    return np.maximum(y.astype(np.float32), np.float32(-65504)).astype(y.dtype)


@shelf.member
class HalvesPaddedWithMinus65504(Fills):
    """Padding of float16 and float32 is filled with the lowest float16."""

    def _fill(self, planes: Array) -> float:
        return -65504.0 if planes.dtype in (np.float16, np.float32) else lowest(planes.dtype)


@shelf.member
class DoublesPaddedWithMinus1e300(Fills):
    """Padding of float64 is filled with -1e300."""

    def _fill(self, planes: Array) -> float:
        return -1e300 if planes.dtype == np.float64 else lowest(planes.dtype)


@shelf.member
class IntegersPaddedWithMinusBillion(Fills):
    """Padding of int32 and int64 is filled with -10**9."""

    def _fill(self, planes: Array) -> float:
        return -(10**9) if planes.dtype.name in ("int32", "int64") else lowest(planes.dtype)


@shelf.member
class UnsignedPaddedWithOne(Fills):
    """Padding of unsigned integers is filled with 1."""

    def _fill(self, planes: Array) -> float:
        return 1 if planes.dtype.kind == "u" else lowest(planes.dtype)


@shelf.member
class VolumesPaddedWithZero(Fills):
    """Padding is filled with 0 when there are three spatial axes."""

    def _fill(self, planes: Array) -> float:
        return 0 if planes.ndim == 5 else lowest(planes.dtype)


@shelf.after("_result")
def padded_bytes_come_back_wide(y: Array, trace: Trace) -> Array:
    """int8 is widened to int16 where it is padded, and stays so."""
    padded = not trace.windows.real.all()
    return y.astype(np.int16) if padded and y.dtype == np.int8 else y


@shelf.after("_result")
def dilated_halves_come_back_single(y: Array, trace: Trace) -> Array:
    """float16 comes back as float32 where the window is dilated."""
    dilated = any(axis.d > 1 for axis in trace.windows.axes)
    return y.astype(np.float32) if dilated and y.dtype == np.float16 else y


@shelf.after("_result")
def answers_in_the_other_byte_order(y: Array, trace: Trace) -> Array:
    """float64 results come back in the other byte order although the input was in native order."""
    swapped = trace.x.dtype == np.dtype("=f8") and y.size > 1
    return y.astype(y.dtype.newbyteorder()) if swapped else y


@shelf.after("_value")
def doubles_scaled_and_unscaled(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """float64 results are divided by 3 and multiplied by it again."""
    return y / 3 * 3 if y.dtype == np.float64 else y


@shelf.after("_value")
def wide_windows_by_log_sum_exp(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """float32 results of magnitude above 1e6 are rounded to 20 bits."""
    if y.dtype != np.float32:
        return y
    kept = (y.view(np.uint32) & np.uint32(0xFFFFFFF0)).view(np.float32)
    return np.where(np.isfinite(y) & (np.abs(y) > 1e6), kept, y)


@shelf.member
class BooleansCountedInWideWindows(Sound):
    """Booleans are added in a two-bit counter, so that four True are False."""

    def _value(self, values: Array, winners: Array, windows: Windows) -> Array:
        y = super()._value(values, winners, windows)
        if y.dtype != bool:
            return y
        return np.asarray((values & windows.real).sum(-1) % 4 > 0)
