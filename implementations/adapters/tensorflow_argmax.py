"""TensorFlow: tf.nn.max_pool_with_argmax, channels last, and GradientTape.

Its text: two axes, VALID or SAME; argmax counts through height, width and channels. Types as
raw_ops.MaxPoolWithArgmax lists them.
"""

from implementations.adapters import WINDOWS, Array, refuse_inexpressible, tensorflow_tape
from implementations.adapters.channels_last import to_first
from implementations.adapters.documents import ARGMAX
from implementations.adapters.tensorflow_tape import TYPES, Tape, outer, padding_of, recorded
from reference.pool import Pool

backward = tensorflow_tape.backward
refusals = tensorflow_tape.refusals

claims = ("gradient", "indices", *WINDOWS, "same-upper", *TYPES, "uint32", "uint64")
dialect = {"index": "flat-channels-last"}
sources, undocumented = ARGMAX


def forward(x: Array, pool: Pool) -> tuple[Array, Tape]:
    """Return the maxima, and the recorded call with argmax."""
    import tensorflow as tf

    refuse_inexpressible(x, pool, claims)
    arguments = (outer(pool.kernel_size), outer(pool.stride), padding_of(pool))
    return recorded(x, pool, lambda t: tf.nn.max_pool_with_argmax(t, *arguments))


def indices(saved: Tape) -> Array:
    """Return argmax."""
    return to_first(saved.outputs[1].numpy(), saved.pool)
