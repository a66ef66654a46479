"""A C kernel, built by the C compiler of the machine at the first call.

Where there is no compiler the first call raises CompilerMissingError; `available` tells before.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reference.pool import Pool

SOURCE = Path(__file__).with_name("kernel.c")
KINDS = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8")


class CompilerMissingError(RuntimeError):
    """The machine has no C compiler, so that nothing can be computed."""


def compiler() -> str | None:
    """Return the path of a C compiler, or None."""
    return shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")


def available() -> bool:
    """Return whether the kernel can be built here."""
    return compiler() is not None


@dataclass(frozen=True, slots=True)
class Winners:
    """Offsets of the winners, shape of y, with what x was."""

    offset: NDArray[np.int64]
    shape: tuple[int, ...]
    rank: int
    dtype: np.dtype[Any]


@dataclass(slots=True)
class CompiledPool:
    """Max pooling by a C loop over windows; the kernel is built once per process."""

    claims: tuple[str, ...] = (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding", "asymmetric-padding"),
        *("dilation", "ceil", "rank-1", "rank-3", "unbatched", *KINDS[2:], "float16"),
    )
    compiled: ctypes.CDLL | None = None
    lock: Any = field(default_factory=Lock)

    def forward(self, x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Winners]:
        """Return y, shape (N, C, outputs) or (C, outputs), in native byte order.

        Raises:
            ValueError: the call is invalid.
            NotImplementedError: the call needs a feature that is not claimed.
            CompilerMissingError: there is no C compiler.
        """
        axes = _axes(x, pool)
        native = x.dtype.newbyteorder("=")
        comparable = np.float32 if native == np.float16 else native
        data = np.require(x, comparable, ["C", "ALIGNED"])
        rank = len(axes)
        lead, outputs = x.shape[:-rank], [axis[5] for axis in axes]
        won = np.empty((*lead, *outputs), np.int64)
        table = (ctypes.c_int64 * 6 * 3)(*[(ctypes.c_int64 * 6)(*axis) for axis in _three(axes)])
        name = f"winners_{np.dtype(comparable).name}"
        kernel = getattr(self._built(), name)
        planes = ctypes.c_int64(math.prod(lead))
        kernel(ctypes.c_void_p(data.ctypes.data), planes, table, ctypes.c_void_p(won.ctypes.data))
        rows = data.reshape(math.prod(lead), math.prod(x.shape[-rank:]))
        y = np.take_along_axis(rows, won.reshape(len(rows), math.prod(outputs)), axis=1)
        return y.astype(native).reshape(won.shape), Winners(won, x.shape, rank, native)

    def backward(self, dy: NDArray[Any], saved: Winners) -> NDArray[Any]:
        """Return dx, with the shape and the dtype of x in native byte order.

        Raises:
            ValueError: dy has not the shape of y.
            TypeError: x held integers.
        """
        if saved.dtype.kind != "f":
            message = f"{saved.dtype} elements are not differentiable"
            raise TypeError(message)
        if dy.shape != saved.offset.shape:
            message = f"dy {dy.shape}, but y {saved.offset.shape}"
            raise ValueError(message)
        lead = saved.shape[: -saved.rank]
        size = math.prod(saved.shape[-saved.rank :])
        starts = np.arange(math.prod(lead)).reshape(*lead, *(1,) * saved.rank) * size
        sums = np.bincount(
            (starts + saved.offset).ravel(), dy.ravel().astype(float), math.prod(saved.shape)
        )
        with np.errstate(over="ignore"):
            return sums.astype(saved.dtype).reshape(saved.shape)

    def indices(self, saved: Winners) -> NDArray[np.int64]:
        """Return the winners, int64, with the shape of y."""
        return saved.offset.copy()

    def _built(self) -> ctypes.CDLL:
        with self.lock:
            if self.compiled is None:
                self.compiled = _build()
            return self.compiled


def _build() -> ctypes.CDLL:
    command = compiler()
    if command is None:
        message = "no gcc, cc or clang was found: the kernel cannot be built"
        raise CompilerMissingError(message)
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "kernel.so")
        flags = ["-std=c99", "-O2", "-shared", "-fPIC", "-o", target, str(SOURCE)]
        subprocess.run([command, *flags], check=True)  # noqa: S603 - our own source
        return ctypes.CDLL(target)


def _three(axes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [(1, 1, 1, 0, 1, 1)] * (3 - len(axes)) + axes


def _axes(x: NDArray[Any], pool: Pool) -> list[tuple[int, ...]]:
    """Return n, k, s, begin padding, d and the number of windows of every axis."""
    parts = (pool.kernel_size, pool.stride, pool.padding, pool.dilation)
    rank = len(pool.kernel_size)
    if x.dtype.name not in {*KINDS, "float16"} or pool.auto_pad != "explicit":
        message = f"there is no kernel for {x.dtype} with {pool.auto_pad} padding"
        raise NotImplementedError(message)
    if any(len(part) != rank for part in parts) or not 1 <= rank <= 3:
        message = f"one to three axes and an entry for each, not {pool}"
        raise ValueError(message)
    if not rank < x.ndim <= rank + 2 or not all(x.shape[-rank - 1 :]):
        message = f"cannot pool shape {x.shape} over {rank} axes"
        raise ValueError(message)
    return [_axis(n, *one) for n, *one in zip(x.shape[-rank:], *parts, [pool] * rank, strict=True)]


def _axis(  # noqa: PLR0913, PLR0917 - the parameters of one axis
    n: int, k: int, s: int, pads: tuple[int, int], d: int, pool: Pool
) -> tuple[int, ...]:
    begin, end = pads
    if k < 1 or s < 1 or d < 1 or begin < 0 or end < 0 or (begin == end and begin > k // 2):
        message = f"out of range: {pool}"
        raise ValueError(message)
    extent = (k - 1) * d + 1
    free = n + begin + end - extent
    out = (-(-free // s) if pool.ceil_mode else free // s) + 1
    out -= bool(pool.ceil_mode and (out - 1) * s >= n + begin)
    if out < 1 or extent >= 2**63 or begin >= extent or (out - 1) * s - begin >= n:
        message = f"{n} elements with {pool}: a window does not fit or holds padding only"
        raise ValueError(message)
    if d > n and any(a % d >= n for a in range(-begin, min(0, (out - 1) * s - begin + 1), s)):
        message = f"{n} elements with {pool}: a window steps over all of them"
        raise ValueError(message)
    # Steps that are never taken may be too large for the kernel's integers.
    return n, k, s if out > 1 else 1, begin, d if k > 1 else 1, out


pool = CompiledPool()
