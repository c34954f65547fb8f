"""A shop's data on its way into the event log: read, validated, cleaned with a report, made canonical."""

from merx_kit.importers.completejourney import JourneyOptions, import_completejourney, read_completejourney
from merx_kit.importers.loading import Progress, load
from merx_kit.importers.report import CleaningReport

__all__ = ["CleaningReport", "JourneyOptions", "Progress", "import_completejourney", "load", "read_completejourney"]
