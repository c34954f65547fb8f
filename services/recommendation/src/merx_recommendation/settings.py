"""What the recommendation service reads from its environment (RECO_*, and MERX_* for what it shares)."""

from pathlib import Path

from pydantic import Field

from merx_kit.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="RECO_"):
    port: int = Field(default=8001, ge=0, le=65535)
    model_name: str = "recommendation"
    model_alias: str = "champion"
    poll_ms: int = Field(default=2_000, ge=10)
    """How often the service looks for another model and another product snapshot."""
    feature_timeout_ms: int = Field(default=30, ge=1)
    """Longest wait for the shopper's features; without them the list is made from the session or the best sellers."""
    feature_sample: float = Field(default=0.01, ge=0.0, le=1.0)
    """Share of answers whose first product's feature vector is written with the exposure."""
    diversity: float = Field(default=0.05, ge=0.0, le=1.0)
    """Weight of unlikeness against the score when a list is arranged."""
    tail_exposure: float = Field(default=0.05, ge=0.0, le=1.0)
    """Share of a list's exposure (place p weighs 1 / log2(p + 2)) that long-tail products get at least."""
    streams: int = Field(default=1_000, ge=0)
    """Open streams at once; those beyond are refused with 429."""
    live_spacing_ms: int = Field(default=200, ge=0)
    """What lies at least between two lists of a shopper on their streams."""
    live_keep_alive_s: float = Field(default=15.0, gt=0)
    """After so long without a list a stream sends a comment."""
    live_profile_s: float = Field(default=60.0, ge=0)
    """After so long the shopper's row is read again, when they do something."""
    stuck_s: float = Field(default=10.0, gt=0)
    """A stream whose reader takes nothing for so long is closed."""
    log_poll_ms: int = Field(default=10, ge=1)
    """How often the service looks for new records in the event log."""
    exposures: bool = True
    """Write what was shown to the event log."""

    @property
    def last_good(self) -> Path:
        """The folder that keeps the last good model and snapshot for the day the registry is away."""
        return self.home / "lastgood"
