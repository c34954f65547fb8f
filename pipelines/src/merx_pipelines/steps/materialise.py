"""Feature tables to what services read: the online store, and the published snapshot of all products."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from merx_core.features import names
from merx_kit.settings import MerxSettings

WRITE_TIMEOUT_SECONDS = 30.0
READ_ONLINE = (*names.PROFILE_VIEWS, names.SESSION_ACTIVITY)
"""What requests read online; products are read from the snapshot."""


@dataclass(frozen=True)
class Served:
    """`views` were written up to `until`; `snapshot` is the published version."""

    until: datetime
    views: tuple[str, ...]
    snapshot: str
    products: int
    feature_service_hash: str


def materialise_features(
    settings: MerxSettings,
    repository: Path,
    catalogue: Path,
    *,
    until: datetime,
    products_online: bool = True,
    head: int | None = None,
) -> Served:
    """Applies the declarations, writes what is new up to `until`, builds and publishes the snapshot.

    `head` is the offset of the event log up to which `catalogue` was read: services follow the log from there.

    `products_online` puts the product views into the online store too, for whoever reads one product through Feast;
    requests do not need them, and 90,000 products take a minute.
    """
    from merx_kit.features import SnapshotStore, apply, build_snapshot, materialise, open_store

    store = open_store(settings, online_timeout_s=WRITE_TIMEOUT_SECONDS)
    declared = apply(store, repository)
    views: Iterable[str] = declared if products_online else [name for name in declared if name in READ_ONLINE]
    written = materialise(store, until, views)
    with tempfile.TemporaryDirectory(prefix="merx-snapshot-") as folder:
        manifest = replace(build_snapshot(store, product_ids(catalogue), Path(folder), as_of=until), head=head)
        manifest.write(Path(folder))
        version = SnapshotStore(settings.artefacts_url, Path(folder) / "cache").publish(Path(folder))
    return Served(
        until=until,
        views=tuple(written.views),
        snapshot=version,
        products=manifest.products,
        feature_service_hash=manifest.feature_service_hash,
    )


def product_ids(catalogue: Path) -> list[str]:
    """The products of the catalogue, each once, in its order."""
    import pyarrow.parquet as pq

    listed = pq.read_table(catalogue, columns=["product_id"])["product_id"].unique()
    return [str(product_id) for product_id in listed.to_pylist()]
