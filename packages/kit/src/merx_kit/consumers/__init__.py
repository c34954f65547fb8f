"""Readers of the event log: each stores its offset with its effect, so that a crash at any point changes nothing."""

from merx_kit.consumers.ledger import Standing, replay, retry, set_aside, standings
from merx_kit.consumers.ports import Batch, Consumer, Poison, StoreAway
from merx_kit.consumers.runner import Runner

__all__ = [
    "Batch",
    "Consumer",
    "Poison",
    "Runner",
    "Standing",
    "StoreAway",
    "replay",
    "retry",
    "set_aside",
    "standings",
]
