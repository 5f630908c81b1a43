"""Lists and choices of the directory do not depend on how a program wrote the entries."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.router.directory.console.forms import choice_of
from services.router.directory.console.labels import held_words, name_of
from services.router.directory.console.search import find
from services.router.directory.console.view_models import (
    ViewContext,
    liaises_for,
    station_lines,
)
from services.router.directory.domain import role_holders
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.role_holders import vacancies
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryPerson, Mandate
from shared.directory.snapshot import Directory
from shared.ids import Id, to_text
from shared.text import Sentence
from shared.web.i18n import CHINESE, english
from tests.support.places import (
    CITY,
    COUNTY,
    NEW_TOWN,
    TODAY,
    directory,
    grant,
    person,
    person_id,
    station,
    station_id,
    unit,
    unit_id,
    with_entries,
)
from tests.support.router.play import DIRECTORY

STATION, POWER = station_id("JQ01"), unit_id("power")
Body = dict[str, Any]


def changed(name: str, *grants: Any, **more: Any) -> tuple[Id, Event]:
    key, made = person(name, *grants)
    return key, made.model_copy(update=more)


SEAT = (Mandate(level="county", division_code=COUNTY),)
PEOPLE = [
    person("clerk", grant("clerk", unit_id=POWER)),
    person("stand-in", stands_in_for=["clerk"]),
    changed("deputy", mandates=SEAT, station_id=STATION, division_code=NEW_TOWN,
            is_leadership=True, liaison_id=person_id("clerk")),
    changed("unattached", mandates=SEAT),
    changed("rep", is_street_rep=True, station_id=STATION),
]  # fmt: skip


def as_written(body: Body) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def by_another_order(body: Body) -> str:
    return as_written({name: body[name] for name in sorted(body)})


def by_a_newer_program(body: Body) -> str:
    parts = {
        name: [{"added": True} | part for part in value] if isinstance(value, list) else value
        for name, value in body.items()
    }
    names = [one for name in parts for one in (name, f"{name}_note")]
    return as_written({name: parts.get(name, "新") for name in names})


def by_an_older_program(body: Body) -> str:
    """Without the fields that stand at their defaults, and spaced."""
    return json.dumps({name: value for name, value in body.items() if value not in ([], False)})


def known(write: Callable[[Body], str], people: list[tuple[Id, Event]]) -> Directory:
    bodies = ((key, one.model_dump_json(exclude_none=True)) for key, one in people)
    return directory(station("JQ01"), unit("power")).changed(
        (key, DirectoryPerson.type, write(json.loads(body))) for key, body in bodies
    )


def lists(found: Directory) -> dict[str, Any]:
    sight = ViewContext(found, AdminScope(places=[CITY]), TODAY, {}, {})
    choice = choice_of(sight, POWER, found.unit(POWER))
    empty = vacancies(found, TODAY, lambda _code: True, ({}, {}, {}))
    return {
        "choice": {one.value for one in choice.people.options} if choice else set(),
        "deputies": [one.name for _key, one in role_holders.deputies_of(found, COUNTY)],
        "attached": [one.name for _key, one in role_holders.attached(found, STATION)],
        "count": [line.deputies for line in station_lines(sight, list(found.stations().items()))],
        "unit": [one.person.name for one in role_holders.of_unit(found, POWER, TODAY)],
        "stand-ins": [
            one.name for _, one, _ in role_holders.standing_in(found, person_id("clerk"))
        ],
        "liaises": [link.words for link in liaises_for(sight, person_id("clerk"))],
        "search": [line.name for line in find(sight, "deputy")],
        "role": [one.name for _key, one in found.people_with("clerk", unit=POWER)],
        "unattached": [one.name for _key, one in empty.deputies],
        "units that lack": [one.missing for one in empty.units],
    }


EXPECTED = {
    "choice": {to_text(key) for key, one in PEOPLE if one.division_code == COUNTY},
    "deputies": ["deputy", "rep", "unattached"],
    "attached": ["deputy", "rep"],
    "count": [2],
    "unit": ["clerk"],
    "stand-ins": ["stand-in"],
    "liaises": ["deputy"],
    "search": ["deputy"],
    "role": ["clerk"],
    "unattached": ["unattached"],
    "units that lack": [["unit_head"]],
}


@pytest.mark.parametrize(
    "write", [as_written, by_another_order, by_a_newer_program, by_an_older_program]
)
def test_people_are_found_however_their_entry_is_written(write: Callable[[Body], str]) -> None:
    assert lists(known(write, PEOPLE)) == EXPECTED


def test_people_whose_entry_was_erased_are_on_no_list() -> None:
    full = known(as_written, PEOPLE)
    gone = lists(full.changed((key, DirectoryPerson.type, "") for key, _one in PEOPLE))
    nobody = {"count": [0], "units that lack": [["unit_head", "clerk"]], "choice": set()}
    assert gone == {name: [] for name in EXPECTED} | nobody


def test_deputies_of_a_station_that_has_ended_belong_to_none() -> None:
    ended = station("JQ01", valid_to="2026-03-09")[1]
    found = with_entries(known(as_written, PEOPLE), (STATION, ended))
    assert lists(found)["unattached"] == ["rep", "unattached", "deputy"]


def test_the_congress_office_of_a_city_is_called_by_its_place_once() -> None:
    words = held_words(DIRECTORY, grant("city_office", CITY))
    assert isinstance(words, Sentence)
    assert CHINESE.say(words) == "台州市人大办公室"


@pytest.mark.parametrize(
    ("role", "zh", "en"),
    [
        ("station_staff", "工作人员", "station staff, "),
        ("station_head", "站长", "Station head, "),
    ],
)
def test_who_works_at_a_station_is_named_with_one_station(role: Any, zh: str, en: str) -> None:
    words = held_words(DIRECTORY, grant(role, COUNTY, station_id=STATION))
    assert isinstance(words, Sentence)
    assert CHINESE.say(words) == f"{name_of(DIRECTORY, STATION)}{zh}"
    assert english("router").say(words).startswith(en)
