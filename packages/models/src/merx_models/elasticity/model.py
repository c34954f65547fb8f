"""The elasticities that a shop's prices are made with: fitted from a price history, saved, loaded, asked by product."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from merx_models.elasticity.estimation import Estimate, Estimates, EstimationSettings, Z, own_estimates
from merx_models.elasticity.history import Cell, PriceHistory
from merx_models.elasticity.pooling import Place, Pooled, pool
from merx_models.elasticity.refutation import Refutation, refute
from merx_models.elasticity.substitutes import Cross

Source = Literal["product", "category", "shop"]
ALL = ""
FILE, FORMAT = "elasticities.json", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticitySettings:
    """`season` is the length of a year in periods (None: no calendar controls); `lags` adds last period's demand and
    price; `checked` products are put to the refutation checks (0: none)."""

    estimation: EstimationSettings = field(default_factory=EstimationSettings)
    lags: bool = True
    season: float | None = 52.0
    checked: int = 40
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Elasticity:
    """% units for 1 % price with a 95 % interval. `source` is what the mean rests on for more than half: the product's
    own rows, its category, or (for a category never seen) the shop. `note` says what is odd: "wrong_sign" (its own
    estimate is above zero: the pooled mean is served, the category's if that is above zero too), or why it has no
    estimate of its own ("thin", "price_constant", "unsold"). `own` is the product's estimate before pooling, with its
    standard error; None where it has none, or where segments are taken together."""

    mean: float
    low: float
    high: float
    source: Source
    note: str = ""
    own: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Served:
    """One cell as it is kept: the posterior, and the units that weigh it among the product's segments."""

    category: str
    mean: float
    sd: float
    source: Source
    note: str
    units: float
    own: tuple[float, float] | None = None

    def answer(self) -> Elasticity:
        low, high = self.mean - Z * self.sd, self.mean + Z * self.sd
        return Elasticity(self.mean, low, high, self.source, self.note, self.own)

    @classmethod
    def stored(cls, fields: Mapping[str, Any]) -> "_Served":
        """From JSON, which knows no tuples."""
        return cls(**{**fields, "own": None if fields["own"] is None else tuple(fields["own"])})


class Elasticities:
    """Elasticities of all products of a shop, their categories, and what there is to say of how they were found."""

    def __init__(
        self,
        cells: Mapping[Cell, _Served],
        fresh: Mapping[tuple[str, str], tuple[float, float]],
        *,
        report: Mapping[str, object],
        refutations: Sequence[Refutation] = (),
        crosses: Sequence[Cross] = (),
    ) -> None:
        """`fresh` are mean and spread for a new product, by (category, segment); category "" is any other."""
        self._cells = dict(cells)
        self._fresh = dict(fresh)
        self.report = dict(report)
        self.refutations = list(refutations)
        self.crosses = list(crosses)
        self._segments: dict[str, list[str]] = {}
        for product, segment in self._cells:
            self._segments.setdefault(product, []).append(segment)

    @classmethod
    def fit(
        cls, history: PriceHistory, *, settings: ElasticitySettings | None = None, crosses: Sequence[Cross] = ()
    ) -> "Elasticities":
        """Estimate, pool and check. The same history gives the same elasticities.

        Raises ValueError where no product at all can be estimated. `crosses` (see `substitutes`) are kept beside.
        """
        chosen = settings or ElasticitySettings()
        ready = prepared(history, chosen)
        estimates = own_estimates(ready, settings=chosen.estimation)
        category = history.listed
        sold = {cell: float(np.exp(history.log_units[rows]).sum()) for cell, rows in history.cells().items()}
        known = sorted({*estimates.own, *estimates.without, *sold})
        places: list[Place] = [(category[product], product, segment) for product, segment in known]
        segments = sorted({segment for _, segment in known})
        # a product and a category without rows, so that the same pooling says what to think of new ones
        new = [(name, ALL, segment) for name in [ALL, *sorted(set(category.values()))] for segment in segments]
        pooled = pool([*places, *new], estimates.own)
        cells = {
            place[1:]: _serve(place, number, pooled, (estimates, sold.get(place[1:], 0.0)))
            for number, place in enumerate(places)
        }
        fresh = {
            (place[0], place[2]): (float(pooled.mean[number]), float(pooled.sd[number]))
            for number, place in enumerate(new, start=len(places))
        }
        checks: Sequence[Refutation] = ()
        if chosen.checked:
            checks = refute(ready, settings=chosen.estimation, products=chosen.checked, seed=chosen.seed)
        return cls(
            cells,
            fresh,
            report=_report(cells, estimates, pooled),
            refutations=checks,
            crosses=crosses,
        )

    def of(self, product: str, segment: str | None = None) -> Elasticity:
        """The elasticity of a product, in one segment or in all (weighted by what they bought; the interval as if they
        erred together). KeyError for a product that the history did not have: ask `of_category`."""
        if product not in self._segments:
            raise KeyError(f"no price history of product {product!r}")
        if segment is not None:
            if (product, segment) not in self._cells:
                raise KeyError(f"no price history of product {product!r} in segment {segment!r}")
            return self._cells[product, segment].answer()
        parts = [self._cells[product, name] for name in self._segments[product]]
        if len(parts) == 1:
            return parts[0].answer()
        weights = np.array([part.units for part in parts])
        weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(parts), 1 / len(parts))
        mean = float(sum(weight * part.mean for weight, part in zip(weights, parts, strict=True)))
        sd = float(sum(weight * part.sd for weight, part in zip(weights, parts, strict=True)))
        largest = parts[int(weights.argmax())]
        notes = sorted({part.note for part in parts if part.note})
        return _Served(largest.category, mean, sd, largest.source, ",".join(notes), 0.0).answer()

    def of_category(self, category: str, segment: str = ALL) -> Elasticity:
        """What to think of a product without history in this category; in an unknown category, that of the shop."""
        known = (category, segment) in self._fresh and category != ALL
        key = (category, segment) if known else (ALL, segment)
        if key not in self._fresh:
            raise KeyError(f"no segment {segment!r}; there are {sorted({name for _, name in self._fresh})}")
        mean, sd = self._fresh[key]
        return _Served(category, mean, sd, "category" if known else "shop", "", 0.0).answer()

    def has(self, product: str) -> bool:
        """Whether the history had this product."""
        return product in self._segments

    def categories(self) -> list[tuple[str, int]]:
        """Each category with the number of its products, the largest first."""
        listed = {product: served.category for (product, _), served in self._cells.items()}
        return sorted(Counter(listed.values()).items(), key=lambda counted: (-counted[1], counted[0]))

    def substitutes(self, product: str) -> list[Cross]:
        """Cross-elasticities of a product's units with others' prices, strongest first."""
        return sorted((cross for cross in self.crosses if cross.product == product), key=lambda cross: -cross.mean)

    def save(self, folder: Path) -> None:
        """As JSON, with a digest that tells a damaged file."""
        fitted = {
            "cells": [[*cell, asdict(served)] for cell, served in self._cells.items()],
            "fresh": [[*key, *values] for key, values in self._fresh.items()],
            "report": self.report,
            "refutations": [asdict(refutation) for refutation in self.refutations],
            "crosses": [asdict(cross) for cross in self.crosses],
        }
        document = {"format": FORMAT, "digest": _digest(fitted), "fitted": fitted}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(document, indent=1, allow_nan=False))

    @classmethod
    def load(cls, folder: Path) -> "Elasticities":
        """What `save` wrote; needs nothing but numpy.

        Raises FileNotFoundError where there is none, ValueError for a damaged file and for another format.
        """
        fitted = _undamaged(folder / FILE)
        return cls(
            {(product, segment): _Served.stored(served) for product, segment, served in fitted["cells"]},
            {(category, segment): (mean, sd) for category, segment, mean, sd in fitted["fresh"]},
            report=fitted["report"],
            refutations=[Refutation(**refutation) for refutation in fitted["refutations"]],
            crosses=[Cross(**cross) for cross in fitted["crosses"]],
        )


def _digest(fitted: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fitted, sort_keys=True).encode()).hexdigest()


def _undamaged(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
        stored, digest, fitted = document["format"], document["digest"], document["fitted"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged or holds no elasticities: fit them anew") from error
    if stored != FORMAT:
        raise ValueError(f"{path} has format {stored!r}, this is {FORMAT}: fit them anew")
    if digest != _digest(fitted):
        raise ValueError(f"{path} is damaged, its digest differs: fit them anew")
    return dict(fitted)


def prepared(history: PriceHistory, settings: ElasticitySettings) -> PriceHistory:
    """The history with the lags and calendar controls that the settings ask for."""
    ready = history.with_lags() if settings.lags else history
    return ready.with_calendar(settings.season) if settings.season else ready


def _serve(place: Place, number: int, pooled: Pooled, found: tuple[Estimates, float]) -> _Served:
    """What is served for a place: never an elasticity above zero that its category's mean could mend."""
    estimates, units = found
    own: Estimate | None = estimates.own.get(place[1:])
    note = estimates.without.get(place[1:], "thin") if own is None else "wrong_sign" if own.mean > 0 else ""
    mean, sd = float(pooled.mean[number]), float(pooled.sd[number])
    prior_mean, prior_sd = float(pooled.prior_mean[number]), float(pooled.prior_sd[number])
    trusted = own is not None and sd**2 < 0.5 * prior_sd**2
    if mean > 0:
        mean, sd, trusted = prior_mean, prior_sd, False
    source: Source = "product" if trusted else "category"
    return _Served(place[0], mean, sd, source, note, units, None if own is None else (own.mean, own.se))


def _report(cells: Mapping[Cell, _Served], estimates: Estimates, pooled: Pooled) -> dict[str, object]:
    """How many cells there are, have an estimate, or lack one and why; wrong signs; spreads of the effects."""
    return {
        "cells": len(cells),
        "estimated": len(estimates.own),
        "without": dict(sorted(Counter(estimates.without.values()).items())),
        "wrong_sign": sum(estimate.mean > 0 for estimate in estimates.own.values()),
        "wrong_sign_served": sum(served.mean > 0 for served in cells.values()),
        "response": estimates.response,
        "spreads": dict(pooled.spreads),
        "segment_means": dict(pooled.segment_means),
    }
