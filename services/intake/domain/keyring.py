"""Reading stations' public keys from CSV, with a verdict on every row."""

import csv
import io
from dataclasses import dataclass
from typing import Literal

from services.intake.domain.signature import StationKey, public_key
from shared.directory.snapshot import Directory

COLUMNS = ("station_code", "kid", "x")
KeyVerdict = Literal["taken", "columns_missing", "unknown_station", "not_a_key", "kid_taken"]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """What became of one line of the file (the head is line 1)."""

    number: int
    verdict: KeyVerdict
    key: StationKey | None = None


def read_keys(text: str, directory: Directory) -> list[KeyLine]:
    """Judge every line of a list of public keys in CSV (`station_code,kid,x`)."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        return [KeyLine(1, "columns_missing")]
    return [_judge(reader.line_num, fields, directory) for fields in reader]


def _judge(number: int, fields: dict[str, str | None], directory: Directory) -> KeyLine:
    station, kid, x = ((fields[column] or "").strip() for column in COLUMNS)
    if directory.station_by_code(station) is None:
        return KeyLine(number, "unknown_station")
    try:
        public_key(x)
    except ValueError:
        return KeyLine(number, "not_a_key")
    if not kid or "\0" in kid:
        return KeyLine(number, "not_a_key")
    return KeyLine(number, "taken", StationKey(kid, station, x))
