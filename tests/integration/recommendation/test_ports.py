"""One contract for the fakes of the unit tests and the adapters of the service."""

import numpy as np
import pytest

from benchmarks.generated_shop import Furnished
from merx_core.features import RANKING_COLUMNS, SOURCES
from merx_kit.features import SnapshotStore, feast_profiles
from merx_models.bundle import Bundle
from merx_models.candidates import Shopper, quotas_of
from merx_recommendation.adapters.bundle import CONTRACTS, BundleModel
from merx_recommendation.adapters.catalogue import SnapshotCatalogue
from merx_recommendation.ports import Catalogue, Model, Profiles, Shelf
from tests.unit.recommendation.fakes import FixedModel, InMemoryCatalogue, InMemoryProfiles, bought


@pytest.fixture(params=["fake", "real"])
def model(request: pytest.FixtureRequest, furnished: Furnished) -> Model:
    if request.param == "fake":
        return FixedModel([f"p{row}" for row in range(30)])
    return BundleModel(Bundle.load(furnished.bundle), "recommendation/1")


@pytest.fixture(params=["fake", "real"])
def catalogue(request: pytest.FixtureRequest, furnished: Furnished) -> Catalogue:
    if request.param == "fake":
        return InMemoryCatalogue()
    snapshots = SnapshotStore(furnished.settings.artefacts_url, furnished.settings.home / "ports")
    snapshots.refresh()
    assert snapshots.current is not None
    return SnapshotCatalogue(snapshots.current)


@pytest.fixture(params=["fake", "real"])
async def profiles(request: pytest.FixtureRequest, furnished: Furnished) -> Profiles:
    if request.param == "fake":
        return InMemoryProfiles(bought("c:5", "p1", "p2"))
    from benchmarks.generated_shop import END

    found = feast_profiles(furnished.settings, timeout_s=5.0, clock=END.timestamp)
    await found.warm_up()
    return found


class TestModels:
    def test_candidates_are_distinct_allowed_and_come_from_known_sources(self, model: Model) -> None:
        allowed = np.ones(len(model.ids), np.bool_)
        allowed[::2] = False
        shopper = Shopper(context=np.array([3], np.int32))
        found = model.propose(shopper, quotas_of("product"), rng=np.random.default_rng(0), allowed=allowed)
        assert len(found.rows)
        assert len(set(found.rows.tolist())) == len(found.rows)
        assert allowed[found.rows].all()
        assert 3 not in found.rows
        assert found.source_scores.shape == (len(found.rows), len(SOURCES))

    def test_every_candidate_gets_one_finite_score(self, model: Model) -> None:
        features = np.full((4, len(RANKING_COLUMNS)), np.nan, np.float32)
        rows = np.array([0, 5, -1, 7], np.int32)
        scores = model.rank(features, history=np.array([1, 2], np.int32), candidates=rows)
        assert scores.shape == (4,)
        assert np.isfinite(scores).all()

    def test_the_parts_of_a_score_add_up(self, model: Model) -> None:
        features = np.ones((2, len(RANKING_COLUMNS)), np.float32)
        rows = np.array([0, 5], np.int32)
        _, parts = model.explain(features, history=np.array([1], np.int32), candidates=rows)
        for part in parts:
            # float32 sums of 40 numbers
            assert part.base + float(part.contributions.sum()) == pytest.approx(part.score, abs=1e-4)


class TestCatalogues:
    def test_every_array_has_one_entry_for_each_product(self, catalogue: Catalogue) -> None:
        size = len(catalogue.ids)
        assert size > 0
        assert catalogue.columns.size == size
        assert catalogue.in_stock.shape == catalogue.price.shape == catalogue.popularity.shape == (size,)
        assert catalogue.in_stock.any()
        assert not catalogue.in_stock.all()

    def test_categories_name_rows(self, catalogue: Catalogue) -> None:
        assert catalogue.categories
        for rows in catalogue.categories.values():
            assert 0 <= rows.min() <= rows.max() < len(catalogue.ids)

    def test_it_pairs_with_a_model(self, catalogue: Catalogue, model: Model) -> None:
        shelf = Shelf.pair(catalogue, model)
        assert shelf.version == model.version
        assert shelf.assortment.model_size == len(model.ids)
        assert shelf.lacking == ()


class TestProfiles:
    async def test_a_known_shopper_has_a_history_oldest_first(self, profiles: Profiles) -> None:
        found = await profiles.read("c:5", budget_s=5.0)
        assert found.profile_id == "c:5"
        assert len(found.history_ids) == len(found.history_times) == len(found.history_counts)
        assert (np.diff(found.history_times) >= 0).all()

    async def test_a_stranger_is_an_empty_profile(self, profiles: Profiles) -> None:
        found = await profiles.read("a:nobody", budget_s=5.0)
        assert found.history_ids == ()
        assert np.isnan(found.as_of)


class TestContract:
    def test_the_service_knows_the_feature_service_as_it_is_declared_now(self, furnished: Furnished) -> None:
        """A change of feature_repo changes the hash: add the new one to CONTRACTS, keep the one before."""
        assert furnished.version.tags["feature_service_hash"] in CONTRACTS
