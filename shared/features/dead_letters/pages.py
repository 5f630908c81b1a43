"""The operators' pages: `/dead-letters` of every service, with its acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from shared.contracts.topics import OWNERS
from shared.directory import DirectoryCopy
from shared.directory.rights import are_independent
from shared.errors import Conflict, Invalid, Refused
from shared.features.dead_letters import presenter
from shared.messaging import dead_letters
from shared.messaging.dead_letter_actions import list_decisions
from shared.messaging.messaging import Messaging
from shared.rights import Action
from shared.text import Text, _, n_
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.console import Console
from shared.web.forms import Form, Submitted, read_form, value_of, whole_number
from shared.web.links import dead_letters_page
from shared.web.menu import OPERATIONS, frame_of

MAX_ROWS, BEHIND, DECISIONS = 200, 20, 8
ActName = Literal["release", "discard", "confirm", "keep"]
LetterId = Annotated[int, Path(ge=1, lt=2**63)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form that was refused: which, what was typed, and why."""

    act: ActName
    submitted: Submitted
    why: Refused


class DeadLetterPages:
    """Renders one service's page for an operator; shows ids, never texts."""

    def __init__(
        self,
        messaging: Messaging,
        console: Console,
        copy: DirectoryCopy,
        settle: timedelta,
    ) -> None:
        self._messaging, self._console, self._copy = messaging, console, copy
        self._settle = settle
        self.service = messaging.service

    async def page(
        self,
        request: Request,
        by: Actor,
        letter_id: int | None = None,
        refusal: Refusal | None = None,
    ) -> Response:
        """Show the state of the service and its dead letters, or one letter in detail."""
        here = dead_letters_page(self.service)
        shown = await self._read(by, letter_id)
        notes = [*_after(request), *_notes(refusal)]
        crumbs = ui.Crumb(_("运行情况"), here), ui.Crumb(OPERATIONS[self.service])
        counts = {here: len(shown["lines"])}
        return self._console.render(
            request,
            "dead_letters.html",
            frame=frame_of(by, self._copy.snapshot, here, *crumbs, counts=counts, notes=notes),
            status=refusal.why.status if refusal else 200,
            polls=letter_id is None and "still" not in request.query_params,
            forms=_forms(refusal),
            **shown,
        )

    async def _read(self, by: Actor, letter_id: int | None) -> dict[str, Any]:
        measured = await self._messaging.measure()
        async with self._messaging.db.begin() as tx:
            queues = await dead_letters.list_queues(tx, MAX_ROWS)
            keys = [queue.key for queue in queues if queue.key]
            held = await self._messaging.count_held(tx, keys)
            decisions = await list_decisions(tx, DECISIONS)
        chosen = await self._opened(by, letter_id) if letter_id is not None else None
        current = chosen.first.id if chosen else None
        return {
            "service": self.service,
            "names": OPERATIONS,
            "others": [name for name in OWNERS if name != self.service],
            "measured": measured,
            "presenter": presenter,
            "lines": [presenter.line_of(queue, self.service, current, held) for queue in queues],
            "chosen": chosen,
            "keep": chosen and self._keep(chosen),
            "figures": presenter.figures(self._messaging.metrics.readings, self._copy.snapshot),
            "decisions": [presenter.decision_line(one, self._copy.snapshot) for one in decisions],
        }

    def _keep(self, chosen: presenter.Opened) -> ui.ActionButton:
        words = _("撤回丢弃") if chosen.is_asker else _("不丢弃")
        return ui.ActionButton(
            words, f"/{self.service}/dead-letters/{chosen.first.id}/keep", fields={}
        )

    async def _opened(self, by: Actor, letter_id: int) -> presenter.Opened:
        async with self._messaging.db.begin() as tx:
            letter = await dead_letters.find_dead_letter(tx, letter_id)
            letters, count = [letter], 1
            if letter.key is not None:
                letters = await dead_letters.list_dead_letters(
                    tx, letter.topic, letter.key, BEHIND + 1
                )
                count = await dead_letters.count_dead_letters(tx, letter.topic, letter.key)
        return presenter.opened(letters, count, by.code, self._copy.snapshot)

    async def line(self, request: Request) -> Response:
        """Show the service's row for the table on every service's page."""
        measured = await self._messaging.measure()
        return self._console.render(
            request,
            "dead_letter_line.html",
            service=self.service,
            names=OPERATIONS,
            polls="still" not in request.query_params,
            measured=measured,
            presenter=presenter,
        )

    async def do(self, request: Request, by: Actor, letter_id: int, act: ActName) -> Response:
        """Do what a form asks; a refused one comes back with what was typed."""
        submitted = await read_form(request)
        reason = value_of(submitted, f"{act}_reason")
        try:
            outcome = await self._do(by, letter_id, act, reason)
        except (Invalid, Conflict) as why:
            return await self.page(request, by, letter_id, Refusal(act, submitted, why))
        return RedirectResponse(f"/{self.service}/dead-letters?{outcome}", 303)

    async def _do(self, by: Actor, letter_id: int, act: ActName, reason: str) -> str:
        ways = self._messaging.repairs
        match act:
            case "release":
                return f"released={await ways.release_letter(letter_id, by.code, reason)}"
            case "discard":
                await ways.ask_discard(letter_id, by.code, reason)
                return f"asked={letter_id}"
            case "confirm":
                done = await ways.confirm_discard(letter_id, by.code, self._are_independent)
                return f"discarded={done}"
            case "keep":
                await ways.keep(letter_id)
                return "kept=0"

    def _are_independent(self, one: str, other: str, now: datetime) -> bool:
        return are_independent(self._copy.snapshot, one, other, now - self._settle)


def _after(request: Request) -> Sequence[ui.Note]:
    """Read the outcome of the last action from the query string it redirected to."""
    for name in ("released", "discarded", "asked", "kept"):
        number = whole_number(request.query_params.get(name, ""))
        if number is not None:
            return (_done(name, number),)
    return ()


def _done(name: str, number: int) -> ui.Note:
    match name:
        case "asked":
            return ui.Note("blue", _("已提出丢弃，等另一位运维人员确认"))
        case "kept":
            return ui.Note("blue", _("不丢弃，仍然搁置"))
        case _ if number:
            words = n_("处理后又搁置%(num)s条：原因还在，请看错误全文", number)
            return ui.Note("amber", words)
        case "released":
            return ui.Note("blue", _("已重放，这件事恢复办理"))
        case _:
            return ui.Note("blue", _("已丢弃，排在后面的已处理"))


_REASONS: Mapping[ActName, Text] = {
    "release": _("重放的理由：原因怎样消除的"),
    "discard": _("丢弃的理由：为什么确实无用"),
}


def _is_of_field(refusal: Refusal | None) -> bool:
    """Separate errors of the reason field from errors of the action."""
    return refusal is not None and refusal.act in _REASONS and isinstance(refusal.why, Invalid)


def _notes(refusal: Refusal | None) -> Sequence[ui.Note]:
    if refusal is None or _is_of_field(refusal):
        return ()
    return (ui.Note("amber", refusal.why.full_message),)


def _forms(refusal: Refusal | None) -> Mapping[ActName, Form]:
    """Ask for the two reasons; a refused one stands there as it was typed."""
    forms = {act: _form(act, label) for act, label in _REASONS.items()}
    if refusal is not None and refusal.act in forms:
        errors = {"reason": refusal.why.message} if _is_of_field(refusal) else {}
        forms[refusal.act] = forms[refusal.act].filled(refusal.submitted, errors)
    return forms


def _form(act: ActName, label: Text) -> Form:
    prefix = f"{act}_"
    return Form(label, [ui.Field(f"{prefix}reason", label, control="textarea", rows=2)],
                prefix=prefix)  # fmt: skip


def routes(pages: DeadLetterPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/dead-letters", include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("")
    @requires(Action.LETTER_READ)
    async def overview(request: Request, by: Annotated[Actor, who]) -> Response:
        return await pages.page(request, by)

    @web.get("/line", dependencies=[who])
    @requires(Action.LETTER_READ)
    async def line(request: Request) -> Response:
        return await pages.line(request)

    @web.get("/{letter_id}")
    @requires(Action.LETTER_READ)
    async def letter(request: Request, by: Annotated[Actor, who], letter_id: LetterId) -> Response:
        return await pages.page(request, by, letter_id)

    @web.post("/{letter_id}/{act}")
    @requires(Action.LETTER_RELEASE, Action.LETTER_DISCARD)
    async def act(
        request: Request, by: Annotated[Actor, proved], letter_id: LetterId, act: ActName
    ) -> Response:
        return await pages.do(request, by, letter_id, act)

    return web
