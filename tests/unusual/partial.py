"""Engines that offer less than the base, or two features but not together, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from implementations import im2col

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool


class SinglePrecision:
    """Knows float32 and nothing else, not even float64."""

    claims = ("gradient", "overlap", "gaps", "remainder", "padding", "ceil", "rank-1")
    lacks = ({"float64"},)

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); refuses every type but float32, and raises what im2col raises."""
        if x.dtype.name != "float32":
            message = f"this engine knows float32; got {x.dtype}"
            raise NotImplementedError(message)
        _refuse(pool, len(pool.kernel_size) not in {1, 2}, "three axes")
        _refuse(pool, x.ndim == len(pool.kernel_size) + 1, "no batch axis")
        _refuse(pool, any(d > 1 for d in pool.dilation), "dilation")
        uneven = any(begin != end for begin, end in pool.padding)
        _refuse(pool, uneven, "another padding at the end than at the begin")
        return im2col.forward(x, pool)

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx."""
        return im2col.backward(dy, saved)


class UndilatedGradient:
    """Pools with dilation, and cannot go back through it."""

    claims = tuple(im2col.claims)
    lacks = (frozenset({"gradient", "dilation"}),)

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        y, saved = im2col.forward(x, pool)
        return y, (saved, any(d != 1 for d in pool.dilation))

    def indices(self, saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return the winners."""
        return im2col.indices(saved[0])

    def backward(self, dy: NDArray[Any], saved: Any) -> NDArray[Any]:  # noqa: ANN401 - opaque
        """Return dx; refuses what was pooled with dilation."""
        kept, dilated = saved
        if dilated:
            message = "no gradient through a dilated window"
            raise NotImplementedError(message)
        return im2col.backward(dy, kept)


class UnitStride:
    """Moves its windows by one, and says so before it looks for any fault of a call."""

    claims: tuple[str, ...] = (
        "gradient",
        "indices",
        "overlap",
        "padding",
        "dilation",
        "rank-1",
        "rank-3",
    )
    lacks: tuple[set[str], ...] = ({"strided"},)
    backward = staticmethod(im2col.backward)
    indices = staticmethod(im2col.indices)

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Any]:
        """Return (y, saved); raises what im2col raises."""
        rank = len(pool.kernel_size)
        _refuse(pool, pool.stride != (1,) * rank, "a stride")
        _refuse(pool, x.ndim != rank + 2, "another input than N,C,spatial")
        _refuse(pool, x.dtype.name not in {"float32", "float64"}, "this type")
        _refuse(pool, len(pool.padding) != rank, "padding of some axes")
        _refuse(pool, any(begin != end for begin, end in pool.padding), "uneven padding")
        _refuse(pool, pool.ceil_mode, "rounding up")
        return im2col.forward(x, pool)


def _refuse(pool: Pool, needed: bool, what: str) -> None:  # noqa: FBT001 - a condition
    if needed:
        message = f"{what} is not offered: {pool}"
        raise NotImplementedError(message)
