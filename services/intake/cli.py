"""`jianyi intake`: stations' keys, the register of enterprises, the schema."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

import segno
import typer
from pydantic import TypeAdapter

from services.intake import store
from services.intake.consumers import ItemSubject
from services.intake.domain.commands import Erase
from services.intake.domain.credit_code import enterprise_id, is_credit_code
from services.intake.domain.enrolment import enrolment
from services.intake.domain.enterprise_import import EnterpriseRow, read_enterprises
from services.intake.domain.model import ItemRow
from services.intake.domain.signature import StationKey, is_key_id, new_key, public_key
from services.intake.domain.station_key_import import (
    read_station_keys,
    require_added,
    require_open_station,
)
from services.intake.settings import IntakeSettings
from shared import sealing
from shared.calendar import local_day
from shared.cli import CommandContext, command_line, opened
from shared.contracts.codes import EraseReason
from shared.contracts.envelope import Code
from shared.contracts.intake import ItemErased
from shared.errors import Problem
from shared.ids import Id, from_text, to_text
from shared.messaging.loop import Result
from shared.messaging.subject import Applied
from shared.tables.rows import Report, RowError
from shared.web.i18n import english, in_both

app = command_line(
    "intake",
    "Items, activities, stations' keys, enterprises.",
    __file__,
)
stations = typer.Typer(no_args_is_help=True, help="Stations' keys, two living ones at most.")
app.add_typer(stations, name="station")
erasures = typer.Typer(no_args_is_help=True, help="What was deleted, for proposers who asked.")
app.add_typer(erasures, name="erasures")

Station = Annotated[str, typer.Argument(help="The station's code in the directory.")]
_TAKES_DASHES = {"ignore_unknown_options": True}
"""For keys and their ids: in base64url one of sixty-four begins like an option."""


def _opened() -> AbstractAsyncContextManager[CommandContext]:
    return opened("intake", IntakeSettings())


def _stop(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)


async def _add(key: StationKey) -> None:
    try:
        async with _opened() as it, it.db.begin() as tx:
            require_open_station(key.station_code, it.copy.snapshot, local_day(tx.now))
            require_added(await store.add_key(tx, key))
    except RowError as error:
        raise _stop(
            f"{key.station_code} {key.kid}: {in_both(error.message, english('intake'))}"
        ) from None


@stations.command("enrol")
def enrol(
    station: Station,
    file: Annotated[
        Path | None,
        typer.Argument(help="Where it is written: .json, or .png for a QR code; else shown here."),
    ] = None,
    *,
    address: Annotated[
        str,
        typer.Option(envvar="JIANYI_ADDRESS", help="Where the app finds us: https://host"),
    ],
) -> None:
    """Make a station's key pair: what its app must know is given once, as a file or a QR code.

    Only the public part is stored. Lost: revoke this key and enrol the station again.
    """
    key, private = new_key(station)
    try:
        told = enrolment(key, private, address)
    except ValueError:
        raise _stop(f"地址应如 https://host，不是 {address} / not an address of a site") from None
    if file is None:
        asyncio.run(_add(key))
        segno.make_qr(told, error="l").terminal(compact=True)
        return
    _write(file, told)
    try:
        asyncio.run(_add(key))
    except BaseException:
        file.unlink()
        raise
    typer.echo(key.kid)


def _write(file: Path, told: str) -> None:
    """Write a new file that only its owner reads."""
    try:
        file.touch(0o600, exist_ok=False)
        if file.suffix == ".png":
            segno.make_qr(told, error="l").save(str(file), scale=6)
        else:
            file.write_text(told, encoding="utf-8")
    except OSError as error:
        raise _stop(f"写不了 {file} / cannot write it: {error.strerror}") from None


@stations.command("add", context_settings=_TAKES_DASHES)
def add(
    station: Station,
    kid: Annotated[str, typer.Argument(help="The id the station gave its key.")],
    x: Annotated[str, typer.Argument(help="The public key: `x` of its JWK (Ed25519).")],
) -> None:
    """Enter the public key of a pair that the station made itself."""
    try:
        public_key(x)
    except ValueError:
        raise _stop("这不是Ed25519公钥 / this is no Ed25519 public key") from None
    if not is_key_id(kid):
        raise _stop("密钥编号是空的或含有不可见字符 / the id is empty or holds hidden characters")
    asyncio.run(_add(StationKey(kid, station, x)))
    typer.echo(kid)


@stations.command("import")
def import_keys(
    file: Annotated[Path, typer.Argument(help="CSV: station_code,kid,x (UTF-8).")],
) -> None:
    """Enter many stations' public keys from a CSV; each row not taken is reported."""
    _report(file, asyncio.run(_import_keys(_read(file))))


async def _import_keys(text: str) -> Report[StationKey]:
    async with _opened() as it, it.db.begin() as tx:
        report = read_station_keys(text, it.copy.snapshot, local_day(tx.now))
        added, errors = [], list(report.errors)
        for line, key in report.taken:
            try:
                require_added(await store.add_key(tx, key))
                added.append((line, key))
            except RowError as error:
                errors.append((line, error))
        return Report(added, sorted(errors, key=itemgetter(0)))


@stations.command("revoke", context_settings=_TAKES_DASHES)
def revoke(kid: str) -> None:
    """End a key: requests signed with it are refused within two seconds."""

    async def work() -> None:
        async with _opened() as it, it.db.begin() as tx:
            if not await store.revoke_key(tx, kid):
                raise _stop(f"没有在用的密钥 {kid} / no living key has this id")

    asyncio.run(work())


@stations.command("list")
def list_(station: Station) -> None:
    """List a station's keys: id, since when, until when."""

    async def work() -> list[store.KeyLine]:
        async with _opened() as it, it.db.begin() as tx:
            return await store.list_keys(tx, station)

    for line in asyncio.run(work()):
        until = f"{line.revoked_at:%Y-%m-%d %H:%M}" if line.revoked_at else ""
        typer.echo(f"{line.key.kid}\t{line.added_at:%Y-%m-%d %H:%M}\t{until}")


@app.command("import-enterprises")
def import_enterprises(
    file: Annotated[Path, typer.Argument(help="CSV: credit_code,name,division_code (UTF-8).")],
) -> None:
    """Enter enterprises from a CSV; sound rows are taken, each other row is reported."""
    _report(file, asyncio.run(_import(_read(file))))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _stop(f"读不了 {file}（应为UTF-8） / cannot read it as UTF-8: {error}") from None


def _report(file: Path, report: Report[Any]) -> None:
    """Name every row that was not taken; end with 1 if there was any."""
    for number, error in report.errors:
        typer.echo(f"{file.name}:{number}: {in_both(error.message, english('intake'))}", err=True)
    taken = len(report.taken)
    typer.echo(f"{taken} / {taken + len(report.errors)} 已登记 entered")
    if report.errors:
        raise typer.Exit(1)


async def _import(text: str) -> Report[EnterpriseRow]:
    async with _opened() as it:
        report = read_enterprises(text, it.copy.snapshot)
        async with it.db.begin() as tx:
            await store.save_enterprises(tx, [row for _, row in report.taken])
    return report


@app.command("erase")
def erase(
    proposer: Annotated[
        str,
        typer.Option(help="A credit code, or the id of an enterprise, a person or one item."),
    ],
    by: Annotated[str, typer.Option(help="The code of who answers for it; kept for ever.")],
    reason: Annotated[EraseReason, typer.Option(help="Why (个人信息保护法 §47).")] = "asked",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all words and contacts of a proposer's items everywhere; no figure changes.

    Facts stay: when an item was raised, accepted, answered. Again it goes on where it stopped.
    """
    try:
        key = enterprise_id(proposer) if is_credit_code(proposer) else from_text(proposer)
        code = TypeAdapter(Code).validate_python(by)
    except ValueError:
        raise _stop(
            "--proposer 应为统一社会信用代码或编号，--by 应为代码 / "
            "--proposer must be a credit code or an id, --by a code"
        ) from None
    found = asyncio.run(_items_of(key))
    if not found:
        raise _stop(f"没有 {proposer} 的意见建议 / there are no items of this proposer")
    for row in found:
        typer.echo(f"{to_text(row.key)}\t{row.received_at:%Y-%m-%d}\t{row.state}\t{row.number}")
    if not yes:
        question = f"删除这{len(found)}件的全部文字和联系方式，不能恢复？ / delete for good?"
        typer.confirm(question, abort=True)
    _tell_erased(asyncio.run(_erase([Erase(row.key, code, reason) for row in found])))


@erasures.command("list")
def list_erasures() -> None:
    """List what was deleted: item, when, why, by whom. Keep it beside each backup."""

    async def work() -> Sequence[tuple[Id, datetime, ItemErased]]:
        async with _opened() as it, it.db.begin() as tx:
            return await store.list_erasures(tx)

    for key, at, event in asyncio.run(work()):
        typer.echo("\t".join((to_text(key), at.isoformat(), event.reason, event.actor)))


@erasures.command("replay")
def replay(
    file: Annotated[Path, typer.Argument(help="What `erasures list` printed before a restore.")],
) -> None:
    """Delete again, after a restore, what had been deleted since the backup was made."""
    acts = []
    for number, line in enumerate(_read(file).splitlines(), 1):
        try:
            key, _at, reason, by = line.split("\t")
            reason_of = TypeAdapter[EraseReason](EraseReason).validate_python(reason)
            code = TypeAdapter[str](Code).validate_python(by)
            acts.append(Erase(from_text(key), code, reason_of))
        except ValueError:
            raise _stop(
                f"{file.name}:{number}: 不是删除清单的一行，没有删除 / "
                "not a line of the list; nothing was deleted"
            ) from None
    _tell_erased(asyncio.run(_erase(acts)))


async def _items_of(proposer: Id) -> Sequence[ItemRow]:
    async with _opened() as it, it.db.begin() as tx:
        return await store.list_items_of_proposer(tx, proposer)


async def _erase(acts: Sequence[Erase]) -> Sequence[tuple[Id, Result]]:
    """Erase in sets; erasing needs no contact, so none is opened."""
    async with _opened() as it:
        done = await it.run(ItemSubject(it.copy, None), acts)
    return [(act.key, one) for act, one in zip(acts, done, strict=True)]


def _tell_erased(done: Sequence[tuple[Id, Result]]) -> None:
    """Say what became of it, name what could not be erased; end with 1 if there was any."""
    failed = [(key, one) for key, one in done if isinstance(one, Exception)]
    for key, why in failed:
        if not isinstance(why, Problem):
            raise why
        typer.echo(f"{to_text(key)}: {in_both(why.full_message, english('intake'))}", err=True)
    erased = sum(isinstance(one, Applied) and bool(one.emitted) for _, one in done)
    typer.echo(f"{erased} / {len(done)} 件已删除 erased")
    if failed:
        raise typer.Exit(1)


@app.command("contact-key")
def contact_key() -> None:
    """Print a new key for `INTAKE_CONTACT_KEY_FILE`: as its first line it seals from then on.

    Keys below it still open what they sealed, so a line goes only when nothing is sealed with it.
    """
    typer.echo(sealing.new_key().decode())
