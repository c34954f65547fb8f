import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from merx_models.pricing.ddpg import Ddpg, DdpgSettings
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.observations import WIDTH
from merx_models.pricing.policies import CostPlus, ElasticityRule, Optimiser, OptimiserSettings, Policy
from merx_models.pricing.task import Seller, Task
from tests.unit.models.pricing.seasons import LADDER, TERMS

FITS = {
    "p": Fit.of(base=199.0, units=(8.0, 0.1), elasticity=(-2.2, 0.3), size=20.0),
    "q": Fit.of(base=99.0, units=(3.0, 0.2), elasticity=(-1.2, 0.5), size=5.0),
}


def learned() -> Ddpg:
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(4, WIDTH)), rng.normal(size=4)), (rng.normal(size=(1, 4)), rng.normal(size=1))]
    return Ddpg(layers, DdpgSettings(units=(4,)))


POLICIES: list[Policy] = [
    CostPlus(0.4),
    ElasticityRule(),
    ElasticityRule(minds_stock=True),
    Optimiser(OptimiserSettings(trust=0.2, most_lots=30)),
    learned(),
]


class TestPriceModel:
    @pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
    def test_every_policy_proposes_the_same_after_loading(self, policy: Policy, tmp_path: Path) -> None:
        model = PriceModel(policy=policy, fits=FITS, families=("log-log", "logit"), draws=6, report={"worst": 0.1})
        model.save(tmp_path)
        again = PriceModel.load(tmp_path)
        assert (again.families, again.draws, again.report) == (("log-log", "logit"), 6, {"worst": 0.1})
        assert again.policy.name == policy.name
        assert again.propose("p", TERMS, LADDER) == model.propose("p", TERMS, LADDER)

    def test_it_serves_without_what_only_learning_needs(self, tmp_path: Path) -> None:
        for place, policy in enumerate(POLICIES):
            PriceModel(policy=policy, fits=FITS).save(tmp_path / str(place))
        script = f"""
import sys
sys.modules.update(dict.fromkeys(("torch", "gymnasium", "stable_baselines3", "pandas", "sklearn", "lightgbm")))
from pathlib import Path
from merx_models.pricing.model import PriceModel
from tests.unit.models.pricing.seasons import LADDER, TERMS
for place in range({len(POLICIES)}):
    print(PriceModel.load(Path({str(tmp_path)!r}) / str(place)).propose("p", TERMS, LADDER))
"""
        said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
        asked = [PriceModel(policy=policy, fits=FITS).propose("p", TERMS, LADDER) for policy in POLICIES]
        assert [float(line) for line in said.stdout.split()] == pytest.approx(asked)

    def test_a_product_that_nothing_is_known_of_is_refused(self) -> None:
        with pytest.raises(KeyError):
            PriceModel(policy=Optimiser(), fits=FITS).propose("unknown", TERMS, LADDER)

    def test_a_model_without_products_is_saved_all_the_same(self, tmp_path: Path) -> None:
        PriceModel(policy=CostPlus(0.4), fits={}).save(tmp_path)
        assert PriceModel.load(tmp_path).fits == {}

    def test_a_policy_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        class Other:
            name = "other"

            def begin(self, task: Task) -> Seller:
                return lambda _: 0.0

        with pytest.raises(ValueError, match="other cannot"):
            PriceModel(policy=Other(), fits=FITS).save(tmp_path)
        PriceModel(policy=CostPlus(0.4), fits=FITS).save(tmp_path)
        described = tmp_path / "policy.json"
        described.write_text(described.read_text().replace('"fixed"', '"oracle"'))
        with pytest.raises(ValueError, match="oracle"):
            PriceModel.load(tmp_path)
