"""PaddlePaddle on the CPU: max_pool1d, max_pool2d and max_pool3d of nn.functional."""

from typing import Any

import numpy as np

from implementations.adapters import GEOMETRY, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import PADDLE
from reference.pool import Pool

OFFERED = (*(one for one in GEOMETRY if one != "dilation"), "asymmetric-padding", "same-upper")
claims = ("gradient", *OFFERED)
dialect = {"ceil": "bare"}
sources, undocumented = PADDLE


def forward(x: Array, pool: Pool, **options: bool) -> tuple[Array, Any]:
    """Return the maxima, and what backward and the mask need."""
    import paddle

    refuse_inexpressible(x, pool, claims)
    paddle.set_device("cpu")
    tensor = paddle.to_tensor(contiguous(x), stop_gradient=False)
    pads = [pad for pair in pool.padding for pad in pair]
    padding = pads if pool.auto_pad == "explicit" else "SAME"
    windows = (list(pool.kernel_size), list(pool.stride), padding)
    max_pool = getattr(paddle.nn.functional, f"max_pool{pool.rank}d")
    found = max_pool(tensor, *windows, ceil_mode=pool.ceil_mode, **options)
    y, *mask = found if options else (found,)
    return np.array(y.numpy()), (tensor, y, mask)


def backward(dy: Array, saved: Any) -> Array:  # noqa: ANN401 - tensors of an untyped package
    """Return the gradient of x, by paddle.grad."""
    import paddle

    tensor, y, _ = saved
    sent_back = paddle.to_tensor(contiguous(dy))
    return np.array(paddle.grad(y, tensor, sent_back, retain_graph=True)[0].numpy())
