"""The two graphs of an exported tagger: one turn to its vector, and one step of the conversation.

Neither has a loop. ``encoder.onnx`` takes runs of one turn and no other turn, so no other changes its vector; beside
it stands its weight, by which the vectors of a long turn's groups of runs become one.
``step.onnx`` has fixed shapes and stays float32: it is small.
"""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import onnx
import torch
from onnx import ModelProto
from torch import Tensor, nn

from crisis_turns.deploy.int8 import in_int8
from crisis_turns.model.dialogue_model import DialogueModel
from crisis_turns.model.streaming_step import Carried, OneTurn, Step

OPSET, IR_VERSION = 18, 10
Quantize = Literal["none", "int8"]


def write_graphs(model: DialogueModel, folder: Path, *, quantize: Quantize) -> None:
    """Write ``encoder.onnx`` and ``step.onnx``."""
    model = model.eval()
    dynamic = torch.export.Dim.DYNAMIC
    runs = torch.full((2, 8), 3), torch.ones(2, 8, dtype=torch.bool)
    encoder = _graph(
        OneTurn(model.turn_encoder),
        runs,
        inputs=("ids", "mask"),
        outputs=("vector", "weight"),
        dynamic_shapes={"ids": {0: dynamic, 1: dynamic}, "mask": {0: dynamic, 1: dynamic}},
    )
    step = Step(model)
    beliefs = ("onset",) if model.chain.head.exclusive else ("onset", "begun")
    vector = torch.zeros(1, model.turn_encoder.width)
    stepper = _graph(
        step,
        (vector, torch.tensor([True]), *step.start()),
        inputs=("vector", "is_user", *Carried._fields),
        outputs=(*beliefs, *(f"next_{name}" for name in Carried._fields)),
    )
    (folder / "encoder.onnx").write_bytes((in_int8(encoder) if quantize == "int8" else encoder).SerializeToString())
    (folder / "step.onnx").write_bytes(stepper.SerializeToString())


def _graph(
    module: nn.Module, example: tuple[Tensor, ...], *, inputs: Sequence[str], outputs: Sequence[str], **options: Any
) -> ModelProto:
    for name in ("torch.onnx", "onnxscript", "onnx_ir"):  # notes on what they could not simplify
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(), example, input_names=inputs, output_names=outputs, opset_version=OPSET, dynamo=True,
            verbose=False, **options,
        )  # fmt: skip
    assert program is not None
    proto: ModelProto = program.model_proto
    proto.ir_version = IR_VERSION
    for part in (proto, proto.graph, *proto.graph.node, *proto.graph.value_info, *proto.graph.input,
                 *proto.graph.output, *proto.graph.initializer):  # fmt: skip
        del part.metadata_props[:]  # stack traces, with the paths of this machine
    onnx.checker.check_model(proto)
    return proto
