"""The contract of the idempotency store on a real PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from merx_kit.http.idempotency_sql import SqlIdempotency
from tests.unit.kit.test_idempotency import TestStore

__all__ = ["TestStore"]


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlIdempotency]:
    engine = create_engine(postgres_url)
    sql = SqlIdempotency(engine)
    sql.create_table()
    yield sql
    engine.dispose()
