"""The catalogue as an index build reads it: products, how well they sell, and where in the log that was."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np

from merx_core.catalogue import Product
from merx_kit.settings import MerxSettings

PRODUCTS, SALES, ABOUT = "products.jsonl", "sales.json", "about.json"


@dataclass(frozen=True)
class About:
    """`head` is the offset of the log up to which the products are known."""

    head: int
    products: int

    @classmethod
    def read(cls, folder: Path) -> "About":
        return cls(**json.loads((folder / ABOUT).read_text()))


def run(out: Path, *, settings: MerxSettings | None = None) -> About:
    """Writes products.jsonl, sales.json and about.json; an empty catalogue is one, too."""
    from merx_kit.eventlog import EventLog
    from merx_kit.eventlog.maintenance import archive_of
    from merx_kit.eventlog.tables import read_products

    used = settings or MerxSettings.load()
    with EventLog(used.database_url) as log:
        head = log.head()
        products = read_products(log, archive_of(used))
    out.mkdir(parents=True, exist_ok=True)
    (out / PRODUCTS).write_bytes(msgspec.json.Encoder().encode_lines(products))
    (out / SALES).write_text(json.dumps(recent_sales(used)))
    about = About(head, len(products))
    (out / ABOUT).write_text(json.dumps(asdict(about)))
    return about


def read_products_of(folder: Path) -> list[Product]:
    return msgspec.json.Decoder(Product).decode_lines((folder / PRODUCTS).read_bytes())


def read_sales(folder: Path) -> dict[str, float]:
    sold: dict[str, float] = json.loads((folder / SALES).read_text())
    return sold


def recent_sales(settings: MerxSettings) -> dict[str, float]:
    """What the product snapshot says was sold in the last 28 days; nothing where there is no snapshot yet."""
    from merx_kit.features import SnapshotStore

    store = SnapshotStore(settings.artefacts_url, settings.home / "lastgood" / "products")
    store.refresh()
    snapshot = store.current
    if snapshot is None:
        return {}
    sold = np.nan_to_num(np.asarray(snapshot.column("sales_28d"), np.float64))
    return {snapshot.ids[row]: float(sold[row]) for row in np.flatnonzero(sold > 0).tolist()}


def by_sales(products: list[Product], sold: dict[str, float]) -> list[Product]:
    """The best sold first; equal ones by id."""
    return sorted(products, key=lambda product: (-sold.get(product.product_id, 0.0), product.product_id))
