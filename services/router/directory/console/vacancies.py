"""The page of what nobody is there for."""

from dataclasses import dataclass

from fastapi import Request, Response

from services.router import store
from services.router.directory.console.labels import HERE, ROLES, address_of, name_of, place_name
from services.router.directory.console.pages import DirectoryPages
from services.router.directory.domain.rights import admin_scope
from services.router.directory.domain.role_holders import Empty, Unmanned, Vacancies, vacancies
from shared.calendar import local_day
from shared.contracts.router import DirectoryPerson
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor

SHOWN = 50


@dataclass(frozen=True, slots=True)
class VacancyLine:
    """One place or person that somebody is missing for."""

    name: str
    href: str
    place: Text
    waiting: int = 0
    missing: tuple[Text, ...] = ()


class VacancyPages:
    """Shows administrators where somebody is missing."""

    def __init__(self, pages: DirectoryPages) -> None:
        self._pages = pages

    async def page(self, request: Request, by: Actor) -> Response:
        """Show what nobody is there for in this administrator's area."""
        who, directory = admin_scope(by), self._pages.copy.snapshot
        async with self._pages.messaging.db.begin() as tx:
            waiting = (
                await store.count_open_tasks(tx),
                await store.count_duties(tx),
                await store.count_supervised(tx),
            )
            today = local_day(tx.now)
        found = vacancies(directory, today, lambda code: who.may(directory, code), waiting)
        crumbs = [ui.Crumb(_("名录"), HERE), ui.Crumb(_("无人负责"))]
        return self._pages.render(
            request,
            by,
            "orphans.html",
            crumbs,
            facts=_facts(found),
            units=[_empty(directory, one) for one in found.units],
            organs=[_empty(directory, one) for one in found.organs],
            leaders=[_empty(directory, one) for one in found.leaders],
            stations=[_station(directory, one) for one in found.stations],
            deputies=[_deputy(directory, *one) for one in found.deputies[:SHOWN]],
            deputies_count=len(found.deputies),
            shown=SHOWN,
        )


def _facts(found: Vacancies) -> list[ui.Fact]:
    tasks = sum(one.waiting for one in found.units)
    duties = sum(one.waiting for one in found.organs)
    supervised = sum(one.waiting for one in found.leaders)
    return [
        ui.Fact(_("无人承办的事"), f"{tasks:,}", quiet=not tasks),
        ui.Fact(_("无人交办的事"), f"{duties:,}", quiet=not duties),
        ui.Fact(_("无人督办的事"), f"{supervised:,}", quiet=not supervised),
        ui.Fact(_("缺人的联络站"), f"{len(found.stations):,}", quiet=not found.stations),
        ui.Fact(_("没有联络站的代表"), f"{len(found.deputies):,}", quiet=not found.deputies),
    ]


def _empty(directory: Directory, one: Empty) -> VacancyLine:
    entry = directory.unit(one.key) or directory.organ_by_id(one.key) or directory.person(one.key)
    place = place_name(directory, entry.division_code) if entry else ""
    return VacancyLine(
        name_of(directory, one.key), address_of(directory, one.key), place, one.waiting
    )


def _station(directory: Directory, one: Unmanned) -> VacancyLine:
    return VacancyLine(
        one.station.name,
        address_of(directory, one.key),
        place_name(directory, one.station.division_code),
        missing=tuple(ROLES[role] for role in one.missing),
    )


def _deputy(directory: Directory, key: Id, person: DirectoryPerson) -> VacancyLine:
    place = place_name(directory, person.division_code)
    return VacancyLine(person.name, address_of(directory, key), place)
