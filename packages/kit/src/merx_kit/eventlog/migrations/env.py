"""Runs the migrations on the connection, and inside the transaction, that `merx_kit.eventlog.migrate` holds."""

from alembic import context

from merx_kit.eventlog.migration import VERSION_TABLE
from merx_kit.eventlog.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
