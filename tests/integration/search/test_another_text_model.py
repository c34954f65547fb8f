"""A text model of a deployment's own, from the pipeline's vectors to the service's queries."""

import json
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from merx_core.catalogue import Product
from merx_kit.registry import ModelRefused
from merx_kit.settings import SettingsError
from merx_models.search_index import text_of
from merx_models.text_models import open_text_model
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.steps import build_index, index_texts
from merx_pipelines.steps.index_catalogue import ABOUT, SALES
from merx_pipelines.steps.index_catalogue import PRODUCTS as LISTED
from merx_search.adapters import indexes
from merx_search.settings import Settings
from tests.unit.models.text_model_folder import DIM, write_text_model

PRODUCTS = (Product(product_id="1", title="Red wine"), Product(product_id="2", title="Blue drill"))


@pytest.fixture
def made(tmp_path: Path) -> Folders:
    """An index of two products, by the tiny model."""
    model = write_text_model(tmp_path / "model", more={"least_cosine": 0.55})
    settings = IndexSettings(home=tmp_path / "home", text_model=str(model))
    made = Folders(
        catalogue=tmp_path / "catalogue",
        texts=tmp_path / "texts",
        pictures=tmp_path / "pictures",
        index=tmp_path / "index",
    )
    made.catalogue.mkdir()
    (made.catalogue / LISTED).write_bytes(msgspec.json.Encoder().encode_lines(PRODUCTS))
    (made.catalogue / SALES).write_text("{}")
    (made.catalogue / ABOUT).write_text(json.dumps({"head": 0, "products": len(PRODUCTS)}))
    index_texts.run(made.catalogue, made.texts, settings=settings)
    build_index.run(made, made.index, settings=settings)
    return made


class TestPipeline:
    def test_vectors_are_its_own_of_the_passages(self, made: Folders, tmp_path: Path) -> None:
        model = open_text_model(str(tmp_path / "model"))
        vectors = np.load(made.texts / index_texts.VECTORS)
        assert vectors.shape == (2, DIM)
        np.testing.assert_allclose(vectors, model.encode([text_of(product) for product in PRODUCTS]), atol=1e-6)
        told = json.loads((made.texts / index_texts.ABOUT).read_text())
        assert (told["encoder"], told["least_cosine"]) == (model.identity, 0.55)

    def test_the_index_takes_for_near_what_the_model_says(self, made: Folders, tmp_path: Path) -> None:
        model = open_text_model(str(tmp_path / "model"))
        index, manifest = indexes.load(made.index, encoder=model.identity, threads=1)
        assert manifest.encoder == model.identity
        assert index.words.settings.least_cosine == 0.55


class TestService:
    def test_an_index_of_another_model_is_refused_by_name(self, made: Folders) -> None:
        with pytest.raises(ModelRefused, match="holds vectors of 'tiny-words@") as refused:
            indexes.load(made.index, encoder="all-minilm-l6-v2", threads=1)
        assert refused.value.reason == "model_contract_unknown"

    @pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field`:DeprecationWarning")  # ray's own
    async def test_queries_alone_and_together_are_read_as_queries_and_passages_as_passages(
        self, made: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ray import serve

        from merx_search.adapters.encoders import BatchedEncoders

        config = SimpleNamespace(_deployment_config=SimpleNamespace(max_ongoing_requests=1_000))
        monkeypatch.setattr(serve, "get_replica_context", lambda: config)

        model = open_text_model(str(tmp_path / "model"))
        encoders = BatchedEncoders(model, batch=4)
        asked = ["red wine", "blue"]
        assert (encoders.text_model, encoders.dim) == ("tiny-words", DIM)
        np.testing.assert_allclose(await encoders.texts(asked), model.encode_queries(asked), atol=1e-6)
        # Single queries are batched by Ray, which does so within a deployment alone.
        batched = await BatchedEncoders._batch_queries.__wrapped__(encoders, asked)
        np.testing.assert_allclose(batched, model.encode_queries(asked), atol=1e-6)
        for some in (asked, asked[:1]):
            np.testing.assert_allclose(await encoders.texts(some, passages=True), model.encode(some), atol=1e-6)

    @pytest.mark.parametrize("settings", [Settings, IndexSettings])
    def test_an_unknown_model_is_told_before_anything_starts(
        self, settings: type[Settings] | type[IndexSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("MERX_HOME", str(tmp_path))
        monkeypatch.setenv("MERX_TEXT_MODEL", "word2vec")
        with pytest.raises(SettingsError, match=r"setting MERX_TEXT_MODEL: .*there is no text model 'word2vec'"):
            settings.load()
