"""The event log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Offsets must be handed out in the order of transaction ids. Were they not, a transaction with an older id and higher
# offsets could commit while a younger one with lower offsets is still open, and a reader of `transaction_id < xmin`
# would step over the younger. The lock is held while id and offsets are taken, not until the commit: appends of
# different transactions otherwise run side by side. For the same reason a transaction may append only once, first.
_RESERVE = """
CREATE FUNCTION merx_reserve_offsets(size bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    first_offset bigint;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'an append to the event log is the first and only write of its transaction';
    END IF;
    PERFORM pg_advisory_lock(hashtext('merx event log offsets'));
    PERFORM pg_current_xact_id();
    first_offset := nextval('event_log_offsets');
    PERFORM setval('event_log_offsets', first_offset + size - 1);
    PERFORM pg_advisory_unlock(hashtext('merx event log offsets'));
    RETURN first_offset;
END
$$
"""


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "event_log",
        sa.Column(
            "log_offset",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False if postgres else "auto",
        ),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("time_us", sa.BigInteger),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("source", "id", name="event_log_source_id"),
        sqlite_autoincrement=True,
    )
    if postgres:
        op.execute("ALTER TABLE event_log ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id()")
        op.execute("CREATE SEQUENCE event_log_offsets AS bigint")
        op.execute(_RESERVE)
