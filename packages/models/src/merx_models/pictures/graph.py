"""The network as an ONNX graph: pictures uint8 [n, s, s, 3] in, features float32 [n, 1280] out."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.network import FEATURES, MEAN, SPREAD, LiteNet

OPSET = 17


class _Graph:
    """Nodes and weights as they are added; each method answers the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"h{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def convolution(self, entering: str, source: Any, *, clip: bool) -> str:
        """A convolution with bias, padded as `network.padded` does; `clip` for the ReLU6 after it."""
        kernel, stride = source.kernel_size[0], source.stride[0]
        before, after = (kernel // 2, kernel // 2) if stride == 1 else ((kernel - 2) // 2, (kernel - 1) // 2)
        weight = self.constant(source.weight.detach().contiguous().numpy())
        bias = self.constant(source.bias.detach().numpy())
        found = self.add(
            "Conv",
            entering,
            weight,
            bias,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=source.groups,
        )
        if not clip:
            return found
        return self.add("Clip", found, self.constant(np.array(0, np.float32)), self.constant(np.array(6, np.float32)))


def write_network(network: LiteNet, path: Path) -> Path:
    """Sides s may be any multiple of 32; the scaling of the pixels is part of the graph."""
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph()
    plain = graph.add("Cast", "pictures", to=TensorProto.FLOAT)
    centred = graph.add("Sub", plain, graph.constant(np.array(MEAN, np.float32)))
    scaled = graph.add("Div", centred, graph.constant(np.array(SPREAD, np.float32)))
    hidden = graph.convolution(graph.add("Transpose", scaled, perm=[0, 3, 1, 2]), network.stem, clip=True)
    for block in network.blocks:
        inner = hidden if block.widen is None else graph.convolution(hidden, block.widen, clip=True)
        inner = graph.convolution(graph.convolution(inner, block.filter, clip=True), block.narrow, clip=False)
        hidden = graph.add("Add", hidden, inner) if block.adds else inner
    pooled = graph.add("GlobalAveragePool", graph.convolution(hidden, network.top, clip=True))
    graph.nodes.append(helper.make_node("Flatten", [pooled], ["features"], axis=1))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "pictures",
            [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", "s", "s", 3])],
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", FEATURES])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
