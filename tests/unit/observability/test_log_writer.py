"""A line that cannot be written costs nothing but itself: not an error, not a moment of work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.observability.log_writer import LogWriter, Repeats, RotatingFile
from tests.support.small_disk import fill, small_disk

__all__ = ["small_disk"]

PROGRAM = """
import logging, structlog
from shared.observability.logging import configure_logging, end_process

configure_logging("intake")
log = structlog.get_logger()

class Unprintable:
    def __repr__(self):
        raise RuntimeError("no text")

for n in range(3_000):
    log.critical("kind", words="x" * 200)
log.warning("object", it=Unprintable(), surrogate="\\ud800")
logging.getLogger("library").error("%d of %d", "no number")
print("worked", flush=True)
end_process(70, "service.failed", it=Unprintable())
"""


@pytest.mark.parametrize("reader", ["gone", "asleep"])
def test_a_pipe_without_a_reader_neither_stops_nor_delays_a_process(reader: str) -> None:
    """The pipe holds 64 KiB and the program says megabytes; it works on, then ends when it must."""
    out, into = os.pipe()
    if reader == "gone":
        os.close(out)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=into
    ) as child:
        said, _ = child.communicate(timeout=40)
    assert (said, child.returncode) == (b"worked\n", 70)


def test_a_full_disk_costs_lines_and_when_freed_the_log_says_how_many(small_disk: Path) -> None:
    file = small_disk / "services.log"
    writer = LogWriter(RotatingFile(file))
    writer.msg('{"event": "before"}')
    writer.drain(5)
    filler = fill(small_disk)
    for _ in range(100):
        writer.msg(json.dumps({"event": "x" * 100}))
    writer.drain(5)
    filler.unlink()
    writer.msg('{"event": "after"}')
    writer.drain(5)
    lines = file.read_text().splitlines()
    whole = [json.loads(line)["event"] for line in lines if line.endswith("}")]
    assert (whole[0], whole[-2:]) == ("before", ["log.lines_lost", "after"])
    lost = json.loads(lines[-2])["lines"]
    assert 0 < lost <= 100
    assert len(whole) == 103 - lost


def test_a_log_file_is_rotated_and_only_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "services.log"
    file.touch(mode=0o644)
    target = RotatingFile(file, max_bytes=100, kept=2)
    for n in range(10):
        target(f"{n}".encode() * 40 + b"\n")
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "services.log",
        "services.log.1",
        "services.log.2",
    ]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    kept = "".join(
        (tmp_path / name).read_text()[::41]
        for name in ("services.log.2", "services.log.1", "services.log")
    )
    assert kept == "456789"


def test_repeated_lines_are_summed_and_no_kind_hides_another() -> None:
    now = 0.0
    repeats = Repeats(lambda: now)
    passed = []
    for second in range(200):
        now = float(second)
        passed.append(repeats.stands_for("kafka.waiting"))
    assert repeats.stands_for("relay.send_failed") == 1
    assert [n for n in passed if n] == [1, 1, 1, 1, 1, 60, 60, 60]
    assert repeats.overdue() == []
    now = 260.0
    assert repeats.overdue() == [("kafka.waiting", 200 - sum(passed))]
    assert repeats.stands_for("kafka.waiting") == 1
