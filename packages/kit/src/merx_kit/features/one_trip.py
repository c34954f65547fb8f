"""Several views of one entity in one call to Redis: Feast keeps them in one hash, and asks for them view by view."""

from collections.abc import Sequence
from typing import Any

from feast.infra.online_stores.redis import RedisOnlineStore

Found = tuple[Any, Any]
"""Time of the row and its values, as `online_read` answers them."""


class OneTrip(RedisOnlineStore):  # type: ignore[misc]  # feast is not typed
    """Feast's own store, keys, encoding and settings; only the calls are fewer."""

    def __init__(self, config: Any, views: Sequence[tuple[Any, Sequence[str]]]) -> None:
        """`views` are feature views of one entity, each with the columns that are wanted."""
        self._config = config
        self._fields: list[Any] = []
        self._parts: list[tuple[str, list[str], slice]] = []
        for view, columns in views:
            requested, fields = self._generate_hset_keys_for_features(view, list(columns))
            self._parts.append((view.name, requested, slice(len(self._fields), len(self._fields) + len(fields))))
            self._fields += fields

    def read(self, entity_keys: Sequence[Any]) -> list[list[Found]]:
        """For each view one answer per key."""
        client = self._get_client(self._config.online_store)
        keys = self._generate_redis_keys_for_entities(self._config, entity_keys)
        if len(keys) == 1:  # a pipeline of one costs more than the call
            replies = [client.hmget(keys[0], self._fields)]
        else:
            with client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hmget(key, self._fields)
                replies = pipe.execute()
        return [
            self._convert_redis_values_to_protobuf([reply[part] for reply in replies], name, requested)
            for name, requested, part in self._parts
        ]

    def forget(self, entity_keys: Sequence[Any]) -> None:
        """Takes the views' fields away; a hash without any other is gone."""
        client = self._get_client(self._config.online_store)
        with client.pipeline(transaction=False) as pipe:
            for key in self._generate_redis_keys_for_entities(self._config, entity_keys):
                pipe.hdel(key, *self._fields)
            pipe.execute()
