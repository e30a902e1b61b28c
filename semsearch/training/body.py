"""The layers of a transformer encoder as an ONNX graph, in float32 or int8.

The graph is written node by node with the fused operators of onnxruntime. It needs no export,
optimiser or quantiser, and the same weights give the same bytes. There is no attention mask: all
texts of a call must have the same number of tokens.

Weights are int8 with a scale for each output; inputs are uint8 with a scale computed at run time
(dynamic quantisation). A few dimensions of an input are about twenty times as large as the rest and
would determine that scale. So each dimension of an input is divided by a factor, and the weights
are multiplied by it (Xiao et al. 2023, "SmoothQuant"). The mean cosine between int8 and float32
vectors, both centred, is 0.995 with these factors and 0.987 without.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from semsearch.training.e5 import DIM, HEADS, LAYERS, Floats

MOST = 63
"""Largest magnitude of a quantised weight: 7 bits. With 8, processors without VNNI saturate the sum
of two products at 16 bits, and vectors would depend on the machine."""

SMOOTHING = 0.75
"""Alpha of SmoothQuant: how far large dimensions are moved from the inputs to the weights. The best
of 0.5, 0.65, 0.75, 0.85 and 1 on 64 texts that were used for nothing else."""

_OPSETS = {"": 18, "com.microsoft": 1}
_FUSED = {"DynamicQuantizeMatMul", "Gelu", "MultiHeadAttention", "SkipLayerNormalization"}
"""Operators of the domain com.microsoft, which onnxruntime defines."""

_EPSILON = 1e-12  # layer_norm_eps in the configuration of multilingual-e5-small


def float_body(tensors: Mapping[str, Floats]) -> onnx.ModelProto:
    """The graph in float32, with the inputs of all matrix products as further outputs."""
    return _Body(tensors, None).model()


def int8_body(tensors: Mapping[str, Floats], largest: Mapping[str, Floats]) -> onnx.ModelProto:
    """The graph in int8.

    Args:
        tensors: those of `Weights`.
        largest: the largest magnitude of each dimension of every matrix product's input, as
            measured on some texts.
    """
    return _Body(tensors, largest).model()


def product_inputs() -> list[str]:
    """The names of the inputs of the matrix products, layer by layer."""
    return [
        f"l{layer}.{name}" for layer in range(LAYERS) for name in ("in", "mixed", "middle", "inner")
    ]


class _Body:
    """A graph under construction: `words` (b, t, d) to `mean` (b, d)."""

    def __init__(self, tensors: Mapping[str, Floats], largest: Mapping[str, Floats] | None) -> None:
        self._tensors = tensors
        self._largest = largest
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        self._embed()
        for layer in range(LAYERS):
            self._layer(f"l{layer}.", "out" if layer == LAYERS - 1 else f"l{layer + 1}.in")
        axis = self._constant("axis", np.array([1], dtype=np.int64))
        self._add("ReduceMean", ["out", axis], "mean", keepdims=0)
        outputs = [helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["b", DIM])]
        if self._largest is None:
            outputs += [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
                for name in product_inputs()
            ]
        words = helper.make_tensor_value_info("words", TensorProto.FLOAT, ["b", "t", DIM])
        graph = helper.make_graph(self._nodes, "body", [words], outputs, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _embed(self) -> None:
        """Adds positions to the token vectors."""
        positions = self._constant(
            "positions", self._tensors["emb.pos"] + self._tensors["emb.type"]
        )
        start = self._constant("start", np.array([0], dtype=np.int64))
        self._add("Shape", ["words"], "length", start=1, end=2)
        self._add("Slice", [positions, start, "length"], "here")
        self._add("Add", ["words", "here"], "placed")
        norm = [self._constant(f"emb.ln.{end}", self._tensors[f"emb.ln.{end}"]) for end in "wb"]
        self._add("LayerNormalization", ["placed", *norm], "l0.in", axis=-1, epsilon=_EPSILON)

    def _layer(self, at: str, out: str) -> None:
        """Self-attention, then a feed-forward network, each with a residual connection."""
        weights = [self._tensors[f"{at}{name}.w"] for name in "qkv"]
        biases = [self._tensors[f"{at}{name}.b"] for name in "qkv"]
        mixed_factors = self._factors(f"{at}mixed", self._tensors[f"{at}ao.w"])
        # Attention gives a weighted mean of the values, so dividing them divides its output.
        weights[2], biases[2] = weights[2] / mixed_factors[:, None], biases[2] / mixed_factors
        self._product(f"{at}in", np.concatenate(weights), np.concatenate(biases), f"{at}qkv")
        three = [f"{at}q", f"{at}k", f"{at}v"]
        sizes = self._constant(f"{at}sizes", np.array([DIM] * 3, dtype=np.int64))
        self._nodes.append(helper.make_node("Split", [f"{at}qkv", sizes], three, axis=-1))
        self._add("MultiHeadAttention", three, f"{at}mixed", num_heads=HEADS)
        self._product(
            f"{at}mixed",
            self._tensors[f"{at}ao.w"] * mixed_factors,
            self._tensors[f"{at}ao.b"],
            f"{at}ao",
            is_smooth=True,
        )
        self._add_and_norm([f"{at}ao", f"{at}in"], f"{at}aln", f"{at}middle")
        self._product(
            f"{at}middle", self._tensors[f"{at}fi.w"], self._tensors[f"{at}fi.b"], f"{at}fi"
        )
        self._add("Gelu", [f"{at}fi"], f"{at}inner")
        self._product(
            f"{at}inner", self._tensors[f"{at}fo.w"], self._tensors[f"{at}fo.b"], f"{at}fo"
        )
        self._add_and_norm([f"{at}fo", f"{at}middle"], f"{at}oln", out)

    def _product(
        self, given: str, weight: Floats, bias: Floats, out: str, is_smooth: bool = False
    ) -> None:
        """`given` times the transposed (out, in) weight, plus the bias."""
        held = self._constant(f"{out}.b", bias)
        if self._largest is None:
            factor = self._constant(f"{out}.w", weight.T)
            self._add("MatMul", [given, factor], f"{out}.product")
            self._add("Add", [f"{out}.product", held], out)
            return
        if not is_smooth:
            factors = self._factors(given, weight)
            weight = weight * factors
            divided = f"{given}.smooth"
            self._add("Mul", [given, self._constant(f"{given}.factors", 1 / factors)], divided)
            given = divided
        scales = np.abs(weight).max(axis=1) / MOST
        numbers = np.rint(weight / scales[:, None]).astype(np.int8).T
        inputs = [
            given,
            self._constant(f"{out}.w", numbers),
            self._constant(f"{out}.scales", scales.astype(np.float32)),
            self._constant(f"{out}.zeros", np.zeros(len(scales), dtype=np.int8)),
            held,
        ]
        self._add("DynamicQuantizeMatMul", inputs, out)

    def _factors(self, given: str, weight: Floats) -> Floats:
        """(in,) the divisor of each dimension of an input; their geometric mean is 1."""
        if self._largest is None:
            return np.ones(weight.shape[1], dtype=np.float32)
        inputs = np.maximum(self._largest[given], 1e-3)
        weights = np.maximum(np.abs(weight).max(axis=0), 1e-4)
        factors = inputs**SMOOTHING / weights ** (1 - SMOOTHING)
        even: Floats = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
        return even

    def _add_and_norm(self, given: Sequence[str], norm: str, out: str) -> None:
        held = [self._constant(f"{norm}.{end}", self._tensors[f"{norm}.{end}"]) for end in "wb"]
        self._add("SkipLayerNormalization", [*given, *held], out, epsilon=_EPSILON)

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _add(self, kind: str, inputs: Sequence[str], out: str, **attributes: Any) -> None:  # noqa: ANN401 - as the ONNX operators take them
        domain = "com.microsoft" if kind in _FUSED else ""
        node = helper.make_node(kind, inputs, [out], name=out, domain=domain)
        node.attribute.extend(
            helper.make_attribute(name, value) for name, value in sorted(attributes.items())
        )
        self._nodes.append(node)
