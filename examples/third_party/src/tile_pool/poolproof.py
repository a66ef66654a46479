"""What Poolproof judges: tile_pool in the words of the suite."""

import tile_pool

claims = ("gradient",)


def forward(x, pool):
    """Return (y, saved) for windows that tile x, N,C,H,W; refuse everything else."""
    if len(pool.kernel_size) in (1, 3) or x.dtype.name not in ("float32", "float64"):
        raise NotImplementedError("only float32 and float64, over two axes")
    if x.ndim != 4 or 0 in x.shape[1:] or not all(len(entry) == 2 for entry in _entries(pool)):
        raise ValueError(f"no layer of two axes: {pool} on shape {x.shape}")
    if min(pool.kernel_size + pool.stride + pool.dilation) < 1:
        raise ValueError(f"kernel_size, stride and dilation are at least 1: {pool}")
    if pool.padding != ((0, 0), (0, 0)) or pool.dilation != (1, 1):
        raise NotImplementedError("no padding and no dilation")
    if any(k > size for k, size in zip(pool.kernel_size, x.shape[2:])):
        raise ValueError(f"the window does not fit: {pool} on shape {x.shape}")
    if pool.stride != pool.kernel_size or any(n % k for n, k in zip(x.shape[2:], pool.stride)):
        raise NotImplementedError("only windows that tile")
    y, places = tile_pool.max_pool(x, pool.kernel_size)
    return y, (places, pool.kernel_size)


def backward(dy, saved):
    """Return dx: each gradient at the winner of its window."""
    places, kernel_size = saved
    if dy.shape != places.shape:
        raise ValueError(f"dy has shape {dy.shape}, the output had {places.shape}")
    return tile_pool.max_unpool(dy, places, kernel_size)


def _entries(pool):
    return pool.kernel_size, pool.stride, pool.padding, pool.dilation
