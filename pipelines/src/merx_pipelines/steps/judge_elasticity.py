"""May elasticities be registered: they must survive their checks, and few may say that dearer sells more."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from merx_models.elasticity import Elasticities

VERDICT = "elasticity_check.json"
MOST_WRONG = 0.05
"""Of the products, that may be served an elasticity above zero."""


@dataclass(frozen=True)
class ElasticityVerdict:
    """`estimated` products have an estimate of their own, of which `wrong_sign` lie above zero before they lean on
    their category, and `wrong_sign_served` after."""

    products: int
    estimated: int
    wrong_sign: int
    wrong_sign_served: int
    reasons: tuple[str, ...] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        return not self.reasons

    @classmethod
    def read(cls, folder: Path) -> "ElasticityVerdict":
        told = json.loads((folder / VERDICT).read_text())
        return cls(**{**told, "reasons": tuple(told["reasons"])})


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
    out.mkdir(parents=True, exist_ok=True)
    (out / VERDICT).write_text(json.dumps(asdict(verdict), indent=1))
    return verdict
