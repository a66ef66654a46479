"""OpenCV's dnn with its classic engine; the rest is as in `implementations.adapters.opencv`."""

from implementations.adapters import Array, opencv
from reference.pool import Pool

claims = opencv.claims
lacks = opencv.lacks
refusals = opencv.refusals
sources, undocumented = opencv.sources, opencv.undocumented


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima."""
    return opencv.forward(x, pool, engine="CLASSIC")
