"""Stand-ins for what the search service needs from outside."""

from collections.abc import Callable, Sequence

import numpy as np

from merx_core.features import ProfileFeatures
from merx_kit.features.errors import FeaturesUnavailable
from merx_models.pictures.decoding import PictureLimits, decode
from merx_models.pictures.model import PictureModel
from merx_search.domain import Floats, Pixels
from merx_search.ports import EncoderFailed, Standing
from tests.unit.search import shop


class FixedIndexes:
    def __init__(self, standing: Standing | None) -> None:
        self.standing = standing
        self.degraded: tuple[str, ...] = ()

    def current(self) -> Standing | None:
        return self.standing


class HashedEncoders:
    """Directions drawn from words. `failing` names what there is no memory for, "texts" or "pictures"; `encoded` are
    the texts so far; `when_asked` is called before each."""

    text_model, dim = "hashed-words", 64

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.encoded: list[str] = []
        self.when_asked: Callable[[], None] = lambda: None

    async def texts(self, texts: Sequence[str], *, passages: bool = False) -> Floats:
        self._check("texts")
        self.encoded += texts
        return shop.encode(texts)

    async def features(self, model: PictureModel, picture: Pixels) -> Floats:
        self._check("pictures")
        return model.features([picture])

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) for text in texts)

    def _check(self, kind: str) -> None:
        self.when_asked()
        if kind in self.failing:
            raise EncoderFailed("bad allocation")


class InMemoryProfiles:
    """`asked` are the profiles that were read, and the longest that each might take."""

    def __init__(self, *profiles: ProfileFeatures) -> None:
        self._profiles = {profile.profile_id: profile for profile in profiles}
        self.away = False
        self.asked: list[tuple[str, float]] = []

    async def read(self, profile_id: str, *, budget_s: float) -> ProfileFeatures:
        self.asked.append((profile_id, budget_s))
        if self.away or budget_s <= 0:
            raise FeaturesUnavailable(profile_id)
        return self._profiles.get(profile_id, ProfileFeatures(profile_id))


class NearDecoder:
    """The service's decoder without a process of its own."""

    limits = PictureLimits()

    async def decode(self, data: bytes) -> Pixels:
        return decode(data, self.limits)


def likes(profile_id: str, *, category: str = "", brand: str = "", bought: tuple[str, ...] = ()) -> ProfileFeatures:
    """A shopper with one favourite category and one favourite brand."""
    return ProfileFeatures(
        profile_id,
        top_categories=(category,) if category else (),
        category_weights=np.full(1 if category else 0, 3.0, np.float32),
        top_brands=(brand,) if brand else (),
        brand_weights=np.full(1 if brand else 0, 2.0, np.float32),
        history_ids=bought,
    )
