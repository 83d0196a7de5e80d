"""A graph with its large weights in 8 bits.

Matrix products become onnxruntime's ``MatMulNBits``: weights with a scale for each output and block of 32 inputs,
activations quantised at run time with a scale for each token and block. The usual dynamic quantisation has one scale
for all activations of a product; MiniLM's have outliers, so it moved turn vectors four times as far (by 13 % of their
spread instead of 3 %) and 4 to 8 % of turns to other tags. Here, besides, no token touches another's scales, and
nothing saturates on processors without VNNI. Embedding tables keep a scale for each row.
"""

import logging

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

BLOCK = 32
_INT8_COMPUTE = 4  # MatMulNBits' accuracy_level
_LARGE = 1 << 16
"""Entries from which a table is worth it."""


def in_int8(proto: ModelProto) -> ModelProto:
    """The same graph in 8 bits; activations between the products stay float32."""
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    quantizer = MatMulNBitsQuantizer(
        _with_int8_tables(proto), bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=_INT8_COMPUTE
    )
    quantizer.process()
    quantized: ModelProto = quantizer.model.model
    return quantized


def _with_int8_tables(proto: ModelProto) -> ModelProto:
    """Look-ups in large float tables read int8 rows and their scales instead."""
    graph = proto.graph
    tables = {i.name: i for i in graph.initializer if i.data_type == TensorProto.FLOAT and len(i.dims) == 2}
    nodes: list[NodeProto] = []
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or np.prod(table.dims) < _LARGE:
            nodes.append(node)
            continue
        name, rows = table.name, numpy_helper.to_array(table)
        scale = np.maximum(np.abs(rows).max(1, keepdims=True), np.finfo(np.float32).tiny) / 127
        small, scales, found, factor, real = (f"{node.output[0]}_{part}" for part in ("t", "s", "i", "f", "r"))
        graph.initializer.extend(
            (
                numpy_helper.from_array(np.round(rows / scale).astype(np.int8), small),
                numpy_helper.from_array(scale.astype(np.float32), scales),
            )
        )
        nodes += [
            helper.make_node("Gather", [small, node.input[1]], [found]),
            helper.make_node("Gather", [scales, node.input[1]], [factor]),
            helper.make_node("Cast", [found], [real], to=TensorProto.FLOAT),
            helper.make_node("Mul", [real, factor], list(node.output)),
        ]
        if not any(name in other.input for other in graph.node if other is not node):
            graph.initializer.remove(table)
    del graph.node[:]
    graph.node.extend(nodes)
    return proto
