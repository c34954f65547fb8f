"""JSON logs: events with fields, one line each, on standard error; uvicorn's and other libraries' go the same way."""

import logging
import re
import sys
from typing import TextIO

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from merx_kit.http.context import CURRENT

SECRET_FIELD = re.compile(
    r"password|passwd|secret|token|authorization|api_?key|credential|cookie|private_?key", re.IGNORECASE
)
PASSWORD_IN_URL = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE)
BEARER = re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
OUR_KEY = re.compile(r"(?P<before>merx_)[A-Za-z0-9_-]{43}")
HIDDEN = "***"
QUIET = ("httpx", "httpcore", "urllib3", "asyncio", "uvicorn.access", "apscheduler", "feast")
"""Loggers whose INFO repeats what metrics count."""
SILENT = ("apscheduler.scheduler",)
"""Loggers whose WARNING is the plan: a look that falls into the work of the look before is left out."""


def configure_logging(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Once per process, before anything logs."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _add_request,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.ERROR)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what a field's name or a text's shape gives away as secret, however deep."""
    return {key: HIDDEN if SECRET_FIELD.search(key) else _clean(value) for key, value in event.items()}


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dict):
        return {key: HIDDEN if SECRET_FIELD.search(str(key)) else _clean(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(held) for held in value]
    return value


def _clean_text(text: str) -> str:
    for pattern in (PASSWORD_IN_URL, BEARER, OUR_KEY):
        text = pattern.sub(rf"\g<before>{HIDDEN}", text)
    return text


def _add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    context = CURRENT.get()
    if context is not None:
        event.setdefault("request_id", context.request_id)
        if context.trace_id:
            event.setdefault("trace_id", context.trace_id)
    return event


def _render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    event.pop("color_message", None)  # uvicorn's, for terminals
    return msgspec.json.encode(event, enc_hook=str).decode()
