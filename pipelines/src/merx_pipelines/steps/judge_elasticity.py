"""May elasticities be registered: they must survive their checks, and few may say that dearer sells more."""

from dataclasses import dataclass
from pathlib import Path

from merx_models.elasticity import Elasticities
from merx_pipelines.verdicts import Verdict

VERDICT = "elasticity_check.json"
MOST_WRONG = 0.05
"""Of the products, that may be served an elasticity above zero."""


@dataclass(frozen=True)
class ElasticityVerdict(Verdict):
    """`estimated` products have an estimate of their own, of which `wrong_sign` lie above zero before they lean on
    their category, and `wrong_sign_served` after."""

    products: int
    estimated: int
    wrong_sign: int
    wrong_sign_served: int

    file = VERDICT


def judge(fitted: Elasticities) -> ElasticityVerdict:
    counts = {name: int(str(fitted.report[name])) for name in ("cells", "estimated", "wrong_sign", "wrong_sign_served")}
    reasons = [
        f"{check.name}: {check.value:.3f}, at most {check.limit:.3f} is asked ({check.cells} estimates)"
        for check in fitted.refutations
        if not check.passed
    ]
    if counts["wrong_sign_served"] > MOST_WRONG * counts["cells"]:
        reasons.append(f"{counts['wrong_sign_served']} of {counts['cells']} products would sell more at a higher price")
    return ElasticityVerdict(counts.pop("cells"), **counts, reasons=tuple(reasons))


def run(model: Path, out: Path) -> ElasticityVerdict:
    """Writes elasticity_check.json into `out`."""
    verdict = judge(Elasticities.load(model))
    verdict.write(out)
    return verdict
