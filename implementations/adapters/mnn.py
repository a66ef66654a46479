"""MNN on the CPU: expr.max_pool of float32, with the padding modes VALID and SAME.

Its text: kernel, stride, padding_mode and pads. What its third mode, CAFFE, makes of pads is not
said, so explicit padding is unclaimed. It takes the width before the height.
"""

import numpy as np

from implementations.adapters import WINDOWS, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import MNN
from reference.pool import Pool

claims = (*WINDOWS, "same-upper")
lacks = (frozenset({"float64"}),)
sources, undocumented = MNN


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima."""
    from MNN import expr

    refuse_inexpressible(x, pool, claims, lacks)
    tensor = expr.const(contiguous(x), list(x.shape), expr.NCHW, expr.float)
    mode = expr.Padding_Mode.SAME if pool.auto_pad == "same-upper" else expr.Padding_Mode.VALID
    windows = (list(pool.kernel_size[::-1]), list(pool.stride[::-1]), mode, [0, 0])
    y = expr.convert(expr.max_pool(expr.convert(tensor, expr.NC4HW4), *windows), expr.NCHW)
    return np.array(y.read()), None
