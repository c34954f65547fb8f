"""Which weeks a training run learns from, validates on and holds out; the same in every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from merx_pipelines.profiles import INDEX_PROFILES, PROFILES, IndexProfile, TrainingProfile

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
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(f"no training profile {name!r}; there are {', '.join(sorted(PROFILES))}") from None


def index_profile_named(name: str) -> IndexProfile:
    """An index profile by its name. Raises ValueError with the names there are."""
    try:
        return INDEX_PROFILES[name]
    except KeyError:
        raise ValueError(f"no index profile {name!r}; there are {', '.join(sorted(INDEX_PROFILES))}") from None


def plan_of(clean: Path, profile: TrainingProfile) -> Plan:
    """The plan of a run on the tables in `clean`: it ends with the last purchase. Raises ValueError without any."""
    from merx_pipelines.steps.feature_tables import last_purchase

    return Plan.ending(last_purchase(clean / "interactions.parquet"), profile.weeks)
