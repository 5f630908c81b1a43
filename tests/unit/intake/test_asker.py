"""Who asks: what a key stands for, and where a person's roles count."""

from datetime import timedelta

from services.intake.domain.asker import by_key, find_station, may_at, stations_held, stations_of
from shared.ids import to_text
from shared.rights import Action
from tests.support import places
from tests.support.intake.commands import CHIEF, CONTEXT, KEY_OF_STATION, MAIN, NOW, TODAY
from tests.support.intake.stations import HEAD, OTHER_HEAD, OTHER_STATION, STATION, SUB_POINT

DIRECTORY = CONTEXT.directory


def test_a_stations_own_key_stands_for_its_staff() -> None:
    assert KEY_OF_STATION.code == to_text(STATION)
    assert stations_of(KEY_OF_STATION, Action.ITEM_SUBMIT, DIRECTORY) == [STATION, SUB_POINT]
    assert stations_held(KEY_OF_STATION, Action.ITEM_SUBMIT, DIRECTORY) == [MAIN]
    assert may_at(KEY_OF_STATION, Action.ITEM_RESUBMIT, SUB_POINT, DIRECTORY)
    assert not may_at(KEY_OF_STATION, Action.ITEM_READ, OTHER_STATION, DIRECTORY)
    assert not may_at(KEY_OF_STATION, Action.ITEM_ACCEPT, STATION, DIRECTORY)


def test_a_key_for_a_head_has_the_heads_rights_at_its_own_station_only() -> None:
    assert CHIEF.code == to_text(HEAD)
    assert may_at(CHIEF, Action.ITEM_ACCEPT, SUB_POINT, DIRECTORY)
    point = find_station(DIRECTORY, "XQ01-1")
    assert point is not None
    below = by_key(DIRECTORY, point, HEAD, TODAY, "")
    assert may_at(below, Action.ITEM_ACCEPT, SUB_POINT, DIRECTORY)
    assert not may_at(below, Action.ITEM_READ, STATION, DIRECTORY)


def test_a_key_for_somebody_without_a_role_there_has_no_right() -> None:
    assert by_key(DIRECTORY, MAIN, OTHER_HEAD, TODAY, "").grants == ()
    ended = places.grant("station_head", station_id=STATION, valid_to=TODAY - timedelta(1))
    known = places.amended(DIRECTORY, HEAD, grants=(ended,))
    assert by_key(known, MAIN, HEAD, TODAY, "").grants == ()
    assert by_key(known, MAIN, HEAD, (NOW - timedelta(2)).date(), "").grants


def test_a_station_that_is_not_there_is_nobodys() -> None:
    assert find_station(DIRECTORY, "NOWHERE") is None
    assert not may_at(CHIEF, Action.ITEM_READ, None, DIRECTORY)
