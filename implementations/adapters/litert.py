"""LiteRT: MAX_POOL_2D, channels last, with the kernels and delegates that it chooses itself.

Its operator takes float32 and quantized uint8, int8 and int16, VALID or SAME, and no float64.
"""

from implementations.adapters import WINDOWS, Array, refuse_inexpressible
from implementations.adapters.channels_last import to_first, to_last
from implementations.adapters.documents import LITERT
from implementations.adapters.litert_model import maxpool_model
from reference.pool import Pool

claims = (*WINDOWS, "same-upper", "uint8", "int8", "int16")
lacks = (frozenset({"float64"}),)
refusals = (RuntimeError,)
sources, undocumented = LITERT


def forward(x: Array, pool: Pool, resolver: str = "AUTO") -> tuple[Array, None]:
    """Return the maxima."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    refuse_inexpressible(x, pool, claims, lacks)
    tensor = to_last(x, pool)
    interpreter = Interpreter(
        model_content=maxpool_model(tensor.shape, tensor.dtype, pool),
        num_threads=1,
        experimental_op_resolver_type=OpResolverType[resolver],
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, tensor)
    interpreter.invoke()
    return to_first(interpreter.get_tensor(1), pool), None
