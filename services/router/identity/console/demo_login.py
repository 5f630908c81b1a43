"""The door of a trial system: be anyone the invented city needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.router.directory.console.labels import ROLES
from shared.contracts.codes import Role
from shared.contracts.router import DirectoryDivision, DirectoryPerson
from shared.directory import Directory
from shared.ids import to_text
from shared.text import Sentence, _, n_
from shared.web import components as ui

HOME = "/tracker/"
_TASKS: Mapping[Role, Sentence] = {
    "dispatcher": _("把意见建议交给承办单位，审核退办"),
    "liaison": _("核对月度报表"),
    "committee_head": _("确认并报送月度报表，决定督办"),
    "city_office": _("接收各县（市、区）报表"),
    "research_office": _("看典型案例和报表"),
    "leader": _("领衔督办重点问题"),
    "admin": _("管理名录和账号"),
    "ops": _("看搁置的事件"),
}
_TOWN_ROLES: Sequence[Role] = ("dispatcher", "station_head", "station_staff")
_UNIT_ROLES: Sequence[Role] = ("clerk", "unit_head")


@dataclass(frozen=True, slots=True)
class Door:
    """What the page offers for one county or the city."""

    places: ui.Filter
    officers: ui.Field
    units: ui.Field
    townships: ui.Field


def _places(directory: Directory) -> Sequence[DirectoryDivision]:
    """List the city and its counties."""
    city = next((one for one in directory.divisions() if one.level == "city"), None)
    counties = directory.children(city.division_code) if city else []
    return [one for one in ([city] if city else []) + counties if one.level in ("city", "county")]


def place_of(directory: Directory, code: str) -> str:
    """Take the place that was asked for, else the first county."""
    codes = [one.division_code for one in _places(directory)]
    return code if code in codes else next(iter(codes[1:]), "")


def door(directory: Directory, chosen: str, waiting: int) -> Door:
    """Offer the officers of a division, the people of its units and its townships.

    `waiting` is how much its dispatcher has to decide.
    """
    options = [ui.Option(one.division_code, one.name) for one in _places(directory)]
    return Door(
        ui.Filter("division", _("地方"), options, chosen),
        ui.Field("person", _("人大机关"), options=_officers(directory, chosen, waiting)),
        ui.Field("person", _("承办单位"), options=_of_units(directory, chosen)),
        ui.Field("person", _("乡镇（街道）"), options=_of_townships(directory, chosen)),
    )


def _officers(directory: Directory, code: str, waiting: int) -> Sequence[ui.Option]:
    hints = {"dispatcher": n_("有%(num)s件等着交办或审核退办", waiting)} if waiting else {}
    return [
        ui.Option(
            to_text(key),
            _("%(role)s，%(name)s", role=ROLES[role], name=person.name),
            hints.get(role, hint),
        )
        for role, hint in _TASKS.items()
        for key, person in directory.people_with(role, division=code)[: 2 if role == "ops" else 1]
    ]


def _of_units(directory: Directory, code: str) -> Sequence[ui.Option]:
    return [
        ui.Option(to_text(key), _held(unit.short_name, role, person))
        for unit_id, unit in sorted(directory.units_in(code), key=lambda one: one[1].short_name)
        for role in _UNIT_ROLES
        for key, person in directory.people_with(role, unit=unit_id)[:1]
    ]


def _of_townships(directory: Directory, code: str) -> Sequence[ui.Option]:
    return [
        ui.Option(to_text(key), _held(one.name, role, person))
        for one in directory.children(code)
        if one.level == "township"
        for role in _TOWN_ROLES
        for key, person in directory.people_with(role, division=one.division_code)[:1]
    ]


def _held(place: str, role: Role, person: DirectoryPerson) -> Sentence:
    return _("%(place)s，%(role)s%(name)s", place=place, role=ROLES[role], name=person.name)


def inside(address: str) -> str:
    """Keep an address of our own; anything else leads home."""
    sound = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if sound and address.isprintable() else HOME
