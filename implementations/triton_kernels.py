# ruff: noqa: ANN001, ANN201, N803, PLR0124, PLR0913, PLR0917 - NaN; Triton kernels take bare numbers and pointers
# mypy: disable-error-code="no-untyped-def, untyped-decorator"
"""The kernels of `triton_windows`. Triton compiles a module as it is imported, so it is late."""

import triton
import triton.language as tl


@triton.jit
def select(x, y, winners, total, H, W, OH, OW, KH, KW, SH, SW, PH, PW, DH, DW, BLOCK: tl.constexpr):
    """Write the maximum and the first winner of each window; a NaN wins over every number."""
    window = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = window < total
    plane, oh, ow = window // OW // OH, window // OW % OH, window % OW
    best = tl.full((BLOCK,), -1, tl.int64)
    top = tl.zeros((BLOCK,), x.dtype.element_ty)
    for i in range(KH):
        for j in range(KW):
            h, w = oh * SH - PH + i * DH, ow * SW - PW + j * DW
            real = inside & (h >= 0) & (h < H) & (w >= 0) & (w < W)
            value = tl.load(x + plane * H * W + h * W + w, mask=real, other=0)
            first_nan = (value != value) & (top == top)
            wins = real & ((best < 0) | (value > top) | first_nan)
            best, top = tl.where(wins, h * W + w, best), tl.where(wins, value, top)
    tl.store(y + window, top, mask=inside)
    tl.store(winners + window, best, mask=inside)


@triton.jit
def scatter(dy, winners, dx, windows, plane_size, BLOCK: tl.constexpr):
    """Add each dy to the dx of its winner, one plane to a program."""
    plane = tl.program_id(0).to(tl.int64)
    for start in range(0, windows, BLOCK):
        window = start + tl.arange(0, BLOCK)
        inside = window < windows
        winner = tl.load(winners + plane * windows + window, mask=inside, other=0)
        value = tl.load(dy + plane * windows + window, mask=inside, other=0)
        tl.atomic_add(dx + plane * plane_size + winner, value, mask=inside)
