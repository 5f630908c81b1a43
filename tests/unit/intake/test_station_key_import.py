"""Every line of a list of stations' keys gets its verdict."""

from datetime import date, timedelta

import pytest

from services.intake.domain.station_keys import new_key, read_station_keys
from shared.directory.snapshot import Directory
from shared.web.i18n import english
from tests.support.intake.stations import closed, small_directory

DIRECTORY, TODAY = small_directory(), date(2022, 7, 5)
HEAD = "station_code,kid,x\n"
NO_KEY = "not an Ed25519 public key, or without an id"
_ENGLISH = english("intake")


def verdicts(text: str, directory: Directory = DIRECTORY) -> list[str]:
    """Give the reason of each line, "taken" for none, in the order of the file."""
    report = read_station_keys(text, directory, TODAY)
    found = {line: "taken" for line, _ in report.taken}
    found |= {line: _ENGLISH.say(error.message) for line, error in report.errors}
    return [found[line] for line in sorted(found)]


def test_each_line_is_taken_or_told_why_not() -> None:
    key, _ = new_key("XQ01")
    x = key.public_x
    text = f"{HEAD}XQ01,k1,{x}\nXX99,k2,{x}\nXQ01,k3,nonsense\nXQ01,,{x}\nXQ01,k4\n"
    assert verdicts(text) == [
        "taken", "the station is not in the directory", NO_KEY, NO_KEY, NO_KEY,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last_day", "verdict"), [(TODAY - timedelta(1), "the station is closed"), (TODAY, "taken")]
)
def test_a_closed_station_gets_no_key(last_day: date, verdict: str) -> None:
    key, _ = new_key("XQ01")
    text = f"{HEAD}XQ01,k1,{key.public_x}\n"
    assert verdicts(text, closed(valid_to=last_day)) == [verdict]


def test_an_id_that_no_token_can_name_is_not_taken() -> None:
    key, _ = new_key("XQ01")
    assert verdicts(f"{HEAD}XQ01,k\u200b1,{key.public_x}\n") == [NO_KEY]


def test_a_line_with_too_many_cells_is_not_taken() -> None:
    key, _ = new_key("XQ01")
    assert verdicts(f"{HEAD}XQ01,k1,{key.public_x},more\n") == [
        "more cells than the head has columns"
    ]


def test_what_csv_cannot_hold_ends_the_reading() -> None:
    assert verdicts(f"{HEAD}XQ01,{'k' * 140_000},x\n") == ["cannot be read from here on"]


def test_a_file_without_the_columns_is_told_so() -> None:
    assert verdicts("a,b\n1,2\n") == ["the head must name station_code,kid,x"]
