"""What pricing must be able to prove: rule sets, decisions and the prices that were given; none of it ever changes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("price_rules", "price_decisions", "price_quotes")


def upgrade() -> None:
    op.create_table(
        "price_rules",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("first_us", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "price_decisions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("first_us", sa.BigInteger, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "price_quotes",
        # SQLite numbers rows by itself only where the key is exactly INTEGER.
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("time_us", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("applied", sa.Boolean, nullable=False),
        sa.Column("profile_id", sa.Text),
        sa.Column("offer_bp", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("price_quotes_by_product", "price_quotes", ["product_id", "number"])
    op.create_index("price_quotes_by_request", "price_quotes", ["request_id"])
    op.create_index("price_quotes_by_decision", "price_quotes", ["decision_id", "number"])
    (_seal_on_postgres if op.get_bind().dialect.name == "postgresql" else _seal_on_sqlite)()


def _seal_on_postgres() -> None:
    op.execute("""
        CREATE FUNCTION merx_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit of prices is append-only';
        END
        $$
    """)
    for table in _TABLES:
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION merx_append_only()
        """)


def _seal_on_sqlite() -> None:
    for table in _TABLES:
        for change in ("UPDATE", "DELETE"):
            op.execute(f"""
                CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}
                BEGIN SELECT RAISE(ABORT, 'the audit of prices is append-only'); END
            """)
