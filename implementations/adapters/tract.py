"""tract on the CPU: MaxPool of ONNX opset 22 with its Indices.

It states no limits of its own, so the text of ONNX says what is claimed, but for bfloat16.
"""

import tempfile
from pathlib import Path

import numpy as np

from implementations.adapters import Array, contiguous, maxpool_node, refuse_inexpressible
from implementations.adapters.documents import ONNX
from reference.pool import Pool

indices = maxpool_node.indices
claims = ("indices", *maxpool_node.OFFERED, "float16", "int8", "uint8")
dialect = {"index": "flat", "pad-limit": "none"}
sources, undocumented = ONNX


def refusals() -> tuple[type[Exception], ...]:
    """Return the error of tract."""
    from tract.bindings import TractError

    return (TractError,)


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the Indices as what is saved."""
    import tract

    refuse_inexpressible(x, pool, claims)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        Path(file.name).write_bytes(maxpool_node.maxpool_model(pool, x.dtype))
        model = tract.onnx().load(file.name)
    kind = f"{x.dtype.kind}{8 * x.itemsize}"
    model.set_input_fact(0, ",".join([*map(str, x.shape), kind]))
    found = model.into_model().into_runnable().run([contiguous(x)])
    y, winners = (np.array(tensor.to_numpy()) for tensor in found)
    return y, winners
