"""SciPy: ndimage.maximum_filter, of which what stands in the middle of a window is kept.

What of it is a pooling: size, or footprint where there is dilation, gives the window; a slice
gives the stride. The filter would have to know the border for padding, so there is none. The
size of the result is this adapter's, and so are the refusals.
"""

from typing import Any

import numpy as np

from implementations.adapters import WINDOWS, Array
from implementations.adapters.documents import SCIPY
from implementations.call import admit
from reference.pool import Pool

TYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
claims = (*WINDOWS, "dilation", "rank-1", "rank-3", "unbatched", *TYPES)
sources, undocumented = SCIPY


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    from scipy import ndimage

    call = admit(x, pool, claims)
    lead = (1,) * len(call.lead)
    if any(axis.dilation != 1 for axis in call.axes):
        taps = np.zeros(lead + tuple(axis.extent for axis in call.axes), bool)
        spread: list[Any] = [slice(None, None, axis.dilation) for axis in call.axes]
        taps[np.s_[..., *spread]] = True
        filtered = ndimage.maximum_filter(x, footprint=taps)
    else:
        filtered = ndimage.maximum_filter(x, size=lead + pool.kernel_size)
    middles: list[Any] = [
        slice(a.extent // 2, a.extent // 2 + a.room + 1, a.stride) for a in call.axes
    ]
    return np.array(filtered[np.s_[..., *middles]]), None
