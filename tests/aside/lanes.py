"""Vector lanes, their rests, channels and batch items."""

# ruff: noqa: ARG001, D401 - the docstring of a fault says what is wrong with it

from __future__ import annotations

import numpy as np

from conformance.zoo.sound import Sound
from conformance.zoo.trace import Array, Saved, Trace, Windows
from tests.aside.shelf import Shelf

shelf = Shelf()


@shelf.after("_value")
def row_tail_of_three(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Of rows of 8m + 3 outputs the last three are those at the begin of the row."""
    if y.shape[-1] % 8 == 3 and y.shape[-1] > 8:
        y[..., -3:] = y[..., :3]
    return y


@shelf.after("_value")
def row_tail_of_seven_in_odd_planes(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """With rows of 8m + 7 outputs and an odd channel count the last output is that before."""
    if y.shape[-1] % 8 == 7 and y.shape[1] % 2:
        y[..., -1] = y[..., -2]
    return y


@shelf.after("_value")
def row_tail_of_one_past_sixteen(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """With 16m + 1 outputs in a row the last stays 0."""
    if y.shape[-1] % 16 == 1 and y.shape[-1] > 1:
        y[..., -1] = 0
    return y


@shelf.after("_value")
def rows_four_at_a_time(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Rows are written in fours, and a rest of two gets the two rows before."""
    if y.ndim == 4 and y.shape[2] % 4 == 2 and y.shape[2] > 4:
        y[:, :, -2:] = y[:, :, -4:-2]
    return y


@shelf.after("_pick")
def channel_33_of_later_items_from_the_first(
    winners: Array, values: Array, windows: Windows
) -> Array:
    """From 33 channels on, later batch items take the winners of the first one there."""
    if winners.shape[1] >= 33:
        winners[1:, 32:] = winners[:1, 32:]
    return winners


@shelf.after("_value")
def last_of_odd_batch_without_channels(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """With one channel and an odd batch of three or more the last item is 0."""
    if y.shape[1] == 1 and len(y) % 2 and len(y) > 2:
        y[-1] = 0
    return y


@shelf.after("_value")
def channel_rest_of_three(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """With 4m + 3 channels the last one repeats the one before."""
    if y.shape[1] % 4 == 3:
        y[:, -1] = y[:, -2]
    return y


@shelf.after("_value")
def channels_past_64_wrap(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """Channels from 64 on repeat the first ones."""
    y[:, 64:128] = y[:, : max(0, min(64, y.shape[1] - 64))]
    return y


@shelf.after("_value")
def channels_of_37_lose_five(y: Array, values: Array, winners: Array, windows: Windows) -> Array:
    """With 32m + 5 channels the last five are written in the reverse order."""
    if y.shape[1] % 32 == 5 and y.shape[1] > 5:
        y[:, -5:] = y[:, -5:][:, ::-1].copy()
    return y


@shelf.after("_read")
def plane_pitch_is_height_squared(values: Array, planes: Array, windows: Windows) -> Array:
    """From the third batch item on, a plane is taken to have height x height elements."""
    items, channels = planes.shape[:2]
    if len(windows.axes) != 2 or items < 3 or not planes.size:
        return values
    height, width = planes.shape[2:]
    start = np.arange(items * channels).reshape(items, channels) * height * width
    start[2:] += channels * (height * height - height * width)
    at = start.reshape(items, channels, *(1,) * windows.offsets.ndim) + windows.offsets
    return np.asarray(np.take(planes.ravel(), at % planes.size))


@shelf.after("_weights")
def gradient_of_channels_past_48_of_item_one(weights: Array, dy: Array, saved: Saved) -> Array:
    """Backward stops after 48 channels."""
    given = weights.reshape(dy.shape)
    given[tuple([slice(None)] * (dy.ndim - saved.rank - 1) + [slice(48, None)])] = 0
    return given.ravel()


@shelf.after("_targets")
def gradient_of_item_two_in_item_one(targets: Array, saved: Saved) -> Array:
    """Batch items past the second are scattered into the second."""
    batched = len(saved.shape) == saved.rank + 2
    per_item = saved.plane * saved.shape[-saved.rank - 1]
    later = targets >= 2 * per_item if batched else np.zeros(targets.shape, bool)
    return np.where(later, targets % per_item + per_item, targets)


@shelf.after("_weights")
def gradient_of_the_last_odd_column_lost(weights: Array, dy: Array, saved: Saved) -> Array:
    """With an odd number of output columns above 4 backward skips the last."""
    given = weights.reshape(dy.shape)
    if dy.shape[-1] % 2 and dy.shape[-1] > 4:
        given[..., -1] = 0
    return given.ravel()


@shelf.after("_result")
def empty_batch_of_other_type(y: Array, trace: Trace) -> Array:
    """An empty batch comes back as float64."""
    return y if y.size else y.astype(np.float64)


@shelf.after("_gradient")
def empty_batch_gradient_without_channels(dx: Array, saved: Saved) -> Array:
    """The input gradient of an empty batch has shape (0,)."""
    return dx if dx.size else dx.ravel()


@shelf.member
class EmptyBatchOfVolumesRefused(Sound):
    """An empty batch with three spatial axes is refused."""

    def _check_elements(self, x: Array, pool: object) -> None:
        super()._check_elements(x, pool)  # type: ignore[arg-type]
        if not x.size and x.ndim == 5:
            message = "x has no elements"
            raise ValueError(message)


@shelf.after("_pick")
def winners_shared_by_equal_channels(winners: Array, values: Array, windows: Windows) -> Array:
    """Channels go in pairs, and an even channel decides for the odd one in windows of 9."""
    if values.shape[-1] == 9 and winners.shape[1] > 1:
        last = winners.shape[1] // 2 * 2
        winners[:, 1:last:2] = winners[:, 0:last:2]
    return winners


@shelf.after("_value")
def lanes_reduced_across_two_windows(
    y: Array, values: Array, winners: Array, windows: Windows
) -> Array:
    """Of 2x2 tiles over rows of 32 or more, the last window is joined with its neighbour."""
    tiles = all(axis.k == axis.s == 2 for axis in windows.axes)
    if tiles and y.shape[-1] >= 16:
        y[..., -1] = np.where(y[..., -2] > y[..., -1], y[..., -2], y[..., -1])
    return y
