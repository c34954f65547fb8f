"""Automatic promotion where it is so set, as in the embedded default; elsewhere a new model stops at challenger."""

from merx_kit.settings import MerxSettings
from merx_pipelines.registry_access import model_registry


def run(name: str, version: str, *, settings: MerxSettings | None = None) -> bool:
    """Makes `version` of `name` the champion where the settings promote by themselves; says whether it did."""
    used = settings or MerxSettings.load()
    if not used.promote_automatically:
        return False
    model_registry(used).promote(name, version)
    return True
