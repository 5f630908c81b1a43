"""Who may sign in how in an administrator's area, and what is done about it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from services.router import store
from services.router.directory.console.renderer import CONSOLE
from services.router.directory.domain.context import DecisionContext
from services.router.directory.domain.model import Entry
from services.router.directory.domain.rights import AdminScope, account_keeper, reaches
from services.router.directory.store import list_changes
from services.router.identity.authenticator import Authenticator
from services.router.identity.console.account_admin.lines import (
    ACTS,
    HERE,
    HINTS,
    STATES,
    AccountLine,
    account_facts,
    account_line,
    act_lines,
    address_of,
    done_words,
    open_acts,
    state_of,
    try_lines,
)
from services.router.identity.domain import passwords
from services.router.identity.domain.account_admin import (
    ONE_TIME,
    Manage,
    account_key,
    managed_person,
    require_other,
    said_of,
)
from services.router.identity.domain.accounts import RECORDS_KEPT, AccountRow, Wanted
from services.router.identity.domain.sessions import Lasting
from shared.calendar import local_day
from shared.contracts.router import AccountAct, DirectoryPerson
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.errors import Conflict, Invalid, Refused
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Subject
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.menu import frame_of

PAGE, LATEST, CHANGES = 50, 10, 20
People = Mapping[Id, DirectoryPerson]


class AccountPages:
    """Shows accounts to those who manage them, and does what they ask."""

    def __init__(
        self,
        messaging: Messaging,
        copy: DirectoryCopy,
        entries: Subject[Entry, DecisionContext],
        accounts: Authenticator,
        lasting: Lasting,
    ) -> None:
        self.messaging, self.copy = messaging, copy
        self._entries, self._accounts, self._lasting = entries, accounts, lasting

    async def list(self, request: Request, by: Actor, show: str, q: str, page: int) -> Response:
        """Show the people of somebody's area: who asks for attention first, then by name."""
        async with self.messaging.db.begin() as tx:
            rows = {row.person: row for row in await store.list_accounts(tx)}
            people = managed_people(account_keeper(by), self.copy, rows, tx)
            fits = [
                key
                for key, one in sorted(people.items(), key=_order(rows, tx))
                if show in ("", state_of(rows.get(key), tx.now))
                and _is_named(q, one, rows.get(key))
            ]
            shown = fits[(page - 1) * PAGE : page * PAGE]
            ways = await store.read_ways_in(tx, shown, self._lasting)
        directory, now = self.copy.snapshot, tx.now

        def line(key: Id) -> AccountLine:
            return account_line(directory, (key, people[key]), rows.get(key), ways[key], now)

        return CONSOLE.render(
            request,
            "accounts/list.html",
            frame=frame_of(by, directory, HERE, ui.Crumb(_("账号管理"))),
            lines=[line(key) for key in shown],
            count=len(fits),
            states=[ui.Option("", _("全部")), *(ui.Option(*one) for one in STATES.items())],
            show=show,
            q=q,
            page_no=page,
            has_more=len(fits) > page * PAGE,
        )

    async def person(
        self, request: Request, by: Actor, key: Id, refused: Refused | None = None, name: str = ""
    ) -> Response:
        """Show one person's ways in, what can be done, what was done, and who tried."""
        async with self.messaging.db.begin() as tx:
            person = self._person(tx, by, key)
            row = await store.account_of(tx, key)
            ways = (await store.read_ways_in(tx, [key], self._lasting))[key]
            tries = await store.list_records(tx, _latest(tx, key), LATEST)
            said = await list_changes(tx, [account_key(key)], CHANGES)
        return self._show(
            request,
            by,
            "accounts/person.html",
            [ui.Crumb(person.name)],
            notes=_notes(request, refused),
            status=refused.status if refused else 200,
            person=person,
            account=row.name if row else "",
            here=address_of(key),
            key=to_text(key),
            facts=account_facts(row, ways, tx.now),
            own=key == by.person_id,
            on_begin=_opening(person, refused, name) if row is None else None,
            acts=[(act, ACTS[act], HINTS[act]) for act in open_acts(row, ways, tx.now)],
            tries=list(try_lines(self.copy.snapshot, tries)),
            done=list(act_lines(self.copy.snapshot, said)),
        )

    async def act(
        self, request: Request, by: Actor, key: Id, act: AccountAct, name: str
    ) -> Response:
        """Do what was asked; a one-time password is shown in the answer, this once."""
        async with self.messaging.db.begin() as tx:
            person, now = self._person(tx, by, key), tx.now
        require_other(account_keeper(by), key)
        password = passwords.one_time() if act in ONE_TIME else ""
        known = await self._accounts.hashed(password) if password else ""
        asked = Manage(act, key, by.code, name, known)
        try:
            await self.messaging.execute_all(
                self._entries,
                list(said_of(asked, person.division_code, now)),
                partial(store.manage_account, asked=asked),
            )
        except (Conflict, Invalid) as refused:
            return await self.person(request, by, key, refused, name)
        if not password:
            return RedirectResponse(f"{address_of(key)}?done={act}", 303)
        crumbs = [ui.Crumb(person.name, address_of(key)), ui.Crumb(_("一次性密码"))]
        async with self.messaging.db.begin() as tx:
            row = await store.account_of(tx, key)
        return self._show(
            request, by, "accounts/given.html", crumbs,
            person=person, account=row, password=password, here=address_of(key),
        )  # fmt: skip

    def _person(self, tx: Tx, by: Actor, key: Id) -> DirectoryPerson:
        return managed_person(account_keeper(by), self.copy.snapshot, key, local_day(tx.now))

    def _show(
        self,
        request: Request,
        by: Actor,
        template: str,
        crumbs: Sequence[ui.Crumb],
        notes: Sequence[ui.Note] = (),
        status: int = 200,
        **values: object,
    ) -> Response:
        top = ui.Crumb(_("账号管理"), HERE)
        frame = frame_of(by, self.copy.snapshot, HERE, top, *crumbs, notes=notes)
        return CONSOLE.render(request, template, frame=frame, status=status, **values)


def managed_people(
    keeper: AdminScope, copy: DirectoryCopy, rows: Mapping[Id, AccountRow], tx: Tx
) -> People:
    """List who has a right or an account in somebody's area."""
    directory, today = copy.snapshot, local_day(tx.now)
    found = directory.people.read(dict.fromkeys((*directory.officers, *rows)))
    return {key: one for key, one in found if reaches(keeper, directory, key, today)}


def _order(
    rows: Mapping[Id, AccountRow], tx: Tx
) -> Callable[[tuple[Id, DirectoryPerson]], tuple[int, str, Id]]:
    states = list(STATES)

    def order(found: tuple[Id, DirectoryPerson]) -> tuple[int, str, Id]:
        key, person = found
        return states.index(state_of(rows.get(key), tx.now)), person.name, key

    return order


def _is_named(query: str, person: DirectoryPerson, row: AccountRow | None) -> bool:
    """Tell whether a person's name or code, or their account's name, has these characters."""
    names = (person.name, person.code or "", row.name if row else "")
    return any(query.lower() in name.lower() for name in names)


def _latest(tx: Tx, key: Id) -> Wanted:
    return Wanted([key], tx.now - RECORDS_KEPT)


def _notes(request: Request, refused: Refused | None) -> Sequence[ui.Note]:
    if isinstance(refused, Conflict):
        return [ui.Note("amber", refused.full_message)]
    done = done_words(request.query_params.get("done", ""))
    return [ui.Note("blue", done)] if done else []


def _opening(person: DirectoryPerson, refused: Refused | None, name: str) -> ui.Field:
    """Ask what a new account is called, by default as tables call its person."""
    hint = _("2至64个字母、数字和_.@-，此人登录时填写")
    wrong: Text = ""
    if isinstance(refused, Invalid):
        wrong = refused.message
    return ui.Field("name", _("账号名"), name or person.code or "", wrong, hint)
