"""A profile that is done in a second."""

from collections.abc import Iterator

import pytest

from merx_pipelines import profiles
from tests.unit.pipelines.indexing.made_catalogue import TINY


@pytest.fixture(scope="session", autouse=True)
def tiny_profile() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(profiles.INDEX_PROFILES, TINY.name, TINY)
        yield
