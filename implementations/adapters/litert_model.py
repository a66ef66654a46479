"""A call as a LiteRT model of one MAX_POOL_2D, written with the schema that LiteRT ships."""

from __future__ import annotations

import numpy as np

from reference.pool import Pool

VERSIONS = {"float32": 1, "uint8": 1, "int8": 2, "int16": 3}
"""The version of the operator that brought each type."""


def maxpool_model(shape: tuple[int, ...], dtype: np.dtype[np.generic], pool: Pool) -> bytes:
    """Return a flatbuffer for an input of a shape, channels last; its quantized types have scale 1.

    Invalid parameters are written down as they are, as far as the schema can.

    Raises:
        ValueError: kernel_size or stride is not a pair of numbers below 2**31.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    options = schema.Pool2DOptionsT()
    options.filterHeight, options.filterWidth = pool.kernel_size
    options.strideH, options.strideW = pool.stride
    same = pool.auto_pad == "same-upper"
    options.padding = schema.Padding.SAME if same else schema.Padding.VALID
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.MAX_POOL_2D
    code.version = VERSIONS[dtype.name]
    operator = schema.OperatorT()
    operator.inputs, operator.outputs = [0], [1]
    operator.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions
    operator.builtinOptions = options
    graph = schema.SubGraphT()
    graph.tensors = [_tensor(name, dtype, shape) for name in ("x", "y")]
    graph.inputs, graph.outputs, graph.operators = [0], [1], [operator]
    model = schema.ModelT()
    model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
    model.buffers = [schema.BufferT()]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> object:
    from ai_edge_litert import schema_py_generated as schema

    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, list(shape), 0
    tensor.type = getattr(schema.TensorType, dtype.name.upper())
    if dtype.kind != "f":
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [1.0], [0]
    return tensor
