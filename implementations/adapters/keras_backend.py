"""keras.ops.max_pool of one of its backends, for the adapters that name one.

Its text: over one to three axes, pool_size, strides, and the padding valid or same. It names no
types; floats, which its layers have, are claimed.
"""

from __future__ import annotations

import os

import numpy as np

from implementations.adapters import WINDOWS, contiguous, refuse_inexpressible
from implementations.adapters.documents import KERAS
from implementations.call import Array
from reference.pool import Pool

claims = (*WINDOWS, "same-upper", "rank-1", "rank-3", "float16", "bfloat16")
sources, undocumented = KERAS


def pooled_by(backend: str, x: Array, pool: Pool, order: str = "channels_first") -> Array:
    """Return the maxima of x; the process keeps the backend that it asks for first.

    Raises:
        NotImplementedError: the call cannot be said, or Keras runs on another backend here.
    """
    refuse_inexpressible(x, pool, claims)
    os.environ.setdefault("KERAS_BACKEND", backend)
    import keras

    if keras.backend.backend() != backend:
        message = f"Keras runs on {keras.backend.backend()} in this process, not on {backend}"
        raise NotImplementedError(message)
    padding = "valid" if pool.auto_pad == "explicit" else "same"
    tensor = keras.ops.convert_to_tensor(contiguous(x))
    y = keras.ops.max_pool(tensor, pool.kernel_size, pool.stride, padding, order)
    return np.array(keras.ops.convert_to_numpy(y))
