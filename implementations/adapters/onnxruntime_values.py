"""ONNX Runtime without Indices, in models of one shape: some kernels are blocked by channel."""

from implementations.adapters import Array, onnxruntime
from reference.pool import Pool

refusals = onnxruntime.refusals
sources, undocumented = onnxruntime.sources, onnxruntime.undocumented

claims = tuple(claim for claim in onnxruntime.claims if claim != "indices")
dialect = {"pad-limit": "below-kernel"}


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    return onnxruntime.forward(x, pool, "y", shape=x.shape)[0], None
