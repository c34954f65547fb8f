"""What the use case needs from outside, named for the need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_core.features import ProductColumns, ProfileFeatures
from merx_models.candidates import Candidates, Shopper
from merx_models.rerank import RerankSettings, tail_of
from merx_recommendation.domain import Assortment, Attribution, Floats, Listing, Mask, Rows

HEAD_SALES = RerankSettings().head_sales


class RankingFailed(Exception):
    """The model's ranker could not score these candidates."""


class Profiles(Protocol):
    async def read(self, profile_id: str, *, budget_s: float) -> ProfileFeatures:
        """What is known of a shopper now; an empty profile for a stranger. Raises FeaturesUnavailable."""
        ...


class Model(Protocol):
    """Proposes and ranks; rows are those of `ids`, -1 an unknown product."""

    @property
    def version(self) -> str: ...

    @property
    def ids(self) -> Sequence[str]: ...

    def propose(
        self, shopper: Shopper, quotas: Mapping[str, int], *, rng: np.random.Generator, allowed: Mask
    ) -> Candidates: ...

    def source_scores(self, shopper: Shopper, rows: Rows) -> Floats:
        """What each source would say of the given rows [n, len(SOURCES)]; NaN where it is silent."""
        ...

    def rank(self, features: Floats, *, history: Rows, candidates: Rows) -> Floats:
        """Probability of interest for each candidate. Raises RankingFailed."""
        ...

    def explain(self, features: Floats, *, history: Rows, candidates: Rows) -> tuple[str, Sequence[Attribution]]:
        """The method's name, and the parts of each candidate's score. Raises RankingFailed."""
        ...


class Catalogue(Protocol):
    """The product snapshot in service; arrays by its own rows, read-only."""

    @property
    def version(self) -> str: ...

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def columns(self) -> ProductColumns: ...

    @property
    def in_stock(self) -> Mask: ...

    @property
    def price(self) -> NDArray[np.float64]:
        """Minor units, NaN where unknown."""
        ...

    @property
    def popularity(self) -> NDArray[np.float32]:
        """Recent sales, NaN where there were none."""
        ...

    @property
    def categories(self) -> Mapping[str, Rows]:
        """The rows that lie in each category, on any level of the path."""
        ...

    def shop_time(self, wall_time: float) -> float:
        """The shop's now (epoch seconds): ages count from it, and an imported history may have ended long ago."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """A model and a catalogue that belong together. Swapped as one, so that no answer mixes two versions."""

    assortment: Assortment
    catalogue: Catalogue | None
    model: Model | None
    tail: Mask
    """By catalogue row: all but the best sold that together make most of the sales; one more at the end, for products
    that the catalogue does not hold."""

    @classmethod
    def pair(cls, catalogue: Catalogue | None, model: Model | None) -> "Shelf":
        """Computes once how the model's rows lie in the catalogue."""
        model_ids = () if model is None else model.ids
        if catalogue is None:
            assortment, tail = Assortment.empty(), np.ones(1, np.bool_)
        else:
            known = tail_of(np.nan_to_num(catalogue.popularity).astype(np.float64), HEAD_SALES)
            tail = np.append(known, np.True_)
            assortment = Assortment.arrange(
                catalogue.ids,
                in_stock=catalogue.in_stock,
                price=catalogue.price,
                popularity=catalogue.popularity,
                categories=catalogue.categories,
                model_ids=model_ids,
            )
        return cls(assortment=assortment, catalogue=catalogue, model=model if catalogue else None, tail=tail)

    def changed(self, listings: Sequence[Listing]) -> "Shelf":
        """The same pair, with what the log says of some products."""
        return replace(self, assortment=self.assortment.changed(listings)) if listings else self

    @property
    def version(self) -> str:
        """The model's name and version, or that of the fallback."""
        return "popular" if self.model is None else self.model.version

    @property
    def lacking(self) -> tuple[str, ...]:
        """What every answer from this shelf goes without."""
        lacking = () if self.model is not None else ("model_unavailable",)
        return lacking if self.assortment.listed.any() else (*lacking, "catalogue_empty")

    def shop_time(self, wall_time: float) -> float:
        """The shop's now, at `wall_time`."""
        return wall_time if self.catalogue is None else self.catalogue.shop_time(wall_time)


class Shelves(Protocol):
    def current(self) -> Shelf: ...

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why model or catalogue are not the ones asked for; empty where they are."""
        ...
