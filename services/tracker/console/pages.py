"""Pages for officers: the worklist, the list of cases, a case with its acts and their forms."""

import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from services.tracker import store
from services.tracker.actions import (
    SUPERVISION,
    TASK_ACTS,
    CaseActions,
    CaseDetails,
    Titled,
    place_of_act,
)
from services.tracker.console import action_forms, case_page, worklist
from services.tracker.console.labels import SHOWN, STATES, ViewContext
from services.tracker.console.timeline import timeline
from services.tracker.domain.commands import SearchText
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.mirrors import WithheldTexts
from services.tracker.domain.model import Case, case_state
from services.tracker.domain.rights import may_read_texts, place_of, reads_all_texts, units_of
from services.tracker.settings import Letters
from shared.directory import Directory, DirectoryCopy
from shared.directory.rights import Source, may_know
from shared.errors import Conflict, Invalid, Refused
from shared.features.trail import Names
from shared.ids import TAIL, Id, to_text
from shared.rights import Action, may, may_ever, require
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec, Target
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.console import Console
from shared.web.forms import Submitted, errors_of, read_form, validated
from shared.web.labels import PROFILES, WITHHELD
from shared.web.menu import frame_of, wait_for_event

CONSOLE = Console(pathlib.Path(__file__).parent)
PAGE = 50
CASES = links.CASES
Act = ActSpec[CaseDetails]
_TYPED = TypeAdapter[str](SearchText)
_BY_NAME: Mapping[str, Act] = {spec.name: spec for spec in TASK_ACTS}


class Pages:
    """Renders the tracker's pages for a person."""

    def __init__(self, actions: CaseActions, copy: DirectoryCopy, letters: Letters) -> None:
        self._actions, self._copy, self._letters = actions, copy, letters

    async def worklist(self, request: Request, by: Actor) -> Response:
        """Show the three lists, once what the person has just done elsewhere has arrived."""
        notes = [*_for_deputies(by), *await self._wait(request)]
        found = await self._actions.read_worklist(by)
        view = self._view(by, found.context)
        counts = {links.TODAY: found.counts.owed.all, links.QUEUE: found.counts.to_dispatch}
        return CONSOLE.render(
            request,
            "worklist.html",
            frame=frame_of(by, view.directory, "/tracker/", counts=counts, notes=notes),
            today=view.today,
            now=found.context.now,
            lists=worklist.worklist_page(found, view),
        )

    async def list(
        self, request: Request, by: Actor, show: store.Show, after: Id | None, wrong: Text = ""
    ) -> Response:
        """List the cases of the person's places; `wrong` is why a search was not made."""
        found, context = await self._actions.list_cases(by, show, after, PAGE + 1)
        order = _("最新的在前") if show in ("closed", "all") else _("按时限排序")
        return self._list(
            request,
            self._view(by, context),
            found,
            show,
            {"show": show},
            wrong,
            order=order,
            words="",
            is_partial=False,
            firms="",
            unready="",
        )

    async def search(self, request: Request, by: Actor, typed: str, after: Id | None) -> Response:
        """List what the search finds in every state, else the open cases and why it failed."""
        try:
            text = _TYPED.validate_python(typed)
        except ValidationError as wrong:
            return await self.list(request, by, "open", None, errors_of(wrong)[""])
        found, context, waiting = await self._actions.search_cases(by, text, after, PAGE + 1)
        knows = may_ever(by, Action.SOURCE_READ)
        unready = n_("另有%(num)s件刚收到或刚改动，还查不到其中的文字，请稍后再查。", waiting)
        return self._list(
            request,
            self._view(by, context),
            found,
            "all",
            {"q": text},
            order=_("全部状态，最新的在前"),
            words=text,
            is_partial=not reads_all_texts(by, self._copy.snapshot),
            firms=f"{links.FIRMS}?{urlencode({'firm': text})}" if knows else "",
            unready=unready if waiting else "",
        )

    @staticmethod
    def _list(
        request: Request,
        view: ViewContext,
        found: Sequence[Titled],
        show: store.Show,
        query: Mapping[str, str],
        wrong: Text = "",
        **parts: Any,
    ) -> Response:
        last = to_text(found[PAGE - 1].case.row.key) if len(found) > PAGE else ""
        options = [ui.Option(value, label) for value, label in SHOWN.items()]
        notes = [ui.Note("amber", _("没有查找：%(why)s", why=wrong))] if wrong else []
        return CONSOLE.render(
            request,
            "cases.html",
            frame=frame_of(view.by, view.directory, CASES, ui.Crumb(_("办件")), notes=notes),
            status=422 if wrong else 200,
            filters=[ui.Filter("show", _("范围"), options, show)],
            rows=[worklist.case_row(one, view, show) for one in found[:PAGE]],
            more=f"{CASES}?{urlencode({**query, 'after': last})}" if last else "",
            **parts,
        )

    async def brief(self, request: Request, by: Actor, key: Id) -> Response:
        """Show in one line the title of a case, who answers it and its state."""
        details, history = await self._actions.open_case(by, key)
        view, case = self._view(by, history.context), details.case
        matter = worklist.matter_of(case, details.texts)
        parts = [matter, worklist.lead_of(case, view, details.merged), STATES[case_state(case)]]
        return CONSOLE.render(request, "brief.html", parts=parts)

    async def case(
        self, request: Request, by: Actor, key: Id, notes: Sequence[ui.Note] = (), status: int = 200
    ) -> Response:
        """Show a case: facts, timeline, acts, why it was dispatched here, how days are counted."""
        pending = await self._wait(request)
        details, history = await self._actions.open_case(by, key)
        view, is_blocked = self._view(by, history.context), history.is_blocked
        return CONSOLE.render(
            request,
            "case.html",
            frame=_frame(
                by,
                details,
                [
                    *notes,
                    *case_page.request_notes(details.case),
                    *pending,
                    *((ui.UNDER_REPAIR,) if is_blocked else ()),
                ],
            ),
            status=status,
            bar=case_page.act_bar(details.case, view, is_blocked=is_blocked),
            steps=timeline(details.case, history.entries, view, details.merged),
            source=_source_of(details.case, by, view.directory),
            policies=Names(view.directory).policies(details.case.row.policy_codes),
            attachments=_attachments_of(details.case, by, view.directory),
            **_parts(details, view),
        )

    async def form(
        self,
        request: Request,
        by: Actor,
        spec: Act,
        target: Target,
        submitted: Submitted | None = None,
        refused: ValidationError | Refused | None = None,
    ) -> Response:
        """Show the form of an act, after a refusal with what was typed and what is wrong."""
        details = await self._actions.find_case(by, target[0])
        require(by, spec.action, place_of_act(details.case, target))
        form, status = action_forms.form_of(spec, details, target), 200
        notes = action_forms.asked_notes(spec, details, target)
        back = worklist.case_href(details.case)
        if isinstance(refused, ValidationError) or (
            isinstance(refused, Invalid) and refused.fields
        ):
            errors = action_forms.all_errors(spec, details, submitted or {}, refused)
            form, status = form.filled(submitted or {}, errors), 422
        elif refused:
            message = _("%(why)s您填的内容还在。", why=refused.full_message)
            notes.append(ui.Note("amber", message, ui.Link(_("最新情况"), back)))
            form, status = form.filled(submitted or {}, {}), refused.status
        return CONSOLE.render(
            request,
            "form.html",
            frame=_frame(by, details, notes),
            status=status,
            form=form,
            beside=action_forms.beside_form(spec, details),
            matter=worklist.matter_of(details.case, details.texts),
            back=back,
        )

    async def perform(self, request: Request, by: Actor, spec: Act, target: Target) -> Response:
        """Perform a submitted act and go to the case; a refused form is shown again."""
        submitted = await read_form(request)
        try:
            body = validated(spec.form_body or spec.body, submitted)
            applied = await self._actions.perform(spec.to_command(target, by, body), by)
        except (ValidationError, Invalid, Conflict) as refused:
            if spec.fields:
                return await self.form(request, by, spec, target, submitted, refused)
            if isinstance(refused, Refused):
                note = ui.Note("amber", refused.full_message)
                return await self.case(request, by, target[0], [note], refused.status)
            raise
        href = worklist.case_href(applied.state)
        return RedirectResponse(f"{href}?seen={applied.seen}", 303)

    def _view(self, by: Actor, context: DecisionContext) -> ViewContext:
        return ViewContext(by, self._copy.snapshot, context, self._letters)

    async def _wait(self, request: Request) -> Sequence[ui.Note]:
        seen = request.query_params.get("seen", "")
        return await wait_for_event(self._actions.messaging, seen)


def _for_deputies(by: Actor) -> Sequence[ui.Note]:
    """A note for deputies: the lists of the page are those of officers."""
    words = _("您是人大代表：您的建议、活动和评价在“我的履职”。")
    return [ui.Note("blue", words, ui.Link(_("打开"), links.DEPUTY))] if by.is_only_deputy else []


def _frame(by: Actor, details: CaseDetails, notes: Sequence[ui.Note]) -> ui.Frame:
    row = details.case.row
    here = ui.Crumb(row.number or to_text(row.key)[TAIL])
    return frame_of(by, details.directory, CASES, ui.Crumb(_("办件"), CASES), here, notes=notes)


def _source_of(case: Case, by: Actor, directory: Directory) -> str:
    """The address of who raised a case, empty for those who may not see it."""
    row, units = case.row, {task.unit_id for task in case.tasks.values()}
    source = Source(row.division, row.owner_level or "", units, is_confidential=row.confidential)
    return links.source_page(row.key) if may_know(by, source, directory) else ""


def _attachments_of(case: Case, by: Actor, directory: Directory) -> str:
    """The address of a case's files, empty for those who may not open them.

    Intake decides so too: who reads the texts, of a confidential case who may know its source.
    """
    is_hidden = case.row.confidential and not _source_of(case, by, directory)
    if is_hidden or not may_read_texts(case, by, directory):
        return ""
    return links.attachments_page(case.row.key)


def _parts(details: CaseDetails, view: ViewContext) -> dict[str, Any]:
    case, texts = details.case, details.texts
    clock = view.clock_of(case)
    own = {task.task_id for task in case.tasks.values() if task.unit_id in units_of(view.by)}
    place = view.division(case.row.division)
    number = case.row.number
    return {
        "matter": worklist.matter_of(case, texts),
        "subtitle": _("%(number)s，%(place)s", number=number, place=place) if number else place,
        "item_id": to_text(case.row.key),
        "has_dispatch_trail": may(
            view.by, Action.CASE_READ, replace(place_of(case, view.directory), stations=())
        ),
        "marks": worklist.marks_of(case),
        "profile": PROFILES[case.row.profile] if case.row.profile else "",
        "facts": case_page.facts(details, clock, view),
        "texts": texts,
        "no_text": _no_text(details),
        "reasons": case_page.reasons_of(case, texts, view),
        "is_reassigned": case.row.reason_code == "reassigned",
        "rule": case_page.rule_label(case.row.rule_id) if case.row.rule_id else "",
        "notes": _notes(details, view),
        "merged": case_page.merged_into(details.merged),
        "members": case_page.members(texts, view),
        "replies": case.words.replies,
        "drafts": list(action_forms.drafts(case, own)),
        "days": case_page.day_grid(case, clock, view) if clock else [],
        "counted": case_page.counted(case, clock, view) if clock else "",
        "limit": case_page.limit_label(case, clock, view) if clock else "",
        "provisional": clock is not None and clock.provisional,
    }


def _no_text(details: CaseDetails) -> Text:
    if isinstance(details.texts, WithheldTexts):
        return WITHHELD
    return _("内容已按规定删除") if details.case.row.erased_at else _("文字还在路上")


def _notes(details: CaseDetails, view: ViewContext) -> list[tuple[Text, str, str]]:
    """Texts by units, then the proposer's rating reasons, as (kind, unit, text)."""
    words = details.case.words
    kinds: Sequence[tuple[Sentence, Sequence[Any]]] = (
        (_("退办理由"), words.objections),
        (_("联系记录"), words.contacts),
        (_("会办意见"), words.opinions),
    )
    units = {key: view.unit(task.unit_id) for key, task in details.case.tasks.items()}
    notes = [(kind, units.get(one.task_id, ""), one.text) for kind, those in kinds for one in those]
    reasons = [one.reason for one in details.texts.ratings if one.reason]
    if note := details.texts.decision_note:
        notes.append((_("联络站的说明"), "", note))
    return [*notes, *((_("评价理由"), "", reason) for reason in reasons)]


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(include_in_schema=False)
    who = Depends(officer)

    @web.get("/")
    @requires(Action.DUTY_READ)
    async def worklist(request: Request, by: Annotated[Actor, who]) -> Response:
        if by.only_operates:
            return RedirectResponse("/tracker/dead-letters")
        return await pages.worklist(request, by)

    @web.get("/cases")
    @requires(Action.CASE_READ)
    async def cases(
        request: Request,
        by: Annotated[Actor, who],
        show: store.Show = "open",
        q: str = "",
        after: UUID | None = None,
    ) -> Response:
        last = after.bytes if after else None
        if q.strip():
            return await pages.search(request, by, q, last)
        return await pages.list(request, by, show, last)

    @web.get("/items/{item_id}")
    @requires(Action.CASE_READ)
    async def case(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.case(request, by, item_id.bytes)

    @web.get("/items/{item_id}/brief")
    @requires(Action.CASE_READ)
    async def brief(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.brief(request, by, item_id.bytes)

    _add_forms(web, pages, who)
    return web


def _add_forms(web: APIRouter, pages: Pages, who: Any) -> None:
    """Add the forms of the acts: shown by GET, submitted by POST."""
    task = "/items/{item_id}/tasks/{task_id}/{name}"
    supervision = f"/items/{{item_id}}/{SUPERVISION.name}"

    def task_act(
        item_id: UUID,
        task_id: UUID,
        name: Annotated[str, Path(pattern=f"^({'|'.join(_BY_NAME)})$")],
    ) -> tuple[Act, Target]:
        return _BY_NAME[name], (item_id.bytes, task_id.bytes)

    def case_act(item_id: UUID) -> tuple[Act, Target]:
        return SUPERVISION, (item_id.bytes,)

    for path, act_of, specs in (
        (task, task_act, TASK_ACTS),
        (supervision, case_act, (SUPERVISION,)),
    ):
        on = Depends(act_of)

        @web.get(path)
        @requires(*(spec.action for spec in specs))
        async def show_form(
            request: Request, by: Annotated[Actor, who], act: Annotated[tuple[Act, Target], on]
        ) -> Response:
            return await pages.form(request, by, *act)

        @web.post(path)
        @requires(*(spec.action for spec in specs))
        async def submit_form(
            request: Request, by: Annotated[Actor, who], act: Annotated[tuple[Act, Target], on]
        ) -> Response:
            return await pages.perform(request, by, *act)
