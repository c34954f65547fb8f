"""What the search service reads from its environment (SEARCH_*, and MERX_* for what it shares)."""

from pathlib import Path

from pydantic import Field, field_validator

from merx_kit.settings import ServiceSettings
from merx_models.text_models import check_text_model


class Settings(ServiceSettings, env_prefix="SEARCH_"):
    port: int = Field(default=8003, ge=0, le=65535)
    route_prefix: str = Field(default="/search", pattern=r"^(/|(/[A-Za-z0-9_-]+)+)$")
    """Below what path the calls lie; services that share one Ray have one each."""
    model_name: str = "search"
    model_alias: str = "champion"
    poll_ms: int = Field(default=2_000, ge=10)
    """How often the service looks for another index."""
    log_poll_ms: int = Field(default=50, ge=1)
    """How often the service looks for new records of the catalogue in the event log."""
    catch_up_s: float = Field(default=60.0, ge=0)
    """How long a new index may take to read on in the log before it serves all the same; the one before serves until
    then."""
    max_in_flight: int = Field(default=8, ge=1)
    feature_timeout_ms: int = Field(default=15, ge=1)
    """Longest wait for a shopper's features; without them taste does not count."""
    vectors_timeout_ms: int = Field(default=300, ge=1)
    """Longest wait for each call of a vector store (MERX_VECTORS_URL); without it words answer alone."""
    replicas: int = Field(default=1, ge=1)
    """Processes that answer; each holds the index (its vectors are mapped from one file)."""
    most_replicas: int = Field(default=1, ge=1)
    """Above `replicas`: as many as the work asks for, between the two (docs/scaling.md)."""
    prometheus_url: str = ""
    """Where the scaling rules' series are; without it what waits in Serve adds replicas and takes none away."""
    slo_ms: float = Field(default=250.0, gt=0)
    """What the p99 of answers should stay below; the scaling adds replicas where it does not."""
    encoder_batch: int = Field(default=16, ge=1)
    """Texts, or pictures, that are encoded together at most."""
    encoder_threads: int = Field(default=1, ge=1)
    gpus: float = Field(default=0.0, ge=0.0)
    """Share of a GPU that a replica asks Ray for; the encoders use it where onnxruntime has been built for it."""
    decode_seconds: float = Field(default=5.0, gt=0)
    """After so long a picture that is still being decoded is given up, with the process that decodes it."""
    exposures: bool = True
    """Write what was shown to the event log."""
    ray_port: int = Field(default=30_003, ge=1024, le=65_500)
    """Ray Serve's own ports lie here and on the next few: what its proxies and replicas speak to each other by."""
    ray_memory_mb: int = Field(default=100, ge=80)
    """Ray's object store. Requests do not pass through it."""

    @field_validator("text_model")
    @classmethod
    def _text_model_is_here(cls, name: str) -> str:
        check_text_model(name)
        return name

    @property
    def scales(self) -> bool:
        return self.most_replicas > self.replicas

    @property
    def last_good(self) -> Path:
        """The folder that keeps the last good index for the day the registry is away."""
        return self.home / "lastgood"
