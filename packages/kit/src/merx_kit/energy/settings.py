"""What the ledger assumes where nothing measures, each with its unit and its source."""

from pydantic import Field

from merx_kit.settings import MerxSettings


class EnergySettings(MerxSettings, env_prefix="ENERGY_"):
    prometheus_url: str = "http://127.0.0.1:9090"
    watts_per_core: float = Field(default=3.5, ge=0, allow_inf_nan=False)
    """Of a core at work, in watts, where no Kepler measures. The default is the power of one vCPU at full load
    (Cloud Carbon Footprint, methodology, "AWS: Average Max Watts"), memory and the rest left out."""
    grams_per_kwh: float = Field(default=473.0, ge=0, allow_inf_nan=False)
    """Carbon intensity of the electricity, g CO2e per kWh. The default is the world's mean of 2024 (Ember, Global
    Electricity Review 2025); a shop sets that of its own grid or contract."""
    pue: float = Field(default=1.0, ge=1, allow_inf_nan=False)
    """Power usage effectiveness: what the building draws over what its machines draw. 1 leaves cooling out."""
    euro_per_gpu_hour: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What an hour of a GPU costs; without it no euros are told."""
