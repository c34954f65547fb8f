"""The log's table as the code sees it; the migrations make it."""

import sqlalchemy as sa

metadata = sa.MetaData()

event_log = sa.Table(
    "event_log",
    metadata,
    # SQLite numbers rows by itself only where the key is exactly INTEGER.
    sa.Column("log_offset", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
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

event_keys = sa.Table(
    "event_keys",
    metadata,
    sa.Column("key", sa.LargeBinary(16), primary_key=True),
    sa.Column("log_offset", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.LargeBinary(8), nullable=False),
    sa.Column("recorded_us", sa.BigInteger, nullable=False),
)
"""Which records are known, also after the log has dropped them."""
