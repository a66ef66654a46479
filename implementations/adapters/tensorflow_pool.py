"""TensorFlow: tf.nn.pool of the type MAX, channels last, with dilations, and GradientTape.

Its text: no explicit padding; dilations only with strides of 1 and not with SAME. Its error: no
stride above the kernel. Three axes are MaxPool3D, of float16, bfloat16 and float32 only.
"""

from implementations.adapters import Array, refuse_inexpressible, tensorflow_tape
from implementations.adapters.documents import TENSORFLOW
from implementations.adapters.tensorflow_tape import TYPES, Tape, padding_of, recorded
from reference.pool import Pool

backward = tensorflow_tape.backward
refusals = tensorflow_tape.refusals

claims = ("gradient", "rank-1", "rank-3", "overlap", "remainder", "dilation", "same-upper", *TYPES)
lacks = (
    frozenset({"dilation", "strided"}),
    frozenset({"dilation", "same-upper"}),
    *(frozenset({"rank-3", one}) for one in ("float64", *TYPES[2:])),
)
sources, undocumented = TENSORFLOW


def forward(x: Array, pool: Pool) -> tuple[Array, Tape]:
    """Return the maxima, and what backward needs."""
    import tensorflow as tf

    refuse_inexpressible(x, pool, claims, lacks)
    arguments = (pool.kernel_size, "MAX", pool.stride, padding_of(pool), None, pool.dilation)
    return recorded(x, pool, lambda tensor: tf.nn.pool(tensor, *arguments))
