"""Every line of a list of stations' keys gets its verdict."""

from datetime import date, timedelta

import pytest

from services.intake.domain.keyring import read_keys
from services.intake.domain.signature import new_key
from tests.support.intake.stations import closed, small_directory

DIRECTORY, TODAY = small_directory(), date(2022, 7, 5)
HEAD = "station_code,kid,x\n"


def verdicts(text: str) -> list[str]:
    return [line.verdict for line in read_keys(text, DIRECTORY, TODAY)]


def test_each_line_is_taken_or_told_why_not() -> None:
    key, _ = new_key("XQ01")
    x = key.public_x
    text = f"{HEAD}XQ01,k1,{x}\nXX99,k2,{x}\nXQ01,k3,nonsense\nXQ01,,{x}\nXQ01,k4\n"
    assert verdicts(text) == ["taken", "unknown_station", "not_a_key", "not_a_key", "not_a_key"]


@pytest.mark.parametrize(
    ("last_day", "verdict"), [(TODAY - timedelta(1), "station_closed"), (TODAY, "taken")]
)
def test_a_closed_station_gets_no_key(last_day: date, verdict: str) -> None:
    key, _ = new_key("XQ01")
    (line,) = read_keys(f"{HEAD}XQ01,k1,{key.public_x}\n", closed(valid_to=last_day), TODAY)
    assert line.verdict == verdict


def test_an_id_that_no_token_can_name_is_not_taken() -> None:
    key, _ = new_key("XQ01")
    assert verdicts(f"{HEAD}XQ01,k\u200b1,{key.public_x}\n") == ["not_a_key"]


def test_a_line_with_too_many_cells_is_not_taken() -> None:
    key, _ = new_key("XQ01")
    assert verdicts(f"{HEAD}XQ01,k1,{key.public_x},more\n") == ["cells_left_over"]


def test_what_csv_cannot_hold_ends_the_reading() -> None:
    assert verdicts(f"{HEAD}XQ01,{'k' * 140_000},x\n") == ["unreadable"]


def test_a_file_without_the_columns_is_told_so() -> None:
    assert verdicts("a,b\n1,2\n") == ["columns_missing"]
