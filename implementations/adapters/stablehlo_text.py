"""A call as a StableHLO module of one reduce_window, for adapters of its compilers."""

from __future__ import annotations

import numpy as np

from reference.pool import Pool

MODULE = """
func.func @main(%x: {x}) -> {y} {{
  %lowest = stablehlo.constant dense<{lowest}> : tensor<{kind}>
  %y = "stablehlo.reduce_window"(%x, %lowest) ({{
    ^bb0(%a: tensor<{kind}>, %b: tensor<{kind}>):
      %most = stablehlo.maximum %a, %b : tensor<{kind}>
      stablehlo.return %most : tensor<{kind}>
  }}) {{
    window_dimensions = array<i64: {windows}>, window_strides = array<i64: {strides}>,
    window_dilations = array<i64: {dilations}>, padding = dense<{pads}> : tensor<{axes}x2xi64>
  }} : ({x}, tensor<{kind}>) -> {y}
  return %y : {y}
}}
"""


def module_of(shape: tuple[int, ...], dtype: np.dtype[np.generic], pool: Pool) -> str:
    """Return the text; the type of its result is written as constraint C15 of the text says.

    Raises:
        ValueError: a parameter has not one entry per axis, or a stride is 0.
    """
    lead = (1,) if len(shape) == pool.rank + 1 else (1, 1)
    windows, strides, dilations = lead + pool.kernel_size, lead + pool.stride, lead + pool.dilation
    pads = [(0, 0) for _ in lead] + list(pool.padding)
    if 0 in strides:
        message = f"the result of strides {strides} has no type"
        raise ValueError(message)
    per_axis = zip(shape, windows, strides, pads, dilations, strict=True)
    sizes = [max(0, (n + b + e - (k - 1) * d - 1) // s + 1) for n, k, s, (b, e), d in per_axis]
    kind = _kind(dtype)
    return MODULE.format(
        x=f"tensor<{'x'.join([*map(str, shape), kind])}>",
        y=f"tensor<{'x'.join([*map(str, sizes), kind])}>",
        kind=kind,
        lowest=_lowest(dtype),
        windows=", ".join(map(str, windows)),
        strides=", ".join(map(str, strides)),
        dilations=", ".join(map(str, dilations)),
        pads=[list(pair) for pair in pads],
        axes=len(pads),
    )


def _kind(dtype: np.dtype[np.generic]) -> str:
    names = {"bfloat16": "bf16", "bool": "i1"}
    letter = {"i": "i", "u": "ui", "f": "f"}.get(dtype.kind, "")
    return names.get(dtype.name, f"{letter}{8 * dtype.itemsize}")


def _lowest(dtype: np.dtype[np.generic]) -> str:
    if dtype.kind == "b":
        return "false"
    if dtype.kind in "iu":
        return str(np.iinfo(dtype.name).min)
    minus_infinity = np.array(-np.inf, dtype.newbyteorder("=")).view(f"u{dtype.itemsize}").item()
    return f"0x{minus_infinity:0{2 * dtype.itemsize}X}"
