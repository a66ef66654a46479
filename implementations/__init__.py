"""What is judged: the shipped implementations of max pooling, by name.

Nothing is imported here. A target is the import path of a module that is itself the
implementation: `claims`, `dialect`, `forward`, and `backward` and `indices` where claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shipped:
    """Where a shipped implementation is found and what must be installed for it."""

    target: str
    """Import path of the module."""
    requires: tuple[str, ...] = ()
    """Import names that must be found before the target is used."""
    extra: str = ""
    """The optional extra of the distribution that installs them; empty where NumPy is enough."""


SHIPPED: Mapping[str, Shipped] = {
    "im2col": Shipped("implementations.im2col"),
    "onnxruntime": Shipped(
        "implementations.adapters.onnxruntime", ("onnxruntime", "onnx"), "onnxruntime"
    ),
    "reshape": Shipped("implementations.reshape"),
    "torch": Shipped("implementations.adapters.torch", ("torch",), "torch"),
    "windowed": Shipped("implementations.windowed"),
}
