"""Reads stations' public keys from CSV, and why a key is not added."""

from datetime import date
from typing import Literal

from services.intake.domain.signature import StationKey, is_key_id, public_key
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.tables.rows import Line, Report, RowError, TableRow, read_rows
from shared.text import _


class StationKeyLine(TableRow):
    """The columns of a list of public keys; `x` is that of the JWK."""

    station_code: str
    kid: str
    x: str


def read_station_keys(text: str, directory: Directory, today: date) -> Report[StationKey]:
    """Read a list of public keys; whether each can be added, the store decides."""

    def take(line: Line[StationKeyLine]) -> StationKey:
        row = line.row()
        require_open_station(row.station_code, directory, today)
        try:
            public_key(row.x)
        except ValueError:
            raise _not_a_key("x") from None
        if not is_key_id(row.kid):
            raise _not_a_key("kid")
        return StationKey(row.kid, row.station_code, row.x)

    return read_rows(text, StationKeyLine, take)


def require_open_station(code: str, directory: Directory, today: date) -> None:
    """Check that a station gets keys: it is listed and not closed; raises RowError."""
    found = directory.station_by_code(code)
    if found is None:
        raise RowError("station_code", _("名录里没有这个联络站"))
    if has_ended(found[1], today):
        raise RowError("station_code", _("该联络站已经撤销"))


def require_added(done: Literal["added", "kid_taken", "two_live"]) -> None:
    """Check that the store added a key; raises RowError."""
    if done == "kid_taken":
        raise RowError("kid", _("密钥编号已有"))
    if done == "two_live":
        raise RowError("station_code", _("该站已有两把在用的密钥，请先吊销一把"))


def _not_a_key(column: str) -> RowError:
    return RowError(column, _("这不是Ed25519公钥，或没有编号"))
