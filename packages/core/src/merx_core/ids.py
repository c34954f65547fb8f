"""Identifiers, each its own type so that mypy refuses one where another is meant."""

from typing import NewType

CustomerId = NewType("CustomerId", str)
"""A shopper the shop knows (signed in)."""

AnonymousId = NewType("AnonymousId", str)
"""A device or browser."""

ProfileId = NewType("ProfileId", str)
"""Who identity resolution says a shopper is; the key of every shopper feature."""

SessionId = NewType("SessionId", str)
ProductId = NewType("ProductId", str)

MessageId = NewType("MessageId", str)
"""The client's id of one event: the idempotency key."""


def profile_of(customer_id: str | None, anonymous_id: str | None) -> ProfileId | None:
    """The profile of a shopper before identity resolution: the customer where known, else the device, else nobody."""
    if customer_id:
        return ProfileId(f"c:{customer_id}")
    if anonymous_id:
        return ProfileId(f"a:{anonymous_id}")
    return None
