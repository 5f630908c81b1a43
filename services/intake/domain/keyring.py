"""Reading stations' public keys from CSV, with a verdict on every row."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.intake.domain.signature import StationKey, is_key_id, public_key
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.table_file import Flaw, Line, read_lines

COLUMNS = ("station_code", "kid", "x")
KeyVerdict = (
    Flaw
    | Literal["taken", "unknown_station", "station_closed", "not_a_key", "kid_taken", "two_live"]
)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What became of one line of the file (the head is line 1)."""

    number: int
    verdict: KeyVerdict
    key: StationKey | None = None


def read_keys(text: str, directory: Directory, today: date) -> list[KeyLine]:
    """Judge every line of a list of public keys in CSV (`station_code,kid,x`)."""
    return [_judge(line, directory, today) for line in read_lines(text, COLUMNS)]


def enrols(station_code: str, directory: Directory, today: date) -> KeyVerdict:
    """Tell whether a station gets keys: one that is listed and not closed."""
    found = directory.station_by_code(station_code)
    if found is None:
        return "unknown_station"
    return "station_closed" if has_ended(found[1], today) else "taken"


def _judge(line: Line, directory: Directory, today: date) -> KeyLine:
    number = line.number
    if line.flaw is not None:
        return KeyLine(number, line.flaw)
    station, kid, x = (line.cells[column] for column in COLUMNS)
    if (verdict := enrols(station, directory, today)) != "taken":
        return KeyLine(number, verdict)
    try:
        public_key(x)
    except ValueError:
        return KeyLine(number, "not_a_key")
    if not is_key_id(kid):
        return KeyLine(number, "not_a_key")
    return KeyLine(number, "taken", StationKey(kid, station, x))
