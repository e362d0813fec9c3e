"""A BERT sentence model as an ONNX graph, written from its weights alone.

Token vectors by the encoder (Devlin et al., 2019), their mean over the tokens that are not padding,
scaled to unit length (Reimers and Gurevych, 2019). Mean and scaling stand in the graph because
Spark NLP reads the output `last_hidden_state` as one vector a text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[Any]]
OPSET, IR_VERSION = 17, 8  # the newest that the onnxruntime of Spark NLP 5.5 reads
LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
OUTPUT = "last_hidden_state"
_MASKED = -1e9
_TOKEN_RANK, _TEXT_RANK = 3, 2


class _Graph:
    """Nodes and constants as they are written, each constant once."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: Any) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name].astype(np.float32))

    def transpose(self, name: str) -> str:
        return self.constant(f"{name}.T", self.weights[name].astype(np.float32).T.copy())

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, x: str, name: str) -> str:
        product = self.op("MatMul", x, self.transpose(f"{name}.weight"))
        return self.op("Add", product, self.weight(f"{name}.bias"))

    def normalize(self, x: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=EPSILON)


def sentence_model(weights: Weights) -> onnx.ModelProto:
    """The graph: `input_ids`, `attention_mask`, `token_type_ids`, int64 (texts, tokens), to
    `last_hidden_state`, float32 (texts, 384), rows of unit length.

    Args:
        weights: tensors of a BERT encoder of 6 layers, 12 heads, width 384, by their usual names.

    Raises:
        KeyError: a tensor is missing.
    """
    graph = _Graph({name.removeprefix("bert."): value for name, value in weights.items()})
    mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    x = _embed(graph)
    hidden = graph.op(
        "Mul",
        graph.op(
            "Sub",
            graph.constant("one", np.float32(1)),
            graph.op("Unsqueeze", mask, graph.constant("axes_1_2", np.array([1, 2]))),
        ),
        graph.constant("masked", np.float32(_MASKED)),
    )
    for layer in range(LAYERS):
        x = _layer(graph, x, hidden, f"encoder.layer.{layer}")
    _pool(graph, x, mask)
    return _model(graph)


def _embed(graph: _Graph) -> str:
    """Words, positions and segments, summed and normalized: (texts, tokens, width)."""
    words = graph.op("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    kinds = graph.op(
        "Gather", graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"
    )
    length = graph.op(
        "Slice",
        graph.op("Shape", "input_ids"),
        graph.constant("from_1", np.array([1])),
        graph.constant("to_2", np.array([2])),
    )
    places = graph.op(
        "Slice",
        graph.weight("embeddings.position_embeddings.weight"),
        graph.constant("from_0", np.array([0])),
        length,
    )
    total = graph.op("Add", graph.op("Add", words, places), kinds)
    return graph.normalize(total, "embeddings.LayerNorm")


def _layer(graph: _Graph, x: str, hidden: str, name: str) -> str:
    """One layer of the encoder: attention, then two linear maps with the exact GELU between."""
    attended = graph.linear(_attention(graph, x, hidden, name), f"{name}.attention.output.dense")
    x = graph.normalize(graph.op("Add", attended, x), f"{name}.attention.output.LayerNorm")
    y = graph.linear(x, f"{name}.intermediate.dense")
    bent = graph.op("Erf", graph.op("Mul", y, graph.constant("root", np.float32(math.sqrt(0.5)))))
    y = graph.op(
        "Mul",
        graph.op("Mul", y, graph.constant("half", np.float32(0.5))),
        graph.op("Add", bent, graph.constant("one", np.float32(1))),
    )
    y = graph.linear(y, f"{name}.output.dense")
    return graph.normalize(graph.op("Add", y, x), f"{name}.output.LayerNorm")


def _attention(graph: _Graph, x: str, hidden: str, name: str) -> str:
    def heads(part: str, order: list[int]) -> str:
        shape = graph.constant("by_head", np.array([0, 0, HEADS, WIDTH // HEADS]))
        split = graph.op("Reshape", graph.linear(x, f"{name}.attention.self.{part}"), shape)
        return graph.op("Transpose", split, perm=order)

    query, key = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])
    scale = graph.constant("scale", np.float32(1 / math.sqrt(WIDTH // HEADS)))
    scores = graph.op("Mul", graph.op("MatMul", query, key), scale)
    shares = graph.op("Softmax", graph.op("Add", scores, hidden), axis=-1)
    mixed = graph.op("MatMul", shares, heads("value", [0, 2, 1, 3]))
    joined = graph.constant("joined", np.array([0, 0, WIDTH]))
    return graph.op("Reshape", graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), joined)


def _pool(graph: _Graph, x: str, mask: str) -> None:
    """Mean over the tokens that are not padding, scaled; the scale makes the divisor needless."""
    axis = graph.constant("axis_1", np.array([1]))
    weighted = graph.op(
        "Mul", x, graph.op("Unsqueeze", mask, graph.constant("axis_2", np.array([2])))
    )
    total = graph.op("ReduceSum", weighted, axis, keepdims=0)
    squares = graph.op("ReduceSum", graph.op("Mul", total, total), axis, keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, graph.op("Sqrt", squares)], [OUTPUT]))


def _inputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]


def _model(graph: _Graph) -> onnx.ModelProto:
    inputs = _inputs()
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", WIDTH])
    graph_def = helper.make_graph(
        graph.nodes, "sentence-model", inputs, [output], list(graph.constants.values())
    )
    model = helper.make_model(
        graph_def, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model)
    return model


def _mean(source: str) -> list[onnx.NodeProto]:
    """Sum over the tokens that are not padding; scaling makes the divisor needless."""
    return [
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["mask", "as_row"], ["mask_row"]),
        helper.make_node("MatMul", ["mask_row", source], ["sum_row"]),
        helper.make_node("Reshape", ["sum_row", "as_text"], ["pooled"]),
    ]


def _cls(source: str) -> list[onnx.NodeProto]:
    return [helper.make_node("Gather", [source, "first_token"], ["pooled"], axis=1)]


_POOLINGS = {"mean": _mean, "cls": _cls}
_POOL_CONSTANTS = [
    numpy_helper.from_array(np.array([0, 1, -1]), "as_row"),
    numpy_helper.from_array(np.array([0, -1]), "as_text"),
    numpy_helper.from_array(np.array(0), "first_token"),
]


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]


def add_pooling(model: onnx.ModelProto, pooling: str) -> onnx.ModelProto:
    """An encoder's graph with one vector a text, scaled to unit length, as `last_hidden_state`.

    An input that Spark NLP gives and the encoder does not ask for is added, unused. A graph that
    gives one vector a text already keeps it, scaled.

    Args:
        model: graph over `input_ids` and `attention_mask`, int64 (texts, tokens), with an output
            of shape (texts, tokens, width), or (texts, width).
        pooling: `mean` of the tokens that are not padding, or `cls`, the first.

    Raises:
        ValueError: the graph has no such output.
    """
    graph = model.graph
    ranks = {output.name: len(output.type.tensor_type.shape.dim) for output in graph.output}
    tokens = next((name for name, rank in ranks.items() if rank == _TOKEN_RANK), None)
    texts = next((name for name, rank in ranks.items() if rank == _TEXT_RANK), None)
    if tokens is None and texts is None:
        raise ValueError("the graph gives a vector neither for a token nor for a text")
    _rename(graph, OUTPUT, f"{OUTPUT}_of_tokens")
    source = (tokens or texts or "").replace(OUTPUT, f"{OUTPUT}_of_tokens")
    if tokens is not None:
        graph.node.extend(_POOLINGS[pooling](source))
        graph.initializer.extend(_POOL_CONSTANTS)
        source = "pooled"
    graph.node.append(helper.make_node("LpNormalization", [source], [OUTPUT], axis=1, p=2))
    known = {tensor.name for tensor in graph.input}
    graph.input.extend(tensor for tensor in _inputs() if tensor.name not in known)
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", None]))
    onnx.checker.check_model(model)
    return model
