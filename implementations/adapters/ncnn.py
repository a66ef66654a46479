"""ncnn on the CPU: its layer Pooling, where it rounds down; there is no batch, so item by item.

Its wiki, operators/Pooling: kernel, stride and the pads of each side by w and h; pad_mode 1 drops
what is left over, 2 is SAME upper and 3 SAME lower. A blob is float32 of c,h,w.
"""

import numpy as np

from implementations.adapters import WINDOWS, Array, contiguous, refuse_inexpressible
from implementations.adapters.documents import NCNN
from reference.pool import Pool

NET = "7767517\n2 2\nInput x 0 1 x\nPooling p 1 1 x y 0=0 5={} 1={} 11={} 2={} 12={} {}\n"
MODES = {"explicit": 1, "same-upper": 2, "same-lower": 3}
claims = (*WINDOWS, "padding", "asymmetric-padding", "same-upper", "same-lower", "unbatched")
lacks = (frozenset({"float64"}),)
refusals = (RuntimeError,)
sources, undocumented = NCNN


def forward(x: Array, pool: Pool) -> tuple[Array, None]:
    """Return the maxima; RuntimeError stands for an error code of ncnn."""
    import ncnn

    refuse_inexpressible(x, pool, claims, lacks)
    if x.ndim == pool.rank + 2:
        items = x if len(x) else np.zeros((1, *x.shape[1:]), x.dtype)  # for the shape of its result
        return np.stack([forward(item, pool)[0] for item in items])[: len(x)], None
    (kh, kw), (sh, sw), ((top, bottom), (left, right)) = pool.kernel_size, pool.stride, pool.padding
    pads = f"3={left} 14={right} 13={top} 15={bottom}"
    net = ncnn.Net()
    net.opt.num_threads = 1
    code = net.load_param_mem(NET.format(MODES[pool.auto_pad], kw, kh, sw, sh, pads))
    blob = contiguous(x)  # a Mat does not own it
    with net.create_extractor() as extractor:
        code = code or extractor.input("x", ncnn.Mat(blob))
        code, y = (code, None) if code else extractor.extract("y")
        if code:
            raise RuntimeError(code)
        return np.array(y), None
