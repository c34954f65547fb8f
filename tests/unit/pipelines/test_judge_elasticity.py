from pathlib import Path

import pytest

from merx_models.elasticity import Elasticities, Refutation
from merx_pipelines.steps import judge_elasticity
from merx_pipelines.steps.judge_elasticity import ElasticityVerdict, judge


def fitted(*, served: int = 0, refutations: tuple[Refutation, ...] = ()) -> Elasticities:
    report = {"cells": 100, "estimated": 60, "wrong_sign": 9, "wrong_sign_served": served}
    return Elasticities({}, {}, report=report, refutations=refutations)


def test_what_survives_its_checks_passes(tmp_path: Path) -> None:
    fitted(served=5, refutations=(Refutation("placebo_mean", 0.1, 0.2, 40),)).save(tmp_path / "model")
    verdict = judge_elasticity.run(tmp_path / "model", tmp_path / "check")
    assert verdict.passed
    assert (verdict.products, verdict.estimated, verdict.wrong_sign, verdict.wrong_sign_served) == (100, 60, 9, 5)
    assert ElasticityVerdict.read(tmp_path / "check") == verdict


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (fitted(refutations=(Refutation("placebo_mean", 0.3, 0.2, 40),)), "placebo_mean: 0.300, at most 0.200"),
        (fitted(served=6), "6 of 100 products would sell more at a higher price"),
    ],
)
def test_what_does_not_is_refused_with_the_reason(model: Elasticities, reason: str) -> None:
    verdict = judge(model)
    assert not verdict.passed
    assert verdict.reasons[0].startswith(reason)
