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
    slow: str = ""
    """Why it is judged only when it is named; empty where everything installed includes it."""
    ready: str = ""
    """Import path of a module whose `ready(x, pool, dy, threads)` prepares calls as users of the
    engine do, for `poolproof bench`; empty where `forward` and `backward` are timed."""
    distributions: tuple[str, ...] = ()
    """Distributions whose versions a result tells as well as those of `requires`."""


SHIPPED: Mapping[str, Shipped] = {
    "executorch": Shipped(
        "implementations.adapters.executorch",
        ("executorch", "torch"),
        "executorch",
        slow="every call exports a program, which takes a second",
    ),
    "flax": Shipped(
        "implementations.adapters.flax", ("flax", "jax"), "flax", distributions=("jaxlib",)
    ),
    "im2col": Shipped("implementations.im2col"),
    "iree": Shipped(
        "implementations.adapters.iree",
        ("iree",),
        "iree",
        slow="every shape is compiled, which takes most of a second",
        distributions=("iree-base-compiler", "iree-base-runtime"),
    ),
    "jax": Shipped("implementations.adapters.jax", ("jax",), "jax", distributions=("jaxlib",)),
    "jax-jit": Shipped(
        "implementations.adapters.jax_jit",
        ("jax",),
        "jax",
        ready="implementations.engines.jax",
        distributions=("jaxlib",),
    ),
    "keras-jax": Shipped(
        "implementations.adapters.keras_jax",
        ("keras", "jax"),
        "keras-jax",
        distributions=("jaxlib",),
    ),
    "keras-tensorflow": Shipped(
        "implementations.adapters.keras_tensorflow", ("keras", "tensorflow"), "keras-tensorflow"
    ),
    "keras-torch": Shipped(
        "implementations.adapters.keras_torch", ("keras", "torch"), "keras-torch"
    ),
    "litert": Shipped("implementations.adapters.litert", ("ai_edge_litert",), "litert"),
    "litert-builtin": Shipped(
        "implementations.adapters.litert_builtin", ("ai_edge_litert",), "litert"
    ),
    "litert-reference": Shipped(
        "implementations.adapters.litert_reference", ("ai_edge_litert",), "litert"
    ),
    "mindspore": Shipped("implementations.adapters.mindspore", ("mindspore",), "mindspore"),
    "mlx": Shipped("implementations.adapters.mlx", ("mlx",), "mlx"),
    "mnn": Shipped("implementations.adapters.mnn", ("MNN",), "mnn"),
    "ncnn": Shipped("implementations.adapters.ncnn", ("ncnn",), "ncnn"),
    "numba": Shipped("implementations.numba_loops", ("numba",), "numba"),
    "numba-separable": Shipped("implementations.numba_separable", ("numba",), "numba"),
    "numba-separable-values": Shipped(
        "implementations.numba_separable.values", ("numba",), "numba"
    ),
    "onnx-reference": Shipped("implementations.adapters.onnx_reference", ("onnx",), "onnx"),
    "onnxruntime": Shipped(
        "implementations.adapters.onnxruntime",
        ("onnxruntime", "onnx"),
        "onnxruntime",
        ready="implementations.engines.onnxruntime",
    ),
    "onnxruntime-column": Shipped(
        "implementations.adapters.onnxruntime_column", ("onnxruntime", "onnx"), "onnxruntime"
    ),
    "onnxruntime-values": Shipped(
        "implementations.adapters.onnxruntime_values",
        ("onnxruntime", "onnx"),
        "onnxruntime",
        ready="implementations.engines.onnxruntime",
    ),
    "opencv": Shipped("implementations.adapters.opencv", ("cv2", "onnx"), "opencv"),
    "opencv-classic": Shipped("implementations.adapters.opencv_classic", ("cv2", "onnx"), "opencv"),
    "opencv-indices": Shipped("implementations.adapters.opencv_indices", ("cv2", "onnx"), "opencv"),
    "openvino": Shipped(
        "implementations.adapters.openvino",
        ("openvino",),
        "openvino",
        ready="implementations.engines.openvino",
    ),
    "openvino-ceil": Shipped("implementations.adapters.openvino_ceil", ("openvino",), "openvino"),
    "openvino-values": Shipped(
        "implementations.adapters.openvino_values",
        ("openvino",),
        "openvino",
        ready="implementations.engines.openvino",
    ),
    "paddle": Shipped("implementations.adapters.paddle", ("paddle",), "paddle"),
    "paddle-mask": Shipped("implementations.adapters.paddle_mask", ("paddle",), "paddle"),
    "reshape": Shipped("implementations.reshape"),
    "scikit-image": Shipped("implementations.adapters.scikit_image", ("skimage",), "scikit-image"),
    "scipy": Shipped("implementations.adapters.scipy", distributions=("scipy",)),
    "separable": Shipped("implementations.separable"),
    "separable-values": Shipped("implementations.separable_values"),
    "tensorflow": Shipped("implementations.adapters.tensorflow", ("tensorflow",), "tensorflow"),
    "tensorflow-argmax": Shipped(
        "implementations.adapters.tensorflow_argmax", ("tensorflow",), "tensorflow"
    ),
    "tensorflow-pool": Shipped(
        "implementations.adapters.tensorflow_pool", ("tensorflow",), "tensorflow"
    ),
    "tinygrad": Shipped(
        "implementations.adapters.tinygrad",
        ("tinygrad",),
        "tinygrad",
        slow="every shape is compiled by Python code, which takes seconds",
    ),
    "torch": Shipped(
        "implementations.adapters.torch", ("torch",), "torch", ready="implementations.engines.torch"
    ),
    "torch-channels-last": Shipped(
        "implementations.adapters.torch_channels_last",
        ("torch",),
        "torch",
        ready="implementations.engines.torch_channels_last",
    ),
    "torch-compile": Shipped(
        "implementations.adapters.torch_compile",
        ("torch",),
        "torch",
        slow="every call compiles C++, which takes seconds",
    ),
    "torch-mkldnn": Shipped(
        "implementations.adapters.torch_mkldnn",
        ("torch",),
        "torch",
        ready="implementations.engines.torch_mkldnn",
    ),
    "torch-values": Shipped(
        "implementations.adapters.torch_values",
        ("torch",),
        "torch",
        ready="implementations.engines.torch",
    ),
    "tract": Shipped("implementations.adapters.tract", ("tract", "onnx"), "tract"),
    "triton": Shipped("implementations.triton_windows", ("triton", "torch"), "triton"),
    "tvm": Shipped("implementations.adapters.tvm", ("tvm",), "tvm"),
    "windowed": Shipped("implementations.windowed"),
}
