"""Writing rows of one view to the online store, through Feast's provider, and taking them away again."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from merx_kit.consumers.ports import StoreAway
from merx_kit.features.online import store_failures

if TYPE_CHECKING:
    from feast import FeatureStore

Row = tuple[str, Mapping[str, Any], datetime]
"""Id of the entity, feature name to Feast's Value message, and the moment that the row is of."""


class OnlineRows:
    """Rows of `view`, an entity of one key. Raises StoreAway where the store does not answer or is not set up yet."""

    def __init__(self, store: "FeatureStore", view: str) -> None:
        from feast.infra.provider import get_provider
        from feast.protos.feast.types.EntityKey_pb2 import EntityKey
        from feast.protos.feast.types.Value_pb2 import Value

        self._store = store
        self._name = view
        self._view: Any = None
        self._join_keys: list[str] = []
        self._redis: Any = None
        self._provider: Any = get_provider(store.config)
        self._key: Any = EntityKey
        self._value: Any = Value
        self._failures = store_failures()

    def write(self, rows: Sequence[Row]) -> None:
        """Puts the rows in place of those that are there."""
        if not rows:
            return
        try:
            view = self._declared()
            ready = [(self._entity(name), values, moment, None) for name, values, moment in rows]
            self._provider.online_write_batch(self._store.config, view, ready, None)
        except self._failures as error:
            raise StoreAway(f"{type(error).__name__}: {error}") from error

    def forget(self, ids: Sequence[str], *, before: datetime) -> None:
        """Takes the rows of `ids` away; SQLite, which keeps no order of its own, everything older than `before`."""
        if not ids:
            return
        try:
            view = self._declared()
            if self._store.config.online_store.type == "redis":
                self._forget_in_redis(view, ids)
            else:
                self._forget_in_sqlite(before)
        except self._failures as error:
            raise StoreAway(f"{type(error).__name__}: {error}") from error

    def _declared(self) -> Any:
        if self._view is None:
            self._store.refresh_registry()
            view = self._store.get_feature_view(self._name)
            self._join_keys = list(view.join_keys)  # once: Feast works them out anew each time
            self._view = view
        return self._view

    def _entity(self, name: str) -> Any:
        return self._key(join_keys=self._join_keys, entity_values=[self._value(string_val=name)])

    def _forget_in_redis(self, view: Any, ids: Sequence[str]) -> None:
        from merx_kit.features.one_trip import OneTrip

        if self._redis is None:
            self._redis = OneTrip(self._store.config, [(view, [field.name for field in view.features])])
        self._redis.forget([self._entity(name) for name in ids])

    def _forget_in_sqlite(self, before: datetime) -> None:
        config = self._store.config
        table = f"{config.project}_{self._name}"
        moment = before.timestamp()
        with closing(sqlite3.connect(config.online_store.path, timeout=5.0)) as connection, connection:
            # Feast keeps whole seconds.
            connection.execute(f'DELETE FROM "{table}" WHERE event_ts < ?', (int(moment),))  # noqa: S608
