"""ONNX Runtime on the CPU: MaxPool-22, types of its OperatorKernels.md, pad limit of its error."""

from functools import lru_cache
from typing import Any

from implementations.adapters import Array, maxpool_node, plain, refuse_inexpressible
from implementations.adapters.documents import ONNXRUNTIME
from reference.pool import Pool

indices = maxpool_node.indices
claims = ("indices", *maxpool_node.OFFERED, "float16", "int8", "uint8")
dialect = {"index": "flat", "pad-limit": "below-kernel"}
sources, undocumented = ONNXRUNTIME


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors with which ONNX Runtime refuses a model or its input."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    return ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.NotImplemented


def forward(x: Array, pool: Pool, *outputs: str, **options: Any) -> tuple[Array, Array]:  # noqa: ANN401
    """Return the maxima, and the Indices, or again the maxima, as what is saved."""
    refuse_inexpressible(x, pool, claims)
    model = maxpool_node.maxpool_model(pool, x.dtype, *outputs, **options)
    found = _session(model).run(None, {"x": plain(x)})
    return found[0], found[-1]


@lru_cache(maxsize=1024)
def _session(model: bytes) -> Any:  # noqa: ANN401 - an untyped package
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
