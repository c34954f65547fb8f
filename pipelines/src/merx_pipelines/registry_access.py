"""The model registry that the settings name."""

from merx_kit.artefacts import ArtefactStore
from merx_kit.registry import MlflowRegistry
from merx_kit.settings import MerxSettings

EVALUATED_TAG = "evaluated_artefact"
"""Tag of a version: its twin that has not seen the held-out week, for a fair comparison with the next version."""


def model_registry(settings: MerxSettings) -> MlflowRegistry:
    return MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url))
