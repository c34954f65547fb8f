"""Networks that see, run by onnxruntime: EfficientNet-Lite0 from its package, others by name and file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.views import Pixels, crops, whole

Floats = NDArray[np.float32]


class Backbone(Protocol):
    """`features` takes square views uint8 [n, size, size, 3] and answers float32 [n, F]."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def features(self, views: Pixels) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the pixels of a network's views are scaled: (value / 255 - mean) / spread, by channel. `in_graph` where the
    graph takes uint8 [n, s, s, 3] and scales them itself."""

    size: int
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spread: tuple[float, float, float] = (1.0, 1.0, 1.0)
    in_graph: bool = False


RECIPES = {
    "efficientnet-lite0": Recipe(192, in_graph=True),
    "resnet50": Recipe(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip-vit-b32": Recipe(224, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
}
"""Names a deployment may choose; all but the first need a file of weights: an ONNX graph of float32 [n, 3, s, s] whose
first output is [n, F], as the networks' own projects export them."""


class OnnxBackbone:
    """A network as a file, on `threads` cores. ValueError for a graph that does not take pictures."""

    def __init__(
        self, path: Path, *, name: str = "efficientnet-lite0", size: int | None = None, threads: int = 1
    ) -> None:
        import onnxruntime

        if name not in RECIPES:
            raise ValueError(f"no network is called {name!r}; known are {sorted(RECIPES)}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        entries = self._session.get_inputs()
        if len(entries) != 1 or len(entries[0].shape) != 4:
            raise ValueError(f"{path.name} takes {[entry.shape for entry in entries]}, not one batch of pictures")
        self._input = entries[0].name
        self._recipe = RECIPES[name]
        self.name, self.size = name, size or RECIPES[name].size

    def features(self, views: Pixels, *, batch: int = 32) -> Floats:
        parts = [self._run(views[start : start + batch]) for start in range(0, len(views), batch)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)

    def _run(self, views: Pixels) -> Floats:
        recipe = self._recipe
        given: NDArray[np.uint8] | Floats = np.ascontiguousarray(views)
        if not recipe.in_graph:
            mean, spread = (np.array(values, np.float32) for values in (recipe.mean, recipe.spread))
            scaled = ((views.astype(np.float32) / np.float32(255) - mean) / spread).astype(np.float32)
            given = np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
        found = self._session.run(None, {self._input: given})[0]
        return np.asarray(found, np.float32).reshape(len(views), -1)


def packaged_backbone(path: Path, *, size: int | None = None, threads: int = 1) -> OnnxBackbone:
    """EfficientNet-Lite0 as its package has it, written to `path` once and run from there. Writing needs torch."""
    if not path.exists():
        from merx_models.pictures.graph import write_network
        from merx_models.pictures.network import packaged_network

        unfinished = path.with_suffix(".new")
        write_network(packaged_network(), unfinished).replace(path)
    return OnnxBackbone(path, size=size, threads=threads)


def looked_at(backbone: Backbone, pictures: Sequence[Pixels], *, careful: bool) -> Floats:
    """Features [n, views, F]: of four views each, the first of the whole picture, or of that alone."""
    size = backbone.size
    views = [crops(picture, size) if careful else whole(picture, size)[None] for picture in pictures]
    found = backbone.features(np.concatenate(views))
    return found.reshape(len(pictures), -1, found.shape[1])


def in_batches(backbone: Backbone, views: Sequence[Pixels], *, batch: int = 256) -> Floats:
    """Features of many views without having them all in one array."""
    parts = [backbone.features(np.stack(views[start : start + batch])) for start in range(0, len(views), batch)]
    return np.concatenate(parts)
