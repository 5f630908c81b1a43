"""Command lines: how they start, what every service has, and how a command is carried out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from shared.calendar import local_day, local_time
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.directory.rights import are_independent, person_who_may
from shared.errors import Problem
from shared.ids import Id, to_text
from shared.messaging import audit, dead_letters
from shared.messaging.dead_letters import BlockedQueue, StoredDeadLetter
from shared.messaging.loop import AnySubject, Loop, OnBegin, Result
from shared.messaging.messaging import MAX_SET
from shared.messaging.metrics import Metrics
from shared.messaging.subject import Command
from shared.observability.logging import configure_logging
from shared.rights import Action
from shared.service import Service, database_of, migrate_service
from shared.service import serve as serve_service
from shared.settings import SchemaSettings, SharedSettings
from shared.web.i18n import english, in_both

T = TypeVar("T")
S = TypeVar("S", bound=SharedSettings)
MAX_ROWS = 500
Letter = Annotated[int, typer.Argument(help="The number in the first column of `list`.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
By = Annotated[str, typer.Option(help="Code in the directory of the operator who decides.")]
Second = Annotated[str, typer.Option(help="Code of another operator, who agrees.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        help="A log whose `audit.anchored` lines are verified too.",
        exists=True,
        dir_okay=False,
    ),
]
Build = Callable[[], Service]


def run(app: typer.Typer) -> None:
    """Run a command line; a setting that is missing or wrong is named, with what to do."""
    try:
        app()
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        for one in error.errors():
            typer.echo(f"{'.'.join(map(str, one['loc']))}: {one['msg']}", err=True)
        typer.echo(
            "这里没有运行中的系统：先执行 make run，或设置上述变量 / "
            "no system is running here: run `make run` first, or set the variables above",
            err=True,
        )
        raise SystemExit(1) from None


def command_line(name: str, purpose: str, file: str) -> typer.Typer:
    """Command line of a service with `migrate`; its migrations are in the folder of `file`."""
    app = typer.Typer(no_args_is_help=True, help=purpose)

    @app.command(help=f"Bring the schema `{name}` up to date.")
    def migrate() -> None:
        done = asyncio.run(
            migrate_service(SchemaSettings(), name, Path(file).with_name("migrations"))
        )
        typer.echo("\n".join(done) or "nothing to do")

    return app


def add_service_commands(
    app: typer.Typer, name: str, settings: type[S], build: Callable[[S | None], Service]
) -> None:
    """Add what needs the whole service: `serve`, `dead-letters`, `audit`."""

    def built() -> Service:
        return build(None)

    @app.command(help=f"Run {name} until it is stopped.")
    def serve() -> None:
        configure_logging(name)
        loaded = settings()
        serve_service(build(loaded), loaded)

    app.add_typer(dead_letter_commands(built), name="dead-letters")
    app.add_typer(audit_commands(built), name="audit")


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Database and directory copy for one command; the service itself is not started."""

    db: Database
    copy: DirectoryCopy
    _loop: Loop

    async def run(
        self,
        subject: AnySubject,
        commands: Sequence[Command],
        *,
        whole: bool = False,
        on_begin: OnBegin | None = None,
    ) -> list[Result]:
        """Carry commands out in sets, or as a `whole`; the running service sends their events.

        `on_begin` is done before each set, in its transaction. A whole raises its first refusal.
        """
        size = len(commands) or 1 if whole else MAX_SET
        results: list[Result] = []
        for at in range(0, len(commands), size):
            given = [(subject, one) for one in commands[at : at + size]]
            results += await self._loop.apply(given, on_begin=on_begin, whole=whole)
        return results


@asynccontextmanager
async def opened(name: str, settings: SharedSettings) -> AsyncIterator[CommandContext]:
    """Open a service's database for one command and read the directory; raises Unavailable."""
    db = database_of(name, settings, size=2)
    await db.open()
    try:
        copy = DirectoryCopy(db)
        await copy.refresh()
        yield CommandContext(db, copy, Loop(name, db, Metrics(name)))
    finally:
        await db.close()


def dead_letter_commands(build: Build) -> typer.Typer:
    """Make `dead-letters list|show|release|discard` of one service; texts are never shown."""
    app = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, release, discard.")

    @app.command("list")
    def list_() -> None:
        """List dead letters by key: number, topic, key, seq, type, reason, letter count, since."""
        for queue in _run(build, _queues):
            typer.echo("\t".join(_queue_columns(queue)))

    @app.command()
    def show(number: Letter) -> None:
        """Show the cause of a dead letter and the queue behind it."""
        for letter in _run(build, lambda service: _letters(service, number)):
            typer.echo("\t".join(_letter_columns(letter)))
            if letter.traceback:
                typer.echo(letter.traceback)

    @app.command()
    def release(number: Letter, reason: Reason, by: By) -> None:
        """Replay a dead letter and its queue, once the cause is fixed."""
        _print_outcome(_run(build, lambda it: _release(it, number, by, reason)))

    @app.command()
    def discard(number: Letter, reason: Reason, by: By, second: Second) -> None:
        """Discard a dead letter for good and replay its queue."""
        _print_outcome(_run(build, lambda it: _discard(it, number, (by, second), reason)))

    return app


def audit_commands(*builds: Build) -> typer.Typer:
    """Make `audit verify` of one service, or of several after one another."""
    app = typer.Typer(
        no_args_is_help=True, help="Verify that no event in the outbox was changed or removed."
    )

    @app.callback()
    def about() -> None:
        """Keep `verify` a command of its own."""

    @app.command()
    def verify(log: LogFile = None) -> None:
        """Verify every chain of events; print each first broken link and exit with 1 if any.

        A line is service, topic, key, seq, fault: changed, missing, unchained or cut_off; or
        service, the ids and the day of an anchor, and `lost`: events of that range are gone.
        """
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log else None
        broken = [_run(build, lambda it: _verified(it, lines)) for build in builds]
        if any(broken):
            raise typer.Exit(1)

    return app


async def _verified(service: Service, lines: Sequence[str] | None) -> bool:
    """Verify a service's chains and anchors and print the result; returns whether any is broken.

    A log without all anchors of the service shows nothing, and is a fault.
    """
    anchors, unreadable = audit.anchors_in_log(lines or (), service.name)
    missing = unreadable + audit.gaps(anchors) + (lines is not None and not anchors)
    if missing:
        typer.echo(
            f"{service.name}：日志里的锚不全，{missing}处 / "
            f"anchors missing from the log or unreadable: {missing}"
        )
    found = await audit.verify(service.db, service.messaging.subjects, anchors)
    for link in found.broken:
        place = (service.name, link.topic, to_text(link.key), str(link.seq), link.fault)
        typer.echo("\t".join(place))
    for one in found.lost:
        range_ = f"{one.after + 1}-{one.upto}"
        typer.echo("\t".join((service.name, range_, one.anchored_at.isoformat(), "lost")))
    n, broken = found.events, len(found.broken) + len(found.lost)
    typer.echo(
        f"{service.name}：{n}条，{found.anchors}个锚，断{broken}处 / "
        f"{n} events, {found.anchors} anchors, {broken} broken"
    )
    return bool(broken or missing)


def _run(build: Build, work: Callable[[Service], Coroutine[None, None, T]]) -> T:
    """Run one task with the service's database; a refusal is printed and exits with 1."""

    async def opened() -> T:
        service = build()
        with printed(service.name):
            async with service.opened():
                return await work(service)

    return asyncio.run(opened())


@contextmanager
def printed(service: str) -> Iterator[None]:
    """Print a refusal in both languages and exit with 1."""
    try:
        yield
    except Problem as problem:
        typer.echo(in_both(problem.full_message, english(service)), err=True)
        raise typer.Exit(1) from None


async def _release(service: Service, number: int, code: str, reason: str) -> int:
    """Release a letter in the name of an operator."""
    (by,) = await _people_who_may(service, Action.LETTER_RELEASE, code)
    return await service.messaging.repairs.release_letter(number, by, reason)


async def _people_who_may(service: Service, action: Action, *codes: str) -> Sequence[str]:
    """Return the references of the people with these codes who may do this."""
    async with service.db.begin() as tx:
        today = local_day(tx.now)
    return [person_who_may(service.copy.snapshot, one, action, today).code for one in codes]


async def _discard(service: Service, number: int, codes: tuple[str, str], reason: str) -> int:
    """Discard a letter in the name of two operators, by the rule of the pages."""
    directory = service.copy.snapshot
    by, second = await _people_who_may(service, Action.LETTER_DISCARD, *codes)

    def apart(one: str, other: str, now: datetime) -> bool:
        return are_independent(directory, one, other, now - service.settle)

    return await service.messaging.repairs.discard(number, by, second, reason, apart)


async def _queues(service: Service) -> Sequence[BlockedQueue]:
    async with service.db.begin() as tx:
        return await dead_letters.list_queues(tx, MAX_ROWS)


async def _letters(service: Service, number: int) -> Sequence[StoredDeadLetter]:
    async with service.db.begin() as tx:
        letter = await dead_letters.find_dead_letter(tx, number)
        if letter.key is None:
            return [letter]
        return await dead_letters.list_dead_letters(tx, letter.topic, letter.key)


def _queue_columns(queue: BlockedQueue) -> tuple[str, ...]:
    return (
        str(queue.id),
        queue.topic,
        _key(queue.key),
        str(queue.seq or "-"),
        queue.type or "-",
        queue.reason,
        str(queue.letters),
        local_time(queue.dead_at),
    )


def _letter_columns(letter: StoredDeadLetter) -> tuple[str, ...]:
    place = f"{letter.topic}/{letter.record.partition}/{letter.record.offset}"
    seq, kind = str(letter.seq or "-"), letter.type or "-"
    return str(letter.id), place, _key(letter.key), seq, kind, letter.reason


def _key(key: Id | None) -> str:
    return to_text(key) if key else "-"


def _print_outcome(left: int) -> None:
    """Print the outcome; exits with 1 when something fails again."""
    if left:
        typer.echo(f"又搁置{left}条：原因还在 / {left} failed again: the cause is still there")
        raise typer.Exit(1)
    typer.echo("已处理，后面的继续 / done, the queue continues")
