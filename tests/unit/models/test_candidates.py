from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from merx_models.candidates import QUOTAS, SOURCES, Candidates, CandidateSources, Shopper, quotas_of
from merx_models.exploration import Arms, Thompson, ThompsonSettings
from merx_models.linear import LinearScorer
from merx_models.popularity import Popularity, Sales

PRODUCTS = 100
RNG = np.random.default_rng(0)


def make_sources() -> CandidateSources:
    weights = sparse.random(PRODUCTS, PRODUCTS, density=0.3, random_state=1, format="csr", dtype=np.float32)
    sales = Sales(RNG.integers(0, 90, 3_000).astype(np.int32), RNG.random(3_000).astype(np.float32) * 80)
    arms = Arms(np.arange(90, 100, dtype=np.int32), np.zeros(10), np.zeros(10))
    return CandidateSources(
        {"neighbours": LinearScorer(weights), "graph": LinearScorer(weights.T.tocsr())},
        popular=Popularity.fit(sales, PRODUCTS),
        explore=Thompson.fit(arms, settings=ThompsonSettings(simulations=500)),
        depth=50,
    )


SOURCES_OF_ALL = make_sources()
REGULAR = Shopper(
    history=np.array([3, 5, 7], np.int32),
    counts=np.array([9, 1, 2], np.int32),
    ages_days=np.array([10.0, 5.0, 1.0], np.float32),
)
QUOTA = {"repeat": 5, "neighbours": 10, "graph": 5, "popular": 5, "explore": 3}


def draw(shopper: Shopper, quotas: dict[str, int] | None = None, seed: int = 0, **rules: np.ndarray) -> Candidates:
    return SOURCES_OF_ALL.candidates(shopper, quotas or QUOTA, rng=np.random.default_rng(seed), **rules)


class TestMerging:
    def test_products_are_distinct_and_as_many_as_asked(self) -> None:
        found = draw(REGULAR)
        assert len(set(found.rows.tolist())) == len(found.rows) == sum(QUOTA.values())
        assert found.source_scores.shape == (len(found.rows), len(SOURCES))

    def test_every_source_brings_at_most_its_quota_and_popularity_fills_up(self) -> None:
        found = draw(REGULAR)
        brought = {name: int((found.source == place).sum()) for place, name in enumerate(SOURCES)}
        assert brought["repeat"] == 3
        assert 0 < brought["neighbours"] <= 10
        assert 0 < brought["explore"] <= 3  # one of them may have come by another source
        assert brought["popular"] >= QUOTA["popular"]

    def test_what_was_bought_often_and_lately_comes_first(self) -> None:
        assert draw(REGULAR).rows[0] == 3

    def test_a_product_of_two_sources_carries_both_scores(self) -> None:
        found = draw(REGULAR)
        assert (np.isfinite(found.source_scores).sum(axis=1) >= 2).any()

    def test_source_scores_are_those_of_the_source(self) -> None:
        found = draw(REGULAR)
        scores = SOURCES_OF_ALL.histories["neighbours"].scores(REGULAR.history, REGULAR.ages_days)  # type: ignore[attr-defined]
        column = found.source_scores[:, SOURCES.index("neighbours")]
        known = np.isfinite(column)
        np.testing.assert_allclose(column[known], scores[found.rows[known]], rtol=1e-6)

    def test_a_draw_at_random_is_no_score_but_has_its_propensity(self) -> None:
        found = draw(REGULAR)
        explored = found.source == SOURCES.index("explore")
        assert np.isnan(found.source_scores[:, SOURCES.index("explore")]).all()
        assert np.isfinite(found.propensity[explored]).all()
        assert np.isnan(found.propensity[~explored]).all()


class TestRules:
    def test_what_is_not_allowed_is_replaced_not_missed(self) -> None:
        allowed = np.ones(PRODUCTS, bool)
        allowed[:60] = False
        found = draw(REGULAR, {"popular": 20}, allowed=allowed)
        assert (found.rows >= 60).all()
        assert len(found.rows) == 20

    def test_the_product_of_the_page_is_not_recommended_on_it(self) -> None:
        page = Shopper(context=np.array([12], np.int32))
        assert 12 not in draw(page).rows

    def test_unknown_products_in_the_history_are_dropped(self) -> None:
        strange = Shopper(
            history=np.array([-1, 5], np.int32), counts=np.ones(2, np.int32), ages_days=np.zeros(2, np.float32)
        )
        assert (draw(strange).rows >= 0).all()

    def test_a_shopper_without_any_history_gets_popular_and_new_products(self) -> None:
        found = draw(Shopper())
        names = {SOURCES[place] for place in found.source}
        assert names == {"popular", "explore"}
        assert len(found.rows) == sum(QUOTA.values())

    def test_the_session_counts_before_any_event_has_arrived(self) -> None:
        found = draw(Shopper(session=np.array([5], np.int32)))
        assert (found.source == SOURCES.index("neighbours")).any()

    def test_given_rows_get_the_scores_they_would_have_as_candidates(self) -> None:
        found = draw(REGULAR)
        again = SOURCES_OF_ALL.score_rows(REGULAR, found.rows)
        np.testing.assert_array_equal(again, found.source_scores)


class TestReproducibility:
    def test_one_seed_one_list_and_another_seed_explores_elsewhere(self) -> None:
        np.testing.assert_array_equal(draw(REGULAR, seed=4).rows, draw(REGULAR, seed=4).rows)
        assert any((draw(REGULAR, seed=4).rows != draw(REGULAR, seed=seed).rows).any() for seed in range(5, 9))

    def test_it_is_the_same_after_loading(self, tmp_path: Path) -> None:
        SOURCES_OF_ALL.save(tmp_path)
        loaded = CandidateSources.load(tmp_path)
        found = loaded.candidates(REGULAR, QUOTA, rng=np.random.default_rng(0))
        np.testing.assert_array_equal(found.rows, draw(REGULAR).rows)
        np.testing.assert_array_equal(found.source_scores, draw(REGULAR).source_scores)

    def test_a_folder_that_names_foreign_code_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "sources.json").write_text('{"depth": 1, "sources": {"neighbours": "os:system"}}')
        with pytest.raises(ValueError, match="merx_models"):
            CandidateSources.load(tmp_path)


class TestQuotas:
    @pytest.mark.parametrize("placement", QUOTAS)
    def test_a_placement_gets_about_the_candidates_asked_for(self, placement: str) -> None:
        assert sum(quotas_of(placement, size=200).values()) == pytest.approx(200, abs=len(SOURCES))

    def test_an_unknown_placement_is_treated_as_home(self) -> None:
        assert quotas_of("shop window") == quotas_of("home")

    def test_what_a_placement_does_not_want_stays_out(self) -> None:
        assert quotas_of("email")["explore"] == 0
