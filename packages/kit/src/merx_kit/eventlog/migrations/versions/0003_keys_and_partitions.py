"""Known records in a table of their own; on PostgreSQL the log in partitions by the time of recording."""

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from merx_kit.eventlog.partitions import ensure_partitions
from merx_kit.eventlog.records import digest_of, key_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What 0001 says of the lock holds here; the moment of recording is taken under it too, and never falls as offsets grow.
_RESERVE = """
CREATE FUNCTION merx_reserve_offsets(size bigint, OUT first_offset bigint, OUT recorded_us bigint)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'an append to the event log is the first and only write of its transaction';
    END IF;
    PERFORM pg_advisory_lock(hashtext('merx event log offsets'));
    PERFORM pg_current_xact_id();
    first_offset := nextval('event_log_offsets');
    PERFORM setval('event_log_offsets', first_offset + size - 1);
    recorded_us := greatest(nextval('event_log_clock'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
    PERFORM setval('event_log_clock', recorded_us);
    PERFORM pg_advisory_unlock(hashtext('merx event log offsets'));
END
$$
"""
_COLUMNS = "log_offset, source, id, type, subject, time_us, recorded_us, content_type, data"
_GROWING = "max(recorded_us) OVER (ORDER BY log_offset)"


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "event_keys",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("log_offset", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(8), nullable=False),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.rename_table("event_log", "event_log_before")
    (_on_postgres if postgres else _on_sqlite)(op.get_bind())
    op.drop_table("event_log_before")


def _on_postgres(connection: sa.Connection) -> None:
    op.execute("""
        CREATE TABLE event_log (
            log_offset bigint NOT NULL, source text NOT NULL, id text NOT NULL, type text NOT NULL, subject text,
            time_us bigint, recorded_us bigint NOT NULL, content_type text, data bytea NOT NULL,
            transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
            CONSTRAINT event_log_by_offset PRIMARY KEY (log_offset, recorded_us)
        ) PARTITION BY RANGE (recorded_us)
    """)
    op.execute("CREATE TABLE event_log_default PARTITION OF event_log DEFAULT")
    now_us = time.time_ns() // 1000
    first, last = connection.execute(
        sa.text("SELECT coalesce(min(recorded_us), :now), coalesce(max(recorded_us), 1) FROM event_log_before"),
        {"now": now_us},
    ).one()
    ensure_partitions(connection, since_us=first, now_us=max(now_us, last))
    op.execute(f"""
        INSERT INTO event_log ({_COLUMNS}, transaction_id)
        SELECT {_COLUMNS.replace("recorded_us", _GROWING)}, transaction_id FROM event_log_before
    """)  # noqa: S608 - no outside text
    op.execute("""
        INSERT INTO event_keys (key, log_offset, digest, recorded_us)
        SELECT substring(sha256(convert_to(char_length(source) || ':' || source || id, 'UTF8')) FOR 16), log_offset,
               substring(sha256(data) FOR 8), recorded_us
        FROM event_log
    """)
    op.execute("CREATE SEQUENCE event_log_clock AS bigint")
    connection.execute(sa.text("SELECT setval('event_log_clock', :last)"), {"last": last})
    op.execute("DROP FUNCTION merx_reserve_offsets(bigint)")
    op.execute(_RESERVE)


def _on_sqlite(connection: sa.Connection) -> None:
    op.create_table(
        "event_log",
        sa.Column("log_offset", sa.Integer, primary_key=True, autoincrement="auto"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("time_us", sa.BigInteger),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.execute(f"""
        INSERT INTO event_log ({_COLUMNS})
        SELECT {_COLUMNS.replace("recorded_us", _GROWING)} FROM event_log_before ORDER BY log_offset
    """)  # noqa: S608 - no outside text
    raw: Any = connection.connection.driver_connection
    raw.create_function("merx_key", 2, key_of, deterministic=True)
    raw.create_function("merx_digest", 1, digest_of, deterministic=True)
    op.execute("""
        INSERT INTO event_keys (key, log_offset, digest, recorded_us)
        SELECT merx_key(source, id), log_offset, merx_digest(data), recorded_us FROM event_log ORDER BY 1
    """)
