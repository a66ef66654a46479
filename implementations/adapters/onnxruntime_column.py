"""ONNX Runtime with storage_order 1: Indices count down the columns of a plane."""

from implementations.adapters import Array, onnxruntime
from reference.pool import Pool

claims = onnxruntime.claims
indices = onnxruntime.indices
refusals = onnxruntime.refusals
sources, undocumented = onnxruntime.sources, onnxruntime.undocumented

dialect = {**onnxruntime.dialect, "index": "flat-column"}


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the Indices as what is saved."""
    return onnxruntime.forward(x, pool, column=True)
