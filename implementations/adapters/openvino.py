"""OpenVINO on the CPU: MaxPool-14, its indices counted from the first spatial axis (axis=2)."""

from typing import Any

from implementations.adapters import GEOMETRY, Array, plain, refuse_inexpressible
from implementations.adapters.documents import OPENVINO
from implementations.call import CLAIMED_TYPES
from reference.pool import Pool

WORDS = {"explicit": "explicit", "same-upper": "same_upper", "same-lower": "same_lower"}
TYPES = tuple(name for name in CLAIMED_TYPES if name != "bool")
claims = ("indices", *GEOMETRY, "asymmetric-padding", "same-upper", "same-lower", *TYPES)
dialect = {"pad-limit": "none", "empty-window": "identity"}
refusals = (RuntimeError,)
sources, undocumented = OPENVINO


def forward(x: Array, pool: Pool, ceil: str = "ceil_torch", outputs: int = 2) -> Any:  # noqa: ANN401
    """Return the maxima, and the indices, or again the maxima, as what is saved."""
    import openvino as ov
    from openvino import opset14

    refuse_inexpressible(x, pool, claims)
    x, half = plain(x), x.dtype.name == "bfloat16"
    data = opset14.parameter(x.shape, ov.Type.bf16 if half else ov.Type(x.dtype))
    begins, ends = [begin for begin, _ in pool.padding], [end for _, end in pool.padding]
    windows = (pool.stride, pool.dilation, begins, ends, pool.kernel_size)
    rounding = ceil if pool.ceil_mode else "floor"
    pooled = opset14.max_pool(data, *windows, rounding, WORDS[pool.auto_pad], "i64", 2)
    model = ov.Model(pooled.outputs()[:outputs], [data])
    run = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = run([ov.Tensor(x.view("u2"), x.shape, ov.Type.bf16) if half else x])
    return found[0].view(x.dtype), found[outputs - 1]


def indices(saved: Array) -> Array:
    """Return a copy of the indices."""
    return saved.copy()
