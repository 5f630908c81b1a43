"""`jianyi intake`: stations' keys, the register of enterprises, the schema."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import segno
import typer
from pydantic import TypeAdapter

from services.intake import store
from services.intake.domain import contact, item
from services.intake.domain.acts import Erase
from services.intake.domain.credit_code import enterprise_id, is_credit_code
from services.intake.domain.enrolment import enrolment
from services.intake.domain.keyring import KeyLine, KeyVerdict, enrols, read_keys
from services.intake.domain.refusals import Ground
from services.intake.domain.register import Line, Verdict, read_register
from services.intake.domain.rows import ItemRow
from services.intake.domain.signature import StationKey, is_key_id, new_key, public_key
from services.intake.settings import IntakeSettings
from shared import sealing
from shared.calendar import local_day
from shared.clock import Clock
from shared.contracts.envelope import Code
from shared.contracts.intake import ItemErased
from shared.contracts.words import EraseReason
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy
from shared.errors import Problem
from shared.ids import Id, from_text, to_text
from shared.messaging.fold import Applied, Fold
from shared.messaging.loop import Loop, Result
from shared.messaging.metrics import Metrics
from shared.service import migrate_service
from shared.settings import SchemaSettings
from shared.web.words import english, in_both

app = typer.Typer(no_args_is_help=True, help="Items, activities, stations' keys, enterprises.")
stations = typer.Typer(no_args_is_help=True, help="Stations' keys, two living ones at most.")
app.add_typer(stations, name="station")
erasures = typer.Typer(no_args_is_help=True, help="What was deleted, for proposers who asked.")
app.add_typer(erasures, name="erasures")

ERASED_AT_ONCE = 100
Station = Annotated[str, typer.Argument(help="The station's code in the directory.")]
_FLAWS: dict[Any, str] = {
    "cells_left_over": "这一行的格数多于表头 more cells than the head has columns",
    "unreadable": "从这里起读不了 cannot be read from here on",
}
_VERDICTS: dict[Verdict, str] = {
    **_FLAWS,
    "taken": "已登记 entered",
    "columns_missing": "表头应为 credit_code,name,division_code / the head must name these columns",
    "name_missing": "没有名称 the name is missing",
    "unknown_division": "没有这个区划代码 no division has this code",
    "credit_code_check": "统一社会信用代码的校验位不对 wrong check character",
    "duplicate": "文件里已有这家企业 listed above already",
}
_TAKES_DASHES = {"ignore_unknown_options": True}
"""For keys and their ids: in base64url one of sixty-four begins like an option."""
_KEY_VERDICTS: dict[KeyVerdict, str] = {
    **_FLAWS,
    "taken": "已登记 entered",
    "columns_missing": "表头应为 station_code,kid,x / the head must name these columns",
    "unknown_station": "名录里没有这个联络站 no such station in the directory",
    "station_closed": "该联络站已经撤销 this station is closed",
    "not_a_key": "这不是Ed25519公钥，或没有编号 no Ed25519 public key, or without an id",
    "kid_taken": "密钥编号已有 this key id is taken",
    "two_live": "该站已有两把在用的密钥，请先吊销一把 two keys are live: revoke one first",
}


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Database, DirectoryCopy]]:
    settings = IntakeSettings()
    dsn = settings.database_url.get_secret_value()
    db = Database(dsn, "intake", Clock(moved=settings.moved_time), size=2)
    await db.open()
    try:
        copy = DirectoryCopy(db)
        await copy.refresh()
        yield db, copy
    finally:
        await db.close()


def _stop(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)


async def _add(key: StationKey) -> None:
    async with _opened() as (db, copy), db.begin() as tx:
        done = enrols(key.station_code, copy.snapshot, local_day(tx.now))
        if done == "taken":
            done = await store.add_key(tx, key)
    if done != "taken":
        raise _stop(f"{key.station_code} {key.kid}: {_KEY_VERDICTS[done]}")


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
    lines = asyncio.run(_import_keys(_read(file)))
    _report(file, [(line.number, line.verdict, _KEY_VERDICTS[line.verdict]) for line in lines])


async def _import_keys(text: str) -> Sequence[KeyLine]:
    async with _opened() as (db, copy), db.begin() as tx:
        return [
            replace(line, verdict=await store.add_key(tx, line.key)) if line.key else line
            for line in read_keys(text, copy.snapshot, local_day(tx.now))
        ]


@stations.command("revoke", context_settings=_TAKES_DASHES)
def revoke(kid: str) -> None:
    """End a key: requests signed with it are refused within two seconds."""

    async def work() -> None:
        async with _opened() as (db, _), db.begin() as tx:
            if not await store.revoke_key(tx, kid):
                raise _stop(f"没有在用的密钥 {kid} / no living key has this id")

    asyncio.run(work())


@stations.command("list")
def list_(station: Station) -> None:
    """List a station's keys: id, since when, until when."""

    async def work() -> list[store.KeyLine]:
        async with _opened() as (db, _), db.begin() as tx:
            return await store.list_keys(tx, station)

    for line in asyncio.run(work()):
        until = f"{line.revoked_at:%Y-%m-%d %H:%M}" if line.revoked_at else ""
        typer.echo(f"{line.key.kid}\t{line.added_at:%Y-%m-%d %H:%M}\t{until}")


@app.command("import-enterprises")
def import_enterprises(
    file: Annotated[Path, typer.Argument(help="CSV: credit_code,name,division_code (UTF-8).")],
) -> None:
    """Enter enterprises from a CSV; sound rows are taken, each other row is reported."""
    lines = asyncio.run(_import(_read(file)))
    _report(file, [(line.number, line.verdict, _VERDICTS[line.verdict]) for line in lines])


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _stop(f"读不了 {file}（应为UTF-8） / cannot read it as UTF-8: {error}") from None


def _report(file: Path, lines: Sequence[tuple[int, str, str]]) -> None:
    """Name every row that was not taken; end with 1 if there was any."""
    for number, verdict, words in lines:
        if verdict != "taken":
            typer.echo(f"{file.name}:{number}: {words}", err=True)
    taken = sum(verdict == "taken" for _, verdict, _ in lines)
    typer.echo(f"{taken} / {len(lines)} 已登记 entered")
    if taken < len(lines):
        raise typer.Exit(1)


async def _import(text: str) -> Sequence[Line]:
    async with _opened() as (db, copy):
        lines = read_register(text, copy.snapshot)
        async with db.begin() as tx:
            await store.save_enterprises(tx, [line.row for line in lines if line.row])
    return lines


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
        async with _opened() as (db, _), db.begin() as tx:
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
    async with _opened() as (db, _), db.begin() as tx:
        return await store.list_items_of_proposer(tx, proposer)


async def _erase(acts: Sequence[Erase]) -> Sequence[tuple[Id, Result]]:
    """Erase in sets; a running intake says it, and the others follow."""
    async with _opened() as (db, copy):

        async def ground(tx: Tx) -> Ground:
            return Ground(tx.now, copy.snapshot)

        # What is erased is told to nobody, so no contact need be opened to erase it.
        load = partial(store.load_items, contact.Vault(sealing.Seal([sealing.new_key()])))
        loop, save = Loop("intake", db, Metrics("intake")), store.save_items
        fold = Fold("item", (), load, item.decide, save, ground, forget=store.forget_items)
        done: list[Result] = []
        for at in range(0, len(acts), ERASED_AT_ONCE):
            done += await loop.apply([(fold, act) for act in acts[at : at + ERASED_AT_ONCE]])
    return [(act.key, one) for act, one in zip(acts, done, strict=True)]


def _tell_erased(done: Sequence[tuple[Id, Result]]) -> None:
    """Say what became of it, name what could not be erased; end with 1 if there was any."""
    failed = [(key, one) for key, one in done if isinstance(one, Exception)]
    for key, why in failed:
        if not isinstance(why, Problem):
            raise why
        typer.echo(f"{to_text(key)}: {in_both(why.full_message, english('intake'))}", err=True)
    erased = sum(isinstance(one, Applied) and bool(one.said) for _, one in done)
    typer.echo(f"{erased} / {len(done)} 件已删除 erased")
    if failed:
        raise typer.Exit(1)


@app.command("contact-key")
def contact_key() -> None:
    """Print a new key for `INTAKE_CONTACT_KEY_FILE`: as its first line it seals from then on.

    Keys below it still open what they sealed, so a line goes only when nothing is sealed with it.
    """
    typer.echo(sealing.new_key().decode())


@app.command()
def migrate() -> None:
    """Bring the schema `intake` up to date."""
    own = Path(__file__).with_name("migrations")
    done = asyncio.run(migrate_service(SchemaSettings(), "intake", own))
    typer.echo("\n".join(done) or "nothing to do")
