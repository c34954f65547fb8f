"""A shop's data on its way into the event log: read, validated, cleaned with a report, made canonical."""

from merx_kit.importers.detection import FileFormat, detect
from merx_kit.importers.errors import ImportFailed, NothingToImport, UnknownFormat, UnreadableFile
from merx_kit.importers.folder import FolderOptions, import_folder, read_file
from merx_kit.importers.loading import Progress, load
from merx_kit.importers.report import CleaningReport

__all__ = [
    "CleaningReport",
    "FileFormat",
    "FolderOptions",
    "ImportFailed",
    "NothingToImport",
    "Progress",
    "UnknownFormat",
    "UnreadableFile",
    "detect",
    "import_folder",
    "load",
    "read_file",
]
