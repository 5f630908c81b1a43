"""No log line and no traceback tells a phone or an identity number."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.observability.logging import masked_traceback
from shared.observability.masking import masked

MOBILE, SPACED, LANDLINE = "13812341234", "138 1234 1234", "0576-88881234"
ID, ID_X = "331004199001011234", "33100419900101123X"
PLANTED = (MOBILE, SPACED, LANDLINE, ID, ID_X)

PROGRAM = """
import logging, sys
import structlog
from pathlib import Path
from shared.observability.log_writer import RotatingFile
from shared.observability.logging import configure_logging

configure_logging("intake", to=RotatingFile(Path(sys.argv[1])))
log = structlog.get_logger()
for number in sys.argv[2:]:
    log.info("item." + number, words=f"电话{number}，请回电", nested={"of": [(number,), {number}]})
    structlog.contextvars.bind_contextvars(path=f"/items?phone={number}")
    logging.getLogger("uvicorn.error").error("called %s", number)
    try:
        try:
            raise KeyError(number)
        except KeyError as error:
            raise ExceptionGroup("two", [ValueError(f"bad:{number}")]) from error
    except ExceptionGroup:
        log.exception("command.failed", object=Exception(number))
        log.critical("service.failed", phone=number)
        logging.getLogger("asyncio").exception("a library failed")
log.info("phone.number", as_number=13812341234)
"""


def test_planted_numbers_reach_no_line_of_a_process(tmp_path: Path) -> None:
    file = tmp_path / "services.log"
    command = [sys.executable, "-c", PROGRAM, str(file), *PLANTED]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    said = file.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in said.splitlines()]
    assert len(lines) == 5 * len(PLANTED) + 1
    for number in PLANTED:
        assert number not in said + done.stderr
    assert lines[0]["words"] == "电话138****1234，请回电"
    assert lines[-1]["as_number"] == "138****1234"
    assert "331***********1234" in said
    assert "service.failed" in done.stderr


def test_a_traceback_that_is_kept_tells_no_number() -> None:
    told = masked_traceback(ValueError(f"cannot read {MOBILE} of {ID_X}"))
    assert "cannot read 138****1234 of 331***********123X" in told


@pytest.mark.parametrize(
    "kept",
    ["0199d0d1-c1a2-7b3c-8d4e-138123412345", "a13812341234b0199d0d1c1a27b3c8d4",
     "2026-11-20T08:30:00.138123Z", "331004-2026-0001", "91331004MA2A00001N", "1763970000000"],
)  # fmt: skip
def test_keys_times_and_codes_stay_readable(kept: str) -> None:
    assert masked(kept) == kept
