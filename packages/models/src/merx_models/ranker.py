"""Rankers as a service runs them: the contract, and an ONNX graph that keeps it."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

RANKER_INPUTS = ("features", "history", "candidates")


class RankerError(ValueError):
    """A ranker does not keep the contract: inputs among `RANKER_INPUTS`, one finite score per candidate."""


class Ranker(Protocol):
    """Probabilities of interest, one per candidate.

    `features` is float32 [n, F] in the order of the manifest's ranking columns (NaN = missing), `history` int64 [H]
    rows, oldest first (may be empty), `candidates` int64 [n] rows of the product index (-1 = unknown product).
    """

    def score(self, features: Floats, history: Rows, candidates: Rows) -> Floats: ...


class OnnxRanker:
    """A graph whose inputs are any of features, history, candidates, and whose first output is a score each."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        unusable = (
            state.InvalidProtobuf,
            state.InvalidGraph,
            state.InvalidArgument,
            state.Fail,
            state.NoSuchFile,
            state.NotImplemented,
        )
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except unusable as error:
            raise RankerError(f"{path.name} is not a graph that onnxruntime runs: {error}") from error
        inputs = self._session.get_inputs()
        self.inputs = tuple(value.name for value in inputs)
        stray = set(self.inputs) - set(RANKER_INPUTS)
        if stray or not self.inputs:
            raise RankerError(f"{path.name} asks for {sorted(stray) or 'nothing'}; a ranker takes {RANKER_INPUTS}")
        widths = {value.name: value.shape[1] for value in inputs if len(value.shape) == 2}
        self.width: int | None = widths["features"] if isinstance(widths.get("features"), int) else None
        self._output = self._session.get_outputs()[0].name

    def score(self, features: Floats, history: Rows, candidates: Rows) -> Floats:
        given: dict[str, Any] = {"features": features, "history": history, "candidates": candidates}
        (scores,) = self._session.run([self._output], {name: given[name] for name in self.inputs})
        return np.asarray(scores, dtype=np.float32).reshape(-1)
