"""What was shown, noted for learning, experiments and audits."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

from merx_core.events import ExposedItem, Exposure, Exposures
from merx_recommendation.domain import Floats, Picks, Query
from merx_recommendation.metrics import FALLBACKS, ITEMS, SCORE

SERVICE = "recommendation"


class Journal:
    """Turns answers into exposures and metrics. `sample` is the share of answers whose first product's feature vector
    goes along, for the comparison of training with serving."""

    def __init__(
        self, exposures: Exposures, *, sample: float = 0.01, chance: Callable[[], float] = random.random
    ) -> None:
        self._exposures = exposures
        self._sample = sample
        self._chance = chance

    def note(self, query: Query, picks: Picks, *, now: float, features: Floats | None = None) -> None:
        """One exposure per answer; `features` is the vector of the first product."""
        sampled = features is not None and self._chance() < self._sample
        vector = tuple(features.tolist()) if features is not None and sampled else ()
        items = tuple(
            ExposedItem(pick.product_id, place, pick.score, pick.source, pick.propensity)
            for place, pick in enumerate(picks.items)
        )
        exposure = Exposure(
            request_id=query.request_id,
            time=datetime.fromtimestamp(now, UTC),
            service=SERVICE,
            model_version=picks.model_version,
            placement=query.placement,
            profile_id=query.profile_id,
            items=items,
            degraded=picks.degraded,
            features=vector,
        )
        self._exposures.write(exposure)
        self._count(picks)

    def _count(self, picks: Picks) -> None:
        for reason in picks.degraded:
            FALLBACKS.labels(reason).inc()
        if picks.items:
            SCORE.observe(picks.items[0].score)
        shown: dict[str, int] = {}
        for pick in picks.items:
            shown[pick.source] = shown.get(pick.source, 0) + 1
        for source, count in shown.items():
            ITEMS.labels(source).inc(count)
