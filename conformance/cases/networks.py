"""The max-pooling layers of real networks, with their shapes and parameters as published."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from conformance.cases.case import Array, Case
from reference.pool import Pool

SMALL, MEDIUM = 4_000, 70_000
"""Elements of input up to which a layer is in the smoke and in the default tier."""
MOST = 500_000
"""Elements of input with which a layer is judged."""


@cache
def layers() -> list[dict[str, Any]]:
    """Return the published layers, with their sources."""
    text = resources.files("conformance.data").joinpath("networks.json").read_text("utf-8")
    found: list[dict[str, Any]] = json.loads(text)["layers"]
    return found


@cache
def cases() -> tuple[Case, ...]:
    """Return a case per layer; layers that are the same call are listed once, under the first."""
    found: dict[tuple[object, ...], Case] = {}
    for layer in layers():
        pool = Pool(
            tuple(layer["kernel_size"]),
            tuple(layer["stride"]),
            tuple((begin, end) for begin, end in layer["padding"]),
            tuple(layer["dilation"]),
            layer["ceil_mode"],
        )
        shape = within(tuple(layer["shape"]))
        name, tier = f"net.{layer['id']}", _tier(math.prod(shape))
        found.setdefault((pool, shape), Case(name, pool, shape, activations, tier=tier))
        if layer["auto_pad"] != "explicit":
            word = replace(pool, auto_pad=layer["auto_pad"])
            case = Case(f"{name}-word", word, shape, activations, tier=tier)
            found.setdefault((word, shape), case)
    return tuple(found.values())


def activations(case: Case, seed: int) -> Array:
    """Fill as a layer after a ReLU is filled: half zeros, the rest small, with many ties."""
    x = case.generator(seed).integers(-40, 41, case.shape)
    return (x.clip(0) / 8).astype("float32")


def within(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape with so few channels that it has about MOST elements at most.

    A layer pools each plane alone; the largest published input takes 268 MB.
    """
    batch, channels, *sizes = shape
    fewer = min(channels, max(1, MOST // (batch * math.prod(sizes))))
    return (batch, fewer, *sizes)


def _tier(elements: int) -> str:
    return "smoke" if elements <= SMALL else "default" if elements <= MEDIUM else "deep"
