"""Bringing the log's database to the schema of this version."""

from pathlib import Path

from merx_kit.eventlog.database import WRITING, dialect_of, make_folder, open_engine, parse_url
from merx_kit.eventlog.errors import EventLogTooNew, EventLogUnavailable, translated

_SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "event_log_version"
"""Not Alembic's own default: other tools may keep their version in the same database."""


def migrate(url: str) -> None:
    """Creates or upgrades the tables, under a lock: any number of processes may call this at once.

    To be called at every start, and after a backup was restored. Raises an EventLogError where the database refuses.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    parsed = parse_url(url)
    try:
        make_folder(parsed)
    except OSError as error:
        raise EventLogUnavailable(f"The event log's folder cannot be made: {error}") from error
    dialect = dialect_of(parsed)
    engine = open_engine(parsed)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with translated(parsed), engine.connect() as fresh:
            connection = fresh.execution_options(**WRITING)
            with connection.begin():
                dialect.lock(connection)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                dialect.adopt(connection)
                dialect.extend(connection)
    except CommandError as error:
        place = parsed.render_as_string(hide_password=True)
        raise EventLogTooNew(f"{EventLogTooNew.title} than this one ({place}): {error}") from error
    finally:
        engine.dispose()
