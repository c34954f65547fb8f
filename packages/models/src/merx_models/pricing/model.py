"""What pricing serves from: the policy that was chosen, and what is known of every product's demand, as files."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from merx_models.pricing.ddpg import Ddpg
from merx_models.pricing.demand import FAMILIES, Curves, Family
from merx_models.pricing.fitting import Fit
from merx_models.pricing.policies import CostPlus, ElasticityRule, Optimiser, OptimiserSettings, Policy
from merx_models.pricing.task import Ladder, State, Task, Terms

DESCRIPTION, FITS, LEARNED = "policy.json", "fits.npz", "ddpg"
DRAWS = 24


@dataclass(frozen=True, kw_only=True)
class PriceModel:
    """`fits` by product id; beliefs are `draws` of them, bent as each of `families`. `report` says what the policy was
    chosen for, in plain values."""

    policy: Policy
    fits: Mapping[str, Fit]
    families: tuple[Family, ...] = FAMILIES
    draws: int = DRAWS
    report: Mapping[str, Any] = field(default_factory=dict)

    def belief(self, product_id: str) -> Curves:
        """Always the same for a product. Raises KeyError where nothing is known of it."""
        return self.believed(product_id, self.fits[product_id])

    def believed(self, product_id: str, fit: Fit) -> Curves:
        """The belief that `fit` would make of the product, with the product's own dice."""
        rng = np.random.default_rng(zlib.crc32(product_id.encode()))
        return fit.believed(self.families, self.draws, rng)

    @cached_property
    def typical(self) -> Fit:
        """The demand of an ordinary product: medians of all. Raises ValueError where there is none."""
        if not self.fits:
            raise ValueError("no product's demand is known")
        known = list(self.fits.values())
        return Fit(
            base=float(np.median([one.base for one in known])),
            mean=np.median([one.mean for one in known], axis=0),
            covariance=np.median([one.covariance for one in known], axis=0),
            size=float(np.median([one.size for one in known])),
        )

    def propose(self, product_id: str, terms: Terms, ladder: Ladder, *, fit: Fit | None = None) -> float:
        """A price (minor units, any number) to begin the rest of a season with; guard-rails have the last word. `fit`
        stands in for what is known of the product's demand. Raises KeyError where nothing is: its price then stays as
        it is."""
        belief = self.belief(product_id) if fit is None else self.believed(product_id, fit)
        state = State(week=0, stock=terms.stock, place=ladder.start)
        return float(self.policy.begin(Task(terms, ladder, belief))(state))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(self.policy, Ddpg):
            self.policy.save(folder / LEARNED)
        known = list(self.fits.values())
        np.savez(
            folder / FITS,
            product=np.array(list(self.fits), np.str_),
            base=np.array([one.base for one in known]),
            mean=np.array([one.mean for one in known]).reshape(-1, 2),
            covariance=np.array([one.covariance for one in known]).reshape(-1, 2, 2),
            size=np.array([one.size for one in known]),
        )
        described = {
            "policy": _described(self.policy),
            "families": self.families,
            "draws": self.draws,
            "report": self.report,
        }
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=2, allow_nan=False))

    @classmethod
    def load(cls, folder: Path) -> "PriceModel":
        """What `save` wrote; numpy is enough. Raises OSError where it is not there, ValueError for another policy."""
        described = json.loads((folder / DESCRIPTION).read_text())
        with np.load(folder / FITS) as stored:
            columns = (stored[name] for name in ("base", "mean", "covariance", "size"))
            known = [Fit(float(b), m, c, float(s)) for b, m, c, s in zip(*columns, strict=True)]
            fits = dict(zip(stored["product"].tolist(), known, strict=True))
        return cls(
            policy=_policy(described["policy"], folder / LEARNED),
            fits=fits,
            families=tuple(described["families"]),
            draws=described["draws"],
            report=described["report"],
        )


def _described(policy: Policy) -> dict[str, Any]:
    match policy:
        case CostPlus():
            return {"kind": "fixed", "markup": policy.markup}
        case ElasticityRule():
            return {"kind": "elasticity", "minds_stock": policy.minds_stock}
        case Optimiser():
            return {"kind": "optimiser", **asdict(policy.settings)}
        case Ddpg():
            return {"kind": "ddpg"}
    raise ValueError(f"{policy.name} cannot be saved")


def _policy(described: Mapping[str, Any], learned: Path) -> Policy:
    settings = {name: value for name, value in described.items() if name != "kind"}
    match described["kind"]:
        case "fixed":
            return CostPlus(**settings)
        case "elasticity":
            return ElasticityRule(**settings)
        case "optimiser":
            return Optimiser(OptimiserSettings(**settings))
        case "ddpg":
            return Ddpg.load(learned)
    raise ValueError(f"unknown policy {described['kind']!r}")
