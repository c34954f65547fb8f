from merx_pipelines.ranking_metrics import Interval
from merx_pipelines.steps.evaluate import Evaluation, System
from merx_pipelines.steps.gate import judge


def system(ndcg: float, ahead: tuple[float, float, float] = (0.0, -0.1, 0.1)) -> System:
    level = Interval(ndcg, ndcg - 0.01, ndcg + 0.01)
    return System(recall=level, ndcg=level, coverage=0.1, long_tail_share=0.2, ahead=Interval(*ahead))


def evaluation(shoppers: int = 1000, **systems: System) -> Evaluation:
    return Evaluation("2026-01-01T00:00:00+00:00", shoppers, 0.5, systems)


class TestAgainstTheNeighbours:
    def test_a_model_above_them_passes(self) -> None:
        assert judge(evaluation(merx=system(0.3), neighbours=system(0.2))).passed

    def test_a_model_below_them_is_refused_with_both_figures(self) -> None:
        verdict = judge(evaluation(merx=system(0.19), neighbours=system(0.2)))
        assert not verdict.passed
        assert "0.1900" in verdict.reasons[0]
        assert "0.2000" in verdict.reasons[0]

    def test_a_handful_of_shoppers_must_speak_clearly(self) -> None:
        by_chance, clearly = system(0.2, (-0.01, -0.1, 0.1)), system(0.2, (-0.1, -0.2, -0.01))
        assert judge(evaluation(10, merx=system(0.19), neighbours=by_chance)).passed
        assert not judge(evaluation(10, merx=system(0.1), neighbours=clearly)).passed


class TestAgainstTheChampion:
    def test_a_loss_within_noise_passes(self) -> None:
        champion = system(0.31, (-0.01, -0.03, 0.01))
        assert judge(evaluation(merx=system(0.3), neighbours=system(0.2), champion=champion)).passed

    def test_a_loss_beyond_noise_is_refused(self) -> None:
        champion = system(0.4, (-0.1, -0.12, -0.08))
        verdict = judge(evaluation(merx=system(0.3), neighbours=system(0.2), champion=champion))
        assert not verdict.passed
        assert "champion" in verdict.reasons[0]
