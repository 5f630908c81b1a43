"""The page of a proposer behind a secret address: progress, supplement, withdrawal, rating."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from services.intake.actions.item_details import ItemDetails
from services.intake.actions.proposer_specs import PROPOSER_ACTS, label_of, open_to
from services.intake.actions.public import PublicActions
from services.intake.actions.reply_specs import own_reason
from services.intake.console import proposer_views, reply_views
from services.intake.console.act_forms import act_form, placed
from services.intake.console.done import done_notes, led_to
from services.intake.console.pages import CONSOLE
from services.intake.console.proposer_views import RaisedView
from services.intake.console.qr import address_at, picture_of
from services.intake.console.report_pages import EMERGENCY
from services.intake.domain.asker import Asker
from services.intake.domain.proposer_links import TypedLink
from shared.contracts.topics import INTAKE_ITEM
from shared.errors import NotFound, Refused, Unavailable
from shared.features.trail import Names
from shared.ids import Id
from shared.rights import Action
from shared.settings import Limits
from shared.text import Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec, add_endpoint
from shared.web.actor import requires
from shared.web.forms import Form, Submitted, errors_of, read_form, validated

Act = ActSpec[ItemDetails]
_BY_NAME: Mapping[str, Act] = {spec.name: spec for spec in PROPOSER_ACTS}
Opened = tuple[Id, Asker]
SecretInAddress = Annotated[str, Path(max_length=64)]


def no_link() -> NotFound:
    """The address holds no secret that is in force."""
    return NotFound(
        "no_such_link",
        _("这个查询链接打不开。"),
        _("可能没有写全，或联络站已经换了新的。请联系接收的联络站。"),
    )


class LinkForm(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    link: TypedLink


class ProposerPages:
    """Renders the pages of proposers, with the time limits that run."""

    def __init__(self, actions: PublicActions, limits: Limits) -> None:
        self._actions, self._limits = actions, limits

    def ask(
        self, request: Request, submitted: Submitted, wrong: ValidationError | None = None
    ) -> Response:
        """Ask for the link: notices lead here, as they never hold a secret."""
        hint = _("粘贴整个链接，或填它最后的26个字母和数字")
        form = Form(_("看进度"), [ui.Field("link", _("查询链接"), hint=hint, autocomplete="off")])
        if wrong is not None:
            form = form.filled(submitted, errors_of(wrong))
        status = 422 if wrong else 200
        return CONSOLE.render(request, "ask_link.html", frame=_frame(), status=status, form=form)

    async def enter(self, request: Request) -> Response:
        """Go to the page of the link that was typed."""
        submitted = await read_form(request)
        try:
            form = validated(LinkForm, submitted)
        except ValidationError as wrong:
            return self.ask(request, submitted, wrong)
        return RedirectResponse(f"{links.PROPOSER}{form.link}", 303)

    async def open(self, secret: str) -> Opened:
        """Find the item of a link; NotFound is the same whatever is wrong with the secret."""
        found = await self._actions.open(secret)
        if found is None:
            raise no_link()
        return found

    async def show(self, request: Request, secret: str) -> Response:
        """Show where an item stands, its last reply and what its proposer may do."""
        try:
            key, by = await self.open(secret)
        except NotFound as refused:
            return CONSOLE.render(
                request, "no_link.html", frame=_frame(), status=404, why=refused.full_message
            )
        view = await self._view(key, by)
        here = f"{links.PROPOSER}{secret}"
        row, blocked, details = view.row, view.raised.is_blocked, view.raised.details
        acts = [] if blocked else open_to(by, details)
        return CONSOLE.render(
            request,
            "proposer.html",
            frame=_frame(notes=[*done_notes(request), *([ui.UNDER_REPAIR] if blocked else [])]),
            title=_title(view),
            number=row.number,
            is_new="new" in request.query_params,
            standing=proposer_views.standing(view),
            steps=proposer_views.steps(view),
            item=view.raised.details.item,
            files=proposer_views.files(view.raised.details.item.attachments),
            policies=Names(view.raised.details.directory).policies(row.policy_codes),
            progress=view.progress,
            outcome=proposer_views.outcome_words(view),
            rated=proposer_views.rated_words(view),
            rating_reason=own_reason(view.raised.details.item),
            acts=[
                *(ui.ActionButton(label_of(spec, details), f"{here}/{spec.name}") for spec in acts),
                *proposer_views.file_acts(view, here),
            ],
            address=address_at(request, here),
            picture=picture_of(address_at(request, here)),
            accept_until=_accept_until(view),
            emergency=EMERGENCY,
            withdrawal=proposer_views.withdrawal(view),
            notices=reply_views.notice_lines(view.raised.notices, is_reader=True),
        )

    async def form(
        self,
        request: Request,
        secret: str,
        spec: Act,
        submitted: Submitted | None = None,
        wrong: ValidationError | Refused | Unavailable | None = None,
    ) -> Response:
        """Show the form of an act, after a refusal with what was typed and what is wrong."""
        key, by = await self.open(secret)
        view, here = await self._view(key, by), f"{links.PROPOSER}{secret}"
        if wrong is None and spec not in open_to(by, view.raised.details):
            return RedirectResponse(here, 303)
        details = view.raised.details
        form = act_form(spec, details, INTAKE_ITEM, view.row.seq)
        form = replace(form, words=label_of(spec, details))
        notes, status = list[ui.Note](), 200
        if wrong is not None:
            errors, notes, status = placed(wrong, {"words_required": "reason"})
            form = form.filled(submitted or {}, errors)
        return CONSOLE.render(
            request,
            "proposer_form.html",
            frame=_frame(notes=notes),
            status=status,
            form=form,
            here=f"{here}/{spec.name}",
            back=here,
            title=_title(view),
            progress=view.progress if spec.name == "rating" else None,
            outcome=proposer_views.outcome_words(view),
            until=view.progress.rating_until,
        )

    async def perform(self, request: Request, secret: str, spec: Act) -> Response:
        """Perform a submitted act and go back to the page; a refused form is shown again."""
        submitted = await read_form(request)
        key, by = await self.open(secret)
        try:
            body = validated(spec.body, submitted)
            await self._actions.stations.act(spec.to_command((key,), by, body))  # type: ignore[arg-type]
        except (ValidationError, Refused, Unavailable) as wrong:
            return await self.form(request, secret, spec, submitted, wrong)
        return led_to(f"{links.PROPOSER}{secret}", spec.name)

    async def _view(self, key: Id, by: Asker) -> RaisedView:
        return RaisedView(await self._actions.read(by, key), self._limits)


def _title(view: RaisedView) -> Text:
    item = view.raised.details.item
    return item.text.title or _("内容已按规定删除")


def _accept_until(view: RaisedView) -> Text:
    row = view.row
    return view.last_day(row.received_at, view.limits.accept) if row.received_at else ""


def _frame(notes: Sequence[ui.Note] = ()) -> ui.Frame:
    return ui.Frame(crumbs=(ui.Crumb(_("我的建议")),), notes=notes)


def proposer_routes(pages: ProposerPages, actions: PublicActions, limited: Any) -> list[APIRouter]:
    """The pages and the interface of proposers; `limited` counts the requests of an address."""
    web = APIRouter(include_in_schema=False, dependencies=[Depends(limited)])
    name = Path(pattern=f"^({'|'.join(_BY_NAME)})$")

    @web.get("/p/")
    @requires(Action.PUBLIC)
    async def ask(request: Request) -> Response:
        return pages.ask(request, {})

    @web.post("/p/")
    @requires(Action.PUBLIC)
    async def enter(request: Request) -> Response:
        return await pages.enter(request)

    @web.get("/p/{secret}")
    @requires(Action.PUBLIC)
    async def show(request: Request, secret: SecretInAddress) -> Response:
        return await pages.show(request, secret)

    @web.get("/p/{secret}/{name}")
    @requires(Action.PUBLIC)
    async def form(
        request: Request, secret: SecretInAddress, name: Annotated[str, name]
    ) -> Response:
        return await pages.form(request, secret, _BY_NAME[name])

    @web.post("/p/{secret}/{name}")
    @requires(Action.PUBLIC)
    async def perform(
        request: Request, secret: SecretInAddress, name: Annotated[str, name]
    ) -> Response:
        return await pages.perform(request, secret, _BY_NAME[name])

    return [web, _interface(pages, actions, limited)]


def _interface(pages: ProposerPages, actions: PublicActions, limited: Any) -> APIRouter:
    """The same acts as JSON, for programs that hold a proposer's link."""
    api = APIRouter(include_in_schema=False, dependencies=[Depends(limited)])
    opened = Depends(pages.open)

    def target(found: Annotated[Opened, opened]) -> tuple[Id]:
        return (found[0],)

    async def asker(found: Annotated[Opened, opened]) -> Asker:
        return found[1]

    async def perform(command: Any, _asker: Asker) -> dict[str, Any]:
        applied = await actions.stations.act(command)
        return {"state": applied.state.row.state, "seen": applied.seen or None}

    for spec in PROPOSER_ACTS:
        add_endpoint(api, "/p/{secret}/v1", spec, target, asker, perform)
    return api
