from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.clients.served import Served


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """Tests use ids of their own."""
    from tests.clients.served import served  # seconds of CPU, which tests without a service need not pay

    with served(tmp_path_factory.mktemp("shop")) as running:
        yield running
