"""scikit-image: measure.block_reduce with np.max, whose blocks tile and whose last one may be cut.

Its text: block_size, and cval for what a block lacks; that is set to the least of the type, and
ceil_mode keeps such blocks. What else a call needs, and its refusals, are this adapter's.
"""

from typing import Any

import numpy as np

from implementations.adapters import Array
from implementations.adapters.documents import SCIKIT_IMAGE
from implementations.call import CLAIMED_TYPES, admit
from reference.pool import Pool

TYPES = tuple(name for name in CLAIMED_TYPES if name not in {"bool", "bfloat16"})
claims = ("remainder", "ceil", "rank-1", "rank-3", "unbatched", *TYPES)
sources, undocumented = SCIKIT_IMAGE


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    from skimage import measure

    call = admit(x, pool, claims)
    read: list[Any] = [
        slice(window * k) for window, k in zip(call.windows, pool.kernel_size, strict=True)
    ]
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    blocks = (1,) * len(call.lead) + pool.kernel_size
    return measure.block_reduce(x[np.s_[..., *read]], blocks, np.max, least), None
