"""ONNX Runtime on the CPU: MaxPool of opset 22 as its OperatorKernels.md lists it."""

from functools import lru_cache
from typing import Any

from implementations.adapters import GEOMETRY, Array, plain, refuse_inexpressible
from implementations.adapters.maxpool_node import maxpool_model
from reference.pool import Pool

OTHERS = ("asymmetric-padding", "same-upper", "same-lower", "float16", "int8", "uint8")
claims = ("indices", *GEOMETRY, *OTHERS)
dialect = {"index": "flat", "pad-limit": "below-kernel"}


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors with which ONNX Runtime refuses a model or its input."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    return ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.NotImplemented


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the node's Indices as what is saved."""
    refuse_inexpressible(x, pool, claims)
    y, winners = _session(maxpool_model(pool, x.dtype)).run(None, {"x": plain(x)})
    return y, winners


@lru_cache(maxsize=1024)
def _session(model: bytes) -> Any:  # noqa: ANN401 - an untyped package
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def indices(saved: Array) -> Array:
    """Return a copy of the Indices."""
    return saved.copy()
