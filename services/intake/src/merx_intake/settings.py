"""What the intake service reads from its environment (INTAKE_*, and MERX_* for what it shares)."""

from pydantic import Field

from merx_kit.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="INTAKE_"):
    port: int = Field(default=8007, ge=0, le=65535)
