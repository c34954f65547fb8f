"""Texts and pictures to vectors: what comes at once is encoded together (`serve.batch`), beside the event loop."""

import asyncio
from collections.abc import Sequence

import numpy as np
from onnxruntime.capi import onnxruntime_pybind11_state as runtime
from ray import serve

from merx_models.pictures.model import PictureModel
from merx_models.text_models import TextModel
from merx_search.domain import Floats, Pixels
from merx_search.metrics import BATCH
from merx_search.ports import EncoderFailed

RUNTIME_FAILURES = (runtime.EPFail, runtime.Fail, runtime.InvalidArgument, runtime.RuntimeException)
"""Of onnxruntime, which are no RuntimeErrors: memory that is not to be had is a RuntimeException."""
FAILURES = (RuntimeError, ValueError, MemoryError, *RUNTIME_FAILURES)
"""What onnxruntime and tokenizers raise."""


class BatchedEncoders:
    """While one batch is being encoded the next one gathers: nobody waits for company."""

    def __init__(self, encoder: TextModel, *, batch: int) -> None:
        self.text_model = encoder.name
        self.dim = encoder.dim
        self._encoder = encoder
        self._batch_queries.set_max_batch_size(batch)
        self._batch_pictures.set_max_batch_size(batch)

    async def texts(self, texts: Sequence[str], *, passages: bool = False) -> Floats:
        try:
            if len(texts) > 1 or passages:
                encode = self._encoder.encode if passages else self._encoder.encode_queries
                return await asyncio.to_thread(encode, texts)
            return np.asarray(await self._batch_queries(texts[0]), np.float32)[None]
        except FAILURES as error:
            raise EncoderFailed(str(error)) from error

    async def features(self, model: PictureModel, picture: Pixels) -> Floats:
        try:
            return np.asarray(await self._batch_pictures((model, picture)), np.float32)[None]
        except FAILURES as error:
            raise EncoderFailed(str(error)) from error

    def count_tokens(self, texts: Sequence[str]) -> int:
        return self._encoder.count_tokens(texts)

    @serve.batch(max_batch_size=16, batch_wait_timeout_s=0.0)
    async def _batch_queries(self, texts: list[str]) -> list[Floats]:
        BATCH.labels("texts").observe(len(texts))
        return list(await asyncio.to_thread(self._encoder.encode_queries, texts))

    @serve.batch(max_batch_size=16, batch_wait_timeout_s=0.0)
    async def _batch_pictures(self, asked: list[tuple[PictureModel, Pixels]]) -> list[Floats]:
        BATCH.labels("pictures").observe(len(asked))
        return await asyncio.to_thread(_features, asked)


def _features(asked: Sequence[tuple[PictureModel, Pixels]]) -> list[Floats]:
    """Those of one model together: two models meet where an index is just being swapped."""
    found: dict[int, Floats] = {}
    for model in {id(model): model for model, _ in asked}.values():
        places = [place for place, (own, _) in enumerate(asked) if own is model]
        features = model.features([asked[place][1] for place in places])
        found.update(zip(places, features, strict=True))
    return [found[place] for place in range(len(asked))]
