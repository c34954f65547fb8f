"""What the log's readers keep beside it, and what its door keeps: offsets, states, records set aside, keys, imports."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consumer_offsets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("log_offset", sa.BigInteger, nullable=False),
        sa.Column("updated_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "consumer_state",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("log_offset", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "consumer_poison",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("log_offset", sa.BigInteger, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_aside_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("started_us", sa.BigInteger),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.Column("report", sa.LargeBinary),
    )
    # Not in every database yet: tests and trials made it by themselves.
    if not sa.inspect(op.get_bind()).has_table("idempotency_keys"):
        op.create_table(
            "idempotency_keys",
            sa.Column("owner", sa.String(255), primary_key=True),
            sa.Column("key", sa.String(255), primary_key=True),
            sa.Column("fingerprint", sa.String(64), nullable=False),
            sa.Column("made", sa.Double, nullable=False, index=True),
            sa.Column("open_until", sa.Double, nullable=False),
            sa.Column("status", sa.Integer, nullable=False),
            sa.Column("media_type", sa.String(100), nullable=False),
            sa.Column("headers", sa.LargeBinary, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
