"""NaN, infinities and signed zeros, each mishandled somewhere only."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.specials import floating, without_nan
from conformance.zoo.trace import Array, Trace, Windows
from tests.aside.shelf import Shelf

shelf = Shelf()


def nan_at(values: Array, tap: int) -> Array:
    """Return whether a tap holds a NaN."""
    found: Array = np.isnan(values[..., tap])
    return found


@shelf.after("_keys")
def nan_seen_only_in_last_tap(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is kept at the last tap of a window and skipped elsewhere."""
    if not floating(values):
        return keys
    dropped = without_nan(keys)
    dropped[..., -1] = keys[..., -1]
    return dropped


@shelf.after("_keys")
def nan_skipped_in_middle_taps(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped at the fifth tap of nine."""
    if not floating(values) or values.shape[-1] != 9:
        return keys
    keys = keys.copy()
    keys[..., 4] = without_nan(keys[..., 4])
    return keys


@shelf.after("_keys")
def negative_nan_is_smallest(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN with its sign bit set is below all numbers, as integers order its bits."""
    if not floating(values):
        return keys
    return np.where(np.isnan(keys) & np.signbit(keys), np.array(-np.inf, keys.dtype), keys)


@shelf.after("_keys")
def negative_nan_of_half_is_smallest(keys: Array, values: Array, windows: Windows) -> Array:
    """A float16 NaN with its sign bit set is below all numbers."""
    if values.dtype != np.float16:
        return keys
    return np.where(np.isnan(keys) & np.signbit(keys), np.float16(-np.inf), keys)


@shelf.after("_keys")
def infinity_beats_nan(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN beside +inf is skipped."""
    if not floating(values):
        return keys
    infinite = (keys == np.inf).any(-1, keepdims=True)
    return np.where(infinite, without_nan(keys), keys)


@shelf.after("_keys")
def nan_skipped_at_the_border(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped in windows that touch padding."""
    if not floating(values):
        return keys
    return np.where(windows.real.all(-1, keepdims=True), keys, without_nan(keys))


@shelf.after("_keys")
def nan_skipped_in_more_than_eight_taps(keys: Array, values: Array, windows: Windows) -> Array:
    """Windows of more than 8 taps go through a vector maximum that skips NaN."""
    return without_nan(keys) if values.shape[-1] > 8 and floating(values) else keys


@shelf.after("_keys")
def nan_skipped_in_bfloat16(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN of bfloat16 is skipped."""
    return without_nan(keys) if values.dtype.name == "bfloat16" else keys


@shelf.after("_keys")
def nan_skipped_in_dilated_windows(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped where the last axis is dilated."""
    skips = floating(values) and windows.axes[-1].d > 1
    return without_nan(keys) if skips else keys


@shelf.after("_keys")
def nan_skipped_in_rows(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped with one spatial axis."""
    return without_nan(keys) if floating(values) and len(windows.axes) == 1 else keys


@shelf.after("_keys")
def nan_skipped_in_volumes(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped with three spatial axes."""
    return without_nan(keys) if floating(values) and len(windows.axes) == 3 else keys


@shelf.after("_keys")
def nan_skipped_from_sixteen_channels(keys: Array, values: Array, windows: Windows) -> Array:
    """A NaN is skipped where there are 16 channels or more."""
    return without_nan(keys) if floating(values) and values.shape[1] >= 16 else keys


@shelf.after("_value")
def nan_reaches_the_next_window(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """A NaN in a window makes the window after it in the row NaN too."""
    if not floating(y):
        return y
    before = np.zeros(y.shape, bool)
    before[..., 1:] = np.isnan(y[..., :-1])
    return np.where(before, np.array(np.nan, y.dtype), y)


@shelf.after("_value")
def nan_anywhere_makes_the_plane_nan(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A NaN in a plane makes every output of the plane NaN."""
    if not floating(y):
        return y
    planes = np.isnan(y).any(tuple(range(2, y.ndim)), keepdims=True)
    return np.where(planes, np.array(np.nan, y.dtype), y)


@shelf.after("_value")
def all_nan_window_is_minus_infinity(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A window of several taps, all NaN, returns -inf."""
    if not floating(y) or values.shape[-1] == 1:
        return y
    lost = np.isnan(values).all(-1)
    return np.where(lost, np.array(-np.inf, y.dtype), y)


@shelf.after("_value")
def zero_takes_the_sign_of_the_smallest(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A result of 0 gets a minus sign where the window also holds a negative number."""
    if not floating(y):
        return y
    below = (values < 0).any(-1) & (y == 0)
    return np.where(below, np.array(-0.0, y.dtype), y)


@shelf.after("_value")
def minus_zero_lost_in_padded_windows(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """-0 becomes +0 in windows that touch padding."""
    lost = (y == 0) & ~windows.real.all(-1)
    return np.where(lost, np.zeros((), y.dtype), y) if floating(y) else y


@shelf.after("_value")
def minus_infinity_lowest_in_halves(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A float16 window of -inf returns -65504."""
    return np.maximum(y, np.float16(-65504)) if y.dtype == np.float16 else y


@shelf.after("_value")
def minus_infinity_lowest_at_the_border(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A window of -inf that touches padding returns the lowest float32."""
    lost = np.isneginf(y.astype(np.float64)) & ~windows.real.all(-1) if floating(y) else False
    low = np.array(np.finfo(np.float32).min, np.float32)
    return np.where(lost, low, y) if y.dtype == np.float32 else y


@shelf.after("_value")
def minus_infinity_zero_in_whole_planes(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A window that covers its whole plane and holds only -inf returns 0."""
    whole = values.shape[-1] == np.prod([axis.n for axis in windows.axes]) > 1
    return (
        np.where(np.isneginf(y), np.zeros((), y.dtype), y) if y.dtype.kind == "f" and whole else y
    )


@shelf.after("_value")
def plus_infinity_of_halves_saturates(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A float16 result is at most 65504."""
    if y.dtype != np.float16:
        return y
    return np.where(y > np.float16(65504), np.float16(65504), y)


@shelf.after("_value")
def nan_payload_becomes_infinity(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """A NaN whose payload has only low bits loses them on the way through bfloat16, and is inf."""
    if y.dtype != np.float32:
        return y
    cut = (y.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    return np.where(np.isnan(y), cut, y)


@shelf.member
class NanKeptInForwardAndLastTieTaken(Sound):
    """A NaN somewhere in the input switches to a slow path, which takes the last of equals."""

    def _pick(self, values: Array, windows: Windows) -> Array:
        from conformance.zoo.ties import last_tied

        keys = self._keys(values, windows)
        slow = floating(values) and bool(np.isnan(keys).any())
        return last_tied(keys, windows) if slow else super()._pick(values, windows)


@shelf.after("_result")
def signs_of_zero_lost_with_nan(y: Array, trace: Trace) -> Array:
    """Where the batch holds a NaN, 0 is added to every result."""
    if not floating(y) or not np.isnan(y).any():
        return y
    return y + np.zeros((), y.dtype)
