"""OpenVINO with the rounding type `ceil`, which keeps every window; its page gives the formula."""

from implementations.adapters import Array, openvino
from reference.pool import Pool

claims = openvino.claims
indices = openvino.indices
refusals = openvino.refusals
sources, undocumented = openvino.sources, openvino.undocumented

dialect = {**openvino.dialect, "ceil": "bare"}


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the indices as what is saved."""
    y, winners = openvino.forward(x, pool, "ceil")
    return y, winners
