"""Pages of the directory's entries: divisions, units, stations, people, search, edits."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.router.directory import store
from services.router.directory.actions import DirectoryActions
from services.router.directory.console import labels, list_views, view_models
from services.router.directory.console.entry_page import EntryPage, read_of_kind, require_visible
from services.router.directory.console.forms import RefusedForm, choice_of, notes_of, read
from services.router.directory.console.search import MAX_FOUND, find
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain import role_holders
from services.router.directory.domain.lists import LISTS, ListKind, list_of
from services.router.directory.domain.model import revisions
from services.router.directory.domain.rights import account_scope, admin_scope, reaches, reader
from shared.calendar import local_day
from shared.contracts.envelope import EVERYWHERE
from shared.contracts.lists import DirectoryListed
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryOrgan,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
)
from shared.db.pool import Tx
from shared.directory.succession import has_ended, living_division
from shared.errors import Conflict, Forbidden, Invalid, Refused
from shared.ids import Id, named_id, to_text
from shared.text import _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.console import Console
from shared.web.forms import read_form
from shared.web.menu import frame_of

CHANGES, DEPUTIES = 12, 30


class DirectoryPages:
    """Renders the directory for a person: places to every officer, people to those above them."""

    def __init__(self, actions: DirectoryActions, console: Console) -> None:
        self.actions, self._console = actions, console
        self.db, self.copy = actions.messaging.db, actions.copy

    async def _context(self, tx: Tx, request: Request, by: Actor) -> ViewContext:
        if request.query_params.get("seen"):
            await self.copy.refresh()
        who = reader(by)
        tasks, duties = await store.count_open_tasks(tx), await store.count_duties(tx)
        return ViewContext(self.copy.snapshot, who, local_day(tx.now), tasks, duties)

    async def division(
        self, request: Request, by: Actor, code: str, refused: RefusedForm | None = None
    ) -> Response:
        key = named_id("division", code)
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, division = await read_of_kind(tx, key, DirectoryDivision)
            stations = _stations(view, lambda one: _follows(view, one, code))
            keys = [key, *_entries_of(view, code)]
            changes = await self._changes(tx, view, keys) if view.sees(code) else []
        seen = view.sees(code)
        deputies = role_holders.deputies_of(view.directory, code) if seen else []
        held = role_holders.of_division(view.directory, code, view.today) if seen else []
        organ = view.directory.organ(code)
        return self._show(
            request, by, "division.html", EntryPage(view, row, refused),
            labels.links_up(view.directory, code),
            division=division,
            code=code,
            facts=view_models.division_facts(view, division, organ[0] if organ else None),
            seen=seen,
            holders=view_models.holder_lines(view, held),
            organs=view_models.organ_lines(view, code),
            units=view_models.unit_lines(view, code),
            stations=view_models.station_lines(view, stations),
            deputies=view_models.deputy_lines(view, deputies[:DEPUTIES]),
            deputies_count=len(deputies),
            children=view_models.child_lines(view, code),
            lists=[ui.Link(labels.TABLES[one], labels.list_address(one, code)) for one in LISTS],
            changes=changes,
        )  # fmt: skip

    async def organ(
        self, request: Request, by: Actor, key: Id, refused: RefusedForm | None = None
    ) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, organ = await read_of_kind(tx, key, DirectoryOrgan)
            seen = view.sees(organ.division_code)
            changes = await self._changes(tx, view, [key]) if seen else []
        held = role_holders.of_organ(view.directory, key, view.today) if seen else []
        head = [
            ui.Fact(_("地方"), labels.place_name(view.directory, organ.division_code)),
            ui.Fact(_("类别"), labels.ORGANS[organ.kind], note=organ.code),
            labels.end_fact(organ, "", ended=has_ended(organ, view.today)),
        ]
        return self._show(
            request, by, "organ.html", EntryPage(view, row, refused),
            [*labels.links_up(view.directory, organ.division_code), ui.Crumb(organ.name)],
            organ=organ,
            seen=seen,
            facts=head,
            holders=view_models.holder_lines(view, held),
            changes=changes,
        )  # fmt: skip

    async def unit(
        self, request: Request, by: Actor, key: Id, refused: RefusedForm | None = None
    ) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, unit = await read_of_kind(tx, key, DirectoryUnit)
            changes = await self._changes(tx, view, [key]) if view.sees(unit.division_code) else []
        seen = view.sees(unit.division_code)
        held = role_holders.of_unit(view.directory, key, view.today) if seen else []
        ended = has_ended(unit, view.today)
        head = [
            ui.Fact(_("地方"), labels.place_name(view.directory, unit.division_code)),
            ui.Fact(_("类别代码"), unit.kind_code, note=_("垂直管理") if unit.vertical else ""),
            ui.Fact(_("在办"), f"{view.tasks.get(key, 0):,}"),
            labels.end_fact(unit, labels.name_of(view.directory, unit.successor_id)
                      if unit.successor_id else "", ended=ended),
        ]  # fmt: skip
        return self._show(
            request, by, "unit.html", EntryPage(view, row, refused),
            [*labels.links_up(view.directory, unit.division_code), ui.Crumb(unit.short_name)],
            unit=unit,
            ended=ended,
            seen=seen,
            facts=head,
            holders=view_models.holder_lines(view, held),
            changes=changes,
        )  # fmt: skip

    async def station(
        self, request: Request, by: Actor, key: Id, refused: RefusedForm | None = None
    ) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, station = await read_of_kind(tx, key, DirectoryStation)
            seen = view.sees(station.division_code)
            changes = await self._changes(tx, view, [key]) if seen else []
        directory = view.directory
        held = role_holders.of_station(directory, key, view.today) if seen else []
        people = role_holders.attached(directory, key) if seen else []
        parent = labels.name_of(directory, station.parent_id) if station.parent_id else _("没有")
        head = [
            ui.Fact(_("地方"), labels.place_name(directory, station.division_code)),
            ui.Fact(_("代码"), station.code),
            ui.Fact(_("总站"), parent, quiet=station.parent_id is None),
            ui.Fact(_("代表"), f"{len(people):,}" if seen else "–"),
            labels.end_fact(station, labels.name_of(directory, station.successor_id)
                           if station.successor_id else "",
                           ended=has_ended(station, view.today)),
        ]  # fmt: skip
        return self._show(
            request, by, "station.html", EntryPage(view, row, refused),
            [*labels.links_up(directory, station.division_code), ui.Crumb(station.name)],
            station=station,
            seen=seen,
            facts=head,
            holders=view_models.holder_lines(view, held),
            points=view_models.station_lines(view, _stations(view, lambda it: it.parent_id == key)),
            deputies=view_models.deputy_lines(view, people),
            changes=changes,
        )  # fmt: skip

    async def person(
        self, request: Request, by: Actor, key: Id, refused: RefusedForm | None = None
    ) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, person = await read_of_kind(tx, key, DirectoryPerson)
            require_visible(view, person)
            changes = await self._changes(tx, view, [key])
        directory, liaison = view.directory, person.liaison_id
        return self._show(
            request, by, "person.html", EntryPage(view, row, refused),
            [*labels.links_up(directory, person.division_code), ui.Crumb(person.name)],
            person=person,
            facts=view_models.person_facts(view, person),
            grants=view_models.grant_lines(view, key, person),
            stands=view_models.stand_in_lines(view, key, person),
            mandates=labels.mandates_of(directory, person),
            liaison=labels.person_link(liaison, labels.name_of(directory, liaison))
            if liaison else None,
            liaises=view_models.liaises_for(view, key),
            account=f"/router/accounts/{to_text(key)}"
            if reaches(account_scope(by), directory, key, view.today) else "",
            changes=changes,
        )  # fmt: skip

    async def listed(
        self, request: Request, by: Actor, key: Id, refused: RefusedForm | None = None
    ) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            row, entry = await read_of_kind(tx, key, DirectoryListed)
            code, kind = entry.division_code, list_of(type(entry))
            seen = view.sees(code)
            changes = await self._changes(tx, view, [key]) if seen else []
        above = ui.Crumb(labels.TABLES[kind], labels.list_address(kind, code))
        return self._show(
            request, by, "listed.html", EntryPage(view, row, refused),
            [*labels.links_up(view.directory, code), above, ui.Crumb(entry.code)],
            entry=entry,
            seen=seen,
            facts=list_views.listed_facts(view, entry),
            changes=changes,
        )  # fmt: skip

    async def entries_of_list(
        self, request: Request, by: Actor, kind: ListKind, code: str
    ) -> Response:
        """Show a list as it is used in a division: its own entries and those from above."""
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
            await read_of_kind(tx, named_id("division", code), DirectoryDivision)
        words = labels.TABLES[kind]
        return self.render(
            request, by, "list.html", [*labels.links_up(view.directory, code), ui.Crumb(words)],
            kind=kind,
            words=words,
            code=code,
            place=labels.place_name(view.directory, code),
            lines=list_views.listed_lines(view, view.directory.listed_at(LISTS[kind], code)),
            may=admin_scope(by).may(view.directory, code),
        )  # fmt: skip

    def home(self, by: Actor) -> str | None:
        """Return where the directory opens: the reader's own place, or the topmost division."""
        top = next((grant.division_code for grant in by.grants), EVERYWHERE)
        if top == EVERYWHERE:
            first = self.copy.snapshot.children("")[:1]
            return labels.division_address(first[0].division_code) if first else None
        return labels.division_address(top)

    async def found(self, request: Request, by: Actor) -> Response:
        async with self.db.begin() as tx:
            view = await self._context(tx, request, by)
        query = request.query_params.get("q", "").strip()[:100]
        lines = find(view, query) if query else []
        return self.render(
            request, by, "found.html", [ui.Crumb(_("名录"), labels.HERE),
                                        ui.Crumb(_("查找"))],
            query=query,
            lines=lines[:MAX_FOUND],
            more=len(lines) > MAX_FOUND,
        )  # fmt: skip

    async def _changes(self, tx: Tx, view: ViewContext, keys: Sequence[Id]) -> Any:
        rows = revisions(await store.list_changes(tx, keys, CHANGES))
        return view_models.change_lines(view, rows)

    async def edit(self, request: Request, by: Actor, key: Id) -> Response:
        """Edit an entry and show it; a refused form is shown again as it was filled in."""
        submitted = await read_form(request)
        try:
            applied = await self.actions.edit(key, read(submitted), by)
        except (ValidationError, Invalid, Conflict, Forbidden) as refused:
            return await self._again(request, by, key, RefusedForm(submitted, refused))
        page = labels.address_of(self.copy.snapshot, key)
        return RedirectResponse(f"{page}?seen={applied.seen}", 303)

    async def _again(self, request: Request, by: Actor, key: Id, refused: RefusedForm) -> Response:
        directory = self.copy.snapshot
        if directory.unit(key):
            return await self.unit(request, by, key, refused)
        if directory.station(key):
            return await self.station(request, by, key, refused)
        if directory.person(key):
            return await self.person(request, by, key, refused)
        if directory.listed_by_id(key):
            return await self.listed(request, by, key, refused)
        if directory.organ_by_id(key):
            return await self.organ(request, by, key, refused)
        division = directory.division_by_id(key)
        return await self.division(request, by, division.division_code if division else "", refused)

    def _show(
        self,
        request: Request,
        by: Actor,
        template: str,
        shown: EntryPage,
        crumbs: Sequence[ui.Crumb],
        **values: Any,
    ) -> Response:
        """Render an entry with the forms this reader may use."""
        entry, key = shown.row.event, shown.row.key
        scope = admin_scope(by)
        may = key != by.person_id and scope.may(self.copy.snapshot, entry.division_code)
        refused, status = shown.refused, 200
        forms = shown.forms(request, scope) if may else []
        choice = choice_of(shown.view, key, entry) if may else None
        if choice and "nobody" in request.query_params:
            choice = choice.without_choice()
        if refused is not None:
            status = refused.why.status if isinstance(refused.why, Refused) else 422
        return self.render(
            request, by, template, crumbs,
            notes=[*shown.after(request, may=may), *notes_of(refused, forms, values["changes"])],
            status=status,
            shown_at=labels.address_of(self.copy.snapshot, key),
            forms=forms,
            choice=choice,
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
        frame = frame_of(by, self.copy.snapshot, labels.HERE, notes=notes)
        return self._console.render(
            request,
            f"directory/{template}",
            frame=replace(frame, crumbs=crumbs, search=""),
            status=status,
            **shown,
        )


def _stations(view: ViewContext, fits: Any) -> list[tuple[Id, DirectoryStation]]:
    return [(key, one) for key, one in view.directory.stations().items() if fits(one)]


def _follows(view: ViewContext, station: DirectoryStation, code: str) -> bool:
    """Whether a station belongs to a division, or to one merged into it."""
    own = station.division_code
    return code in (own, living_division(view.directory, own, view.today))


def _entries_of(view: ViewContext, code: str) -> list[Id]:
    """List what belongs to exactly this division: organs, units, stations, people."""
    directory = view.directory
    return [
        *(key for key, _organ in directory.organs_in(code)),
        *(key for key, _unit in directory.units_in(code)),
        *(key for key, _one in _stations(view, lambda one: one.division_code == code)),
        *directory.people.by_division.get(code, ()),
    ]
