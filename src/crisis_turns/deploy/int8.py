"""A graph with its large weights in 8 bits.

Matrix products become onnxruntime's ``MatMulNBits``: weights with a scale for each output and block of 32 inputs,
activations quantised at run time with a scale for each token and block. The usual dynamic quantisation has one scale
for all activations of a product; MiniLM's have outliers, so it moved turn vectors four times as far (by 13 % of their
spread instead of 3 %) and gave 4 to 8 % of turns other tags. Here, besides, no token touches another's scales, and
nothing saturates on processors without VNNI. Embedding tables are kept in 16 bits: 8 cost tags.
"""

import logging
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

BLOCK = 32
_INT8_COMPUTE = 4  # MatMulNBits' accuracy_level
_LARGE = 1 << 16
"""Entries from which a table is worth it."""


def in_int8(proto: ModelProto) -> ModelProto:
    """The same graph, changed in place; what is between the products stays float32."""
    quantizer = _quantizer()(
        _with_half_tables(proto), bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=_INT8_COMPUTE
    )
    quantizer.process()
    quantized: ModelProto = quantizer.model.model
    return quantized


def _quantizer() -> Any:
    """onnxruntime's class. Its module, once imported, would show every library's INFO lines on standard error: the root
    logger is put back as it was.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    root.handlers[:] = handlers
    root.setLevel(level)
    return MatMulNBitsQuantizer


def _with_half_tables(proto: ModelProto) -> ModelProto:
    """Look-ups in large float32 tables read float16 ones."""
    tables = {t.name: t for t in proto.graph.initializer if t.data_type == TensorProto.FLOAT and len(t.dims) == 2}
    nodes: list[NodeProto] = []
    for node in proto.graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        shared = table is not None and sum(list(n.input).count(table.name) for n in proto.graph.node) > 1
        if table is None or shared or np.prod(table.dims) < _LARGE:
            nodes.append(node)
            continue
        table.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), table.name))
        found = f"{node.output[0]}_half"
        nodes.append(helper.make_node("Gather", list(node.input), [found], axis=0))
        nodes.append(helper.make_node("Cast", [found], list(node.output), to=TensorProto.FLOAT))
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    del proto.graph.value_info[:]
    return proto
