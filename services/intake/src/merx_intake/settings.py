"""What the intake service reads from its environment (INTAKE_*, and MERX_* for what it shares)."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from merx_kit.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="INTAKE_"):
    port: int = Field(default=8007, ge=0, le=65535)
    max_in_flight: int = Field(default=8, ge=1)
    """Requests that are read and judged at once; those that wait for their commit are not among them."""
    max_queued: int = Field(default=128, ge=0)
    body_limit_bytes: int = Field(default=4_194_304, ge=1)
    late_days: float = Field(default=7.0, gt=0.0)
    """Events older than this are taken, and counted as late."""
    import_limit_bytes: int = Field(default=2_147_483_648, ge=1)
    """The largest file that may be uploaded."""
    import_spool_bytes: int = Field(default=10_737_418_240, ge=1)
    """Uploaded files that may wait at once, in bytes together."""

    @property
    def late_after(self) -> timedelta:
        return timedelta(days=self.late_days)

    @property
    def spool(self) -> Path:
        """The folder of uploaded files until they are imported; it must outlive the process."""
        return self.home / "imports"


class WorkerSettings(ServiceSettings, env_prefix="WORKER_"):
    """Of the process beside the door that runs the log's consumers."""

    port: int = Field(default=8017, ge=0, le=65535)
    drain_notice_ms: int = Field(default=0, ge=0)
    """Nobody sends it requests that would have to look away first."""
    maintain_minutes: int = Field(default=60, ge=0)
    """How often the log is archived and trimmed (MERX_RETENTION_DAYS); 0 leaves it to `merx archive`."""
    history_part_s: float = Field(default=300.0, gt=0.0)
    """How much of the live features' history a file holds until its day is over, in seconds."""
