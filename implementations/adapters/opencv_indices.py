"""OpenCV's dnn with Indices, which its new engine has for four axes of float32, as it says."""

from implementations.adapters import Array, opencv, refuse_inexpressible
from reference.pool import Pool

lacks = opencv.lacks
refusals = opencv.refusals
sources, undocumented = opencv.sources, opencv.undocumented

claims = ("indices", *(claim for claim in opencv.claims if claim not in {"rank-1", "rank-3"}))
dialect = {"index": "flat"}


def forward(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the maxima, and the Indices as what is saved."""
    refuse_inexpressible(x, pool, claims, lacks)
    return opencv.forward(x, pool, "y", "i", engine="NEW")


def indices(saved: Array) -> Array:
    """Return a copy of the Indices."""
    return saved.copy()
