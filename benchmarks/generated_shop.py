"""A made-up shop with everything that serving needs, built through the real parts: tables, features, snapshot, model.

For speed alone: shoppers buy at random with taste for two categories, so nothing can be learned about accuracy here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from merx_core.features import FEATURE_SERVICE, RANKING_COLUMNS, PairInputs, ProductColumns, ProfileFeatures
from merx_core.features.ranking import ranking_matrix
from merx_core.ids import ProductId
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import migrate
from merx_kit.features import SnapshotStore, apply, build_snapshot, feature_service_hash, materialise, open_store
from merx_kit.features.online import OnlineProfiles
from merx_kit.features.snapshot import ProductSnapshot
from merx_kit.registry import MlflowRegistry, ModelVersion
from merx_kit.settings import MerxSettings
from merx_models import golden
from merx_models.boosting import Boosting, BoostingSettings
from merx_models.bundle import Bundle, BundleParts, Golden, new_manifest
from merx_models.candidates import CandidateSources, Shopper, quotas_of
from merx_models.exploration import Arms, Thompson
from merx_models.neighbours import fit_cosine
from merx_models.popularity import Popularity, Sales
from merx_models.product_index import ProductIndex
from merx_models.ranking_rows import RankingRows
from merx_pipelines.steps.feature_tables import feature_tables
from merx_pipelines.steps.materialise import READ_ONLINE

REPOSITORY = Path(__file__).resolve().parent.parent / "feature_repo"
END = datetime(2026, 6, 1, tzinfo=UTC)
DAY = 86_400.0
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ShopSize:
    """`lines` are order lines of each shopper, over twenty weeks."""

    products: int = 20_000
    categories: int = 200
    shoppers: int = 1_000
    lines: int = 60
    trees: int = 100
    seed: int = 20261123


@dataclass(frozen=True)
class Furnished:
    """A home folder that a service can start from. `shoppers` and `products` are ids that it knows."""

    settings: MerxSettings
    version: ModelVersion
    bundle: Path
    shoppers: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True)
class Purchases:
    """One entry per order line, oldest first within a shopper."""

    shopper: Ints
    product: Ints
    age_days: npt.NDArray[np.float64]

    def histories(self) -> list[npt.NDArray[np.int32]]:
        borders = np.flatnonzero(np.diff(self.shopper)) + 1
        return [rows.astype(np.int32) for rows in np.split(self.product, borders)]


def furnish(home: Path, size: ShopSize, *, feast_online: str = "", products_online: bool = False) -> Furnished:
    """Fills `home`: online profiles (and products, for whoever reads them through Feast), published snapshot, migrated
    event log, a model registered and promoted."""
    settings = MerxSettings(home=home, feast_online=feast_online)
    rng = np.random.default_rng(size.seed)
    purchases = _purchases(size, rng)
    interactions, catalogue = home / "interactions.parquet", home / "catalogue.parquet"
    home.mkdir(parents=True, exist_ok=True)
    _interactions(purchases, rng).to_parquet(interactions)
    _catalogue(size, rng).to_parquet(catalogue)
    ids = tuple(f"p{row}" for row in range(size.products))
    store = open_store(settings, online_timeout_s=30.0)
    feature_tables(interactions, catalogue, home / "feast" / "offline", cutoffs=[END])
    declared = apply(store, REPOSITORY)
    materialise(store, END, declared if products_online else READ_ONLINE)
    migrate(settings.database_url)
    build_snapshot(store, ids, home / "snapshot", as_of=END, source="offline")
    SnapshotStore(settings.artefacts_url, home / "cache").publish(home / "snapshot")
    profiles = OnlineProfiles(store, clock=END.timestamp)
    known = [f"c:{shopper}" for shopper in range(min(size.shoppers, 200))]
    shoppers = [profile for profile in profiles.read_now(known) if profile is not None]
    profiles.close()
    snapshot = ProductSnapshot.open(home / "snapshot")
    contract = feature_service_hash(store, FEATURE_SERVICE)
    bundle = _bundle(home, size, purchases, shoppers=shoppers, columns=snapshot.columns, contract=contract)
    registry = MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url))
    (home / "mlflow").mkdir(exist_ok=True)
    version = registry.register("recommendation", bundle, tags={"feature_service_hash": contract})
    registry.promote("recommendation", version.version)
    return Furnished(settings, version, bundle, tuple(str(row) for row in range(size.shoppers)), ids)


def _purchases(size: ShopSize, rng: np.random.Generator) -> Purchases:
    per_category = size.products // size.categories
    tastes = rng.integers(0, size.categories, (size.shoppers, 2))
    shopper = np.repeat(np.arange(size.shoppers), size.lines)
    category = tastes[shopper, rng.integers(0, 2, len(shopper))]
    within = np.minimum(rng.geometric(8.0 / per_category, len(shopper)) - 1, per_category - 1)
    age = np.sort(rng.uniform(0.5, 140.0, (size.shoppers, size.lines)), axis=1)[:, ::-1].ravel()
    return Purchases(shopper, category * per_category + within, age)


def _interactions(purchases: Purchases, rng: np.random.Generator) -> pd.DataFrame:
    count = len(purchases.shopper)
    moment = pd.to_datetime((END.timestamp() - purchases.age_days * DAY) * 1e6, unit="us", utc=True)
    frame = pd.DataFrame(
        {
            "offset": np.arange(count),
            "time": moment.astype("datetime64[us, UTC]"),
            "profile_id": np.char.add("c:", purchases.shopper.astype(str)),
            "session_id": None,
            "product_id": np.char.add("p", purchases.product.astype(str)),
            "event_type": "purchase",
            "quantity": np.ones(count, np.int32),
            "unit_price": 100 + purchases.product % 1_900,
            "discount": np.where(rng.random(count) < 0.2, 20, 0),
            "channel": "web",
            "order_id": np.char.add("o", (np.arange(count) // 4).astype(str)),
        }
    )
    return frame.sort_values(["time", "offset"]).reset_index(drop=True)


def _catalogue(size: ShopSize, rng: np.random.Generator) -> pd.DataFrame:
    rows = np.arange(size.products)
    leaf = rows // (size.products // size.categories)
    department = np.char.add("D", (leaf // 10).astype(str))
    names = np.char.add("L", leaf.astype(str))
    return pd.DataFrame(
        {
            "product_id": np.char.add("p", rows.astype(str)),
            "title": np.char.add("Product ", rows.astype(str)),
            "description": "",
            "brand": np.char.add("B", (rows % 300).astype(str)),
            "category": np.char.add(np.char.add(department, " > "), names),
            "department": department,
            "leaf": names,
            "price": pd.array(100 + rows % 1_900, dtype="Int64"),
            "list_price": pd.array(110 + rows % 1_900, dtype="Int64"),
            "cost": pd.array(np.full(size.products, None), dtype="Int64"),
            "currency": "USD",
            "in_stock": rng.random(size.products) < 0.95,
            "stock": pd.array(np.full(size.products, None), dtype="Int64"),
            "picture": "",
        }
    )


def _sources(size: ShopSize, purchases: Purchases) -> CandidateSources:
    rows = purchases.product.astype(np.int32)
    neighbours = fit_cosine(purchases.histories(), size.products)
    popular = Popularity.fit(Sales(rows, purchases.age_days.astype(np.float32)), size.products)
    rare = np.flatnonzero(np.bincount(rows, minlength=size.products) == 0)[:500].astype(np.int32)
    nothing = np.zeros(len(rare))
    explore = Thompson.fit(Arms(rare, nothing, nothing))
    return CandidateSources({"neighbours": neighbours}, popular=popular, explore=explore)


def _bundle(
    home: Path,
    size: ShopSize,
    purchases: Purchases,
    *,
    shoppers: list[ProfileFeatures],
    columns: ProductColumns,
    contract: str,
) -> Path:
    index = ProductIndex(tuple(ProductId(f"p{row}") for row in range(size.products)))
    sources = _sources(size, purchases)
    rows = ranking_rows(shoppers, index, sources, columns=columns, seed=size.seed)
    half = len(shoppers) // 2
    settings = BoostingSettings(objective="binary", rounds=size.trees, patience=size.trees, min_rows=20)
    train, held_out = np.flatnonzero(rows.group < half), np.flatnonzero(rows.group >= half)
    model = Boosting.fit(rows.take(train), rows.take(held_out), settings=settings, seed=size.seed)
    graph = model.to_onnx(home / "ranker.onnx")
    manifest = new_manifest(
        "recommendation", feature_service=FEATURE_SERVICE, feature_service_hash=contract, columns=RANKING_COLUMNS
    )
    folder = home / "bundle"
    background = rows.features[:: max(1, len(rows) // 64)][:64]
    Bundle.save(folder, BundleParts(manifest, index, sources, graph, background=background))
    asked = [golden.request_of(shopper.history_ids, rows.features[:5], index.ids[:5]) for shopper in shoppers[:3]]
    loaded = Bundle.load(folder)
    Bundle.add_golden(folder, [Golden(request, golden.answer(loaded, request)) for request in asked])
    return folder


def ranking_rows(
    shoppers: list[ProfileFeatures],
    index: ProductIndex,
    sources: CandidateSources,
    *,
    columns: ProductColumns,
    seed: int,
) -> RankingRows:
    """Candidates of each shopper with made-up labels: wanted where it was bought before or sells well, with noise."""
    rng = np.random.default_rng(seed)
    now = END.timestamp()
    tables, drawn, labels, groups = [], [], [], []
    for group, profile in enumerate(shoppers):
        history = index.rows(profile.history_ids)
        ages = ((now - profile.history_times) / DAY).astype(np.float32)
        shopper = Shopper(history=history, counts=profile.history_counts, ages_days=ages, segment=profile.segment)
        found = sources.candidates(shopper, quotas_of("home"), rng=rng)
        pair = PairInputs.of(profile, history, np.empty(0, np.int32), now=now)
        table = ranking_matrix(profile, columns, found.rows, pair=pair, source_scores=found.source_scores, now=now)
        bought = np.nan_to_num(table[:, RANKING_COLUMNS.index("pair_times_bought")])
        sold = np.nan_to_num(table[:, RANKING_COLUMNS.index("product_sales_84d")])
        chance = 1.0 / (1.0 + np.exp(3.0 - 1.5 * bought - 0.5 * sold))
        tables.append(table)
        drawn.append(found.rows.astype(np.int64))
        labels.append((rng.random(len(table)) < chance).astype(np.float32))
        groups.append(np.full(len(table), group, np.int64))
    return RankingRows(
        np.concatenate(tables),
        np.concatenate(drawn),
        np.concatenate(labels),
        np.concatenate(groups),
        histories=np.full((len(shoppers), 1), -1, np.int64),
    )
