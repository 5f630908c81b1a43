"""Shows the directory: a division, a unit, a station, a person, and what is looked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.router import store
from services.router.directory.console import facts, search
from services.router.directory.console import view_models as seeing
from services.router.directory.console.forms import (
    Asked,
    EditForm,
    Offer,
    choice_of,
    edit_forms,
    read,
)
from services.router.directory.console.labels import (
    HERE,
    address_of,
    division_address,
    name_of,
    place_name,
)
from services.router.directory.console.notes import notes_of
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain import role_holders
from services.router.directory.domain.commands import EditEntry
from services.router.directory.domain.context import DecisionContext
from services.router.directory.domain.model import Entry, EntryRow, revisions
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import account_keeper, admin_scope, reader
from services.router.identity.domain.account_admin import reaches
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
)
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.succession import has_ended, living_division
from shared.errors import Conflict, Forbidden, Invalid, Refused
from shared.ids import Id, named_id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.text import _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.console import Console
from shared.web.forms import read_form
from shared.web.menu import frame_of

CHANGES, DEPUTIES = 12, 30


class DirectoryPages:
    """Renders the directory for a person: places to every officer, people to those above them."""

    def __init__(
        self,
        messaging: Messaging,
        console: Console,
        copy: DirectoryCopy,
        entries: Subject[Entry, DecisionContext],
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._console, self.entries = console, entries

    async def _sight(self, tx: Tx, request: Request, by: Actor) -> ViewContext:
        """Prepare what this reader may see; whom the door let in."""
        if request.query_params.get("seen"):
            await self.copy.refresh()
        who = reader(by)
        tasks, duties = await store.count_open_tasks(tx), await store.count_duties(tx)
        return ViewContext(self.copy.snapshot, who, local_day(tx.now), tasks, duties)

    async def division(
        self, request: Request, by: Actor, code: str, asked: Asked | None = None
    ) -> Response:
        """Show a division: its organ, units, stations, people, and what lies below."""
        key = named_id("division", code)
        async with self.messaging.db.begin() as tx:
            sight = await self._sight(tx, request, by)
            row, division = await _entry(tx, key, DirectoryDivision)
            stations = _stations(sight, lambda one: _follows(sight, one, code))
            keys = [key, *_entries_of(sight, code)]
            changes = await self._changes(tx, sight, keys) if sight.sees(code) else []
            organ = sight.directory.organ(code)
            organ_row = await store.read_entry(tx, organ[0]) if organ else None
        seen = sight.sees(code)
        deputies = role_holders.deputies_of(sight.directory, code) if seen else []
        held = role_holders.of_division(sight.directory, code, sight.today) if seen else []
        return self._show(
            request, by, "division.html", Shown(sight, row, asked, organ_row),
            seeing.links_up(sight.directory, code),
            division=division,
            code=code,
            facts=facts.division_facts(sight, division, organ[0] if organ else None),
            seen=seen,
            holders=seeing.holder_lines(sight, held),
            units=seeing.unit_lines(sight, code),
            stations=seeing.station_lines(sight, stations),
            deputies=seeing.deputy_lines(sight, deputies[:DEPUTIES]),
            deputies_count=len(deputies),
            children=seeing.child_lines(sight, code),
            changes=changes,
        )  # fmt: skip

    async def unit(
        self, request: Request, by: Actor, key: Id, asked: Asked | None = None
    ) -> Response:
        """Show a unit: its head and clerks, what it has to do, whom it went into."""
        async with self.messaging.db.begin() as tx:
            sight = await self._sight(tx, request, by)
            row, unit = await _entry(tx, key, DirectoryUnit)
            changes = (
                await self._changes(tx, sight, [key]) if sight.sees(unit.division_code) else []
            )
        seen = sight.sees(unit.division_code)
        held = role_holders.of_unit(sight.directory, key, sight.today) if seen else []
        ended = has_ended(unit, sight.today)
        head = [
            ui.Fact(_("地方"), place_name(sight.directory, unit.division_code)),
            ui.Fact(_("类别"), unit.kind_code, note=_("垂直管理") if unit.vertical else ""),
            ui.Fact(_("在办"), f"{sight.tasks.get(key, 0):,}"),
            facts.end_fact(unit, name_of(sight.directory, unit.successor_id)
                      if unit.successor_id else "", ended=ended),
        ]  # fmt: skip
        return self._show(
            request, by, "unit.html", Shown(sight, row, asked),
            [*seeing.links_up(sight.directory, unit.division_code), ui.Crumb(unit.short_name)],
            unit=unit,
            ended=ended,
            seen=seen,
            facts=head,
            holders=seeing.holder_lines(sight, held),
            changes=changes,
        )  # fmt: skip

    async def station(
        self, request: Request, by: Actor, key: Id, asked: Asked | None = None
    ) -> Response:
        """Show a station: head, staff, its sub-points and the people attached to it."""
        async with self.messaging.db.begin() as tx:
            sight = await self._sight(tx, request, by)
            row, station = await _entry(tx, key, DirectoryStation)
            seen = sight.sees(station.division_code)
            changes = await self._changes(tx, sight, [key]) if seen else []
        directory = sight.directory
        held = role_holders.of_station(directory, key, sight.today) if seen else []
        people = role_holders.attached(directory, key) if seen else []
        parent = name_of(directory, station.parent_id) if station.parent_id else _("没有")
        head = [
            ui.Fact(_("地方"), place_name(directory, station.division_code)),
            ui.Fact(_("代码"), station.code),
            ui.Fact(_("总站"), parent, quiet=station.parent_id is None),
            ui.Fact(_("代表"), f"{len(people):,}" if seen else "–"),
            facts.end_fact(station, name_of(directory, station.successor_id)
                           if station.successor_id else "",
                           ended=has_ended(station, sight.today)),
        ]  # fmt: skip
        return self._show(
            request, by, "station.html", Shown(sight, row, asked),
            [*seeing.links_up(directory, station.division_code), ui.Crumb(station.name)],
            station=station,
            seen=seen,
            facts=head,
            holders=seeing.holder_lines(sight, held),
            points=seeing.station_lines(sight, _stations(sight, lambda it: it.parent_id == key)),
            deputies=seeing.deputy_lines(sight, people),
            changes=changes,
        )  # fmt: skip

    async def person(
        self, request: Request, by: Actor, key: Id, asked: Asked | None = None
    ) -> Response:
        """Show a person: rights, mandates, standing in, and how much waits at their offices."""
        async with self.messaging.db.begin() as tx:
            sight = await self._sight(tx, request, by)
            row, person = await _entry(tx, key, DirectoryPerson)
            _require_sight(sight, person)
            changes = await self._changes(tx, sight, [key])
        directory = sight.directory
        return self._show(
            request, by, "person.html", Shown(sight, row, asked),
            [*seeing.links_up(directory, person.division_code), ui.Crumb(person.name)],
            person=person,
            facts=facts.person_facts(sight, person),
            grants=seeing.grant_lines(sight, key, person),
            stands=seeing.stand_in_lines(sight, key, person),
            mandates=seeing.mandates_of(directory, person),
            liaison=seeing.person_link(person.liaison_id, name_of(directory, person.liaison_id))
            if person.liaison_id
            else None,
            liaises=seeing.liaises_for(sight, key),
            account=f"/router/accounts/{to_text(key)}"
            if reaches(account_keeper(by), directory, key, sight.today) else "",
            changes=changes,
        )  # fmt: skip

    def home(self, by: Actor) -> str | None:
        """Give where the directory opens: one's own place, or where the tree begins."""
        top = next((grant.division_code for grant in by.grants), EVERYWHERE)
        if top == EVERYWHERE:
            first = self.copy.snapshot.children("")[:1]
            return division_address(first[0].division_code) if first else None
        return division_address(top)

    async def found(self, request: Request, by: Actor) -> Response:
        """Show what was looked for by name or code."""
        async with self.messaging.db.begin() as tx:
            sight = await self._sight(tx, request, by)
        query = request.query_params.get("q", "").strip()[:100]
        lines = search.find(sight, query) if query else []
        return self.render(
            request, by, "found.html", [ui.Crumb(_("名录"), HERE),
                                        ui.Crumb(_("查找"))],
            query=query,
            lines=lines[: search.MOST],
            more=len(lines) > search.MOST,
        )  # fmt: skip

    def chosen(self, key: Id, at: str) -> str:
        """Give the page of the person who was chosen for a place, with that place filled in."""
        return f"{HERE}/people/{to_text(key)}?{urlencode({'at': at})}#add_grant"

    async def _changes(self, tx: Tx, sight: ViewContext, keys: Sequence[Id]) -> Any:
        said = await store.list_changes(tx, keys, CHANGES)
        return seeing.change_lines(sight, revisions(said))

    async def edit(self, request: Request, by: Actor, key: Id) -> Response:
        """Do what a form asks and show the entry; a refused form comes back as it was typed."""
        submitted = await read_form(request)
        try:
            act = EditEntry(key, read(submitted), admin_scope(by))
            applied = await self.messaging.act(self.entries, act)
        except (ValidationError, Invalid, Conflict, Forbidden) as refused:
            return await self._again(request, by, key, Asked(submitted, refused))
        page = address_of(self.copy.snapshot, key)
        return RedirectResponse(f"{page}?seen={applied.seen}", 303)

    async def _again(self, request: Request, by: Actor, key: Id, asked: Asked) -> Response:
        directory = self.copy.snapshot
        if directory.unit(key):
            return await self.unit(request, by, key, asked)
        if directory.station(key):
            return await self.station(request, by, key, asked)
        if directory.person(key):
            return await self.person(request, by, key, asked)
        if organ := directory.organ_by_id(key):
            return await self.division(request, by, organ.division_code, asked)
        division = directory.division_by_id(key)
        return await self.division(request, by, division.division_code if division else "", asked)

    def _show(
        self,
        request: Request,
        by: Actor,
        template: str,
        shown: "Shown",
        crumbs: Sequence[ui.Crumb],
        **values: Any,
    ) -> Response:
        """Show an entry with the forms that are open on it for this person."""
        entry, key = shown.row.event, shown.row.key
        who = admin_scope(by)
        may = who.may(self.copy.snapshot, entry.division_code) and key != by.person_id
        asked, status = shown.asked, 200
        forms = shown.forms(request) if may else []
        if asked is not None:
            status = asked.refused.status if isinstance(asked.refused, Refused) else 422
        return self.render(
            request, by, template, crumbs,
            notes=[*shown.after(request), *notes_of(asked, forms, values["changes"])],
            status=status,
            forms=forms,
            choice=choice_of(shown.sight, key, entry) if may else None,
            may=may,
            **values,
        )  # fmt: skip

    def render(
        self,
        request: Request,
        by: Actor,
        template: str,
        crumbs: Sequence[ui.Crumb],
        notes: Sequence[ui.Note] = (),
        status: int = 200,
        **shown: Any,
    ) -> Response:
        """Stand a page of the directory in its frame."""
        frame = frame_of(by, self.copy.snapshot, HERE, notes=notes)
        return self._console.render(
            request,
            f"directory/{template}",
            frame=replace(frame, crumbs=crumbs, search=""),
            status=status,
            **shown,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as its page shows it, with the form that was refused on it, if any.

    A division's organ has no page of its own: its forms stand on the division's.
    """

    sight: ViewContext
    row: EntryRow
    asked: Asked | None
    organ: EntryRow | None = None

    def forms(self, request: Request) -> list[EditForm]:
        """List the forms of what the page shows."""
        rows, query = [self.row, *([self.organ] if self.organ else [])], dict(request.query_params)
        return [
            form
            for row in rows
            for form in edit_forms(Offer(self.sight, row.key, query), row, self.asked)
        ]

    def after(self, request: Request) -> Sequence[ui.Note]:
        """Say that what was just done is done."""
        if self.asked is None and "seen" in request.query_params:
            return (ui.Note("blue", _("已保存，改动见“最近改动”")),)
        return ()


async def _entry(tx: Tx, key: Id, kind: type[Any]) -> tuple[EntryRow, Any]:
    """Read an entry of a kind as it was last put; raises NotFound."""
    row = await store.read_entry(tx, key)
    if row is None or row.type != kind.type:
        raise not_there()
    return row, row.event


def _require_sight(sight: ViewContext, person: DirectoryPerson) -> None:
    places = {person.division_code, *(one.division_code for one in person.grants)}
    if not any(sight.sees(code) for code in places):
        raise not_there()


def _stations(sight: ViewContext, fits: Any) -> list[tuple[Id, DirectoryStation]]:
    return [(key, one) for key, one in sight.directory.stations().items() if fits(one)]


def _follows(sight: ViewContext, station: DirectoryStation, code: str) -> bool:
    """Tell whether a station belongs to a division, or to one that went into it."""
    own = station.division_code
    return code in (own, living_division(sight.directory, own, sight.today))


def _entries_of(sight: ViewContext, code: str) -> list[Id]:
    """List what lies in exactly this division: organ, units, stations, people."""
    directory = sight.directory
    organ = directory.organ(code)
    return [
        *([organ[0]] if organ else []),
        *(key for key, _unit in directory.units_in(code)),
        *(key for key, _one in _stations(sight, lambda one: one.division_code == code)),
        *directory.people.by_division.get(code, ()),
    ]
