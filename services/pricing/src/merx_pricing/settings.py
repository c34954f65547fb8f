"""What the pricing service reads from its environment (PRICING_*, and MERX_* for what it shares)."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from merx_core.contracts.pricing import Mode
from merx_kit.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="PRICING_"):
    port: int = Field(default=8002, ge=0, le=65535)
    model_name: str = "pricing"
    model_alias: str = "champion"
    poll_ms: int = Field(default=2_000, ge=10)
    """How often the service looks for another model."""
    log_poll_ms: int = Field(default=200, ge=1)
    """How often the service looks for new records in the event log."""
    mode: Mode = Mode.SHADOW
    rollout_bp: int = Field(default=1_000, ge=0, le=10_000)
    """Share of the products (basis points) that staged prices."""
    rollout_name: str = Field(default="pricing", min_length=1)
    """Seeds the choice of these products; another name chooses others."""
    rules_file: Path | None = None
    """Guard-rails in YAML or JSON; without one the default of `domain/house_rules.py`."""
    timezone: str = "UTC"
    """Where a day begins: for the change of a day and the lowest price of thirty."""
    valid_s: float = Field(default=900.0, ge=1)
    """How long a quote holds; at most until the end of the day."""
    weeks: int = Field(default=4, ge=1, le=26)
    """How far the policy looks ahead."""
    salvage_bp: int = Field(default=7_000, ge=0, le=10_000)
    """What a unit left then is worth, of its cost."""
    holding_bp: int = Field(default=20, ge=0, le=10_000)
    """What keeping a unit for a week costs, of its cost."""
    tax_bp: int = Field(default=0, ge=0, le=100_000)
    """Tax within prices."""
    cost_days: int = Field(default=180, ge=1)
    """After so many days a cost is too old to change a price on."""
    competitor_days: int = Field(default=7, ge=1)
    """After so many days a competitor's price is left out."""
    stock_days: int = Field(default=7, ge=1)
    """After so many days a stock level is taken for unknown."""
    size_attribute: str = "pack_units"
    """The product attribute that says how much a pack holds (a whole number), within a family."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no time zone of that name: {name!r}") from None
        return name

    @property
    def last_good(self) -> Path:
        """The folder that keeps the last good model for the day the registry is away."""
        return self.home / "lastgood"
