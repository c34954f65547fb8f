"""Feast, used where it is right: one shopper online, whole tables offline; products come from a snapshot."""

from merx_kit.features.breaker import Breaker
from merx_kit.features.online import FeaturesUnavailable, OnlineProfiles
from merx_kit.features.snapshot import ProductSnapshot, SnapshotDamaged, SnapshotManifest
from merx_kit.features.snapshot_build import build_snapshot
from merx_kit.features.snapshot_store import SnapshotStore
from merx_kit.features.store import apply, feature_service_hash, historical, materialise, open_store

__all__ = [
    "Breaker",
    "FeaturesUnavailable",
    "OnlineProfiles",
    "ProductSnapshot",
    "SnapshotDamaged",
    "SnapshotManifest",
    "SnapshotStore",
    "apply",
    "build_snapshot",
    "feature_service_hash",
    "historical",
    "materialise",
    "open_store",
]
