"""Idempotency keys in the service's SQL database, shared by its replicas (SQLite or PostgreSQL)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from merx_kit.http.idempotency import KEEP_SECONDS, MAX_KEY_LENGTH, Claim, Kept

METADATA = MetaData()
KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("owner", String(255), primary_key=True),
    Column("key", String(MAX_KEY_LENGTH), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("made", Double, nullable=False, index=True),
    Column("open_until", Double, nullable=False),
    Column("status", Integer, nullable=False, default=0),
    Column("media_type", String(100), nullable=False, default=""),
    Column("headers", LargeBinary, nullable=False, default=b"{}"),
    Column("body", LargeBinary, nullable=False, default=b""),
)


class SqlIdempotency:
    """The primary key decides who was first; the calls run in threads, off the event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_table(self) -> None:
        """For databases that no migration has prepared."""
        METADATA.create_all(self._engine)

    async def claim(self, claim: Claim) -> Kept | None:
        return await asyncio.to_thread(self._claim, claim)

    async def keep(self, claim: Claim, answer: Kept) -> None:
        await asyncio.to_thread(self._keep, claim, answer)

    async def release(self, claim: Claim) -> None:
        await asyncio.to_thread(self._release, claim)

    def purge(self, now: float) -> int:
        """Delete the keys that hold nothing any more; gives how many."""
        with self._engine.begin() as connection:
            return connection.execute(delete(KEYS).where(_stale(now))).rowcount

    def _claim(self, claim: Claim) -> Kept | None:
        mine = (KEYS.c.owner == claim.owner) & (KEYS.c.key == claim.key)
        row = {"owner": claim.owner, "key": claim.key, "fingerprint": claim.fingerprint}
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(KEYS).where(mine & _stale(claim.made)))
                connection.execute(insert(KEYS).values(**row, made=claim.made, open_until=claim.open_until))
        except IntegrityError:
            with self._engine.connect() as connection:
                found = connection.execute(select(KEYS).where(mine)).mappings().one_or_none()
            return self._claim(claim) if found is None else _kept(dict(found))
        return None

    def _keep(self, claim: Claim, answer: Kept) -> None:
        values = {
            "status": answer.status,
            "media_type": answer.media_type,
            "headers": msgspec.json.encode(answer.headers),
            "body": answer.body,
        }
        with self._engine.begin() as connection:
            connection.execute(update(KEYS).where(_same(claim)).values(**values))

    def _release(self, claim: Claim) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(KEYS).where(_same(claim)))


def _same(claim: Claim) -> ColumnElement[bool]:
    """The row of this very claim: one that outlived its lease must not touch its successor's."""
    return (KEYS.c.owner == claim.owner) & (KEYS.c.key == claim.key) & (KEYS.c.made == claim.made)


def _stale(now: float) -> ColumnElement[bool]:
    unanswered = (KEYS.c.status == 0) & (KEYS.c.open_until <= now)
    return unanswered | ((KEYS.c.status > 0) & (KEYS.c.made <= now - KEEP_SECONDS))


def _kept(row: Mapping[str, Any]) -> Kept:
    claim = Claim(row["owner"], row["key"], row["fingerprint"], row["made"], row["open_until"])
    headers = msgspec.json.decode(row["headers"], type=dict[str, str])
    return Kept(claim, row["status"], row["media_type"], headers, row["body"])
