"""Pages of intake: who raised an item, and the access log."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from services.intake.actions.item_details import called
from services.intake.actions.officers import OfficerActions
from services.intake.console.labels import ACCESSED, FIELDS, REASONS, STATES
from services.intake.domain.model import ItemRow
from services.intake.domain.rights import may_know_sources, may_see_case
from services.intake.domain.source_access import (
    SOURCE_FIELDS,
    AccessReason,
    FirmSearchBody,
    ItemSource,
    SourceAccessBody,
    SourceView,
)
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.features.access_log.rows import AccessRow
from shared.features.access_log.store import EXPORT
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.text import Text, _, listed
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.console import Console
from shared.web.forms import Form, Submitted, errors_of, read_form, validated
from shared.web.menu import frame_of

CONSOLE = Console(Path(__file__).parent)


async def source_page(
    actions: OfficerActions, request: Request, by: Actor, key: Id, submitted: Submitted | None
) -> Response:
    """Show who raised an item: masked, or in full once if the submitted form gives a reason."""
    wrong, full, directory = None, None, actions.copy.snapshot
    if submitted is not None:
        try:
            full = await actions.view_source(by, key, validated(SourceAccessBody, submitted))
        except ValidationError as error:
            wrong = error
    source, masked, accesses = await actions.read_source(by, key)
    view, item = full or masked, source.item
    return CONSOLE.render(
        request,
        "source_part.html" if "HX-Request" in request.headers else "source.html",
        frame=frame_of(by, directory, links.CASES, *_crumbs(item)),
        status=422 if wrong else 200,
        here=f"/intake/items/{to_text(key)}/source",
        proposers=_proposers(view),
        is_lost=any(one.is_lost for one in view.proposers),
        has_more=bool(view.fields),
        name_unknown=item.erased_at is None and source.hides_unnamed,
        is_full=full is not None,
        item=item,
        item_id=to_text(key),
        has_dispatch_trail=may_see_case(by, source.item, source.progress, directory),
        form=_form(submitted, wrong),
        accesses=[_access(one, directory) for one in accesses],
    )


async def firms_page(
    actions: OfficerActions, request: Request, by: Actor, submitted: Submitted | None
) -> Response:
    """Show the form of the search by firm; once it is submitted with a reason, what it finds."""
    wrong: ValidationError | None = None
    found: Sequence[ItemSource] = ()
    is_whole = True
    if submitted is not None:
        try:
            body = validated(FirmSearchBody, submitted)
            found, is_whole = await actions.find_by_firm(by, body)
        except ValidationError as error:
            wrong = error
    directory = actions.copy.snapshot
    typed = submitted or {"firm": [request.query_params.get("firm", "")]}
    return CONSOLE.render(
        request,
        "firms.html",
        frame=frame_of(
            by, directory, links.CASES, ui.Crumb(_("办件"), links.CASES), ui.Crumb(_("按企业查找"))
        ),
        status=422 if wrong else 200,
        here=links.FIRMS,
        form=_firm_form().filled(typed, errors_of(wrong) if wrong else {}),
        is_searched=submitted is not None and wrong is None,
        rows=[_found(one, directory) for one in found],
        is_whole=is_whole,
    )


def _proposers(view: SourceView) -> list[tuple[Text, list[tuple[Text, str]]]]:
    """Each proposer's heading, which a single one does without, and what is known of them."""
    several = len(view.proposers) > 1
    return [
        (called(n, one) if several else "", [(FIELDS[f], getattr(one, f)) for f in SOURCE_FIELDS])
        for n, one in enumerate(view.proposers, start=1)
    ]


def _found(one: ItemSource, directory: Directory) -> Mapping[str, Any]:
    item, place = one.item, directory.division(one.item.division_code)
    return {
        "firm": listed(named.firm for named in one.proposers if named.firm),
        "number": item.number or to_text(item.key)[TAIL],
        "href": links.case_page(item.key),
        "place": place.name if place else item.division_code,
        "received_at": item.received_at,
        "state": STATES[item.state],
        "marks": ui.marks(confidential=item.confidential, self_interest=item.self_interest),
    }


def _firm_form() -> Form:
    hint = _("名称里连续的几个字，至少两个；全角半角、大小写不分")
    return Form(_("查找"), [ui.Field("firm", _("企业名称"), hint=hint), *_reason_fields()])


def _crumbs(item: ItemRow) -> tuple[ui.Crumb, ...]:
    here = item.number or to_text(item.key)[TAIL]
    href = links.case_page(item.key)
    return ui.Crumb(_("办件"), links.CASES), ui.Crumb(here, href), ui.Crumb(_("来源"))


def _reason_fields() -> list[ui.Field]:
    reasons = [ui.Option(value, REASONS[value]) for value in get_args(AccessReason)]
    hint = _("谁在什么时候为什么看过，都会记下来")
    return [
        ui.Field("reason", _("为什么要看"), options=reasons, control="select"),
        ui.Field("words", _("具体说明"), hint=hint, control="textarea", rows=2),
    ]


def _form(submitted: Submitted | None, wrong: ValidationError | None) -> Form:
    form = Form(_("查看来源"), _reason_fields())
    return form.filled(submitted or {}, errors_of(wrong)) if wrong else form


def _access(row: AccessRow, directory: Directory) -> Mapping[str, Any]:
    who = Names(directory).who(row.actor, row.accessed_at)
    return {"at": row.accessed_at, "who": who, "reason": REASONS[row.reason], "words": row.words}


def source_routes(actions: OfficerActions, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("/items/{item_id}/source")
    @requires(Action.SOURCE_READ)
    async def show(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await source_page(actions, request, by, item_id.bytes, None)

    @web.post("/items/{item_id}/source")
    @requires(Action.SOURCE_READ)
    async def view(request: Request, by: Annotated[Actor, proved], item_id: UUID) -> Response:
        return await source_page(actions, request, by, item_id.bytes, await read_form(request))

    @web.get("/firms")
    @requires(Action.SOURCE_READ)
    async def ask_firm(request: Request, by: Annotated[Actor, who]) -> Response:
        return await firms_page(actions, request, by, None)

    @web.post("/firms")
    @requires(Action.SOURCE_READ)
    async def find_firm(request: Request, by: Annotated[Actor, proved]) -> Response:
        return await firms_page(actions, request, by, await read_form(request))

    return web


def _may_read(by: Actor, directory: Directory, row: AccessRow) -> bool:
    """Why somebody viewed a source may give it away; the words of an export are a file's name."""
    return row.reason == EXPORT or may_know_sources(by, row.division_code, directory)


def log_routes(db: Database, copy: DirectoryCopy, officer: CurrentActor) -> APIRouter:
    log = AccessLogSource(fields=ACCESSED, find=find_item, reasons=REASONS, may_read=_may_read)
    return access_log_routes(AccessLogPages(CONSOLE, copy, db, log), officer)
