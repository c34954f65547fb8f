"""Exposures where the installation keeps none; `merx_kit.eventlog.ExposureWriter` is the other kind."""

from merx_core.events import Exposure


class NoExposures:
    def write(self, exposure: Exposure) -> None:
        """Forgets what was shown, as the settings ask."""

    def close(self, timeout_s: float = 5.0) -> None:
        """Nothing waits."""
