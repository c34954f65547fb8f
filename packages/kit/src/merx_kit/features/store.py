"""The Feast store of an installation: built from settings, filled incrementally, read point-in-time."""

import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from merx_core.features import names
from merx_kit.settings import MerxSettings
from merx_kit.sqlite_wal import use_wal

if TYPE_CHECKING:
    import pandas as pd
    from feast import FeatureStore

PROJECT = "merx"
REPOSITORY = "feature_repo"
REGISTRY_TTL_SECONDS = 60
REDIS_TIMEOUT_SECONDS = 0.04
WRITE_BATCH_ROWS = 10_000


def state_folder(settings: MerxSettings) -> Path:
    """Where registry, online database and `offline/*.parquet` of this installation lie."""
    return settings.home / "feast"


def open_store(
    settings: MerxSettings,
    *,
    online_timeout_s: float = REDIS_TIMEOUT_SECONDS,
    redis_options: Mapping[str, Any] = MappingProxyType({}),
) -> "FeatureStore":
    """The feature store that `settings` name; nothing is connected to until the first read.

    `online_timeout_s` is how long one call to Redis may take; writers should allow seconds. `redis_options` are
    Feast's own, and count where the online store is Redis.
    """
    from feast import FeatureStore, RepoConfig

    folder = state_folder(settings)
    (folder / "offline").mkdir(parents=True, exist_ok=True)
    config = RepoConfig(
        project=PROJECT,
        provider="local",
        registry=_registry(settings, folder),
        online_store=_online(settings, folder, online_timeout_s, options=redis_options),
        offline_store={"type": settings.feast_offline},
        repo_path=folder,
        entity_key_serialization_version=3,
        # In one batch Feast would write the first chunk of the table alone, and say nothing.
        materialization={"online_write_batch_size": WRITE_BATCH_ROWS},
    )
    return FeatureStore(repo_path=str(folder), config=config)


def _registry(settings: MerxSettings, folder: Path) -> dict[str, Any]:
    if settings.feast_registry:
        return {"registry_type": "sql", "path": settings.feast_registry, "cache_ttl_seconds": REGISTRY_TTL_SECONDS}
    return {"registry_type": "file", "path": str(folder / "registry.db"), "cache_ttl_seconds": REGISTRY_TTL_SECONDS}


def _online(settings: MerxSettings, folder: Path, timeout_s: float, *, options: Mapping[str, Any]) -> dict[str, Any]:
    if settings.feast_online:
        connection = redis_connection(settings.feast_online, timeout_s)
        return {"type": "redis", "connection_string": connection, **options}
    return {"type": "sqlite", "path": str(folder / "online.db")}


def redis_connection(url: str, timeout_s: float) -> str:
    """Feast's spelling of a redis:// or rediss:// URL, with a time limit on every call and no silent retries.

    Raises ValueError on a URL that Feast's comma-separated form cannot hold.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("the online store must be redis://host:port/db or rediss://...")
    options = {"db": parts.path.strip("/") or "0", "socket_timeout": timeout_s, "socket_connect_timeout": timeout_s}
    # redis-py's own default is three retries with seconds between them: a dead server would stall every request.
    options["retry"] = "null"
    if parts.scheme == "rediss":
        options["ssl"] = "true"
    for name, secret in (("username", parts.username), ("password", parts.password)):
        if secret:
            value = unquote(secret)
            if "," in value:
                raise ValueError(f"the {name} of the online store must not contain a comma")
            options[name] = json.dumps(value)
    return ",".join([f"{parts.hostname}:{parts.port or 6379}", *(f"{key}={value}" for key, value in options.items())])


def apply(store: "FeatureStore", repository: Path) -> list[str]:
    """Registers the declarations in the folder `repository`, and returns the names of the feature views."""
    from feast import Entity, FeatureService, FeatureView

    found: dict[int, Any] = {}
    for module in _declarations(repository):
        for value in vars(module).values():
            if isinstance(value, Entity | FeatureView | FeatureService):
                found[id(value)] = value
    objects = sorted(found.values(), key=lambda item: (type(item).__name__, item.name))
    if not objects:
        raise ValueError(f"{repository} declares no features")
    for item in objects:
        _anchor(getattr(item, "batch_source", None), state=Path(store.repo_path))
    store.apply(objects)
    store.refresh_registry()
    _allow_readers_beside_a_writer(store)
    return [item.name for item in objects if isinstance(item, FeatureView)]


def _anchor(source: Any, *, state: Path) -> None:
    """A relative file path made absolute: Feast's DuckDB store reads it from the working directory, others do not."""
    from feast import FileSource

    if isinstance(source, FileSource) and "://" not in source.path and not Path(source.path).is_absolute():
        source.file_options.uri = str(state / source.path)


def _declarations(repository: Path) -> list[ModuleType]:
    """The modules of the folder, freshly loaded as the package `feature_repo`."""
    for name in [name for name in sys.modules if name.split(".")[0] == REPOSITORY]:
        del sys.modules[name]
    init = repository / "__init__.py"
    if not init.is_file():
        raise FileNotFoundError(f"{init}: no feature repository there")
    spec = importlib.util.spec_from_file_location(REPOSITORY, init, submodule_search_locations=[str(repository)])
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{init}: not a Python package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[REPOSITORY] = package
    spec.loader.exec_module(package)
    modules = sorted(path.stem for path in repository.glob("*.py") if path.stem != "__init__")
    return [importlib.import_module(f"{REPOSITORY}.{module}") for module in modules]


def _allow_readers_beside_a_writer(store: "FeatureStore") -> None:
    """A reader of SQLite waits while a batch is committed, except in WAL mode, which the file keeps once set."""
    import sqlite3
    from contextlib import closing

    path = getattr(store.config.online_store, "path", None)
    if store.config.online_store.type == "sqlite" and path:
        with closing(sqlite3.connect(path)) as connection:
            use_wal(connection)


@dataclass(frozen=True)
class Materialised:
    """`views` maps each view that had something new to the interval that was written."""

    until: datetime
    views: dict[str, tuple[datetime, datetime]]


def materialise(store: "FeatureStore", until: datetime, views: Iterable[str] | None = None) -> Materialised:
    """Writes what is new up to `until` into the online store, view by view.

    Without `views` all are written; those that are pushed alone (LIVE_VIEWS) never. Each view continues where its last
    complete run ended, and starts at `until` minus its TTL: a run that was cut short is simply repeated, and a second
    one writes nothing. Raises ValueError for a time without an offset.
    """
    if until.tzinfo is None:
        raise ValueError("`until` carries a UTC offset")
    pushed = set(names.LIVE_VIEWS)
    wanted = set(views) - pushed if views is not None else None
    written: dict[str, tuple[datetime, datetime]] = {}
    for view in sorted(store.list_feature_views(), key=lambda item: str(item.name)):
        if view.name in pushed or (wanted is not None and view.name not in wanted):
            continue
        since = _continues_at(view, until)
        if since < until:
            store.materialize(since, until, feature_views=[view.name], disable_event_timestamp=False)
            written[view.name] = (since, until)
    store.refresh_registry()
    return Materialised(until=until, views=written)


def _continues_at(view: Any, until: datetime) -> datetime:
    # Feast's own materialize_incremental counts the first interval from the clock on the wall, so that a history which
    # is older than the TTL, such as an imported one, would never reach the online store.
    ends = [end if end.tzinfo else end.replace(tzinfo=UTC) for _, end in view.materialization_intervals]
    start: datetime = max([until - view.ttl, *ends])
    return start


def historical(store: "FeatureStore", entity_df: "pd.DataFrame", features: str | Sequence[str]) -> "pd.DataFrame":
    """`entity_df` (join keys and `event_timestamp`) with the features as they were known at each row's time.

    `features` is the name of a FeatureService, or references like "product_price:usual_price".
    """
    wanted = store.get_feature_service(features) if isinstance(features, str) else list(features)
    frame: pd.DataFrame = store.get_historical_features(entity_df=entity_df, features=wanted).to_df()
    return frame


def feature_service_hash(store: "FeatureStore", name: str) -> str:
    """A stable sha256 of what the service promises: its views, their keys, and each column with its type.

    Sources, descriptions, tags and TTLs are not part of it, and neither is the order of the columns.
    """
    service = store.get_feature_service(name)
    contract = []
    for projection in service.feature_view_projections:
        keys = sorted(store.get_feature_view(projection.name).join_keys)
        columns = sorted((str(field.name), str(field.dtype)) for field in projection.features)
        contract.append([projection.name_to_use(), keys, columns])
    text = json.dumps([name, sorted(contract)], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
