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


X = new_key("XQ01")[0].public_x


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (f"XQ01,k1,{X}", "taken"),
        (f"XX99,k2,{X}", "the station is not in the directory"),
        ("XQ01,k3,nonsense", NO_KEY),
        (f"XQ01,,{X}", NO_KEY),
        ("XQ01,k4", NO_KEY),
        (f"XQ01,k\u200b1,{X}", NO_KEY),
        (f"XQ01,k1,{X},more", "more cells than the head has columns"),
    ],
)
def test_each_line_is_taken_or_told_why_not(line: str, verdict: str) -> None:
    assert verdicts(f"{HEAD}XQ01,k0,{X}\n{line}\n") == ["taken", verdict]


def test_a_file_that_is_no_table_of_keys_is_told_so() -> None:
    assert verdicts("a,b\n1,2\n") == ["the head must name station_code,kid,x"]
    assert verdicts(f"{HEAD}XQ01,{'k' * 140_000},x\n") == ["cannot be read from here on"]


@pytest.mark.parametrize(
    ("last_day", "verdict"), [(TODAY - timedelta(1), "the station is closed"), (TODAY, "taken")]
)
def test_a_closed_station_gets_no_key(last_day: date, verdict: str) -> None:
    assert verdicts(f"{HEAD}XQ01,k1,{X}\n", closed(valid_to=last_day)) == [verdict]
