import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.elasticity import Elasticities, ElasticitySettings, PriceHistory, cross_elasticities
from tests.unit.models.elasticity.sales import shop

SHOP = shop(12, 2)
QUICK = ElasticitySettings(season=None, checked=0)


def constant(product: str) -> PriceHistory:
    price = np.where(SHOP.columns["product"] == product, 7.0, SHOP.columns["price"].astype(float))
    return SHOP.history(price=price)


def _empty(text: str) -> str:
    return text[:1] + "}"


def _other_mean(text: str) -> str:
    """One digit of one number is another."""
    return re.sub(r'("mean": -\d\.\d)\d', lambda found: found[1] + ("1" if found[0][-1] != "1" else "2"), text, count=1)


@pytest.fixture(scope="module")
def model() -> Elasticities:
    return Elasticities.fit(constant("p03"), settings=replace(QUICK, checked=12))


class TestAnswers:
    def test_a_rich_product_speaks_for_itself(self, model: Elasticities) -> None:
        answer = model.of("p00")
        assert answer.source == "product"
        assert answer.low < SHOP.truth["p00"] < answer.high

    def test_a_price_that_never_moved_gets_the_category(self, model: Elasticities) -> None:
        answer, category = model.of("p03"), model.of_category("c1")
        assert (answer.source, answer.note) == ("category", "price_constant")
        assert answer.mean == pytest.approx(category.mean, abs=0.05)
        assert answer.high - answer.low > model.of("p00").high - model.of("p00").low

    def test_an_unknown_category_gets_the_shop(self, model: Elasticities) -> None:
        answer = model.of_category("garden")
        assert answer.source == "shop"
        assert model.of_category("c0").mean < answer.mean < model.of_category("c1").mean

    def test_an_unknown_product_or_segment_is_a_key_error(self, model: Elasticities) -> None:
        with pytest.raises(KeyError, match="no price history of product 'p99'"):
            model.of("p99")
        with pytest.raises(KeyError, match="segment 'vip'"):
            model.of("p00", "vip")

    def test_a_product_that_never_sold_gets_the_category(self) -> None:
        units = np.where(SHOP.columns["product"] == "p02", 0.0, SHOP.columns["units"].astype(float))
        answer = Elasticities.fit(SHOP.history(units=units), settings=QUICK).of("p02")
        assert (answer.source, answer.note) == ("category", "unsold")

    def test_a_wrong_sign_is_flagged_and_served_from_the_category(self) -> None:
        upside_down = np.where(SHOP.columns["product"] == "p05", SHOP.columns["price"].astype(float) ** 6, 1.0)
        history = SHOP.history(units=SHOP.columns["units"].astype(float) * upside_down)
        found = Elasticities.fit(history, settings=QUICK)
        answer = found.of("p05")
        assert (answer.note, answer.source) == ("wrong_sign", "category")
        assert answer.mean < 0
        assert (found.report["wrong_sign"], found.report["wrong_sign_served"]) == (1, 0)

    def test_one_product_alone_is_estimated(self) -> None:
        rows = np.flatnonzero(SHOP.columns["product"] == "p00")
        answer = Elasticities.fit(SHOP.history(rows), settings=QUICK).of("p00")
        assert answer.low < SHOP.truth["p00"] < answer.high

    def test_nothing_to_learn_from_is_said(self) -> None:
        with pytest.raises(ValueError, match="no product has an elasticity of its own"):
            Elasticities.fit(SHOP.history(np.arange(6)), settings=QUICK)


class TestRepeatability:
    def test_a_second_fit_is_identical(self, model: Elasticities) -> None:
        again = Elasticities.fit(constant("p03"), settings=replace(QUICK, checked=12))
        assert [again.of(product) for product in SHOP.truth] == [model.of(product) for product in SHOP.truth]
        assert again.refutations == model.refutations

    def test_what_was_saved_answers_alike(self, model: Elasticities, tmp_path: Path) -> None:
        model.save(tmp_path)
        loaded = Elasticities.load(tmp_path)
        assert [loaded.of(product) for product in SHOP.truth] == [model.of(product) for product in SHOP.truth]
        assert loaded.of_category("garden") == model.of_category("garden")
        assert (loaded.report, loaded.refutations, loaded.crosses) == (model.report, model.refutations, model.crosses)

    def test_another_format_is_refused(self, model: Elasticities, tmp_path: Path) -> None:
        model.save(tmp_path)
        path = tmp_path / "elasticities.json"
        path.write_text(path.read_text().replace('"format": 1', '"format": 9'))
        with pytest.raises(ValueError, match="has format 9, this is 1: fit them anew"):
            Elasticities.load(tmp_path)

    @pytest.mark.parametrize("damage", [lambda text: text[:-400], _empty, _other_mean])
    def test_a_damaged_file_is_refused(self, damage: Callable[[str], str], model: Elasticities, tmp_path: Path) -> None:
        model.save(tmp_path)
        path = tmp_path / "elasticities.json"
        path.write_text(damage(path.read_text()))
        with pytest.raises(ValueError, match="is damaged"):
            Elasticities.load(tmp_path)

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elasticities.json").write_bytes(b"\xff\xfe\x00\x81")
        with pytest.raises(ValueError, match="is damaged"):
            Elasticities.load(tmp_path)

    def test_answers_need_numpy_alone(self, model: Elasticities, tmp_path: Path) -> None:
        model.save(tmp_path)
        script = (
            "import sys; from pathlib import Path; from merx_models.elasticity import Elasticities;"
            f"print(Elasticities.load(Path({str(tmp_path)!r})).of('p00').mean);"
            "print(sorted({'doubleml', 'lightgbm', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)))"
        )
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert said.split() == [str(model.of("p00").mean), "[]"]


class TestSubstitutes:
    def test_they_are_kept_with_the_model(self) -> None:
        crosses = cross_elasticities(SHOP.history(), substitutes={"p00": ["p02"]})
        kept = Elasticities.fit(SHOP.history(), settings=QUICK, crosses=crosses)
        assert kept.substitutes("p00") == crosses
        assert kept.substitutes("p01") == []
