"""Nothing but the base: no claims, no dialect, no backward; one reshape and one max."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], None]:
    """Return y, shape (N, C, H / k, W / k), and nothing to save.

    Raises:
        NotImplementedError: anything but floats in N, C, H, W with windows that tile them.
        ValueError: a shape or a parameter that no pooling can have.
    """
    if len(pool.kernel_size) == x.ndim - 1 or len(pool.kernel_size) in {1, 3}:
        message = "only N, C, H, W"
        raise NotImplementedError(message)
    if x.ndim != 4 or not len(pool.kernel_size) == len(pool.stride) == 2:
        message = f"shape {x.shape} with {pool}"
        raise ValueError(message)
    if not len(pool.padding) == len(pool.dilation) == 2:
        message = f"H and W need an entry each: {pool}"
        raise ValueError(message)
    if 0 in x.shape[1:] or min(pool.kernel_size) < 1:
        message = f"shape {x.shape} with {pool}: something is empty"
        raise ValueError(message)
    plain = pool.stride == pool.kernel_size and pool.auto_pad == "explicit"
    plain = plain and not any(map(any, pool.padding)) and set(pool.dilation) == {1}
    (n, c, h, w), (kh, kw) = x.shape, pool.kernel_size
    if not plain or h % kh or w % kw or x.dtype.name not in {"float32", "float64"}:
        message = "only floats, and windows that tile the input"
        raise NotImplementedError(message)
    return x.reshape(n, c, h // kh, kh, w // kw, kw).max(axis=(3, 5)), None
