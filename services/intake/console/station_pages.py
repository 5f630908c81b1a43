"""Pages of stations: what waits, a new item, the station's items, one item and its acts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.intake.actions.act_specs import ACTS, open_acts
from services.intake.actions.activities import ActivityActions
from services.intake.actions.attachments import AttachmentActions
from services.intake.actions.item_details import MASKS, MORE, ItemDetails
from services.intake.actions.reply_specs import REPLY_ACTS
from services.intake.actions.stations import UNRATED, OpenedItem, StationActions, Titled
from services.intake.console import activity_views, new_item, reply_views, station_views
from services.intake.console.act_forms import PREVIEW, FormErrors, act_form, placed
from services.intake.console.done import done_notes, led_to
from services.intake.console.labels import STATES
from services.intake.console.pages import CONSOLE
from services.intake.console.station_views import StationView, item_href, title_of
from services.intake.console.uploads import read_uploads
from services.intake.domain.asker import by_session
from services.intake.domain.attaching import AttachmentsUnavailable
from services.intake.domain.model import ItemRow
from services.intake.domain.refusals import require_right
from shared.calendar import local_day
from shared.contracts.topics import INTAKE_ITEM
from shared.errors import Refused, TooEarly, Unavailable
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.messaging.subject import Applied
from shared.rights import Action, may_ever
from shared.settings import Limits
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import Submitted, read_form, validated, value_of
from shared.web.menu import frame_of

PAGE = 50
SEEN = "seen_words"
"""What a form's last preview of the words that leave was made with."""
LOOK_AGAIN = ui.Note("amber", _("还没有送出。请看一遍遮住以后的文字，没有问题再按一次"))
CALL_AT_ONCE = ui.Note("amber", _("有人身危险、火情、急病的，请立即拨打110、119、120"))
Act = ActSpec[ItemDetails]
_BY_NAME: Mapping[str, Act] = {spec.name: spec for spec in ACTS}
_SHOWN: Mapping[str, Text] = {"": _("全部"), UNRATED: _("待评价"), **STATES}


class StationPages:
    """Renders the pages of stations, with their time limits; `asks_email` where mail is sent."""

    def __init__(
        self, actions: StationActions, held: ActivityActions, files: AttachmentActions,
        limits: Limits, *, asks_email: bool,
    ) -> None:  # fmt: skip
        self._actions, self._held, self._files, self._limits = actions, held, files, limits
        self._asks_email = asks_email

    async def today(self, request: Request, by: Actor) -> Response:
        """Show what waits at the person's stations; lead others to where their work is."""
        directory = self._actions.copy.snapshot
        if not may_ever(by, Action.ITEM_READ):
            if may_ever(by, Action.RAISED_READ):
                return RedirectResponse(links.DEPUTY, 303)
            frame = frame_of(by, directory, links.STATION)
            places = [(one.words, one.href) for group in frame.menu for one in group]
            return CONSOLE.render(request, "no_station.html", frame=frame, places=places)
        found = await self._actions.read_waiting(by_session(by))
        today = local_day(found.now)
        held, more = await self._held.list_to_complete(by_session(by), today, PAGE)
        view = StationView(by_session(by), directory, found.now, self._limits)
        lists = station_views.waiting_lists(found, view)
        activities = activity_views.to_complete(held, more, directory, today)
        waits = {links.STATION: sum(one.total for one in lists) + activities.total}
        crumb = ui.Crumb(_("联络站"))
        return CONSOLE.render(
            request,
            "station_today.html",
            frame=frame_of(by, directory, links.STATION, crumb, counts=waits),
            lists=lists,
            activities=activities,
            is_free=found.is_empty and not held,
            several=_has_several(by, self._actions),
        )

    async def new(
        self, request: Request, by: Actor, submitted: Submitted | None = None,
        wrong: FormErrors | Refused | Unavailable | None = None,
    ) -> Response:  # fmt: skip
        """Show the form of a new item, after a refusal with what was typed and what is wrong."""
        directory, stations = self._actions.copy.snapshot, self._actions.stations_at(by_session(by))
        firms = wrong.firms if isinstance(wrong, FormErrors) else ()
        asks = isinstance(wrong, Refused) and wrong.code == "date_far_back"
        asks = asks or bool(submitted and "date_confirmed" in submitted)
        form = new_item.new_form(
            stations, directory, await self._actions.now(), firms, asks_date=asks, own=_own(by)
        )
        if self._asks_email:
            form = new_item.with_email(form)
        crumb = _("记一件建议") if _own(by) is None else _("提一件建议")
        notes, status = list[ui.Note](), 200
        if submitted is not None and wrong is not None:
            errors, notes, status = placed(wrong, new_item.PLACES)
            form = new_item.kept(form.filled(submitted, errors), submitted)
        return CONSOLE.render(
            request,
            "new_item.html",
            frame=frame_of(by, directory, links.NEW_ITEM, ui.Crumb(crumb), notes=notes),
            status=status,
            form=form,
            own=_own(by) is not None,
            back=links.STATION if _own(by) is None else links.DEPUTY,
            **new_item.for_scripts(stations),
        )

    async def submit(self, request: Request, by: Actor) -> Response:
        """Submit a new item with its files, which are judged before; refused, show it again."""
        submitted, uploads = await read_form(request), await read_uploads(request)
        try:
            form, contact = new_item.read_new_item(submitted)
            asker = by_session(by)
            station = self._actions.station_of(asker, Action.ITEM_SUBMIT, form.station)
            typed = form.firm or form.enterprise
            found = await self._actions.match_firms(typed) if typed else ()
            firm = new_item.chosen_firm(typed, found)
            body = form.item(station, firm, contact, own=_own(by) is not None)
            files = await self._files.check(uploads)
            result = await self._actions.submit_one(asker, station, body)
            await self._files.add_checked(asker, result.state.row.key, files)
        except (FormErrors, Refused, TooEarly, AttachmentsUnavailable) as wrong:
            return await self.new(request, by, submitted, wrong)
        return RedirectResponse(f"{item_href(result.state.row.key)}/receipt", 303)

    async def receipt(self, request: Request, by: Actor, key: Id) -> Response:
        """Show that an item has arrived, how far it is, and what happens next."""
        found = await self._actions.open_item(by_session(by), key)
        item, view = found.details.item, self._view(by, found)
        one = Titled(item.row, station_views.progress_of(found.details), item.text.title)
        return CONSOLE.render(
            request,
            "receipt.html",
            frame=_receipt_frame(by, found),
            row=station_views.item_row(one, view),
            is_new=item.row.state == "SUBMITTED",
            suggested=station_views.suggestion(found.details),
            href=item_href(key) if _own(by) is None else links.deputy_item(key),
            gives_link=view.may(Action.LINK_GIVE, item.row),
        )

    async def items(
        self, request: Request, by: Actor, state: str, typed: str, before: Id | None
    ) -> Response:
        """List the items of the person's stations, newest first."""
        state = state if state in _SHOWN else ""
        typed = typed.strip()[:100]
        found = await self._actions.list_titled(by_session(by), state, typed, before, PAGE + 1)
        view = StationView(
            by_session(by), self._actions.copy.snapshot, await self._actions.now(), self._limits
        )
        last = to_text(found[PAGE - 1].item.key) if len(found) > PAGE else ""
        query = {name: one for name, one in (("state", state), ("q", typed)) if one}
        options = [ui.Option(value, label) for value, label in _SHOWN.items()]
        return CONSOLE.render(
            request,
            "station_items.html",
            frame=frame_of(by, view.directory, links.STATION_ITEMS, ui.Crumb(_("本站意见建议"))),
            filters=[ui.Filter("state", _("状态"), options, state)],
            typed=typed,
            rows=[station_views.item_row(one, view) for one in found[:PAGE]],
            several=_has_several(by, self._actions),
            more=f"{links.STATION_ITEMS}?{urlencode({**query, 'before': last})}" if last else "",
        )

    async def item(self, request: Request, by: Actor, key: Id) -> Response:
        """Show an item: where it stands, its texts and timeline, and the acts open now."""
        found = await self._actions.open_item(by_session(by), key)
        view, item = self._view(by, found), found.details.item
        require_right(await self._actions.context(), by_session(by), Action.ITEM_READ, item)
        notes = [*done_notes(request), *([ui.UNDER_REPAIR] if found.is_blocked else [])]
        if item.row.state == "TRANSFERRED" and item.row.reason == "emergency":
            notes.append(CALL_AT_ONCE)
        specs = [] if found.is_blocked else open_acts(found.details, by_session(by))
        return CONSOLE.render(
            request,
            "station_item.html",
            frame=_frame(by, found, notes=notes),
            title=title_of(item.row, item.text.title),
            marks=ui.marks(
                confidential=item.row.confidential, self_interest=item.row.self_interest
            ),
            facts=station_views.facts(found, view),
            steps=station_views.timeline(found, view),
            item=item,
            policies=Names(view.directory).policies(item.row.policy_codes),
            acts=[ui.ActionButton(spec.label, f"{item_href(key)}/{spec.name}") for spec in specs],
            source=links.source_page(key),
            attachments=links.attachments_page(key),
            merged=station_views.merged_into(found),
            here=item_href(key),
            shows_link=view.may(Action.LINK_GIVE, item.row) and item.row.erased_at is None,
            told=reply_views.told_lines(item, view.directory, view.now),
            notices=reply_views.notice_lines(found.notices),
            calls=reply_views.call_lines(item, view.directory),
            item_id=to_text(key),
        )

    async def form(
        self,
        request: Request,
        by: Actor,
        spec: Act,
        key: Id,
        submitted: Submitted | None = None,
        refused: ValidationError | Refused | None = None,
    ) -> Response:
        """Show the form of an act, after a refusal with what was typed and what is wrong."""
        found = await self._actions.open_item(by_session(by), key)
        row, context = found.details.item.row, await self._actions.context()
        require_right(context, by_session(by), spec.action, found.details.item)
        if refused is None and spec not in open_acts(found.details, by_session(by)):
            return RedirectResponse(item_href(key), 303)
        form = act_form(spec, found.details, INTAKE_ITEM, row.seq)
        notes, status = list[ui.Note](), 200
        if refused is not None:
            latest = ui.Link(_("最新情况"), item_href(key))
            errors, notes, status = placed(refused, new_item.PLACES, latest)
            form = form.filled(submitted or {}, errors)
        elif submitted:
            form, notes = form.filled(submitted, {}), [LOOK_AGAIN]
        shows, accepts = _shows_words(spec, row, submitted), spec.name == "accept"
        outgoing = await self._preview(by, key, submitted) if shows else None
        return CONSOLE.render(
            request,
            "station_form.html",
            frame=_frame(by, found, ui.Crumb(spec.label), notes=notes),
            status=status,
            form=form,
            matter=title_of(row, found.details.item.text.title),
            back=item_href(key),
            outgoing=outgoing,
            seen=_typed(submitted or {}) if outgoing else "",
            reply=found.details.item.progress if spec in REPLY_ACTS else None,
            proposers=station_views.proposers_named(found.details),
            suggested=station_views.suggestion(found.details) if accepts else None,
            clocks=self._view(by, found).clocks_of_acceptance() if accepts else None,
        )

    async def _preview(
        self, by: Actor, key: Id, submitted: Submitted | None
    ) -> Mapping[str, Any] | None:
        """Build the words that leave as the form is filled in; None while it is wrong."""
        sent = submitted or {}
        try:
            masks = MASKS.validate_python(list(sent.get("mask", ())))
            more = [MORE.validate_python(one) for one in sent.get("supplement", ())]
        except ValidationError:
            return None
        return await self._actions.preview(by_session(by), key, masks, more)

    async def perform(self, request: Request, by: Actor, spec: Act, key: Id) -> Response:
        """Perform a submitted act and go to the item; a refused form is shown again.

        What was typed about the words of a confidential item is previewed before they leave.
        """
        sent = await read_form(request)
        submitted = {name: one for name, one in sent.items() if name not in (PREVIEW, SEEN)}
        if PREVIEW in sent:
            return await self.form(request, by, spec, key, submitted)
        try:
            body = validated(spec.form_body or spec.body, submitted)
            if _typed(submitted) not in ("", value_of(sent, SEEN)):
                found = await self._actions.open_item(by_session(by), key)
                if _releases(spec, found.details.item.row):
                    return await self.form(request, by, spec, key, submitted)
            applied: Applied[Any] = await self._actions.act(
                spec.to_command((key,), by_session(by), body)  # type: ignore[arg-type]
            )
        except (ValidationError, Refused) as refused:
            return await self.form(request, by, spec, key, submitted, refused)
        return led_to(item_href(applied.state.row.key), spec.name)

    def _view(self, by: Actor, found: OpenedItem) -> StationView:
        details = found.details
        return StationView(by_session(by), details.directory, details.now, self._limits)


def _typed(submitted: Submitted) -> str:
    """Join the fields on which the preview depends: masks and a supplement."""
    typed = (value_of(submitted, name) for name in ("mask", "supplement"))
    return "\n".join(one.replace("\r", "").strip() for one in typed).strip()


def _releases(spec: Act, row: ItemRow) -> bool:
    """Whether words of a confidential item leave with this act."""
    is_later = spec.name == "supplement" and row.state == "ACCEPTED"
    return row.confidential and (spec.name in ("accept", "merge") or is_later)


def _shows_words(spec: Act, row: ItemRow, submitted: Submitted | None) -> bool:
    """Whether a form shows the words that leave with it; a supplement once it is typed."""
    is_there = spec.name == "merge" or bool(submitted)
    return spec.name == "accept" or (_releases(spec, row) and is_there)


def _frame(
    by: Actor, found: OpenedItem, *crumbs: ui.Crumb, notes: Sequence[ui.Note] = ()
) -> ui.Frame:
    row = found.details.item.row
    here = ui.Crumb(row.number or to_text(row.key)[TAIL], item_href(row.key) if crumbs else "")
    above = ui.Crumb(_("本站意见建议"), links.STATION_ITEMS)
    directory = found.details.directory
    return frame_of(by, directory, links.STATION_ITEMS, above, here, *crumbs, notes=notes)


def _receipt_frame(by: Actor, found: OpenedItem) -> ui.Frame:
    if _own(by) is None:
        return _frame(by, found, ui.Crumb(_("回执")))
    above = ui.Crumb(_("我提的建议"), links.DEPUTY_ITEMS)
    directory = found.details.directory
    return frame_of(by, directory, links.DEPUTY_ITEMS, above, ui.Crumb(_("回执")))


def _own(by: Actor) -> Id | None:
    """The deputy who raises items in their own name; None for the staff of a station."""
    return None if may_ever(by, Action.ITEM_READ) else by.person_id


def _has_several(by: Actor, actions: StationActions) -> bool:
    return len(actions.stations_at(by_session(by))) > 1


def station_routes(pages: StationPages, officer: CurrentActor) -> APIRouter:
    web, who = APIRouter(include_in_schema=False), Depends(officer)

    @web.get("/")
    @requires(Action.DUTY_READ)
    async def today(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.today(request, by)

    @web.get("/new")
    @requires(Action.ITEM_SUBMIT)
    async def new(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.new(request, by)

    @web.post("/new")
    @requires(Action.ITEM_SUBMIT)
    async def submit(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.submit(request, by)

    _add_items(web, pages, who)
    return web


def _add_items(web: APIRouter, pages: StationPages, who: Any) -> None:
    @web.get("/items")
    @requires(Action.ITEM_READ)
    async def items(
        request: Request,
        by: Annotated[Actor, who],
        state: str = "",
        q: str = "",
        before: UUID | None = None,
    ) -> Response:
        return await pages.items(request, by, state, q, before.bytes if before else None)

    @web.get("/items/{item_id}")
    @requires(Action.ITEM_READ)
    async def item(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.item(request, by, item_id.bytes)

    @web.get("/items/{item_id}/receipt")
    @requires(Action.ITEM_SUBMIT)
    async def receipt(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.receipt(request, by, item_id.bytes)

    name = Path(pattern=f"^({'|'.join(_BY_NAME)})$")

    @web.get("/items/{item_id}/{name}")
    @requires(*(spec.action for spec in ACTS))
    async def show_form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.form(request, by, _BY_NAME[name], item_id.bytes)

    @web.post("/items/{item_id}/{name}")
    @requires(*(spec.action for spec in ACTS))
    async def submit_form(
        request: Request, by: Annotated[Actor, who], item_id: UUID, name: Annotated[str, name]
    ) -> Response:
        return await pages.perform(request, by, _BY_NAME[name], item_id.bytes)
