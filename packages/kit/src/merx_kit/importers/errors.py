"""Why a shop's files cannot be imported, in one sentence."""

from merx_kit.errors import MerxError


class ImportFailed(MerxError):
    status = 422
    code = "import_failed"
    title = "The files cannot be imported"


class UnknownFormat(ImportFailed):
    code = "unknown_format"
    title = "Not a format that Merx knows"


class UnreadableFile(ImportFailed):
    code = "unreadable_file"
    title = "The file cannot be read"


class NothingToImport(ImportFailed):
    code = "nothing_to_import"
    title = "The folder holds nothing to import"
