"""Keras on TensorFlow: ops.max_pool; the rest is as in `implementations.adapters.keras_backend`."""

from implementations.adapters import Array, keras_backend, tensorflow_tape
from implementations.adapters.keras_backend import pooled_by
from reference.pool import Pool

claims = keras_backend.claims
sources, undocumented = keras_backend.sources, keras_backend.undocumented
refusals = tensorflow_tape.refusals


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    return pooled_by("tensorflow", x, pool), None
