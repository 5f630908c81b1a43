"""Pages of activities: the list, a new one, one with its acts, the year's plan by month."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.intake.actions.activities import ActivityActions, OpenedActivity
from services.intake.actions.activity_specs import (
    ACTIVITY_ACTS,
    ActivityDetails,
    open_activity_acts,
)
from services.intake.console import activity_views as views
from services.intake.console import new_activity
from services.intake.console.act_forms import FormErrors, act_form, placed
from services.intake.console.done import PLANNED, RECORDED, done_notes, led_to
from services.intake.console.new_activity import ChangeForm, NewActivityForm
from services.intake.console.pages import CONSOLE
from services.intake.domain.activity import firms_of
from services.intake.domain.activity_commands import ActivityBody, ChangeActivity
from services.intake.domain.asker import by_session, may_for
from services.intake.domain.enterprises import enterprise_id, trader_id
from shared.calendar import local_day
from shared.contracts.dates import FIRST_DAY, LAST_DAY
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.errors import Problem, Refused, TooEarly
from shared.ids import Id, new_id, to_text
from shared.rights import Action, may_ever, not_yours
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Submitted, read_form, validated, value_of
from shared.web.menu import frame_of

LOOK = "look"
"""The button of the form that only looks who visits these enterprises."""
Act = ActSpec[ActivityDetails]
_CHANGE = next(spec for spec in ACTIVITY_ACTS if spec.command is ChangeActivity)
_BY_NAME: Mapping[str, Act] = {spec.name: spec for spec in ACTIVITY_ACTS if spec is not _CHANGE}
_SHOWN: Mapping[str, Text] = {"": _("全部"), **views.STATES}
Wrong = ValidationError | FormErrors | Refused | TooEarly


class ActivityPages:
    def __init__(self, actions: ActivityActions) -> None:
        self._actions = actions

    async def activities(self, request: Request, by: Actor, state: str, month: str) -> Response:
        """List the activities of the person's stations and organs, by what they wait for."""
        today, directory = await self._today(), self._actions.copy.snapshot
        state = state if state in _SHOWN else ""
        first, last = views.month_span(month, today)
        found = await self._actions.list_between(by_session(by), state, first, last)
        holds = may_ever(by, Action.ACTIVITY_HOLD)
        lists = views.lists_of(found, directory, today, may_hold=holds)
        states = [ui.Option(value, label) for value, label in _SHOWN.items()]
        return CONSOLE.render(
            request,
            "activities.html",
            frame=frame_of(by, directory, links.ACTIVITIES, ui.Crumb(_("活动与走访"))),
            filters=[
                ui.Filter("month", _("月份"), views.months_around(today), month),
                ui.Filter("state", _("状态"), states, state),
            ],
            lists=[one for one in lists if one.rows or not state],
            may_hold=holds,
            year=today.year,
        )

    async def plan_of_year(self, request: Request, by: Actor, year: int | None) -> Response:
        """Print what is planned and was held in a year, month by month (代表法 2025 §43)."""
        today, directory = await self._today(), self._actions.copy.snapshot
        year = min(max(year or today.year, FIRST_DAY.year), LAST_DAY.year)
        found = await self._actions.list_between(
            by_session(by), "", date(year, 1, 1), date(year, 12, 31)
        )
        return CONSOLE.render(
            request,
            "year_plan.html",
            frame=frame_of(by, directory, links.ACTIVITIES, _HOME, ui.Crumb(_("年度计划"))),
            year=year,
            months=views.months_of(found, directory, year, today),
        )

    async def activity(self, request: Request, by: Actor, key: Id) -> Response:
        """Show an activity: how far it is, who came, what is written, the acts open now."""
        found = await self._actions.open(by_session(by), key)
        today, row = local_day(found.now), found.activity.row
        acts = [] if found.is_blocked else open_activity_acts(self._details(found), by_session(by))
        href = links.activity_page(key)
        notes = [*done_notes(request), *([ui.UNDER_REPAIR] if found.is_blocked else [])]
        may_hold = may_for(by_session(by), Action.ACTIVITY_HOLD, row, found.directory)
        return CONSOLE.render(
            request,
            "station_activity.html",
            frame=_frame(by, found, notes=notes),
            title=views.title_of(row, found.directory),
            facts=views.facts(found, today),
            firms=views.firms_of(found),
            people=views.people_of(found, with_answers=may_hold),
            own_answer=found.activity.answers.get(by.person_id),
            is_planned=row.state == "PLANNED",
            text=found.activity.text,
            acts=[ui.ActionButton(spec.label, f"{href}/{spec.name}") for spec in acts],
        )

    async def new(
        self,
        request: Request,
        by: Actor,
        submitted: Submitted | None = None,
        wrong: Wrong | None = None,
        look_up: tuple[ActivityBody, Mapping[str, str]] | None = None,
    ) -> Response:
        """Show the form of a new activity, after a refusal with what was typed and what is wrong.

        `look_up` is what was typed and the names of its firms, to show who else visits them.
        """
        directory, now = self._actions.copy.snapshot, await self._actions.now()
        sent = submitted or {}
        code = wrong.code if isinstance(wrong, Problem) else ""
        form = new_activity.new_activity_form(
            self._choices(by),
            value_of(sent, "id") or to_text(new_id(now)),
            local_day(now),
            asks_reason=new_activity.PLACES.get(code) == "visit_reason" or "visit_reason" in sent,
            asks_date=code == "date_far_back" or "date_confirmed" in sent,
        )
        notes, status = list[ui.Note](), 200
        if submitted is not None:
            errors: Mapping[str, Text] = {}
            if wrong is not None:
                errors, notes, status = placed(wrong, new_activity.PLACES)
            form = new_activity.with_id(form.filled(sent, errors), value_of(sent, "id"))
        return CONSOLE.render(
            request,
            "new_activity.html",
            frame=frame_of(by, directory, links.ACTIVITIES, _HOME, _NEW, notes=notes),
            status=status,
            form=form,
            burden=await self._burden(by, *look_up) if look_up else None,
        )

    def _choices(self, by: Actor) -> new_activity.Choices:
        organisers = self._actions.organisers(by_session(by))
        people = self._actions.people_of(organisers)
        return new_activity.Choices(list(organisers.items()), people, self._actions.copy.snapshot)

    async def _burden(
        self, by: Actor, body: ActivityBody, names: Mapping[str, str]
    ) -> views.BurdenCard:
        found = await self._actions.look_up(
            by_session(by), firms_of(body), body.place_division, body.first_day, body.last_day
        )
        named = {enterprise_id(code): name for code, name in names.items()}
        named |= {trader_id(body.place_division, name): name for name in body.traders}
        return views.burden_of(found, named)

    async def submit(self, request: Request, by: Actor) -> Response:
        """Plan or record an activity and go to it; a refused form is shown again."""
        submitted, asker, look_up = await read_form(request), by_session(by), None
        looks = LOOK in submitted
        sent = {name: one for name, one in submitted.items() if name != LOOK}
        try:
            form = validated(NewActivityForm, sent)
            codes = await new_activity.codes_of(form.enterprises, self._actions.match_firms)
            body = form.body(list(codes))
            look_up = (body, codes)
            if looks:
                return await self.new(request, by, sent, look_up=look_up)
            organiser = self._actions.organiser(asker, form.station, form.organ)
            enter = self._actions.plan if form.what == "plan" else self._actions.record
            applied = await enter(asker, organiser, body)
        except (ValidationError, FormErrors, Refused, TooEarly) as wrong:
            return await self.new(request, by, sent, wrong, look_up)
        page = links.activity_page(applied.state.row.key)
        return led_to(page, PLANNED if form.what == "plan" else RECORDED)

    async def form(
        self,
        request: Request,
        by: Actor,
        spec: Act,
        key: Id,
        submitted: Submitted | None = None,
        refused: Wrong | None = None,
    ) -> Response:
        """Show the form of an act, after a refusal with what was typed and what is wrong."""
        found, asker = await self._actions.open(by_session(by), key), by_session(by)
        details, href = self._details(found), links.activity_page(key)
        row, invited = found.activity.row, found.activity.invited
        if not may_for(asker, spec.action, row, found.directory, invited):
            raise not_yours(spec.action)
        if refused is None and spec not in open_activity_acts(details, asker):
            return RedirectResponse(href, 303)
        form = act_form(spec, details, INTAKE_ACTIVITY, row.seq)
        notes, status = list[ui.Note](), 200
        if refused is not None:
            latest = ui.Link(_("最新情况"), href)
            errors, notes, status = placed(refused, new_activity.PLACES, latest)
            form = form.filled(submitted or {}, errors)
        return CONSOLE.render(
            request,
            "station_form.html",
            frame=_frame(by, found, ui.Crumb(spec.label), notes=notes),
            status=status,
            form=form,
            matter=views.title_of(row, found.directory),
            back=href,
            outgoing=None,
            suggested=None,
            clocks=None,
            reply=None,
        )

    async def perform(self, request: Request, by: Actor, spec: Act, key: Id) -> Response:
        """Perform a submitted act and go to the activity; a refused form is shown again."""
        submitted = await read_form(request)
        try:
            body: Any = validated(spec.form_body or spec.body, submitted)
            command: Any = spec.to_command((key,), by_session(by), body)
            await self._actions.act(command)
        except (ValidationError, Refused, TooEarly) as refused:
            return await self.form(request, by, spec, key, submitted, refused)
        return led_to(links.activity_page(key), spec.name)

    async def change(
        self, request: Request, by: Actor, key: Id, submitted: Submitted | None = None,
        wrong: Wrong | None = None,
    ) -> Response:  # fmt: skip
        """Show a plan to change, after a refusal with what was typed and what is wrong."""
        found, asker = await self._actions.open(by_session(by), key), by_session(by)
        details, href, sent = self._details(found), links.activity_page(key), submitted or {}
        if not may_for(asker, _CHANGE.action, found.activity.row, found.directory):
            raise not_yours(_CHANGE.action)
        if wrong is None and _CHANGE not in open_activity_acts(details, asker):
            return RedirectResponse(href, 303)
        code = wrong.code if isinstance(wrong, Problem) else ""
        form = new_activity.change_form(
            details,
            asks_reason=new_activity.PLACES.get(code) == "visit_reason" or "visit_reason" in sent,
            asks_date=code == "date_far_back" or "date_confirmed" in sent,
        )
        notes, status = list[ui.Note](), 200
        if wrong is not None:
            latest = ui.Link(_("最新情况"), href)
            errors, notes, status = placed(wrong, new_activity.PLACES, latest)
            form = form.filled(sent, errors)
        return CONSOLE.render(
            request,
            "station_form.html",
            frame=_frame(by, found, ui.Crumb(_CHANGE.label), notes=notes),
            status=status,
            form=form,
            matter=views.title_of(found.activity.row, found.directory),
            back=href,
            outgoing=None,
            suggested=None,
            clocks=None,
            reply=None,
        )

    async def submit_change(self, request: Request, by: Actor, key: Id) -> Response:
        """Change a plan and go to the activity; a refused form is shown again."""
        submitted, asker = await read_form(request), by_session(by)
        try:
            form = validated(ChangeForm, submitted)
            codes = await new_activity.codes_of(form.enterprises, self._actions.match_firms)
            await self._actions.act(ChangeActivity(key, asker, form.body(list(codes))))
        except (ValidationError, FormErrors, Refused, TooEarly) as wrong:
            return await self.change(request, by, key, submitted, wrong)
        return led_to(links.activity_page(key), _CHANGE.name)

    def _details(self, found: OpenedActivity) -> ActivityDetails:
        people = self._actions.people_for(found.activity.row)
        return ActivityDetails(found.activity, found.directory, local_day(found.now), people)

    async def _today(self) -> date:
        return local_day(await self._actions.now())


_HOME = ui.Crumb(_("活动与走访"), links.ACTIVITIES)
_NEW = ui.Crumb(_("计划或记录活动"))


def _frame(
    by: Actor, found: OpenedActivity, *crumbs: ui.Crumb, notes: Sequence[ui.Note] = ()
) -> ui.Frame:
    row = found.activity.row
    title = views.title_of(row, found.directory)
    here = ui.Crumb(title, links.activity_page(row.key) if crumbs else "")
    return frame_of(by, found.directory, links.ACTIVITIES, _HOME, here, *crumbs, notes=notes)


def activity_page_routes(pages: ActivityPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(prefix="/activities", include_in_schema=False), Depends(officer)

    @web.get("")
    @requires(Action.ACTIVITY_READ)
    async def activities(
        request: Request, by: Annotated[Actor, who], state: str = "", month: str = ""
    ) -> Response:
        return await pages.activities(request, by, state, month)

    @web.get("/plan")
    @requires(Action.ACTIVITY_READ)
    async def plan_of_year(
        request: Request, by: Annotated[Actor, who], year: int | None = None
    ) -> Response:
        return await pages.plan_of_year(request, by, year)

    @web.get("/new")
    @requires(Action.ACTIVITY_HOLD)
    async def new(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.new(request, by)

    @web.post("/new")
    @requires(Action.ACTIVITY_HOLD)
    async def submit(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.submit(request, by)

    @web.get("/{activity_id}")
    @requires(Action.ACTIVITY_READ)
    async def activity(request: Request, by: Annotated[Actor, who], activity_id: UUID) -> Response:
        return await pages.activity(request, by, activity_id.bytes)

    _add_change(web, pages, who)
    _add_acts(web, pages, who)
    return web


def _add_change(web: APIRouter, pages: ActivityPages, who: Any) -> None:
    @web.get("/{activity_id}/change")
    @requires(Action.ACTIVITY_HOLD)
    async def change(request: Request, by: Annotated[Actor, who], activity_id: UUID) -> Response:
        return await pages.change(request, by, activity_id.bytes)

    @web.post("/{activity_id}/change")
    @requires(Action.ACTIVITY_HOLD)
    async def submit_change(
        request: Request, by: Annotated[Actor, who], activity_id: UUID
    ) -> Response:
        return await pages.submit_change(request, by, activity_id.bytes)


def _add_acts(web: APIRouter, pages: ActivityPages, who: Any) -> None:
    name = Path(pattern=f"^({'|'.join(_BY_NAME)})$")

    @web.get("/{activity_id}/{name}")
    @requires(*(spec.action for spec in ACTIVITY_ACTS))
    async def show_form(
        request: Request, by: Annotated[Actor, who], activity_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.form(request, by, _BY_NAME[name], activity_id.bytes)

    @web.post("/{activity_id}/{name}")
    @requires(*(spec.action for spec in ACTIVITY_ACTS))
    async def submit_form(
        request: Request, by: Annotated[Actor, who], activity_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.perform(request, by, _BY_NAME[name], activity_id.bytes)
