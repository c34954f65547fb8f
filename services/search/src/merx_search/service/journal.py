"""What was shown, noted for learning, experiments and audits."""

from collections.abc import Callable
from datetime import UTC, datetime

from merx_core.contracts.search import SERVICE, Shown
from merx_core.events import ExposedItem, Exposure, Exposures
from merx_search.domain import Results, SearchQuery


def _now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Turns answers into exposures, one for each page of an answer to words or a picture.

    A list without either is the catalogue in an order that nothing was learned for: it is not noted.
    """

    def __init__(self, exposures: Exposures, *, clock: Callable[[], datetime] = _now) -> None:
        self._exposures = exposures
        self._clock = clock

    def note(self, query: SearchQuery, results: Results) -> None:
        if not query.text and query.image is None:
            return
        items = tuple(
            ExposedItem(hit.product_id, results.start + place, hit.score, "+".join(hit.legs))
            for place, hit in enumerate(results.hits)
        )
        exposure = Exposure(
            request_id=query.request_id,
            time=self._clock(),
            service=SERVICE,
            model_version=results.version,
            placement=placement_of(query),
            arm=results.method,
            profile_id=query.profile_id,
            items=items,
            degraded=results.degraded,
            query=results.searched or query.text,
        )
        self._exposures.write(exposure)


def placement_of(query: SearchQuery) -> Shown:
    if query.sort is not None:
        return Shown.SORTED
    if query.image is None:
        return Shown.WORDS
    return Shown.PICTURE_AND_WORDS if query.text else Shown.PICTURE
