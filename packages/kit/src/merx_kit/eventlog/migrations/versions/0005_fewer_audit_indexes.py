"""Quotes of a decision are found by its product: an index of their own cost half of each commit."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("price_quotes_by_decision", "price_quotes")
