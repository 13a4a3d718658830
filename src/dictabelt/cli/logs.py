"""Logs on stderr: lines for people on a terminal, JSON elsewhere."""

import logging
import sys
from asyncio import CancelledError

import structlog


def configure() -> None:
    """Sends log records to stderr: our own from INFO on, those of libraries from WARNING on."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dictabelt").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").addFilter(_worth_telling)


def _worth_telling(record: logging.LogRecord) -> bool:
    """Downloads that the end of the server cuts off are no faults."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


def _rendering() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        # the default traceback prints local variables, and with them tokens
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
