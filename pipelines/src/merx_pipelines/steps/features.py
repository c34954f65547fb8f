"""Cleaned tables to everything that features are read from: offline tables, online store, product snapshot."""

from pathlib import Path

from merx_kit.settings import MerxSettings
from merx_pipelines.plan import cutoffs_of, plan_of, profile_named
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS, Window
from merx_pipelines.steps.feature_tables import feature_tables, last_cutoff
from merx_pipelines.steps.materialise import Served, materialise_features


def run(clean: Path, repository: Path, *, profile: str = "quick", settings: MerxSettings | None = None) -> Served:
    """Makes the tables at every cut-off that a training run of `profile` asks for, and serves what is known by now."""
    from merx_kit.features.store import state_folder

    used = settings or MerxSettings.load()
    plan, latest = plan_of(clean, profile_named(profile)), last_cutoff(clean / INTERACTIONS)
    offline = state_folder(used) / "offline"
    # A shop is looked at after it last sold; what serves knows that too.
    moments = sorted({*cutoffs_of(plan), latest})
    feature_tables(clean / INTERACTIONS, clean / CATALOGUE, offline, cutoffs=moments)
    online, head = not used.embedded, Window.read(clean).head
    return materialise_features(used, repository, clean / CATALOGUE, until=latest, products_online=online, head=head)
