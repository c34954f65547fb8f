import numpy as np
import pytest

from merx_models.rerank import RerankSettings, Traits, exposure, rerank, tail_of, tail_share

PLAIN = RerankSettings(diversity=0.0, category_share=1.0, tail_exposure=0.0)


def make_candidates(seed: int, size: int = 200, tail: float = 0.3) -> tuple[np.ndarray, Traits]:
    rng = np.random.default_rng(seed)
    is_tail = rng.random(size) < tail
    scores = (rng.random(size) * np.where(is_tail, 0.3, 1.0)).astype(np.float32)  # tail products score low
    return scores, Traits(category=rng.integers(-1, 8, size).astype(np.int32), tail=is_tail)


class TestOrder:
    def test_without_any_wish_the_order_is_that_of_the_scores(self) -> None:
        scores, traits = make_candidates(0)
        np.testing.assert_array_equal(rerank(scores, traits, 20, settings=PLAIN), np.argsort(-scores)[:20])

    def test_every_candidate_is_shown_at_most_once(self) -> None:
        scores, traits = make_candidates(1, size=30)
        assert len(set(rerank(scores, traits, 100, settings=RerankSettings()).tolist())) == 30

    def test_missing_scores_come_last(self) -> None:
        scores, traits = make_candidates(2, size=10)
        scores[3] = np.nan
        assert rerank(scores, traits, 10, settings=PLAIN)[-1] == 3

    def test_nothing_in_nothing_out(self) -> None:
        none = Traits(category=np.empty(0, np.int32), tail=np.empty(0, bool))
        assert len(rerank(np.empty(0, np.float32), none, 5, settings=RerankSettings())) == 0


class TestVariety:
    def test_no_category_has_more_than_its_share(self) -> None:
        for seed in range(20):
            scores, traits = make_candidates(seed)
            order = rerank(scores, traits, 20, settings=RerankSettings(category_share=0.25))
            shown = traits.category[order]
            assert np.bincount(shown[shown >= 0]).max() <= 5

    def test_a_cap_gives_way_when_nothing_else_is_left(self) -> None:
        scores = np.linspace(1, 0, 10).astype(np.float32)
        traits = Traits(category=np.zeros(10, np.int32), tail=np.zeros(10, bool))
        assert len(rerank(scores, traits, 10, settings=RerankSettings(category_share=0.2))) == 10

    def test_more_diversity_never_shows_fewer_categories(self) -> None:
        scores, traits = make_candidates(4)
        wishes = (RerankSettings(diversity=value, category_share=1.0, tail_exposure=0.0) for value in (0.0, 0.3, 0.7))
        shown = [len(set(traits.category[rerank(scores, traits, 12, settings=wish)].tolist())) for wish in wishes]
        assert shown == sorted(shown)


class TestTailExposure:
    @pytest.mark.parametrize("target", [0.1, 0.2, 0.35])
    def test_the_target_is_kept_in_every_list(self, target: float) -> None:
        for seed in range(50):
            scores, traits = make_candidates(seed)
            order = rerank(scores, traits, 20, settings=RerankSettings(tail_exposure=target))
            assert tail_share(traits.tail[order]) >= target - 1e-6

    def test_tail_products_are_not_all_at_the_end(self) -> None:
        scores, traits = make_candidates(5)
        order = rerank(scores, traits, 20, settings=RerankSettings(tail_exposure=0.3))
        assert traits.tail[order][:10].any()

    def test_without_tail_products_the_list_is_still_full(self) -> None:
        scores, traits = make_candidates(6, tail=0.0)
        assert len(rerank(scores, traits, 20, settings=RerankSettings(tail_exposure=0.3))) == 20

    def test_exposure_falls_from_one(self) -> None:
        worth = exposure(10)
        assert worth[0] == 1.0
        assert (np.diff(worth) < 0).all()

    def test_the_tail_is_what_the_best_sellers_leave(self) -> None:
        tail = tail_of(np.array([50.0, 30.0, 15.0, 5.0]), head_sales=0.8)
        assert tail.tolist() == [False, False, True, True]
