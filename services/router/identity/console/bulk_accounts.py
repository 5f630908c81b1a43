"""Accounts for many people in one act, and the sheets to hand out, shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from services.router.directory.console.labels import CONSOLE, ROLES, known_as, place_name
from services.router.directory.domain.rights import account_scope
from services.router.directory.store import read_current
from services.router.identity import store
from services.router.identity.account_actions import Execute, manage_accounts
from services.router.identity.console.sign_in_log import HERE, page_of
from services.router.identity.domain.accounts import ONE_TIME_LASTS, ManageAccount
from services.router.identity.domain.bulk_accounts import (
    MAX_AT_ONCE,
    BulkPlan,
    Candidate,
    Lacking,
    Selection,
    people_changed,
    plan_accounts,
)
from services.router.identity.domain.passwords import hashed_one_time, one_time
from shared.calendar import local_day
from shared.contracts.codes import Role
from shared.contracts.envelope import DivisionCode
from shared.contracts.router import AccountAct
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.errors import Conflict, Invalid, NotFound, Refused
from shared.rights import Action
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor, just_proved, requires
from shared.web.forms import Submitted, read_form, validated
from shared.web.menu import frame_of

SEVERAL = f"{HERE}/several"
SHOWN = 50
_LACKING: dict[Lacking, Sentence] = {
    "account": _("没有账号"),
    "sign_in": _("发过一次性密码，还没有登录"),
}


_PROVIDER = _(
    "接了统一身份认证：编号与那里相同的人直接从那里登录，不用账号，也没有什么要打印。"
    "这里只给从那里登录不了的人开账号"
)


class SelectionForm(BaseModel):
    """The filters of the page, and the digest of the plan it showed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    division: DivisionCode | None = None
    role: Role | None = None
    lacking: Lacking = "account"
    plan: str = ""

    @property
    def selection(self) -> Selection:
        return Selection(self.division or "", self.role, self.lacking)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A printed page for one person, the only copy of the one-time password."""

    name: str
    place: Text
    account: str
    password: str


class BulkAccountPages:
    """Preview, act and sheets; with a `provider` people may sign in there instead."""

    def __init__(
        self, db: Database, copy: DirectoryCopy, execute: Execute, *, provider: bool
    ) -> None:
        self._db, self._copy, self._execute = db, copy, execute
        self._provider = provider

    async def preview(
        self, request: Request, by: Actor, asked: SelectionForm, refused: Refused | None = None
    ) -> Response:
        """Show how many people are meant, the first of them, and who is left out."""
        plan, directory, today = await self._plan(by, asked)
        return CONSOLE.render(
            request,
            "accounts/several.html",
            frame=self._frame(by, refused),
            status=refused.status if refused else 200,
            shown_at=SEVERAL,
            here=SEVERAL,
            filters=self._filters(by, asked),
            asked=asked,
            plan=plan,
            too_many=len(plan.chosen) > MAX_AT_ONCE,
            most=MAX_AT_ONCE,
            shown=[
                (
                    one.person.name,
                    page_of(one.person_id),
                    _place(one, directory, today),
                    one.account,
                )
                for one in plan.chosen[:SHOWN]
            ],
            left_out=[
                (person.name, page_of(key), place_name(directory, person.division_code), why)
                for key, person, why in plan.left_out[:SHOWN]
            ],
            again=asked.lacking == "sign_in",
        )

    async def act(self, request: Request, by: Actor, asked: SelectionForm) -> Response:
        """Open the accounts that were shown, or issue new passwords, and show the sheets once."""
        plan, directory, today = await self._plan(by, asked)
        try:
            plan.require(asked.plan)
            passwords = await self._issue(by, asked, plan, directory)
        except (Conflict, Invalid) as refused:
            return await self.preview(request, by, asked, refused)
        except NotFound:  # a right was given meanwhile that this administrator cannot give
            return await self.preview(request, by, asked, people_changed())
        async with self._db.begin() as tx:
            until = tx.now + ONE_TIME_LASTS
        return CONSOLE.render(
            request,
            "accounts/sheets.html",
            frame=self._frame(by, None),
            shown_at=SEVERAL,
            sheets=[
                Sheet(one.person.name, _place(one, directory, today), one.account, password)
                for one, password in zip(plan.chosen, passwords, strict=True)
            ],
            site=links.site_of(request),
            until=until,
            back=HERE,
        )

    async def _issue(
        self, by: Actor, asked: SelectionForm, plan: BulkPlan, directory: Directory
    ) -> Sequence[str]:
        """Open or reset the accounts, and return their one-time passwords, kept nowhere else."""
        act: AccountAct = "open" if asked.lacking == "account" else "reset"
        passwords = [one_time() for _one in plan.chosen]
        commands = [
            ManageAccount(act, one.person_id, by.code, one.account, hashed_one_time(password))
            for one, password in zip(plan.chosen, passwords, strict=True)
        ]
        async with self._db.begin() as tx:
            now = tx.now
        await manage_accounts(self._execute, self._copy, directory, commands, now)
        return passwords

    async def _plan(self, by: Actor, asked: SelectionForm) -> tuple[BulkPlan, Directory, date]:
        async with self._db.begin() as tx:
            rows = {row.person: row for row in await store.list_accounts(tx)}
            directory, today = await read_current(tx, self._copy), local_day(tx.now)
        plan = plan_accounts(directory, account_scope(by), rows, asked.selection, today)
        return plan, directory, today

    def _filters(self, by: Actor, asked: SelectionForm) -> Sequence[ui.Filter]:
        directory, scope = self._copy.snapshot, account_scope(by)
        places = [
            ui.Option(one.division_code, one.name)
            for one in directory.divisions()
            if scope.may(directory, one.division_code)
        ]
        everyone = ui.Option("", _("全部"))
        roles = [ui.Option(role, ROLES[role]) for role in get_args(Role)]
        lacking = [ui.Option(value, words) for value, words in _LACKING.items()]
        return [
            ui.Filter("division", _("地方（含下级）"), [everyone, *places], asked.division or ""),
            ui.Filter("role", _("角色"), [everyone, *roles], asked.role or ""),
            ui.Filter("lacking", _("谁"), lacking, asked.lacking),
        ]

    def _frame(self, by: Actor, refused: Refused | None) -> ui.Frame:
        notes = [ui.Note("amber", refused.full_message)] if refused else []
        if self._provider:
            notes.append(ui.Note("blue", _PROVIDER))
        crumbs = ui.Crumb(_("账号管理"), HERE), ui.Crumb(_("一次开设多个账号"))
        return frame_of(by, self._copy.snapshot, HERE, *crumbs, notes=notes)


def _place(one: Candidate, directory: Directory, today: date) -> Text:
    return _(
        "%(place)s，%(what)s",
        place=place_name(directory, one.person.division_code),
        what=known_as(directory, one.person, today),
    )


def _read(submitted: Submitted) -> SelectionForm:
    """Read the filters; what cannot be read is as if it had not been chosen."""
    try:
        return validated(SelectionForm, submitted)
    except ValidationError:
        return SelectionForm()


def routes(pages: BulkAccountPages, officer: CurrentActor) -> APIRouter:
    web = APIRouter(prefix="/accounts", include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("/several")
    @requires(Action.ACCOUNT_MANAGE)
    async def preview(request: Request, by: Annotated[Actor, who]) -> Response:
        query = {name: [value] for name, value in request.query_params.items()}
        return await pages.preview(request, by, _read(query))

    @web.post("/several")
    @requires(Action.ACCOUNT_MANAGE)
    async def act(request: Request, by: Annotated[Actor, proved]) -> Response:
        return await pages.act(request, by, _read(await read_form(request)))

    return web
