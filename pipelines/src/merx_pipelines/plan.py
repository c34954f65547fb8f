"""Which weeks a training run learns from, validates on and holds out; the same in every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from merx_pipelines.profiles import (
    INDEX_PROFILES,
    PRICING_PROFILES,
    PROFILES,
    IndexProfile,
    PricingProfile,
    TrainingProfile,
)

Profile = TypeVar("Profile")
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Plan:
    """Cut-offs a week apart. The week after each of `training` gives the ranker its labels, the week after
    `validation` stops and compares rankers, the week after `held_out` is evaluated; `end` is now.
    """

    training: tuple[datetime, ...]
    validation: datetime
    held_out: datetime
    end: datetime

    @property
    def first(self) -> datetime:
        """Candidate models that training and evaluation use know nothing from here on."""
        return self.training[0]

    @classmethod
    def ending(cls, end: datetime, weeks: int) -> "Plan":
        """The plan of the `weeks` cut-offs before the held-out week that ends at `end`."""
        if weeks < 2:
            raise ValueError("a ranker wants at least one week to train on and one to validate on")
        cutoffs = [end - WEEK * back for back in range(weeks + 1, 0, -1)]
        return cls(tuple(cutoffs[:-2]), cutoffs[-2], cutoffs[-1], end)


def cutoffs_of(plan: Plan) -> Sequence[datetime]:
    """Every moment at which features must be known, oldest first."""
    return (*plan.training, plan.validation, plan.held_out, plan.end)


def profile_named(name: str) -> TrainingProfile:
    """A training profile by its name. Raises ValueError with the names there are."""
    return _named(PROFILES, name, "training")


def index_profile_named(name: str) -> IndexProfile:
    """An index profile by its name. Raises ValueError with the names there are."""
    return _named(INDEX_PROFILES, name, "index")


def pricing_profile_named(name: str) -> PricingProfile:
    """A pricing profile by its name. Raises ValueError with the names there are."""
    return _named(PRICING_PROFILES, name, "pricing")


def _named(profiles: Mapping[str, Profile], name: str, kind: str) -> Profile:
    try:
        return profiles[name]
    except KeyError:
        raise ValueError(f"no {kind} profile {name!r}; there are {', '.join(sorted(profiles))}") from None


def plan_of(clean: Path, profile: TrainingProfile) -> Plan:
    """The plan of a run on the tables in `clean`: it ends with the last purchase. Raises ValueError without any."""
    from merx_pipelines.steps.feature_tables import last_purchase

    return Plan.ending(last_purchase(clean / "interactions.parquet"), profile.weeks)
