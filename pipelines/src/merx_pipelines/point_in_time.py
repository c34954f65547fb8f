"""Features as they were known at a moment, out of Feast, in the form that `ranking_matrix` takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from merx_core.features import names
from merx_core.features.inputs import ProductColumns, ProfileFeatures
from merx_models.product_index import ProductIndex

if TYPE_CHECKING:
    import pandas as pd
    from feast import FeatureStore

PROFILE_REFERENCES = (
    *(f"{names.PROFILE_ACTIVITY}:{column}" for column in (*names.PROFILE_COLUMNS, "segment")),
    *(f"{names.PROFILE_HISTORY}:{column}" for column in names.HISTORY_COLUMNS),
    *(f"{names.PROFILE_AFFINITY}:{column}" for column in names.AFFINITY_COLUMNS),
)
PRODUCT_REFERENCES = (
    *(f"{names.PRODUCT_POPULARITY}:{column}" for column in names.POPULARITY_COLUMNS),
    *(f"{names.PRODUCT_PRICE}:{column}" for column in names.PRICE_COLUMNS),
    *(f"{names.PRODUCT_COPURCHASE}:{column}" for column in names.TOGETHER_COLUMNS),
)
ATTRIBUTES = ("leaf", "department", "brand")


@dataclass(frozen=True)
class PointInTime:
    """Reads the offline store; `catalogue` gives the attributes of products, which have no history."""

    store: "FeatureStore"
    catalogue: "pd.DataFrame"

    def profiles(self, profile_ids: Sequence[str], at: datetime) -> list[ProfileFeatures]:
        """The shoppers as known at `at`, in the order of `profile_ids`."""
        frame = self._historical(names.PROFILE_KEY, profile_ids, at, PROFILE_REFERENCES)
        numbers = frame[list(names.PROFILE_COLUMNS)].to_numpy(np.float32)
        lists = {name: frame[name].tolist() for name in (*names.HISTORY_COLUMNS, *names.AFFINITY_COLUMNS)}
        segments = frame["segment"].fillna("new").astype(str).tolist()
        return [
            _profile(
                (str(profile), at), numbers[row], {name: values[row] for name, values in lists.items()}, segments[row]
            )
            for row, profile in enumerate(profile_ids)
        ]

    def products(self, index: ProductIndex, at: datetime) -> ProductColumns:
        """The products of `index` as known at `at`: row r of the columns is row r of the index."""
        frame = self._historical(names.PRODUCT_KEY, index.ids, at, PRODUCT_REFERENCES)
        columns = {name: frame[name].to_numpy(np.float32) for name in names.PRODUCT_COLUMNS}
        together = np.full((len(index), names.TOP_TOGETHER), -1, np.int32)
        weights = np.zeros((len(index), names.TOP_TOGETHER), np.float32)
        partners, strengths = frame["together_ids"].tolist(), frame["together_weights"].tolist()
        for row, ids in enumerate(partners):
            if not _missing(ids):
                together[row, : len(ids)] = index.rows(ids)
                weights[row, : len(ids)] = strengths[row]
        codes: Mapping[str, NDArray[np.generic]] = attribute_codes(self.catalogue, index)
        return ProductColumns.of(columns, codes=codes, together=together, together_weights=weights)

    def _historical(self, key: str, ids: Sequence[str], at: datetime, references: Sequence[str]) -> "pd.DataFrame":
        import pandas as pd

        from merx_kit.features.store import historical

        order = np.arange(len(ids), dtype=np.int64)
        moment = pd.Timestamp(at.astimezone(UTC)).as_unit("us")
        entities = pd.DataFrame({key: list(ids), "event_timestamp": moment, "entity_order": order})
        return historical(self.store, entities, references).sort_values("entity_order").reset_index(drop=True)


def attribute_codes(catalogue: "pd.DataFrame", index: ProductIndex) -> dict[str, NDArray[np.generic]]:
    """Codes of leaf category, department and brand of every product of `index`; -1 where there is none."""
    import pandas as pd

    listed = catalogue.drop_duplicates("product_id").set_index("product_id")
    codes: dict[str, NDArray[np.generic]] = {}
    for name in ATTRIBUTES:
        values = listed[name].reindex(list(index.ids)).replace("", None)
        codes[name] = pd.factorize(values, sort=True)[0].astype(np.int32)
    return codes


def _profile(
    known: tuple[str, datetime], values: NDArray[np.float32], lists: Mapping[str, Any], segment: str
) -> ProfileFeatures:
    profile_id, at = known
    return ProfileFeatures(
        profile_id=profile_id,
        values=values,
        history_ids=tuple(_array(lists["history_ids"], object)),
        history_times=_array(lists["history_times"], np.float64),
        history_counts=_array(lists["history_counts"], np.int32),
        history_intervals=_array(lists["history_intervals"], np.float32),
        history_weights=_array(lists["history_weights"], np.float32),
        as_of=at.timestamp(),
        segment=segment,
        top_categories=tuple(_array(lists["top_categories"], object)),
        category_weights=_array(lists["category_weights"], np.float32),
        top_brands=tuple(_array(lists["top_brands"], object)),
        brand_weights=_array(lists["brand_weights"], np.float32),
    )


def _array(value: Any, dtype: Any) -> NDArray[Any]:
    """A list column's value; the empty array where Feast had no row."""
    return np.asarray([] if _missing(value) else value, dtype=dtype)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and bool(np.isnan(value)))
