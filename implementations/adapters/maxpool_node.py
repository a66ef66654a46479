"""A call as an ONNX model of one MaxPool node, for adapters of whatever reads ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.adapters import GEOMETRY
from implementations.call import Array
from reference.pool import Pool

OPSET = 22
"""The newest version of MaxPool, and the first whose text drops a window that starts late."""
AUTO_PAD = {"same-upper": "SAME_UPPER", "same-lower": "SAME_LOWER"}
OFFERED = (*GEOMETRY, "asymmetric-padding", *AUTO_PAD)
"""What its attributes can say; the types are for each reader to claim."""


def maxpool_model(
    pool: Pool,
    dtype: np.dtype[Any],
    *outputs: str,
    column: bool = False,
    shape: tuple[int, ...] | None = None,
) -> bytes:
    """Return a serialized model with input `x` and outputs `y` and `i`, for any sizes of x.

    `outputs` may be `y` alone; `column` is storage_order 1; with `shape` the model is for that
    shape of x. Invalid parameters are written down as they are.

    Raises:
        ValueError: ONNX cannot write a parameter down: it is empty or beyond int64.
    """
    from onnx import TensorProto, helper

    x_type = helper.np_dtype_to_tensor_dtype(dtype.newbyteorder("="))
    types = {"x": x_type, "y": x_type, "i": TensorProto.INT64}
    unknown = [None] * (pool.rank + 2)
    x = helper.make_tensor_value_info("x", types["x"], shape or unknown)
    results = [
        helper.make_tensor_value_info(name, types[name], unknown) for name in outputs or ("y", "i")
    ]
    storage_order: dict[str, Any] = {"storage_order": 1} if column else {}
    node = helper.make_node(
        "MaxPool",
        ["x"],
        [result.name for result in results],
        kernel_shape=pool.kernel_size,
        strides=pool.stride,
        dilations=pool.dilation,
        ceil_mode=int(pool.ceil_mode),
        **_padding(pool),
        **storage_order,
    )
    graph = helper.make_graph([node], "max_pooling", [x], results)
    opset = helper.make_opsetid("", OPSET)
    model: bytes = helper.make_model_gen_version(graph, opset_imports=[opset]).SerializeToString()
    return model


def _padding(pool: Pool) -> dict[str, Any]:
    if pool.auto_pad != "explicit":
        return {"auto_pad": AUTO_PAD[pool.auto_pad]}
    begins = [begin for begin, _ in pool.padding]
    return {"pads": begins + [end for _, end in pool.padding]}


def indices(saved: Array) -> Array:
    """Return a copy of the Indices, for a forward that saves them."""
    return saved.copy()
