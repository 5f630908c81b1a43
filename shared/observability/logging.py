"""JSON log lines with the correlation id of what is being done."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import ExcInfo, Processor

from shared.observability.masking import masked_line
from shared.observability.traces import traced


def configure_logging(service: str, *, level: int = logging.INFO, to: TextIO | None = None) -> None:
    """Write every log line of this process as one JSON object, by default on standard error.

    Phone and identity numbers are masked in all of it. Written elsewhere, what ends the
    process is said on standard error too.
    """
    stream = to or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traced),
        masked_line,
    ]
    if to is not None:
        shared.append(_say_aloud)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=render)
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(service=service)


def _traced(exc_info: ExcInfo) -> str:
    return traced(exc_info[1])


def _say_aloud(_log: Any, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if level == "critical":
        words = " ".join(f"{name}={value}" for name, value in line.items())
        sys.stderr.write(f"jianyi: {words}\n")
    return line
