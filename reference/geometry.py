"""Where windows lie: output sizes, the padding of the SAME words, real positions."""

from __future__ import annotations

from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool


def extent(kernel_size: int, dilation: int) -> int:
    """Return `ek`, the number of positions from the first tap of a window to its last."""
    return (kernel_size - 1) * dilation + 1


def output_size(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int,
    kernel_size: int,
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    ceil_mode: bool,  # noqa: FBT001 - a parameter of pooling
    dialect: Dialect = DEFAULT,
) -> int:
    """Return how many windows one axis has; below 1 where none fits.

    Clauses `shape.floor`, `shape.exact` and `ceil.start-rule`; switch `ceil`.
    """
    begin, end = padding
    room = n + begin + end - extent(kernel_size, dilation)
    if not ceil_mode:
        return room // stride + 1
    out = -(-room // stride) + 1
    padded = begin > 0 or end > 0
    drops = dialect.ceil == "start-rule" or (dialect.ceil == "start-rule-if-padded" and padded)
    if drops and (out - 1) * stride >= n + begin:
        out = out - 1
    return out


def same_padding(
    n: int, kernel_size: int, stride: int, dilation: int, word: str
) -> tuple[int, int]:
    """Return the (begin, end) padding that a SAME word means; `same.upper`, `same.lower`."""
    out = -(-n // stride)
    total = max(0, (out - 1) * stride + extent(kernel_size, dilation) - n)
    smaller, larger = total // 2, total - total // 2
    return (smaller, larger) if word == "same-upper" else (larger, smaller)


def output_sizes(sizes: tuple[int, ...], pool: Pool, dialect: Dialect = DEFAULT) -> tuple[int, ...]:
    """Return the output size of every spatial axis."""
    return tuple(
        output_size(n, k, s, p, d, pool.ceil_mode, dialect)
        for n, k, s, p, d in zip(
            sizes, pool.kernel_size, pool.stride, pool.padding, pool.dilation, strict=True
        )
    )


def real_positions(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    window: int, n: int, kernel_size: int, stride: int, begin: int, dilation: int
) -> list[int]:
    """Return the real positions that a window covers on one axis, ascending.

    Clauses `window.position` and `window.dilation`.
    """
    positions = [window * stride - begin + tap * dilation for tap in range(kernel_size)]
    return [position for position in positions if 0 <= position < n]


def axis_windows(sizes: tuple[int, ...], pool: Pool, out: tuple[int, ...]) -> list[list[list[int]]]:
    """Return, per spatial axis and window of that axis, the real positions it covers."""
    return [
        [
            real_positions(
                o,
                sizes[a],
                pool.kernel_size[a],
                pool.stride[a],
                pool.padding[a][0],
                pool.dilation[a],
            )
            for o in range(out[a])
        ]
        for a in range(pool.rank)
    ]
