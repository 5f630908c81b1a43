"""Every log line of a process is one JSON object that names what it belongs to."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import logging
import structlog
from shared.ids import from_text
from shared.observability.logging import correlated, correlation_id
from shared.observability.logging import configure_logging

configure_logging("intake")
log = structlog.get_logger()
with correlated(from_text("01890a5d-ac96-7b7e-8000-000000000001")):
    assert correlation_id().hex() == "01890a5dac967b7e8000000000000001"
    log.info("item.received", words="多谢")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("a library's %s", "line")
log.warning("relay.waiting")
log.debug("too.much")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Log from a process of its own: settings of logging are the whole process's."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    return [json.loads(line) for line in done.stderr.decode().splitlines()]


def test_a_line_bears_service_level_time_and_correlation(lines: list[dict[str, Any]]) -> None:
    ours = dict(lines[0])
    assert ours.pop("timestamp").endswith("Z")
    assert ours.pop("correlation_id") == "01890a5d-ac96-7b7e-8000-000000000001"
    assert ours.pop("words") == "多谢"
    assert ours == {"event": "item.received", "level": "info", "service": "intake"}


def test_a_librarys_line_is_told_the_same_way(lines: list[dict[str, Any]]) -> None:
    theirs = lines[1]
    assert (theirs["event"], theirs["level"]) == ("a library's line", "error")
    assert theirs["correlation_id"] == lines[0]["correlation_id"]
    assert "ValueError: broken" in theirs["exception"]


def test_outside_a_request_no_line_claims_one(lines: list[dict[str, Any]]) -> None:
    assert [line["event"] for line in lines[2:]] == ["relay.waiting"]
    assert "correlation_id" not in lines[2]


def test_what_ends_a_process_is_said_aloud_where_the_log_is_a_file(tmp_path: Path) -> None:
    program = (
        "import pathlib, structlog\n"
        "from shared.observability.log_writer import RotatingFile\n"
        "from shared.observability.logging import configure_logging\n"
        f"log = RotatingFile(pathlib.Path({str(tmp_path / 'services.log')!r}))\n"
        "configure_logging('jianyi', to=log)\n"
        "structlog.get_logger().warning('relay.waiting')\n"
        "structlog.get_logger().critical('service.failed', service='router')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    (line,) = done.stderr.decode().splitlines()
    assert "event=service.failed" in line
    assert "service=router" in line
    assert len((tmp_path / "services.log").read_text().splitlines()) == 2
