"""What is timed: layers of real networks, or one layer written on the command line."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.cases.networks import layers as published
from conformance.clauses import UnknownNameError
from conformance.contract import UnusableError
from conformance.oracle import legal, output_shape
from reference.dialect import DEFAULT
from reference.pool import Pool

ITEM = 4
"""Bytes of an element; everything is timed in float32."""
TYPICAL = (
    "vgg16-torchvision.block2-pool",
    "resnet-50-padded-form.maxpool",
    "googlenet-bvlc.inception-3a-pool",
    "yolov3-spp.spp-13",
    "c3d-ucf101.pool2",
    "keras-imdb-1-d-cnn.globalmaxpooling1d",
)
"""What is timed where nothing is asked for: published layers of every kind."""
RANKS = (1, 2, 3)
DIGITS = 18
"""How long a number on the command line is at most; it fits an int64."""
COPIES = 4
"""How many times its arrays a call is expected to need at most, its workspace included."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One call, without its numbers."""

    name: str
    shape: tuple[int, ...]
    """(N, C, *spatial)."""
    pool: Pool

    @property
    def out(self) -> tuple[int, ...]:
        """Return the shape of the output."""
        return output_shape(self.shape, self.pool)

    @property
    def windows(self) -> int:
        """Return how many windows there are."""
        return math.prod(self.out)

    def moved(self, *, backward: bool) -> int:
        """Return how many bytes have to be read or written at least."""
        return ITEM * (math.prod(self.shape) + self.windows) * (2 if backward else 1)

    def needed(self) -> int:
        """Return how many bytes of memory the timing is expected to need."""
        return COPIES * self.moved(backward=True)


def of_network(name: str, batch: int) -> list[Layer]:
    """Return the layers of the networks whose name begins with this, whatever its spelling.

    Layers that are the same call are there once.

    Raises:
        UnusableError: there is none.
    """
    found = [one for one in published() if _plain(one["id"]).startswith(_plain(name))]
    found = found or [one for one in published() if _plain(name) in _plain(one["network"])]
    if not found or not _plain(name):
        heads = {one["id"].partition(".")[0] for one in published()}
        known = heads | {head.partition("-")[0] for head in heads}
        raise UnusableError(str(UnknownNameError("network", name, known)))
    unique: dict[object, Layer] = {}
    for layer in (of_published(one["id"], batch) for one in found):
        unique.setdefault((layer.shape, layer.pool), layer)
    return list(unique.values())


def of_published(name: str, batch: int) -> Layer:
    """Return a published layer, by its id, with another batch; ceil_mode only where it matters.

    Raises:
        UnusableError: no layer has this id.
    """
    for one in published():
        if one["id"] == name:
            pool = Pool(
                tuple(one["kernel_size"]),
                tuple(one["stride"]),
                tuple((begin, end) for begin, end in one["padding"]),
                tuple(one["dilation"]),
                one["ceil_mode"],
            )
            shape = (batch, *one["shape"][1:])
            down = replace(pool, ceil_mode=False)
            same = output_shape(shape, pool) == output_shape(shape, down)
            return Layer(name, shape, down if same else pool)
    raise UnusableError(str(UnknownNameError("layer", name, {one["id"] for one in published()})))


def of_shape(  # noqa: PLR0913 - the parameters of max pooling
    shape: str, kernel: str, stride: str, padding: str, dilation: str, *, ceil_mode: bool
) -> Layer:
    """Return a layer as it is written on the command line: `8,64,112,112`, `3`, `2`, `1`, `1`.

    A padding of `0:1` stands before and after its axis.

    Raises:
        UnusableError: it is not the shape of a batch, or the specification forbids the call.
    """
    sizes = _numbers("--shape", shape)
    rank = len(sizes) - 2
    if rank not in RANKS or 0 in sizes:
        message = f"--shape: a shape is N,C and one to three sizes, none of them 0; got {shape!r}"
        raise UnusableError(message)
    try:
        pool = Pool.of(
            _per_axis("--kernel", kernel, rank),
            _per_axis("--stride", stride, rank) if stride else None,
            _padding(padding, rank),
            _per_axis("--dilation", dilation, rank),
            ceil_mode=ceil_mode,
        )
    except ValueError as error:
        raise UnusableError(str(error)) from error
    layer = Layer("shape", sizes, pool)
    if not legal(sizes, pool, DEFAULT):
        message = f"the specification forbids this call: shape {sizes}  {pool}"
        raise UnusableError(message)
    return replace(layer, name="x".join(map(str, sizes)))


def require_memory(layers: Sequence[Layer], allowed: float = 0.8) -> None:
    """Require that the largest layer fits in the memory that is free.

    Raises:
        UnusableError: it does not; nothing was allocated.
    """
    largest = max(layers, key=Layer.needed)
    free = _free_memory()
    if free is not None and largest.needed() > allowed * free:
        message = (
            f"{largest.name}: its arrays and what implementations may need beside them take "
            f"about {_gib(largest.needed())}, and {_gib(free)} are free; use a smaller input"
        )
        raise UnusableError(message)


def require_cores(threads: int) -> None:
    """Require that there are as many cores as threads are asked for.

    Raises:
        UnusableError: there are fewer.
    """
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    if threads > cores:
        message = f"--threads: {threads} threads on {cores} cores would wait for each other"
        raise UnusableError(message)


def _free_memory() -> int | None:
    """Return how many bytes of memory are free, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB", lines, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _numbers(option: str, text: str) -> tuple[int, ...]:
    parts = text.replace("x", ",").split(",")
    if not all(part.strip().isdecimal() and len(part) <= DIGITS for part in parts):
        message = f"{option}: whole numbers from 0 on, between commas, are expected; got {text!r}"
        raise UnusableError(message)
    return tuple(int(part) for part in parts)


def _per_axis(option: str, text: str, rank: int) -> tuple[int, ...]:
    numbers = _numbers(option, text)
    return numbers * rank if len(numbers) == 1 else numbers


def _padding(text: str, rank: int) -> tuple[tuple[int, int], ...]:
    pairs = []
    for part in text.split(","):
        begin, _, end = part.partition(":")
        sides = _numbers("--padding", f"{begin},{end or begin}")
        pairs.append((sides[0], sides[1]))
    return tuple(pairs * rank if len(pairs) == 1 else pairs)
