"""The dispatchers' pages: the queue, and an item with the forms open on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.router.directory.console.labels import CONSOLE
from services.router.routing.actions import ACTS, ItemView, RoutingActions, open_acts
from services.router.routing.console.queue import (
    Row,
    decisions_of,
    done_words,
    facts_of,
    filters_of,
    matches,
    preview_of,
    row_of,
    ticked,
    title_of,
)
from shared.contracts.topics import ROUTER_ASSIGNMENT
from shared.directory import DirectoryCopy
from shared.errors import Conflict, Forbidden, Invalid, Refused
from shared.features.trail import Names
from shared.ids import TAIL, Id, from_text, to_text
from shared.messaging.subject import Applied
from shared.rights import Action
from shared.settings import Limits
from shared.text import Sentence, Text, _, n_
from shared.web import components as ui
from shared.web import links
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor, CurrentActor, requires
from shared.web.forms import (
    Form,
    Submitted,
    errors_of,
    read_form,
    readable,
    validated,
    value_of,
    whole_number,
)
from shared.web.menu import frame_of

MAX_ROWS, PAGE_ROWS = 500, 50
QUEUE = "/router/queue"
Spec = ActSpec[ItemView]


class Pages:
    def __init__(self, actions: RoutingActions, copy: DirectoryCopy, limits: Limits) -> None:
        self._actions, self._copy, self._limits = actions, copy, limits

    async def queue(self, request: Request, by: Actor, notes: Sequence[ui.Note] = ()) -> Response:
        """Show what waits for the person's organs; the system only proposes."""
        query = request.query_params
        notes = [*notes, *await self._done_note(query, by)]
        rows, count = await self._rows(by)
        if rows and query.get("did"):
            notes.append(
                ui.Note(
                    "blue",
                    _("下一件：%(what)s", what=rows[0].what),
                    ui.Link(_("打开"), rows[0].href),
                )
            )
        shown = [row for row in rows if matches(row, query)]
        page = whole_number(query.get("page", "")) or 0
        first, last = page * PAGE_ROWS, min(len(shown), (page + 1) * PAGE_ROWS)
        crumb, counts = ui.Crumb(_("待交办")), {QUEUE: count}
        return CONSOLE.render(
            request,
            "queue.html",
            frame=frame_of(by, self._copy.snapshot, QUEUE, crumb, counts=counts, notes=notes),
            rows=shown[first:last],
            load=_load(count, sum(row.when == "late" for row in rows)),
            filters=filters_of(rows, query),
            shown=_shown(first + 1, last, len(shown)),
            next_page=page + 1 if len(shown) > last else 0,
            preview=None,
        )

    async def _rows(self, by: Actor) -> tuple[list[Row], int]:
        views, count = await self._actions.list_queue(by, MAX_ROWS)
        return [row_of(view, self._limits) for view in views], count

    async def _done_note(self, query: Mapping[str, str], by: Actor) -> Sequence[ui.Note]:
        """Confirm the decision the person was redirected from, with a link to the case."""
        seen, task_id = query.get("seen", ""), key_of(query.get("task", ""))
        topic, _colon, place = seen.partition(":")
        key = key_of(place.partition(":")[0])
        items = await self._actions.find_items([key], by) if key else {}
        if topic != ROUTER_ASSIGNMENT.name or key not in items:
            return ()
        words = done_words(items[key], query.get("did", ""), self._copy.snapshot, task_id)
        link = ui.Link(_("看办件"), f"{links.case_page(key)}?seen={seen}")
        return (ui.Note("blue", words, link),)

    async def preview(self, request: Request, by: Actor, values: Sequence[str]) -> Response:
        """Show units and dates of a batch before it is dispatched."""
        wanted = ticked(values)
        rows, _count = await self._rows(by)
        chosen = [row for row in rows if row.view.item.row.key in wanted]
        preview = preview_of(chosen, self._limits)
        return CONSOLE.render(request, "preview.html", preview=preview)

    async def batch(self, request: Request, by: Actor) -> Response:
        """Act on the ticked items as proposed; each fails or succeeds by itself."""
        wanted = ticked((await read_form(request)).get("item", ()))
        done = await self._actions.act_as_proposed(wanted, by)
        refused = {key: one for key, one in done.items() if isinstance(one, Refused)}
        seen = [one.seen for one in done.values() if isinstance(one, Applied)]
        notes = await self._acted_notes(seen, by)
        notes += await self._refused_notes(refused, by) if refused else []
        return await self.queue(request, by, notes or [ui.Note("amber", _("没有选中任何一件"))])

    async def _acted_notes(self, seen: Sequence[str], by: Actor) -> list[ui.Note]:
        """Confirm a batch: of one item like a decision on it, of several with their list."""
        if len(seen) == 1:
            return [*await self._done_note({"seen": seen[0]}, by)]
        link = ui.Link(_("看办件"), f"{links.CASES}?show=waiting")
        return [ui.Note("blue", n_("已按建议办理%(num)s件", len(seen)), link)] if seen else []

    async def _refused_notes(self, refused: dict[Id, Refused], by: Actor) -> list[ui.Note]:
        items = await self._actions.find_items(list(refused), by)
        titles = {key: title_of(item) for key, item in items.items()}
        return [
            ui.Note(
                "amber",
                _(
                    "“%(what)s”没有交办：%(why)s",
                    what=titles.get(key) or to_text(key)[TAIL],
                    why=why.message,
                ),
                ui.Link(_("打开"), f"/router/items/{to_text(key)}"),
            )
            for key, why in refused.items()
        ]

    async def proposal(self, request: Request, by: Actor, key: Id) -> Response:
        """Show the proposed unit of an item: a fragment of the first page."""
        row = row_of(await self._actions.read_item(key, by), self._limits)
        return CONSOLE.render(request, "proposal.html", row=row)

    async def item(self, request: Request, by: Actor, key: Id) -> Response:
        """Show an item with the proposal and the forms open on it."""
        view = await self._actions.read_item(key, by)
        return self._item(request, by, view, forms_of(view))

    def _item(
        self,
        request: Request,
        by: Actor,
        view: ItemView,
        forms: Sequence[Form],
        refused: Refused | None = None,
        status: int = 200,
    ) -> Response:
        row = row_of(view, self._limits)
        latest = ui.Link(_("最新情况"), row.href)
        notes = [ui.Note("amber", refused.full_message, latest)] if refused else []
        crumbs = ui.Crumb(_("待交办"), QUEUE), ui.Crumb(view.line.number or row.short_id)
        return CONSOLE.render(
            request,
            "item.html",
            frame=frame_of(by, self._copy.snapshot, QUEUE, *crumbs, notes=notes),
            status=status,
            row=row,
            facts=facts_of(row),
            policies=Names(self._copy.snapshot).policies(view.line.policy_codes),
            decisions=decisions_of(view),
            forms=forms,
        )

    async def send(self, request: Request, by: Actor, key: Id, spec: Spec) -> Response:
        """Perform an act and go on to the queue; a refused form comes back as typed."""
        submitted = await read_form(request)
        try:
            command = spec.to_command((key,), by, validated(spec.body, submitted))
            applied = await self._actions.perform(command, by)
        except (ValidationError, Invalid, Conflict, Forbidden) as error:
            view = await self._actions.read_item(key, by)
            errors: Mapping[str, Text] = {}
            if isinstance(error, ValidationError | Invalid):
                errors = _errors(spec, view, submitted, error)
            forms = [
                form.filled(submitted, errors) if _is_sent(form, spec, submitted) else form
                for form in forms_of(view)
            ]
            refused = error if isinstance(error, Refused) and not errors else None
            return self._item(request, by, view, forms, refused, refused.status if refused else 422)
        did = {"did": spec.name, "task": value_of(submitted, "task_id"), "seen": applied.seen}
        return RedirectResponse(f"{QUEUE}?{urlencode(did)}", 303)


def _errors(
    spec: Spec, view: ItemView, submitted: Submitted, wrong: ValidationError | Invalid
) -> Mapping[str, Text]:
    """All that is wrong with a refused form: by its model, and by the rules across its fields."""
    found = spec.wrong(view, readable(spec.body, submitted)) if spec.wrong else {}
    return {**{name: one.message for name, one in found.items()}, **errors_of(wrong)}


def _load(count: int, late: int) -> Sentence:
    if late:
        return _(
            "%(count)s件，其中%(late)s件已超期。系统只提建议，交办由您决定", count=count, late=late
        )
    return _("%(count)s件。系统只提建议，交办由您决定", count=count)


def _shown(first: int, last: int, total: int) -> Text:
    if not total:
        return ""
    return _("第%(first)s—%(last)s件，共%(total)s件", first=first, last=last, total=total)


def key_of(text: str) -> Id | None:
    """Read an id of an address; None for anything else."""
    try:
        return from_text(text)
    except ValueError:
        return None


def forms_of(view: ItemView) -> list[Form]:
    return [_form(spec, view, task_id) for spec, task_id in open_acts(view)]


def _form(spec: Spec, view: ItemView, task_id: str) -> Form:
    line = view.line
    if task_id:
        objections = [one for one in line.objections if one.task_id == task_id]
        line = line.model_copy(update={"objections": objections})
    basis = f"{line.basis.topic}:{line.basis.seq}" if line.basis else ""
    hidden = [
        ui.Field(name, "", value, control="hidden")
        for name, value in (("basis", basis), ("task_id", task_id))
        if value
    ]
    fields = spec.fields(replace(view, line=line)) if spec.fields else ()
    return Form(spec.label, [*hidden, *fields], f"/router/items/{line.item_id}/{spec.name}")


def _is_sent(form: Form, spec: Spec, submitted: Submitted) -> bool:
    """Whether this form was submitted: of the same act, on the same task."""
    tasks = [field.value for field in form.fields if field.name == "task_id"]
    return form.action.endswith(f"/{spec.name}") and tasks in ([], [value_of(submitted, "task_id")])


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    """The addresses of the pages, and one to post to per act."""
    web, who = APIRouter(include_in_schema=False), Depends(officer)

    @web.get("/queue")
    @requires(Action.ASSIGNMENT_READ)
    async def queue(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.queue(request, by)

    @web.get("/queue/preview")
    @requires(Action.ASSIGNMENT_READ)
    async def preview(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.preview(request, by, request.query_params.getlist("item"))

    @web.post("/queue")
    @requires(Action.ASSIGNMENT_DISPATCH)
    async def batch(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.batch(request, by)

    @web.get("/items/{item_id}")
    @requires(Action.ASSIGNMENT_READ)
    async def item(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.item(request, by, item_id.bytes)

    @web.get("/items/{item_id}/proposal")
    @requires(Action.ASSIGNMENT_READ)
    async def proposal(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.proposal(request, by, item_id.bytes)

    for spec in ACTS:
        _add_form(web, pages, who, spec)
    return web


def _add_form(web: APIRouter, pages: Pages, who: Any, spec: Spec) -> None:
    @web.post(f"/items/{{item_id}}/{spec.name}")
    @requires(spec.action)
    async def send(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.send(request, by, item_id.bytes, spec)
