"""Whom and what the features describe."""

from feast import Entity, ValueType

from merx_core.features import names

profile = Entity(name=names.PROFILE, join_keys=[names.PROFILE_KEY], value_type=ValueType.STRING)
product = Entity(name=names.PRODUCT, join_keys=[names.PRODUCT_KEY], value_type=ValueType.STRING)
session = Entity(name=names.SESSION, join_keys=[names.SESSION_KEY], value_type=ValueType.STRING)
