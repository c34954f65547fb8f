"""The encoders of the service without a Ray: `serve.batch` asks its replica for one number alone."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as runtime
from ray import serve

from merx_models.pictures.model import PictureModel
from merx_models.text_encoder import TextEncoder
from merx_search.adapters.encoders import BatchedEncoders
from merx_search.domain import Floats
from merx_search.ports import EncoderFailed, Encoders
from tests.unit.models.pictures.drawn import thing
from tests.unit.search import shop
from tests.unit.search.fakes import HashedEncoders

pytestmark = pytest.mark.asyncio(loop_scope="module")  # a batch's queue is the process's, and so its event loop


class HashedModel:
    """A text model of words without order; `batches` are the texts that came together, `error` is what it raises."""

    name = identity = "hashed-words"
    dim, least_cosine = 64, 0.3

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.passages: list[str] = []
        self.error: BaseException | None = None
        self.asked, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats:
        self.passages += texts
        return self._encoded(texts)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        self.batches.append(list(texts))
        self.asked.set()
        assert self.gate.wait(20)
        return self._encoded(texts)

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) for text in texts)

    def _encoded(self, texts: Sequence[str]) -> Floats:
        if self.error is not None:
            raise self.error
        return shop.encode(texts)


@pytest.fixture(autouse=True)
def replica(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(_deployment_config=SimpleNamespace(max_ongoing_requests=1_000))
    monkeypatch.setattr(serve, "get_replica_context", lambda: config)


@pytest.fixture
def model() -> HashedModel:
    return HashedModel()


def batched(model: HashedModel, *, batch: int = 16) -> BatchedEncoders:
    return BatchedEncoders(model, batch=batch)


class TestEncoders:
    """One contract for the fake and the one of the service."""

    @pytest.fixture(params=["fake", "real"])
    def encoders(self, request: pytest.FixtureRequest, model: HashedModel) -> Encoders:
        return HashedEncoders() if request.param == "fake" else batched(model)

    async def test_texts_become_unit_vectors_alone_as_together(self, encoders: Encoders) -> None:
        texts = ["red ball", "ground coffee"]
        together = await encoders.texts(texts)
        assert together.shape == (2, encoders.dim)
        assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)  # float32
        for row, text in enumerate(texts):
            assert (await encoders.texts([text]))[0] == pytest.approx(together[row], abs=1e-6)
            assert (await encoders.texts([text], passages=True))[0] == pytest.approx(together[row], abs=1e-6)

    async def test_a_picture_becomes_the_features_of_its_model(self, encoders: Encoders) -> None:
        network, picture = shop.picture_model(), thing("red")
        found = await encoders.features(network, picture)
        assert found == pytest.approx(network.features([picture]), abs=1e-6)

    async def test_tokens_are_counted_and_the_model_has_a_name(self, encoders: Encoders) -> None:
        assert encoders.count_tokens(["red ball", "coffee"]) == 3
        assert encoders.text_model == "hashed-words"


class TestBatches:
    async def test_what_comes_while_one_is_encoded_is_encoded_together_next(self, model: HashedModel) -> None:
        encoders = batched(model)
        model.gate.clear()
        texts = ["red ball", "blue ball", "coffee", "tea", "kettle"]
        asked = [asyncio.create_task(encoders.texts([text])) for text in texts[:1]]
        assert await asyncio.to_thread(model.asked.wait, 20)
        asked += [asyncio.create_task(encoders.texts([text])) for text in texts[1:]]
        await asyncio.sleep(0.05)
        model.gate.set()
        found = await asyncio.gather(*asked)
        assert sorted(len(batch) for batch in model.batches) == [1, 4]
        assert np.concatenate(found) == pytest.approx(shop.encode(texts), abs=1e-6)

    async def test_no_batch_is_larger_than_it_may_be(self, model: HashedModel) -> None:
        encoders = batched(model, batch=2)
        await asyncio.gather(*(encoders.texts([f"text {number}"]) for number in range(7)))
        assert max(len(batch) for batch in model.batches) <= 2

    async def test_passages_and_several_texts_do_not_wait_for_queries(self, model: HashedModel) -> None:
        encoders = batched(model)
        await encoders.texts(["red ball"], passages=True)
        await encoders.texts(["a", "b"])
        assert model.passages == ["red ball"]
        assert model.batches == [["a", "b"]]

    async def test_pictures_of_two_models_meet_and_each_is_read_by_its_own(self, model: HashedModel) -> None:
        class Doubled(shop.Mosaic):
            def features(self, views: np.ndarray) -> Floats:
                return 2 * super().features(views)

        first = shop.picture_model()
        second = PictureModel(Doubled(), first.head, first.classes)
        pictures = [thing("red", seed=seed) for seed in range(4)]
        pairs = [(first if place % 2 else second, picture) for place, picture in enumerate(pictures)]
        encoders = batched(model)
        found = await asyncio.gather(*(encoders.features(*pair) for pair in pairs))
        for one, (own, picture) in zip(found, pairs, strict=True):
            assert one == pytest.approx(own.features([picture]), abs=1e-6)


class TestFailures:
    @pytest.mark.parametrize(
        "error",
        [
            RuntimeError("no"),
            ValueError("no"),
            MemoryError(),
            runtime.RuntimeException("Failed to allocate memory"),
            runtime.Fail("no"),
            runtime.InvalidArgument("no"),
        ],
        ids=lambda error: type(error).__name__,
    )
    async def test_whatever_a_runtime_raises_is_one_failure(self, model: HashedModel, error: Exception) -> None:
        encoders = batched(model)
        model.error = error
        for texts, passages in ((["a"], False), (["a", "b"], False), (["a"], True)):
            with pytest.raises(EncoderFailed):
                await encoders.texts(texts, passages=passages)
        model.error = None
        assert (await encoders.texts(["a"])).shape == (1, 64)

    async def test_a_picture_that_a_network_cannot_take_is_one_too(self, model: HashedModel) -> None:
        class Broken(shop.Mosaic):
            def features(self, views: np.ndarray) -> Floats:
                raise runtime.RuntimeException("no")

        own = shop.picture_model()
        with pytest.raises(EncoderFailed):
            await batched(model).features(PictureModel(Broken(), own.head, own.classes), thing("red"))

    async def test_a_mistake_of_ours_is_none(self, model: HashedModel) -> None:
        model.error = TypeError("a bug")
        with pytest.raises(TypeError):
            await batched(model).texts(["a"])

    async def test_the_packaged_model_fails_as_foreseen(self) -> None:
        encoder = TextEncoder()
        beyond = {name: np.full((1, 3), 10**7, np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        encoder._vectors = lambda _: encoder._session.run(None, beyond)  # type: ignore[assignment, method-assign]
        with pytest.raises(EncoderFailed):
            await BatchedEncoders(encoder, batch=16).texts(["a"])
