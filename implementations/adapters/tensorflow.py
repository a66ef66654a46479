"""TensorFlow: tf.nn.max_pool1d and max_pool2d, channels last, and GradientTape.

Types as raw_ops.MaxPool lists them. Explicit padding is documented for one and two axes; three
are left to `tensorflow_pool`.
"""

from implementations.adapters import WINDOWS, Array, refuse_inexpressible, tensorflow_tape
from implementations.adapters.documents import TENSORFLOW
from implementations.adapters.tensorflow_tape import TYPES, Tape, outer, padding_of, recorded
from reference.pool import Pool

backward = tensorflow_tape.backward
refusals = tensorflow_tape.refusals

claims = ("gradient", "rank-1", *WINDOWS, "padding", "asymmetric-padding", "same-upper", *TYPES)
dialect = {"pad-limit": "below-kernel"}  # said by its error; its text says p <= k
sources, undocumented = TENSORFLOW


def forward(x: Array, pool: Pool) -> tuple[Array, Tape]:
    """Return the maxima, and what backward needs."""
    import tensorflow as tf

    refuse_inexpressible(x, pool, claims)
    max_pool = getattr(tf.nn, f"max_pool{pool.rank}d")
    arguments = (outer(pool.kernel_size), outer(pool.stride), padding_of(pool))
    return recorded(x, pool, lambda tensor: max_pool(tensor, *arguments))
