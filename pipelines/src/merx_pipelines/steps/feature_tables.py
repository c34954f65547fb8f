"""Purchases and catalogue in, Feast's source tables out: one row per entity and cut-off, point in time.

A row at a cut-off is made of what happened before it, and of nothing else. The catalogue and the sessions are told as
of the last cut-off alone: there is no record of how they were.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from merx_core.events import EventType
from merx_core.features import names
from merx_core.features.activity import activity, histories, segments, top_affinities
from merx_core.features.copurchase import Partners, strongest_partners
from merx_core.features.demand import popularity, prices
from merx_core.features.inputs import Doubles
from merx_core.features.purchases import Purchases, count
from merx_pipelines.steps.shop_arrays import ShopArrays, read_shop
from merx_pipelines.steps.table_columns import Columns, as_lists, catalogue_table, session_table, texts, write

if TYPE_CHECKING:
    import pyarrow.parquet as pq

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class FeatureTables:
    """`rows` by view, over all cut-offs."""

    folder: Path
    cutoffs: tuple[datetime, ...]
    rows: dict[str, int] = field(default_factory=dict)


def weekly_cutoffs(last: datetime, weeks: int) -> tuple[datetime, ...]:
    """`weeks` moments a week apart, oldest first, the last of them `last`."""
    return tuple(last - WEEK * back for back in reversed(range(weeks)))


def last_cutoff(interactions: Path) -> datetime:
    """The first whole second after everything in the table, so that nothing is left out."""
    return _just_after(interactions, None)


def last_purchase(interactions: Path) -> datetime:
    """The first whole second after the last purchase in the table: a shop may be looked at long after it last sold."""
    return _just_after(interactions, [("event_type", "==", str(EventType.PURCHASE))])


def _just_after(interactions: Path, filters: list[tuple[str, str, str]] | None) -> datetime:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    latest = pc.max(pq.read_table(interactions, columns=["time"], filters=filters)["time"]).as_py()
    if latest is None:
        raise ValueError(f"{interactions} holds no {'purchase' if filters else 'event'}")
    moment: datetime = latest if latest.tzinfo else latest.replace(tzinfo=UTC)
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def feature_tables(interactions: Path, catalogue: Path, folder: Path, *, cutoffs: Sequence[datetime]) -> FeatureTables:
    """Writes one Parquet file per view into `folder` (the `offline` folder of the store), replacing what is there.

    Raises ValueError on a cut-off without an offset, or without any.
    """
    if not cutoffs or any(cutoff.tzinfo is None for cutoff in cutoffs):
        raise ValueError("cut-offs carry a UTC offset, and there is at least one")
    shop = read_shop(interactions, catalogue)
    moments = sorted(set(cutoffs))
    folder.mkdir(parents=True, exist_ok=True)
    rows = dict.fromkeys(names.VIEWS, 0)
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for moment in moments:
            for view, columns in _views(shop, moment, last=moment == moments[-1]):
                rows[view] += write(stack, writers, path=folder / f"{view}.parquet", columns=columns, moment=moment)
    return FeatureTables(folder=folder, cutoffs=tuple(moments), rows=rows)


def _views(shop: ShopArrays, moment: datetime, *, last: bool) -> Iterator[tuple[str, Columns]]:
    until = moment.timestamp()
    price = prices(shop.purchases, leaf=shop.leaf, catalogue_price=shop.price, until=until)
    yield from _profiles(shop, until, price["price_position"])
    sold = np.flatnonzero(count(shop.purchases.before(until).product, shop.leaf.shape[0]) > 0)
    demand = popularity(shop.purchases, leaf=shop.leaf, until=until)
    yield names.PRODUCT_POPULARITY, _product_numbers(shop, demand, sold)
    priced = np.flatnonzero(~np.isnan(price["usual_price"]))
    yield names.PRODUCT_PRICE, _product_numbers(shop, price, priced)
    yield names.PRODUCT_COPURCHASE, _partners(shop, until)
    if last:
        yield names.PRODUCT_CATALOGUE, catalogue_table(shop)
        yield names.SESSION_ACTIVITY, session_table(shop, moment)


def _product_numbers(shop: ShopArrays, columns: dict[str, Doubles], rows: npt.NDArray[np.intp]) -> Columns:
    numbers: Columns = {name: values[rows].astype(np.float32) for name, values in columns.items()}
    return {names.PRODUCT_KEY: texts(shop.product_ids, rows), **numbers}


def _profiles(shop: ShopArrays, until: float, price_position: Doubles) -> Iterator[tuple[str, Columns]]:
    size = len(shop.profile_ids)
    numbers = activity(shop.purchases, leaf=shop.leaf, price_position=price_position, size=size, until=until)
    here = np.flatnonzero(~np.isnan(numbers["days_since_order"]))
    segment = segments(numbers["orders_84d"], numbers["days_since_order"])
    columns: Columns = {name: values[here].astype(np.float32) for name, values in numbers.items()}
    columns["segment"] = texts(names.SEGMENTS, segment[here])
    profile_ids = texts(shop.profile_ids, here)
    past = histories(shop.purchases, until=until)
    columns["history_ids"] = as_lists(past.shopper, here, texts(shop.product_ids, past.product))
    columns["history_times"] = as_lists(past.shopper, here, past.times)
    columns["history_counts"] = as_lists(past.shopper, here, past.counts)
    columns["history_intervals"] = as_lists(past.shopper, here, past.intervals)
    columns["history_weights"] = as_lists(past.shopper, here, past.weights)
    yield names.PROFILE_ACTIVITY, {names.PROFILE_KEY: profile_ids, **columns}
    categories = top_affinities(past, shop.leaf, until=until)
    brands = top_affinities(past, shop.brand, until=until)
    yield (
        names.PROFILE_AFFINITY,
        {
            names.PROFILE_KEY: profile_ids,
            "top_categories": as_lists(categories.shopper, here, texts(shop.leaves, categories.code)),
            "category_weights": as_lists(categories.shopper, here, categories.weights),
            "top_brands": as_lists(brands.shopper, here, texts(shop.brands, brands.code)),
            "brand_weights": as_lists(brands.shopper, here, brands.weights),
        },
    )


def _partners(shop: ShopArrays, until: float) -> Columns:
    pairs = copurchases(shop.purchases.window(names.WINDOWS_DAYS[-1], until), len(shop.product_ids))
    here = np.unique(pairs.product)
    return {
        names.PRODUCT_KEY: texts(shop.product_ids, here),
        "together_ids": as_lists(pairs.product, here, texts(shop.product_ids, pairs.partner)),
        "together_weights": as_lists(pairs.product, here, pairs.weights),
    }


def copurchases(recent: Purchases, size: int) -> Partners:
    """The strongest partners among `size` products, by the orders of `recent`."""
    from scipy.sparse import csr_matrix

    sale = recent.new_sale
    order = np.unique(recent.order[sale], return_inverse=True)[1]
    product = recent.product[sale]
    orders = int(order.max(initial=-1)) + 1
    lines = csr_matrix((np.ones(product.shape[0], np.float32), (order, product)), shape=(orders, size))
    both = (lines.T @ lines).tocsr()
    both.sort_indices()
    return strongest_partners(both.indptr, both.indices, both.data.astype(np.float64), sales=count(product, size))
