"""Models by name and alias: what is in service, what waits, what was before; and the slot that keeps one loaded.

Importing this opens nothing and does not import MLflow; `MlflowRegistry` does at its first use.
"""

from merx_kit.registry.client import MlflowRegistry
from merx_kit.registry.ports import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    ModelMissing,
    ModelRefused,
    ModelRegistry,
    ModelVersion,
    RegistryError,
    RegistryUnavailable,
)
from merx_kit.registry.slot import Loaded, ModelSlot, SlotSettings

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "Loaded",
    "MlflowRegistry",
    "ModelMissing",
    "ModelRefused",
    "ModelRegistry",
    "ModelSlot",
    "ModelVersion",
    "RegistryError",
    "RegistryUnavailable",
    "SlotSettings",
]
