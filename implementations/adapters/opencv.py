"""OpenCV's dnn on the CPU: MaxPool of ONNX opset 22, without Indices, by the engine it chooses.

OpenCV documents no types of it; float32 is what all of dnn takes, and float64 is refused here.
"""

import numpy as np

from implementations.adapters import Array, contiguous, maxpool_node, refuse_inexpressible
from implementations.adapters.documents import OPENCV
from reference.pool import Pool

claims = maxpool_node.OFFERED
lacks = (frozenset({"float64"}),)
sources, undocumented = OPENCV


def refusals() -> tuple[type[Exception], ...]:
    """Return the error of OpenCV."""
    import cv2

    return (cv2.error,)


def forward(x: Array, pool: Pool, *outputs: str, engine: str = "AUTO") -> tuple[Array, Array]:
    """Return the maxima, and the Indices or again the maxima as what is saved."""
    import cv2

    refuse_inexpressible(x, pool, claims, lacks)
    model = np.frombuffer(maxpool_node.maxpool_model(pool, x.dtype, *(outputs or ("y",))), np.uint8)
    net = cv2.dnn.readNetFromONNX(model, getattr(cv2.dnn, f"ENGINE_{engine}"))
    net.setInput(contiguous(x), "x")
    found = net.forward(list(outputs or ("y",)))
    return np.array(found[0]), np.array(found[-1])
