"""ONNX Runtime: one session for the call, bound to the input and to an output of its own."""

from __future__ import annotations

import numpy as np

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.maxpool_node import maxpool_model
from implementations.adapters.onnxruntime_values import claims
from implementations.engines import Ready, without_gradient
from reference.pool import Pool


def ready(x: Array, pool: Pool, dy: Array | None, threads: int) -> Ready:
    """Return what pools x, and what turns its result into arrays."""
    import onnxruntime

    without_gradient(dy)
    refuse_inexpressible(x, pool, claims)
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, threads
    model = maxpool_model(pool, x.dtype, "y")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    bound = session.io_binding()
    bound.bind_cpu_input("x", x)
    shape = session.run(None, {"x": x})[0].shape

    def infer() -> tuple[Array]:
        y = np.empty(shape, x.dtype)
        bound.bind_output("y", "cpu", 0, x.dtype, shape, y.ctypes.data)
        session.run_with_iobinding(bound)
        return (y,)

    return infer, lambda result: result
