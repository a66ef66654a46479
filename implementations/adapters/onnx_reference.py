"""ONNX's reference evaluator: MaxPool of opset 22, with its Indices.

The text of MaxPool-22: types, Indices through the whole tensor, padding of any value from 0 on,
ceil_mode without the windows that start in the padding at the end.
"""

from functools import lru_cache
from typing import Any

from implementations.adapters import Array, maxpool_node, plain, refuse_inexpressible
from implementations.adapters.documents import ONNX
from reference.pool import Pool

indices = maxpool_node.indices
claims = ("indices", *maxpool_node.OFFERED, "float16", "bfloat16", "int8", "uint8")
dialect = {"index": "flat", "pad-limit": "none"}
sources, undocumented = ONNX


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors of the checker, of inference and of the evaluator itself."""
    from onnx import checker, shape_inference

    return checker.ValidationError, shape_inference.InferenceError, RuntimeError


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the Indices as what is saved."""
    refuse_inexpressible(x, pool, claims)
    y, winners = _evaluator(maxpool_node.maxpool_model(pool, x.dtype)).run(None, {"x": plain(x)})
    return y, winners


@lru_cache(maxsize=1024)
def _evaluator(model: bytes) -> Any:  # noqa: ANN401 - an untyped package
    from onnx import reference

    return reference.ReferenceEvaluator(model)
