"""Logs on stderr: lines for people on a terminal, JSON elsewhere."""

import logging
import sys
from asyncio import CancelledError
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from dictabelt.cli.access import AccessLog
from dictabelt.cli.redaction import redact

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure(worker: int | None = None) -> None:
    """Sends log records to stderr: our own from INFO on, those of libraries from WARNING on.

    Each tells its `worker`, where there are several.
    """
    shared: list[structlog.typing.Processor] = [
        *_numbered(worker),
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


def requests() -> AccessLog:
    """A line a request, in the same form and on the same stderr.

    Not by way of `logging`, whose records take three times as long to write.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    made: Any
    if sys.stderr.isatty():
        made = structlog.PrintLogger(sys.stderr)
        shared += [_short, structlog.dev.ConsoleRenderer()]
    else:
        made = structlog.BytesLogger(sys.stderr.buffer)
        shared.append(structlog.processors.JSONRenderer(serializer=_line))
    log = structlog.wrap_logger(
        made, processors=shared, wrapper_class=structlog.make_filtering_bound_logger(logging.INFO)
    ).bind(logger="dictabelt.requests")
    return AccessLog(log.info, log.warning)


def _line(event: dict[str, Any], default: Callable[[Any], Any]) -> bytes:
    del default
    return _encode(event)


def _short(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """For people: what is empty says nothing."""
    return {name: it for name, it in event.items() if it is not None}


def _without_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return redact(event)


def _numbered(worker: int | None) -> list[structlog.typing.Processor]:
    if worker is None:
        return []

    def number(
        logger: object, name: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        del logger, name
        return {**event, "worker": worker}

    return [number]


def _worth_telling(record: logging.LogRecord) -> bool:
    """Downloads that the end of the server cuts off are no faults."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


def _rendering() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        # the default traceback prints local variables, and with them tokens
        plain = structlog.dev.plain_traceback
        return [_without_secrets, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    return [
        structlog.processors.format_exc_info,
        _without_secrets,
        structlog.processors.JSONRenderer(),
    ]
