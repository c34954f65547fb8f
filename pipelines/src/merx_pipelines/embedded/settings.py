"""What `make up` reads from the environment, besides the shared settings."""

from pydantic import Field

from merx_kit.settings import MerxSettings


class EmbeddedSettings(MerxSettings, env_prefix="EMBEDDED_"):
    """Ports of the embedded default; everything listens on loopback alone, because auth is off there."""

    host: str = Field(default="127.0.0.1", pattern=r"^127\.\d+\.\d+\.\d+$")
    mlflow_port: int = Field(default=5000, ge=1, le=65535)
    recommendation_port: int = Field(default=8001, ge=1, le=65535)
    pricing_port: int = Field(default=8002, ge=1, le=65535)
    search_port: int = Field(default=8003, ge=1, le=65535)
    search_ray_port: int = Field(default=30_003, ge=1024, le=65_500)
    """The first of the ports that Ray Serve's own processes speak by."""
    intake_port: int = Field(default=8007, ge=1, le=65535)
    worker_port: int = Field(default=8017, ge=1, le=65535)
    retrain: bool = True
    """Train anew by itself from what comes in (RETRAIN_* say when)."""
    search: bool = True
    """Build an index and start search; its Ray takes 1.5 GB of memory."""
    pricing: bool = True
    """Learn prices and start pricing, in shadow: it decides and notes, and changes no price."""
    ready_timeout_s: float = Field(default=300.0, gt=0)
