"""OpenVINO: one compiled model for the call, which reads the array and writes a new one."""

from __future__ import annotations

import numpy as np

from implementations.adapters import Array, refuse_inexpressible
from implementations.adapters.openvino import WORDS, claims
from implementations.engines import Ready, without_gradient
from reference.pool import Pool


def ready(x: Array, pool: Pool, dy: Array | None, threads: int) -> Ready:
    """Return what pools x, and what turns its result into arrays."""
    import openvino as ov
    from openvino import opset14

    without_gradient(dy)
    refuse_inexpressible(x, pool, claims)
    data = opset14.parameter(x.shape, ov.Type(x.dtype))
    begins, ends = [begin for begin, _ in pool.padding], [end for _, end in pool.padding]
    windows = (pool.stride, pool.dilation, begins, ends, pool.kernel_size)
    rounding = "ceil_torch" if pool.ceil_mode else "floor"
    pooled = opset14.max_pool(data, *windows, rounding, WORDS[pool.auto_pad], "i64", 2)
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    model = ov.Core().compile_model(ov.Model([pooled.output(0)], [data]), "CPU", settings)
    request = model.create_infer_request()
    request.set_input_tensor(ov.Tensor(x, shared_memory=True))
    shape = tuple(request.get_output_tensor(0).shape)

    def infer() -> tuple[Array]:
        y = np.empty(shape, x.dtype)
        request.set_output_tensor(ov.Tensor(y, shared_memory=True))
        request.infer()
        return (y,)

    return infer, lambda result: result
