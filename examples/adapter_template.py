"""A template for an adapter: copy it, and put your engine where NumPy stands in for it here.

An adapter translates a call and repairs nothing. What your engine cannot do stays unclaimed,
what it does differently is declared, and what it does wrong is for the suite to find.

    poolproof run adapter_template.py
"""

import numpy as np

# 1. What your engine can do beyond windows that tile float32 and float64 planes, in the words
#    of `Features` in the specification. Leave out what it cannot do.
claims = ("overlap", "gaps", "remainder", "padding", "asymmetric-padding")

# 2. Where it differs from the defaults on purpose, in the words of `Dialects`; NumPy knows no
#    limit for padding, so that one is ours. `poolproof identify` finds out what to write here.
dialect = {"pad-limit": "below-kernel"}

# 3. The errors with which it refuses a call that nobody can answer, besides ValueError and
#    TypeError. A function keeps the import of the engine out of here: it may take a while.
refusals = ()


def forward(x, pool):
    """Return (y, saved): the maxima, and nothing, as no backward pass is claimed."""
    _refuse(x, pool)
    return _engine(x, pool.kernel_size, pool.stride, pool.padding), None


def _engine(x, kernel_size, stride, padding):
    """4. Call your engine here, on arrays of its own: to it, the layer, and back to NumPy."""
    padded = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]].max(axis=(4, 5))


def _refuse(x, pool):
    """5. Refuse what your engine cannot be told. If it refuses by itself, leave that to it."""
    if len(pool.kernel_size) in (1, 3) or x.dtype.name not in ("float32", "float64"):
        raise NotImplementedError("only float32 and float64, over two axes")
    lists = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    if x.ndim != 4 or 0 in x.shape[1:] or any(len(entries) != 2 for entries in lists):
        raise ValueError(f"no layer of two axes: {pool} on shape {x.shape}")
    if min(pool.kernel_size + pool.stride + pool.dilation) < 1:
        raise ValueError(f"kernel_size, stride and dilation are at least 1: {pool}")
    for size, k, (begin, end) in zip(x.shape[2:], pool.kernel_size, pool.padding):
        if not (0 <= begin < k and 0 <= end < k <= size + begin + end):
            raise ValueError(f"the window does not fit, or sees padding only: {pool}")
    if pool.dilation != (1, 1) or pool.ceil_mode:
        raise NotImplementedError("no dilation, and no rounding up")
