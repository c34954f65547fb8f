"""What the log's readers keep beside it, as the code sees it; the migrations of the log make it."""

import sqlalchemy as sa

metadata = sa.MetaData()

consumer_offsets = sa.Table(
    "consumer_offsets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("log_offset", sa.BigInteger, nullable=False),
    sa.Column("updated_us", sa.BigInteger, nullable=False),
)
consumer_state = sa.Table(
    "consumer_state",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("log_offset", sa.BigInteger, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)
consumer_poison = sa.Table(
    "consumer_poison",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("log_offset", sa.BigInteger, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    # 0: to be tried again.
    sa.Column("set_aside_us", sa.BigInteger, nullable=False),
)
