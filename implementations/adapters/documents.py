"""What the documents of each framework say, by switch and feature, and where they are silent.

An entry of `sources` is a document and a place in it; the error messages of a framework are
documents as well. What is documented to differ from the defaults an adapter declares in its
`dialect`. Nothing here is read off a behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Documents(NamedTuple):
    """The sources of a framework, and the switches of which none of them says anything."""

    sources: Mapping[str, str]
    undocumented: tuple[str, ...]


UNSAID = ("nan", "signed-zero", "float-identity", "zero-size")
"""Of these most documents say nothing."""
BACK = ("ties", "gradient-ties", "nan-index")
"""Switches that show in gradients."""

TORCH = Documents(
    {
        "pad-limit": "torch.nn.functional.max_pool2d, padding",
        "ceil": "torch.nn.MaxPool2d, note on ceil_mode",
        "float-identity": "torch.nn.MaxPool2d, padding: negative infinity",
        "zero-size": "its error: output size is too small",
    },
    ("nan", "signed-zero", *BACK, "index", "index-type", "empty-window"),
)
MKLDNN = Documents(
    {name: text for name, text in TORCH.sources.items() if name != "zero-size"},
    ("nan", "signed-zero", "zero-size", *BACK, "empty-window"),
)
"""The layouts of oneDNN in PyTorch, whose functions have no page of their own."""
ONNX = Documents(
    {
        "index": "ONNX MaxPool-22, Indices",
        "index-type": "ONNX MaxPool-22, type of Indices",
        "ceil": "ONNX MaxPool-22, ceil_mode",
        "pad-limit": "ONNX MaxPool-22, pads: any value from 0 on",
        "same-upper": "ONNX MaxPool-22, auto_pad",
        "same-lower": "ONNX MaxPool-22, auto_pad",
    },
    (*UNSAID, "ties", "nan-index", "empty-window"),
)
ONNXRUNTIME = Documents(
    {**ONNX.sources, "pad-limit": "its error: pad should be smaller than kernel"},
    ONNX.undocumented,
)
OPENCV = Documents(
    {name: text for name, text in ONNX.sources.items() if name != "pad-limit"},
    (*ONNX.undocumented, "pad-limit"),
)
"""OpenCV reads ONNX, and does not say which paddings it takes."""
OPENVINO = Documents(
    {
        "index": "OpenVINO MaxPool-14, axis",
        "index-type": "OpenVINO MaxPool-14, index_element_type",
        "ceil": "OpenVINO MaxPool-14, rounding_type",
        "pad-limit": "OpenVINO MaxPool-14, pads_begin: from 0 on",
        "float-identity": "OpenVINO MaxPool-14, padding is -inf",
        "empty-window": "OpenVINO MaxPool-14, padding is -inf",
        "same-upper": "OpenVINO MaxPool-14, auto_pad",
        "same-lower": "OpenVINO MaxPool-14, auto_pad",
    },
    ("nan", "signed-zero", "zero-size", "ties", "nan-index"),
)
STABLEHLO = Documents(
    {
        "nan": "StableHLO, maximum: that of IEEE 754",
        "signed-zero": "StableHLO, maximum: that of IEEE 754",
        "zero-size": "StableHLO, reduce_window, C15",
        "pad-limit": "StableHLO, reduce_window, padding",
        "empty-window": "StableHLO, reduce_window, init_values",
        "float-identity": "StableHLO, reduce_window, init_values",
    },
    BACK,
)
"""jax.lax.max says that it is StableHLO's maximum, and lax.reduce_window that it is XLA's."""
STABLEHLO_DIALECT = {
    "zero-size": "empty",
    "pad-limit": "none",
    "empty-window": "identity",
    "signed-zero": "positive",
}
TENSORFLOW = Documents(
    {
        "pad-limit": "its error: padding needs to be smaller than the window",
        "same-upper": "tf.nn, notes on padding",
    },
    (*UNSAID, *BACK, "empty-window"),
)
ARGMAX = Documents(
    {
        "index": "tf.nn.max_pool_with_argmax, argmax is flattened",
        "index-type": "tf.nn.max_pool_with_argmax, output_dtype",
        "same-upper": "tf.nn, notes on padding",
    },
    (*UNSAID, *BACK),
)
KERAS = Documents({"same-upper": "keras.ops.max_pool, padding"}, UNSAID)
LITERT = Documents({}, UNSAID)
MINDSPORE = Documents(
    {"index-type": "mindspore.ops.max_pool2d, return_indices"},
    (*UNSAID, *BACK, "index", "ceil", "empty-window", "pad-limit"),
)
MLX = Documents(
    {
        "pad-limit": "mlx.nn.MaxPool2d, padding",
        "empty-window": "mlx.nn.MaxPool2d, padding: negative infinity",
        "float-identity": "mlx.nn.MaxPool2d, padding: negative infinity",
    },
    ("nan", "signed-zero", "zero-size", *BACK),
)
MNN = Documents({}, UNSAID)
NCNN = Documents(
    {
        "same-upper": "ncnn wiki, operators, Pooling: pad_mode",
        "same-lower": "ncnn wiki, operators, Pooling: pad_mode",
    },
    (*UNSAID, "empty-window", "pad-limit"),
)
PADDLE = Documents(
    {
        "ceil": "paddle.nn.functional.max_pool2d, ceil_mode",
        "same-upper": "paddle.nn.functional.max_pool2d, padding",
    },
    (*UNSAID, *BACK, "index", "index-type", "empty-window", "pad-limit"),
)
SCIKIT_IMAGE = Documents(
    {"float-identity": "skimage.measure.block_reduce, cval"}, ("nan", "signed-zero")
)
SCIPY = Documents({}, ("nan", "signed-zero", "float-identity"))
TINYGRAD = Documents(
    {}, (*UNSAID, *BACK, "index", "index-type", "ceil", "empty-window", "pad-limit")
)
TVM = Documents({}, (*UNSAID, "ceil", "empty-window", "pad-limit"))
