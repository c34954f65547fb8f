"""Point-in-time lists for the ranker: candidates and features at each cut-off, labels from the week after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from merx_core.features import ProfileFeatures
from merx_kit.settings import MerxSettings
from merx_pipelines.candidate_models import Progress
from merx_pipelines.folders import Folders
from merx_pipelines.plan import WEEK, plan_of, profile_named
from merx_pipelines.point_in_time import PointInTime
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.ranking_sets import Asked, ListMaker, RankingSet, joined, make_set
from merx_pipelines.steps import train_candidates
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS
from merx_pipelines.steps.shop_arrays import ShopArrays, read_shop
from merx_pipelines.trails import bought_between

log = structlog.get_logger(__name__)

Rows = NDArray[np.int32]
MIN_ORDER = 3
"""An order must hold this many products to give a list about a product or a cart."""


class NobodyBought(ValueError):
    """A week without a purchase by a known shopper cannot be learned from."""


def run(
    folders: Folders,
    out: Path,
    *,
    profile: str = "quick",
    seed: int = 0,
    settings: MerxSettings | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Reads clean and candidates; writes train/, validation/ and held_out/ into `out`.

    The held-out lists are home lists of every shopper. Training weeks in which nobody bought are left out; raises
    NobodyBought where none is left, or where it is the week of validation or the held-out one.
    """
    from merx_kit.features import open_store

    chosen = profile_named(profile)
    plan = plan_of(folders.clean, chosen)
    shop = read_shop(folders.clean / INTERACTIONS, folders.clean / CATALOGUE)
    features = PointInTime(open_store(settings or MerxSettings.load()), shop.catalogue)
    maker = Weeks(shop, features, folders.candidates, profile=chosen)
    joined(training_weeks(maker, plan.training, seed=seed * 100, progress=progress)).save(out / "train")
    progress("lists of the week of validation")
    maker.lists(plan.validation, seed=seed * 100 + len(plan.training)).save(out / "validation")
    progress("lists of the held-out week")
    maker.held_out(plan.held_out).save(out / "held_out")


def training_weeks(
    maker: "Weeks", cutoffs: Sequence[datetime], *, seed: int, progress: Progress = lambda _: None
) -> list[RankingSet]:
    """The lists of every week in which somebody bought; raises NobodyBought where there is none."""
    weeks = []
    for number, cutoff in enumerate(cutoffs):
        progress(f"lists of the week after {cutoff:%d %B}")
        try:
            weeks.append(maker.lists(cutoff, seed=seed + number))
        except NobodyBought as error:
            log.warning("week_left_out", reason=str(error))
    if not weeks:
        raise NobodyBought(f"nobody bought anything from {cutoffs[0]:%Y-%m-%d} to {cutoffs[-1] + WEEK:%Y-%m-%d}")
    return weeks


class Weeks:
    """Makes the lists of one week after another with the same candidate models."""

    def __init__(self, shop: ShopArrays, features: PointInTime, candidates: Path, *, profile: TrainingProfile) -> None:
        self.shop, self.features, self.profile = shop, features, profile
        self.index, self.sources = train_candidates.load(candidates)

    def lists(self, cutoff: datetime, *, seed: int) -> RankingSet:
        """Home lists, and a share about a product or a cart, of at most `profile.shoppers`."""
        rng = np.random.default_rng(seed)
        orders = self._orders(cutoff)
        shoppers = sorted(orders)
        if len(shoppers) > self.profile.shoppers:
            shoppers = sorted(rng.choice(shoppers, self.profile.shoppers, replace=False).tolist())
        known = self.features.profiles(shoppers, cutoff)
        asked = [_asked(each, orders[each.profile_id], self.profile.page_share, rng) for each in known]
        return make_set(self._maker(cutoff), asked, negatives=self.profile.negatives, seed=seed)

    def held_out(self, cutoff: datetime) -> RankingSet:
        """One home list for everyone who bought, whole; even for who bought nothing that the index holds."""
        orders = self._orders(cutoff, known_only=False)
        known = self.features.profiles(sorted(orders), cutoff)
        asked = [Asked(each, np.unique(np.concatenate(orders[each.profile_id]))) for each in known]
        return make_set(self._maker(cutoff), asked)

    def _maker(self, cutoff: datetime) -> ListMaker:
        columns = self.features.products(self.index, cutoff)
        return ListMaker(self.index, self.sources, columns, cutoff.timestamp(), self.profile.list_size)

    def _orders(self, cutoff: datetime, *, known_only: bool = True) -> Mapping[str, Sequence[Rows]]:
        since, until = cutoff.timestamp(), (cutoff + WEEK).timestamp()
        orders = {
            profile: [order[order >= 0] for order in found]
            for profile, found in bought_between(self.shop, self.index, since, until).items()
        }
        some = {name: found for name, found in orders.items() if not known_only or any(len(order) for order in found)}
        if not some:
            raise NobodyBought(f"nobody bought anything in the week after {cutoff:%Y-%m-%d}")
        return some


def _asked(profile: ProfileFeatures, orders: Sequence[Rows], page_share: float, rng: np.random.Generator) -> Asked:
    """A home list; or one about a product or half a cart, to be completed by the rest of the same order."""
    large = [order for order in orders if len(order) >= MIN_ORDER]
    if not large or rng.random() >= page_share:
        return Asked(profile, np.unique(np.concatenate(orders)))
    order = rng.permutation(large[int(rng.integers(len(large)))])
    placement = "cart" if rng.random() < 0.5 else "product"
    shown = len(order) // 2 if placement == "cart" else 1
    return Asked(profile, np.unique(order[shown:]), placement=placement, context=order[:shown].astype(np.int32))
