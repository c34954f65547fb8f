"""Feast, used where it is right: one shopper online, whole tables offline; products come from a snapshot."""

from merx_kit.features.breaker import Breaker
from merx_kit.features.errors import FeaturesUnavailable
from merx_kit.features.online import OnlineProfiles
from merx_kit.features.profiles import FeastProfiles, feast_profiles
from merx_kit.features.snapshot import ProductSnapshot, SnapshotDamaged, SnapshotManifest
from merx_kit.features.snapshot_build import build_snapshot
from merx_kit.features.snapshot_store import SnapshotStore
from merx_kit.features.store import apply, feature_service_hash, historical, materialise, open_store

__all__ = [
    "Breaker",
    "FeastProfiles",
    "FeaturesUnavailable",
    "OnlineProfiles",
    "ProductSnapshot",
    "SnapshotDamaged",
    "SnapshotManifest",
    "SnapshotStore",
    "apply",
    "build_snapshot",
    "feast_profiles",
    "feature_service_hash",
    "historical",
    "materialise",
    "open_store",
]
