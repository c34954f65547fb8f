"""The servers that other tests stand on answer, and give each test a clean place."""

from typing import Any

import fsspec
import redis
import sqlalchemy


class TestValkey:
    def test_keeps_what_it_is_given(self, valkey_url: str) -> None:
        with redis.Redis.from_url(valkey_url) as client:
            client.set("servers:greeting", "hello")
            assert client.get("servers:greeting") == b"hello"


class TestPostgres:
    def test_first_test_has_an_empty_database(self, postgres_url: str) -> None:
        assert _tables_then_create(postgres_url) == []

    def test_second_test_has_an_empty_database_too(self, postgres_url: str) -> None:
        assert _tables_then_create(postgres_url) == []


class TestS3:
    def test_object_is_read_back(self, s3_url: str, s3_options: dict[str, Any]) -> None:
        files, root = fsspec.url_to_fs(s3_url, **s3_options)
        files.pipe(f"{root}/folder/name", b"content")
        assert files.cat(f"{root}/folder/name") == b"content"
        assert [path.rsplit("/", 1)[1] for path in files.find(root)] == ["name"]


def _tables_then_create(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        connection.execute(sqlalchemy.text("CREATE TABLE thing (id int)"))
    engine.dispose()
    return tables
