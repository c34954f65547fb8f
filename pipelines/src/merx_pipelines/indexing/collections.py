"""Where the text vectors of an index lie, and which of what lies there is not wanted any more."""

from datetime import UTC, datetime, timedelta

import structlog

from merx_kit.registry import MlflowRegistry
from merx_kit.settings import MerxSettings
from merx_models.vectors.milvus_store import MilvusStore
from merx_models.vectors.tailed import VectorsUnavailable

log = structlog.get_logger(__name__)

COLLECTION_TAG = "collection"
"""Tag of a version: where its text vectors lie; absent where it holds them itself."""
KEPT = timedelta(days=1)
"""A younger collection may be one that another run has not registered yet."""


def vector_store(settings: MerxSettings) -> MilvusStore | None:
    """None where each process holds its vectors itself. The registry names the installation to which they belong."""
    return MilvusStore(settings.vectors_url, owner=settings.mlflow_url) if settings.vectors_url else None


def drop_unused(store: MilvusStore, registry: MlflowRegistry, name: str, *, now: datetime | None = None) -> list[str]:
    """Drops the collections to which no version of `name` with an alias refers, and says which. Raises
    VectorsUnavailable, RegistryUnavailable."""
    used = {version.tags.get(COLLECTION_TAG) for version in registry.versions(name) if version.aliases}
    begun_before = (now or datetime.now(UTC)) - KEPT
    unused = [each for each in store.names() if each not in used and store.created(each) < begun_before]
    for each in unused:
        store.drop(each)
    return unused


def tidy(settings: MerxSettings, registry: MlflowRegistry, name: str) -> None:
    """`drop_unused`, where vectors lie in a store; what cannot be dropped now is dropped after another build."""
    store = vector_store(settings)
    if store is None:
        return
    try:
        dropped = drop_unused(store, registry, name)
    except VectorsUnavailable as error:
        log.warning("collections_not_tidied", detail=str(error))
    else:
        log.info("collections_tidied", dropped=dropped)
