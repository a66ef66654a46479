"""Max pooling of windows that tile their input."""

import numpy as np


def max_pool(images, window):
    """Return the maxima of windows that tile the last two axes, and where each maximum stands.

    `images` has shape (..., H, W) and `window` is (height, width). Both results have shape
    (..., H / height, W / width); a place counts through its window, row by row.
    """
    height, width = window
    *outer, h, w = images.shape
    tiles = images.reshape(*outer, h // height, height, w // width, width)
    tiles = np.moveaxis(tiles, -3, -2).reshape(*outer, h // height, w // width, height * width)
    return tiles.max(axis=-1), tiles.argmax(axis=-1)


def max_unpool(values, places, window):
    """Return an array of zeros with each value at its place in its window."""
    height, width = window
    *outer, rows, columns = values.shape
    tiles = np.zeros((*outer, rows, columns, height * width), values.dtype)
    np.put_along_axis(tiles, places[..., None], values[..., None], axis=-1)
    tiles = np.moveaxis(tiles.reshape(*outer, rows, columns, height, width), -2, -3)
    return tiles.reshape(*outer, rows * height, columns * width)
