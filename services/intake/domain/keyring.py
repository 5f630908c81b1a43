"""Reading stations' public keys from CSV, with a verdict on every row."""

from dataclasses import dataclass
from typing import Literal

from services.intake.domain.signature import StationKey, is_key_id, public_key
from shared.directory.snapshot import Directory
from shared.table_file import Flaw, Line, read_lines

COLUMNS = ("station_code", "kid", "x")
KeyVerdict = Flaw | Literal["taken", "unknown_station", "not_a_key", "kid_taken", "two_live"]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What became of one line of the file (the head is line 1)."""

    number: int
    verdict: KeyVerdict
    key: StationKey | None = None


def read_keys(text: str, directory: Directory) -> list[KeyLine]:
    """Judge every line of a list of public keys in CSV (`station_code,kid,x`)."""
    return [_judge(line, directory) for line in read_lines(text, COLUMNS)]


def _judge(line: Line, directory: Directory) -> KeyLine:
    number = line.number
    if line.flaw is not None:
        return KeyLine(number, line.flaw)
    station, kid, x = (line.cells[column] for column in COLUMNS)
    if directory.station_by_code(station) is None:
        return KeyLine(number, "unknown_station")
    try:
        public_key(x)
    except ValueError:
        return KeyLine(number, "not_a_key")
    if not is_key_id(kid):
        return KeyLine(number, "not_a_key")
    return KeyLine(number, "taken", StationKey(kid, station, x))
