"""`jianyi router`: the directory from shipped tables and CSV files, the schema."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from services.router.consumers import EntrySubject
from services.router.directory.actions import (
    export_table,
    plan_table,
    read_city_folder,
    read_context,
    unchanged,
)
from services.router.directory.domain.city_files import FileError
from services.router.directory.domain.commands import SwitchAutoDispatch, keep_switches
from services.router.directory.domain.import_plan import Plan
from services.router.directory.domain.lists import ListKind
from services.router.directory.domain.model import DirectoryState
from services.router.directory.domain.refusals import same_names
from services.router.directory.domain.rights import COMMAND_LINE
from services.router.directory.domain.seeds import demo, seed
from services.router.directory.domain.tables import COLUMNS, TableKind
from services.router.directory.store import read_directory
from services.router.identity import store as identity_store
from services.router.identity.account_actions import manage_accounts
from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import ManageAccount, one_time_password
from services.router.settings import RouterSettings
from shared import sealing
from shared.calendar import local_day, local_time
from shared.cli import CommandContext, command_line, opened, printed
from shared.contracts.router import AccountAct
from shared.directory.rights import COMMAND, person_who_may
from shared.errors import Conflict, NotFound, Refused
from shared.ids import Id, from_text, named_id
from shared.messaging.loop import OnBegin
from shared.messaging.subject import Applied, Command
from shared.rights import Action
from shared.tables.files import FileFormat, written
from shared.tables.workbook import text_of
from shared.text import REASON_CHARS, Reason, Sentence, _
from shared.web.i18n import english, in_both

app = command_line("router", "The directory, accounts and the dispatch of items.", __file__)
SEED = Path(__file__).with_name("seed")
accounts = typer.Typer(
    no_args_is_help=True, help="Local accounts; passwords are printed, never typed here."
)
app.add_typer(accounts, name="account")
switches = typer.Typer(
    no_args_is_help=True, help="Matters dispatched without a person's confirmation."
)
app.add_typer(switches, name="auto-dispatch")
Matter = Annotated[str, typer.Argument(help="The matter's code.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with the change.")]
By = Annotated[str, typer.Option(help="Code in the directory of the person who decides.")]
Account = Annotated[str, typer.Argument(help="The name the person signs in with.")]
File = Annotated[Path, typer.Argument(help="CSV or .xlsx; the first row names the columns.")]
AreOthers = Annotated[
    bool,
    typer.Option(help="Treat new people with the name of a registered person as different people."),
]


@app.command("seed")
def seed_city() -> None:
    """Store the entries of the city's tables; unchanged ones are skipped.

    The data come from the folder JIANYI_CITY, or else from the shipped tables.
    """
    tables, errors = read_city_folder(RouterSettings().city or SEED)
    if errors:
        raise _stop("\n".join(file_error_lines(errors)))

    async def work() -> None:
        async with _opened() as (it, state, now):
            await _put(it, keep_switches(seed(tables, now), state.directory))

    asyncio.run(work())


@app.command("demo-people")
def demo_people() -> None:
    """Invent people of every role and a station for every township (trial systems only)."""
    if not RouterSettings().is_development:
        raise _stop("只能用于试用系统 / for trial systems only (JIANYI_ENV=development)")

    async def work() -> None:
        async with _opened() as (it, state, now):
            if not state.directory.divisions():
                raise _stop("请先执行 jianyi router seed / run `jianyi router seed` first")
            await _put(it, list(demo(state.directory, now)))

    asyncio.run(work())


@app.command("import-organs")
def import_organs(file: File) -> None:
    """Import organs (`division_code,code,kind,name`)."""
    _import(file, "organs")


@app.command("import-units")
def import_units(file: File) -> None:
    """Import units; the router's README lists the columns."""
    _import(file, "units")


@app.command("import-stations")
def import_stations(file: File) -> None:
    """Import stations (`code,name,division_code,parent_code`)."""
    _import(file, "stations")


@app.command("import-deputies")
def import_deputies(file: File, are_others: AreOthers = False) -> None:
    """Import deputies, one row per mandate, and street representatives."""
    _import(file, "deputies", are_others=are_others)


@app.command("import-officers")
def import_officers(file: File, are_others: AreOthers = False) -> None:
    """Import officers, one row per role; the router's README lists the columns."""
    _import(file, "officers", are_others=are_others)


@app.command("import-list")
def import_list(kind: ListKind, file: File) -> None:
    """Import entries of a list; the router's README lists the columns."""
    _import(file, kind)


@app.command("export")
def export(kind: TableKind, file: File) -> None:
    """Export a table of the whole directory; the suffix, .csv or .xlsx, chooses the format.

    The export is recorded in the access log, as on the page.
    """
    if file.suffix not in (".csv", ".xlsx"):
        raise _stop("文件名应以.csv或.xlsx结尾 / the file name must end with .csv or .xlsx")

    async def work() -> Sequence[Sequence[str]]:
        async with _opened() as (it, _, _now), it.db.begin() as tx:
            return await export_table(tx, kind, file.name, COMMAND_LINE, None)

    rows = asyncio.run(work())
    form: FileFormat = "xlsx" if file.suffix == ".xlsx" else "csv"
    file.write_bytes(written(form, COLUMNS[kind], rows))
    typer.echo(f"{len(rows)} 行 rows")


@switches.command("on")
def switch_on(matter: Matter, by: By, reason: Why) -> None:
    """Dispatch a matter's items as proposed, without a person, whenever the proposal is sure."""
    _switch(matter, by, reason, is_on=True)


@switches.command("off")
def switch_off(matter: Matter, by: By, reason: Why) -> None:
    """Let a person confirm every dispatch of a matter again."""
    _switch(matter, by, reason, is_on=False)


@switches.command("list")
def list_switches() -> None:
    """List the matters that are switched on: code, name, since, by whom, why."""

    async def work() -> None:
        async with _opened() as (_it, state, _now):
            for one in state.directory.matters():
                if one.auto_dispatch:
                    person = state.directory.person(from_text(one.actor))
                    who = person.name if person else one.actor
                    since, why = (
                        local_time(one.occurred_at),
                        " ".join(one.auto_dispatch_reason.split()),
                    )
                    typer.echo("\t".join((one.code, one.name_zh, since, who, why)))

    asyncio.run(work())


def _switch(code: str, by: str, reason: str, *, is_on: bool) -> None:
    try:
        reason = TypeAdapter(Reason).validate_python(reason)
    except ValidationError:
        raise _stop(
            f"理由至少写{REASON_CHARS}个字，最多2000个，不含看不见的字符 / "
            f"give a reason of {REASON_CHARS} to 2000 characters, none hidden"
        ) from None

    async def work() -> None:
        async with _opened() as (it, state, now):
            today = local_day(now)
            who = person_who_may(state.directory, by, Action.ASSIGNMENT_DISPATCH, today)
            if not state.directory.matter(code):
                raise _stop(f"事项表里没有 {code} / there is no such matter")
            key = named_id("matter", code)
            await _put(it, [SwitchAutoDispatch(key, is_on, who.code, reason)])

    with printed("router"):
        asyncio.run(work())


@accounts.command("add")
def add_account(
    person: Annotated[str, typer.Argument(help="The person's code in the directory.")],
    name: Annotated[str, typer.Argument(help="The name they sign in with.")],
) -> None:
    """Open an account for a person in the directory and print its one-time password."""
    _manage("open", name, named_id("person", person), person)


@accounts.command("reset")
def reset_account(name: Account) -> None:
    """Set and print a new one-time password and end the person's sessions."""
    _manage("reset", name)


@accounts.command("unlock")
def unlock_account(name: Account) -> None:
    """Unlock an account, so that the person can try again at once."""
    _manage("unlock", name)


@accounts.command("remove-totp")
def remove_totp(name: Account) -> None:
    """Remove a lost second factor from an account; the person may set up another."""
    _manage("remove_totp", name)


@accounts.command("list")
def list_accounts() -> None:
    """List the accounts: name, person's code, state."""

    async def work() -> None:
        async with _opened() as (it, state, now):
            async with it.db.begin() as tx:
                rows = await identity_store.list_accounts(tx)
                locks = await identity_store.list_source_locks(tx)
            for row in rows:
                person = state.directory.person(row.person)
                stands = row.state(now, locks.get(row.person, ()))
                typer.echo(f"{row.name}\t{person.code if person else '–'}\t{stands}")

    asyncio.run(work())


def _manage(act: AccountAct, name: str, key: Id | None = None, code: str = "") -> None:
    """Carry out an act on an account by its name; a new one is for the person `key`."""
    password = one_time_password(act)
    password_hash = passwords.hashed_one_time(password) if password else ""

    async def work() -> None:
        async with _opened() as (it, _state, now):

            async def execute(commands: Sequence[Command], on_begin: OnBegin) -> None:
                await _put(it, commands, whole=True, on_begin=on_begin)

            whose = key or await _whose(it, name)
            command = ManageAccount(act, whose, COMMAND, name, password_hash)
            try:
                await manage_accounts(execute, it.copy, it.copy.snapshot, [command], now)
            except NotFound:
                raise _stop(
                    f"名录里没有 {code} / there is no such person in the directory"
                ) from None
            except Refused as refused:
                raise _stop(_in_both(refused.message)) from None

    asyncio.run(work())
    if password:
        typer.echo(password)


async def _whose(it: CommandContext, name: str) -> Id:
    async with it.db.begin() as tx:
        row = await identity_store.find_account(tx, name.strip().lower())
    if row is None:
        raise _stop(f"没有账号 {name} / there is no such account")
    return row.person


@app.command("seal-key")
def seal_key() -> None:
    """Print a new key for `ROUTER_SEAL_KEY_FILE`; the file's first key encrypts.

    The keys below it still decrypt. Remove one only when nothing encrypted with it is left.
    """
    typer.echo(sealing.new_key().decode())


def _require_others(file: Path, plan: Plan) -> None:
    """Stop before new people who have the names of some who are there; lists their lines."""
    for one in plan.entries:
        for line in one.lines if one.namesakes else ():
            typer.echo(f"{file.name}:{line}: {', '.join(one.namesakes)}", err=True)
    if plan.namesakes:
        raise _stop(f"{_in_both(same_names(plan.namesakes).full_message)} (--are-others)")


def _import(file: Path, kind: TableKind, *, are_others: bool = False) -> None:
    """Import the valid rows and report every rejected one; exits with 1 if there are any."""

    try:
        content = file.read_bytes()
    except OSError as error:
        raise _stop(f"读不了 {file} / cannot read the file: {error}") from None

    async def work() -> Plan:
        try:
            text = await text_of(content)
        except Refused as refused:
            raise _stop(f"{file}: {_in_both(refused.full_message)}") from None
        async with _opened() as (it, _, _now):
            async with it.db.begin() as tx:
                state, context = await read_context(tx)
            plan = await plan_table(kind, text, state, context)
            if not are_others:
                _require_others(file, plan)
            try:
                await _put(it, plan.puts, whole=True, on_begin=unchanged(state))
            except Conflict as refused:
                raise _stop(_in_both(refused.message)) from None
            return plan

    plan = asyncio.run(work())
    for line, why in plan.errors:
        typer.echo(f"{file.name}:{line}: {_in_both(why.message)}", err=True)
    typer.echo(
        f"已登记{plan.taken}行，未登记{len(plan.errors)}行 / "
        f"{plan.taken} rows imported, {len(plan.errors)} rejected"
    )
    if plan.errors:
        raise typer.Exit(1)


def _in_both(sentence: Sentence) -> str:
    return in_both(sentence, english("router"))


def _stop(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[CommandContext, DirectoryState, datetime]]:
    """Open the schema with the current directory."""
    async with opened("router", RouterSettings()) as it:
        async with it.db.begin() as tx:
            state, now = await read_directory(tx), tx.now
        yield it, state, now


async def _put(
    it: CommandContext,
    entries: Sequence[Command],
    *,
    whole: bool = False,
    on_begin: OnBegin | None = None,
) -> None:
    """Write entries with their events, in sets or as a whole; a running router sends them.

    `on_begin` runs before each set, in its transaction.
    """
    changed = 0
    for result in await it.run(EntrySubject(it.copy), entries, whole=whole, on_begin=on_begin):
        if isinstance(result, Exception):
            raise result
        changed += isinstance(result, Applied) and bool(result.emitted)
    typer.echo(f"{changed} / {len(entries)} 项有变化 entries changed")


def file_error_lines(errors: Sequence[FileError]) -> list[str]:
    """Format each error in both languages, one line each: place, reason, what to do."""
    return [
        f"{one.file}.csv{f':{one.line}' if one.line else ''}: "
        f"{_in_both(_('%(why)s。%(todo)s', why=one.why.message, todo=one.why.what_to_do))}"
        for one in errors
    ]
