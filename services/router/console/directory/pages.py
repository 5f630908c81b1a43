"""Shows the directory: a division, a unit, a station, a person, and what is looked for."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response

from services.router import store
from services.router.console.directory import finding
from services.router.console.directory import sight as seeing
from services.router.console.directory.naming import (
    HERE,
    LEVELS,
    division_address,
    name_of,
    place_name,
)
from services.router.console.directory.sight import Sight
from services.router.domain import holding
from services.router.domain.entries import EntryRow
from services.router.domain.history import revisions
from services.router.domain.keeping import reader
from shared.calendar import local_day
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
)
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.succession import has_ended
from shared.errors import Forbidden, NotFound
from shared.ids import Id, named_id
from shared.messaging.messaging import Messaging
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.console import Console
from shared.web.menu import frame_of
from shared.web.words import Text, _

CHANGES, DEPUTIES = 12, 30


class DirectoryPages:
    """Renders the directory for a person: places to every officer, people to those above them."""

    def __init__(self, messaging: Messaging, console: Console, copy: DirectoryCopy) -> None:
        self.messaging, self.copy = messaging, copy
        self._console = console

    async def sight(self, tx: Tx, by: Actor) -> Sight:
        """Prepare what this reader may see; raises Forbidden for who is no officer."""
        who = reader(by.code, by.grants)
        if not who.places:
            raise Forbidden(
                "not_yours",
                "名录由各级工作人员查看。",
                "The directory is for officers to read.",
                todo_zh="需要请联系本地系统管理员。",
                todo_en="If you need it, call your administrator.",
            )
        tasks, duties = await store.count_open_tasks(tx), await store.count_duties(tx)
        return Sight(self.copy.snapshot, who, local_day(tx.now), tasks, duties)

    async def division(self, request: Request, by: Actor, code: str) -> Response:
        """Show a division: its organ, units, stations, people, and what lies below."""
        key = named_id("division", code)
        async with self.messaging.db.begin() as tx:
            sight = await self.sight(tx, by)
            _row, division = await _entry(tx, key, DirectoryDivision)
            stations = _stations(sight, lambda one: one.division_code == code)
            keys = [key, *_entries_of(sight, code)]
            changes = await self._changes(tx, sight, keys) if sight.sees(code) else []
        organ = sight.directory.organ(code)
        seen = sight.sees(code)
        deputies = holding.deputies_of(sight.directory, code) if seen else []
        held = holding.of_division(sight.directory, code, sight.today) if seen else []
        return self._render(
            request, by, "division.html", seeing.links_up(sight.directory, code),
            division=division,
            code=code,
            facts=_division_facts(sight, division, organ[0] if organ else None),
            seen=seen,
            holders=seeing.holder_lines(sight, held),
            units=seeing.unit_lines(sight, code),
            stations=seeing.station_lines(sight, stations),
            deputies=seeing.deputy_lines(sight, deputies[:DEPUTIES]),
            deputies_count=len(deputies),
            children=seeing.child_lines(sight, code),
            changes=changes,
        )  # fmt: skip

    async def unit(self, request: Request, by: Actor, key: Id) -> Response:
        """Show a unit: its head and clerks, what it has to do, whom it went into."""
        async with self.messaging.db.begin() as tx:
            sight = await self.sight(tx, by)
            _row, unit = await _entry(tx, key, DirectoryUnit)
            changes = (
                await self._changes(tx, sight, [key]) if sight.sees(unit.division_code) else []
            )
        seen = sight.sees(unit.division_code)
        held = holding.of_unit(sight.directory, key, sight.today) if seen else []
        ended = has_ended(unit, sight.today)
        facts = [
            ui.Fact(_("地方"), place_name(sight.directory, unit.division_code)),
            ui.Fact(_("类别"), unit.kind_code, note=_("垂直管理") if unit.vertical else ""),
            ui.Fact(_("在办"), f"{sight.tasks.get(key, 0):,}"),
            _end_fact(unit, name_of(sight.directory, unit.successor_id)
                      if unit.successor_id else "", ended=ended),
        ]  # fmt: skip
        return self._render(
            request, by, "unit.html",
            [*seeing.links_up(sight.directory, unit.division_code), ui.Crumb(unit.short_name)],
            unit=unit,
            ended=ended,
            seen=seen,
            facts=facts,
            holders=seeing.holder_lines(sight, held),
            changes=changes,
        )  # fmt: skip

    async def station(self, request: Request, by: Actor, key: Id) -> Response:
        """Show a station: head, staff, its sub-points and the people attached to it."""
        async with self.messaging.db.begin() as tx:
            sight = await self.sight(tx, by)
            _row, station = await _entry(tx, key, DirectoryStation)
            seen = sight.sees(station.division_code)
            changes = await self._changes(tx, sight, [key]) if seen else []
        directory = sight.directory
        held = holding.of_station(directory, key, sight.today) if seen else []
        people = holding.attached(directory, key) if seen else []
        parent = name_of(directory, station.parent_id) if station.parent_id else _("没有")
        facts = [
            ui.Fact(_("地方"), place_name(directory, station.division_code)),
            ui.Fact(_("代码"), station.code),
            ui.Fact(_("总站"), parent, quiet=station.parent_id is None),
            ui.Fact(_("代表"), f"{len(people):,}" if seen else "–"),
        ]
        return self._render(
            request, by, "station.html",
            [*seeing.links_up(directory, station.division_code), ui.Crumb(station.name)],
            station=station,
            seen=seen,
            facts=facts,
            holders=seeing.holder_lines(sight, held),
            points=seeing.station_lines(sight, _stations(sight, lambda it: it.parent_id == key)),
            deputies=seeing.deputy_lines(sight, people),
            changes=changes,
        )  # fmt: skip

    async def person(self, request: Request, by: Actor, key: Id) -> Response:
        """Show a person: rights, mandates, standing in, and how much waits at their offices."""
        async with self.messaging.db.begin() as tx:
            sight = await self.sight(tx, by)
            _row, person = await _entry(tx, key, DirectoryPerson)
            _require_sight(sight, person)
            changes = await self._changes(tx, sight, [key])
        directory = sight.directory
        return self._render(
            request, by, "person.html",
            [*seeing.links_up(directory, person.division_code), ui.Crumb(person.name)],
            person=person,
            facts=_person_facts(sight, person),
            grants=seeing.grant_lines(sight, key, person),
            stands=seeing.stand_in_lines(sight, key, person),
            mandates=seeing.mandates_of(directory, person),
            liaison=seeing.person_link(person.liaison_id, name_of(directory, person.liaison_id))
            if person.liaison_id
            else None,
            liaises=seeing.liaises_for(sight, key),
            changes=changes,
        )  # fmt: skip

    async def found(self, request: Request, by: Actor) -> Response:
        """Show what was looked for by name or code."""
        async with self.messaging.db.begin() as tx:
            sight = await self.sight(tx, by)
        query = request.query_params.get("q", "").strip()[:100]
        lines = finding.find(sight, query) if query else []
        top = by.grants[0].division_code
        return self._render(
            request, by, "found.html", [ui.Crumb(_("名录"), division_address(top)),
                                        ui.Crumb(_("查找"))],
            query=query,
            lines=lines[: finding.MOST],
            more=len(lines) > finding.MOST,
        )  # fmt: skip

    async def _changes(self, tx: Tx, sight: Sight, keys: Sequence[Id]) -> Any:
        said = await store.list_changes(tx, keys, CHANGES)
        return seeing.change_lines(sight, revisions(said))

    def _render(
        self, request: Request, by: Actor, template: str, crumbs: Sequence[ui.Crumb], **shown: Any
    ) -> Response:
        frame = frame_of(by, self.copy.snapshot, HERE)
        return self._console.render(
            request,
            f"directory/{template}",
            frame=ui.Frame(
                crumbs, frame.menu, frame.person, frame.organ, frame.identity, frame.leave
            ),
            **shown,
        )


async def _entry(tx: Tx, key: Id, kind: type[Any]) -> tuple[EntryRow, Any]:
    """Read an entry of a kind as it was last put; raises NotFound."""
    row = await store.read_entry(tx, key)
    if row is None or row.type != kind.type:
        raise not_there()
    return row, row.event


def not_there() -> NotFound:
    """Refuse what is not in the directory, or not for this reader: both look the same."""
    return NotFound(
        "no_entry",
        "名录里没有这一项，或不在您的范围内。",
        "The directory has no such entry, or it is not yours to see.",
        todo_zh="请从名录的上一级找起。",
        todo_en="Start from the level above in the directory.",
    )


def _require_sight(sight: Sight, person: DirectoryPerson) -> None:
    places = {person.division_code, *(one.division_code for one in person.grants)}
    if not any(sight.sees(code) for code in places):
        raise not_there()


def _stations(sight: Sight, fits: Any) -> list[tuple[Id, DirectoryStation]]:
    return [(key, one) for key, one in sight.directory.stations().items() if fits(one)]


def _entries_of(sight: Sight, code: str) -> list[Id]:
    """List what lies in exactly this division: organ, units, stations, people."""
    directory = sight.directory
    organ = directory.organ(code)
    mark = f'"division_code":"{code}","actor"'
    return [
        *([organ[0]] if organ else []),
        *(key for key, _unit in directory.units_in(code)),
        *(key for key, _one in _stations(sight, lambda one: one.division_code == code)),
        *(key for key, body in directory.people.items() if mark in body),
    ]


def _division_facts(sight: Sight, division: DirectoryDivision, organ: Id | None) -> list[ui.Fact]:
    into = division.successor_code
    return [
        ui.Fact(_("级别"), LEVELS[division.level], note=division.division_code),
        ui.Fact(
            _("交办机构"),
            name_of(sight.directory, organ) if organ else _("没有"),
            quiet=organ is None,
        ),
        ui.Fact(_("等交办机构决定"), f"{sight.duties.get(organ, 0):,}" if organ else "–"),
        _end_fact(
            division,
            place_name(sight.directory, into) if into else "",
            ended=has_ended(division, sight.today),
        ),
    ]


def _end_fact(entry: DirectoryDivision | DirectoryUnit, heir: str, *, ended: bool) -> ui.Fact:
    if entry.valid_to is None:
        return ui.Fact(_("状态"), _("存续"))
    words: Text = _("已撤并") if ended else _("将撤并")
    last = entry.valid_to.isoformat()
    note = _("最后一天%(day)s", day=last)
    if heir:
        note = _("最后一天%(day)s，由%(heir)s接续", day=last, heir=heir)
    return ui.Fact(_("状态"), words, note=note)


def _person_facts(sight: Sight, person: DirectoryPerson) -> list[ui.Fact]:
    directory = sight.directory
    running = [one for one in person.grants if holding.state_of(one, sight.today) == "now"]
    units = {one.unit_id for one in running if one.unit_id}
    organs = {one.organ_id for one in running if one.organ_id and one.role == "dispatcher"}
    tasks = sum(sight.tasks.get(unit, 0) for unit in units)
    duties = sum(sight.duties.get(organ, 0) for organ in organs)
    station = name_of(directory, person.station_id) if person.station_id else ""
    return [
        ui.Fact(_("地方"), place_name(directory, person.division_code), note=person.code or ""),
        ui.Fact(_("所在单位在办"), f"{tasks:,}" if units else "–"),
        ui.Fact(_("等交办机构决定"), f"{duties:,}" if organs else "–"),
        ui.Fact(_("联络站"), station or _("没有"), quiet=not station),
    ]
