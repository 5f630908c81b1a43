"""`jianyi intake`, `jianyi station` and `jianyi erase`."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import segno
import typer
from pydantic import TypeAdapter

from services.intake.actions.keys import KeyActions
from services.intake.actions.operators import OperatorActions
from services.intake.attachment_folder import AttachmentFolder
from services.intake.consumers import ActivitySubject, ItemSubject
from services.intake.domain.activity_commands import EraseActivity
from services.intake.domain.commands import Erase
from services.intake.domain.contact import Vault
from services.intake.domain.enterprises import enterprise_id, is_credit_code, trader_id
from services.intake.domain.station_keys import (
    StationKey,
    enrolment,
    is_key_id,
    new_key,
    public_key,
)
from services.intake.settings import IntakeSettings
from shared import sealing
from shared.calendar import local_time
from shared.cli import command_line, opened, printed
from shared.contracts.codes import EraseReason
from shared.contracts.envelope import Code
from shared.contracts.intake import ActivityErased
from shared.errors import Problem
from shared.ids import Id, from_text, to_text
from shared.messaging.loop import Result
from shared.messaging.subject import Applied
from shared.tables.rows import Report, RowError
from shared.web.i18n import english, in_both

T = TypeVar("T")
app = command_line("intake", "Items, activities, stations' keys, enterprises.", __file__)
stations = typer.Typer(
    no_args_is_help=True, help="Stations' keys; a station has at most two active keys."
)
app.add_typer(stations, name="station")
erasures = typer.Typer(no_args_is_help=True, help="Deletions made for proposers.")
app.add_typer(erasures, name="erasures")

Station = Annotated[str, typer.Argument(help="The station's code in the directory.")]
Person = Annotated[
    str, typer.Option(help="Code in the directory of the person at the station it is for.")
]
_TAKES_DASHES = {"ignore_unknown_options": True}
"""For keys and their ids: in base64url one in sixty-four begins with a dash."""


def _run(work: Callable[[OperatorActions], Coroutine[None, None, T]]) -> T:
    async def opened_work() -> T:
        settings = IntakeSettings()
        async with opened("intake", settings) as it:
            folder = AttachmentFolder(settings.attachment_folder)

            async def run(commands: Sequence[Erase]) -> Sequence[Result]:
                return await it.run(ItemSubject(it.copy, _vault(settings)), commands)

            async def run_held(commands: Sequence[EraseActivity]) -> Sequence[Result]:
                return await it.run(ActivitySubject(it.copy), commands)

            return await work(OperatorActions(it.db, it.copy, run, run_held, folder))

    return asyncio.run(opened_work())


def _run_keys(work: Callable[[KeyActions], Coroutine[None, None, T]]) -> T:
    async def opened_work() -> T:
        async with opened("intake", IntakeSettings()) as it:
            return await work(KeyActions(it.db, it.copy))

    return asyncio.run(opened_work())


def _vault(settings: IntakeSettings) -> Vault:
    """Read the key file: what an erasure leaves of a merged item is redacted anew."""
    file = settings.contact_key_file
    try:
        return Vault(sealing.seal_of(file, create=False))
    except (OSError, ValueError):
        raise _stop(
            f"没有删除：{file} 里没有联系方式的密钥，请让INTAKE_CONTACT_KEY_FILE指向受理服务所用的"
            f"密钥文件 / nothing was deleted: no contact key in {file}; set "
            "INTAKE_CONTACT_KEY_FILE to the key file that intake uses"
        ) from None


def _stop(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)


def _add(key: StationKey, person: str) -> None:
    try:
        _run_keys(lambda actions: actions.add_key(key, person))
    except RowError as error:
        why = in_both(error.message, english("intake"))
        raise _stop(f"{key.station_code} {key.kid}: {why}") from None


@stations.command("enrol")
def enrol(
    station: Station,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Output file: .json, or .png for a QR code; without it the QR code is shown."
        ),
    ] = None,
    *,
    address: Annotated[
        str, typer.Option(envvar="JIANYI_ADDRESS", help="Address of the system: https://host")
    ],
    person: Person = "",
) -> None:
    """Create a key pair for a station's app, output once as a file or a QR code.

    A station's own key submits, reports activities and reads; one for a person has that person's
    roles at the station. Only the public key is stored. If it is lost, revoke this key and enrol
    the station again.
    """
    key, private = new_key(station)
    try:
        content = enrolment(key, private, address)
    except ValueError:
        raise _stop(f"地址应如 https://host，不是 {address} / not a valid address") from None
    if file is None:
        _add(key, person)
        segno.make_qr(content, error="l").terminal(compact=True)
        return
    _write(file, content)
    try:
        _add(key, person)
    except BaseException:
        file.unlink()
        raise
    typer.echo(key.kid)


def _write(file: Path, content: str) -> None:
    """Write a new file that only its owner can read."""
    try:
        file.touch(0o600, exist_ok=False)
        if file.suffix == ".png":
            segno.make_qr(content, error="l").save(str(file), scale=6)
        else:
            file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise _stop(f"写不了 {file} / cannot write the file: {error.strerror}") from None


@stations.command("add", context_settings=_TAKES_DASHES)
def add(
    station: Station,
    kid: Annotated[str, typer.Argument(help="The id that the station gave its key.")],
    x: Annotated[str, typer.Argument(help="The public key: `x` of its JWK (Ed25519).")],
    *,
    person: Person = "",
) -> None:
    """Register the public key of a key pair created by the station."""
    try:
        public_key(x)
    except ValueError:
        raise _stop("这不是Ed25519公钥 / not an Ed25519 public key") from None
    if not is_key_id(kid):
        raise _stop(
            "密钥编号是空的或含有不可见字符 / the key ID is empty or contains invisible characters"
        )
    _add(StationKey(kid, station, x), person)
    typer.echo(kid)


@stations.command("import")
def import_keys(
    file: Annotated[Path, typer.Argument(help="CSV: station_code,kid,x[,person_code] (UTF-8).")],
) -> None:
    """Register the public keys of many stations from a CSV; every rejected row is reported."""
    text = _read(file)
    _report(file, _run_keys(lambda actions: actions.import_keys(text)))


@stations.command("revoke", context_settings=_TAKES_DASHES)
def revoke(kid: str) -> None:
    """Revoke a key: requests signed with it are refused within two seconds."""
    if not _run_keys(lambda actions: actions.revoke_key(kid)):
        raise _stop(f"没有在用的密钥 {kid} / there is no active key with this ID")
    typer.echo(f"{kid} 已停用 / revoked")


@stations.command("list")
def list_(station: Station) -> None:
    """List a station's keys: id, added, revoked, id of the person it is for."""
    for line in _run_keys(lambda actions: actions.list_keys(station)):
        until = f"{line.revoked_at:%Y-%m-%d %H:%M}" if line.revoked_at else ""
        whose = to_text(line.key.person_id) if line.key.person_id else ""
        typer.echo(f"{line.key.kid}\t{line.added_at:%Y-%m-%d %H:%M}\t{until}\t{whose}")


@app.command("import-enterprises")
def import_enterprises(
    file: Annotated[Path, typer.Argument(help="CSV: credit_code,name,division_code (UTF-8).")],
) -> None:
    """Import enterprises from a CSV; valid rows are saved, every rejected row is reported."""
    text = _read(file)
    _report(file, _run(lambda actions: actions.import_enterprises(text)))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _stop(
            f"读不了 {file}（应为UTF-8） / cannot read the file as UTF-8: {error}"
        ) from None


def _report(file: Path, report: Report[Any]) -> None:
    """List every rejected row; end with 1 if there was any."""
    for number, error in report.errors:
        typer.echo(f"{file.name}:{number}: {in_both(error.message, english('intake'))}", err=True)
    taken = len(report.taken)
    typer.echo(f"{taken} / {taken + len(report.errors)} 已登记 imported")
    if report.errors:
        raise typer.Exit(1)


@app.command("erase")
def erase(
    proposer: Annotated[
        str,
        typer.Option(
            help="A credit code, a trader without one as PLACE:NAME, or the id of an enterprise, "
            "a person, one item or one activity."
        ),
    ],
    by: Annotated[str, typer.Option(help="Code in the directory of the person responsible; kept.")],
    reason: Annotated[EraseReason, typer.Option(help="Why (个人信息保护法 §47).")] = "asked",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a proposer's texts and contacts in all services, and from activities.

    No figure changes.
    Facts stay: when an item was raised, accepted, answered. If interrupted, run it again.
    """
    try:
        key = _key_of(proposer)
    except ValueError:
        raise _stop(
            "--proposer 应为统一社会信用代码、区划代码:个体户名称或编号 / "
            "--proposer must be a credit code, PLACE:NAME of a trader, or an ID"
        ) from None
    with printed("intake"):
        who, items, held = _run(lambda actions: actions.plan_erasure(key, by))
    if not items and not held:
        raise _stop(f"没有 {proposer} 的意见建议和活动 / this proposer has no items or activities")
    for row in items:
        typer.echo(f"{to_text(row.key)}\t{row.received_at:%Y-%m-%d}\t{row.state}\t{row.number}")
    for visit in held:
        typer.echo(f"{to_text(visit.key)}\t{visit.first_day}\t{visit.state}\t活动 activity")
    if not yes:
        what = f"{len(items)}件的全部文字和联系方式、{len(held)}次活动里的名称和记录"
        typer.confirm(f"删除这{what}，不能恢复？ / Delete for good?", abort=True)
    gone = [EraseActivity(visit.key, key, who, reason) for visit in held]
    _erase([*(Erase(row.key, who, reason) for row in items), *gone])


def _key_of(proposer: str) -> Id:
    """Find the key of a proposer as an operator names it; raises ValueError."""
    if is_credit_code(proposer):
        return enterprise_id(proposer)
    place, colon, name = proposer.partition(":")
    return trader_id(place, name.strip()) if colon and place.isdecimal() else from_text(proposer)


@erasures.command("list")
def list_erasures() -> None:
    """List deletions: item, time, reason, person; of an activity also of whom.

    Keep the list with each backup.
    """
    for key, at, event in _run(lambda actions: actions.list_erasures()):
        of = [to_text(event.of)] if isinstance(event, ActivityErased) else []
        typer.echo("\t".join((to_text(key), local_time(at), event.reason, event.actor, *of)))


@erasures.command("replay")
def replay(
    file: Annotated[
        Path, typer.Argument(help="The output of `erasures list` from before the restore.")
    ],
) -> None:
    """After a restore, delete again what was deleted since the backup."""
    commands = list[Erase | EraseActivity]()
    for number, line in enumerate(_read(file).splitlines(), 1):
        try:
            commands.append(_erasure_of(line))
        except ValueError:
            raise _stop(
                f"{file.name}:{number}: 不是删除清单的一行，没有删除 / "
                "not a line from `erasures list`; nothing was deleted"
            ) from None
    _erase(commands)


def _erasure_of(line: str) -> Erase | EraseActivity:
    """Read a line of `erasures list`; raises ValueError."""
    key, _at, reason, by, *of = line.split("\t")
    reason_of = TypeAdapter[EraseReason](EraseReason).validate_python(reason)
    code = TypeAdapter[str](Code).validate_python(by)
    if not of:
        return Erase(from_text(key), code, reason_of)
    (one,) = of
    return EraseActivity(from_text(key), from_text(one), code, reason_of)


def _erase(commands: Sequence[Erase | EraseActivity]) -> None:
    """Erase, list what could not be erased, and end with 1 if there was any."""
    results = _run(lambda actions: actions.erase(commands))
    failed = [(key, one) for key, one in results if isinstance(one, Exception)]
    for key, why in failed:
        if not isinstance(why, Problem):
            raise why
        typer.echo(f"{to_text(key)}: {in_both(why.full_message, english('intake'))}", err=True)
    erased = sum(isinstance(one, Applied) and bool(one.emitted) for _, one in results)
    typer.echo(f"{erased} / {len(results)} 件已删除 erased")
    if failed:
        raise typer.Exit(1)


@app.command("notices")
def notices() -> None:
    """List notices that wait after a failed try, or failed within seven days: never to whom.

    Item, what happened, channel, when, tries, why the last one failed, and how it ended.
    """
    for one in _run(lambda actions: actions.list_troubled()):
        how = one.outcome or "waiting"
        said = (to_text(one.item), one.occasion, one.channel, local_time(one.made_at))
        typer.echo("\t".join((*said, str(one.tries), one.why or "", how)))


@app.command("contact-key")
def contact_key() -> None:
    """Print a new key for `INTAKE_CONTACT_KEY_FILE`; the file's first key encrypts.

    The keys below it still open what they sealed: remove a line only when nothing needs it.
    """
    typer.echo(sealing.new_key().decode())
