"""`jianyi reporting`: check the figures against their facts, and rebuild them from the history."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import typer

from services.reporting import store
from services.reporting.app import build
from services.reporting.domain import rebuild_diff
from services.reporting.domain.freezing import Frozen
from services.reporting.domain.ledger import filers_of
from services.reporting.settings import ReportingSettings
from shared.calendar import Periods, start_of_day
from shared.cli import add_service_commands, command_line, opened, printed
from shared.contracts.reporting import FrozenVersion
from shared.db.pool import Database
from shared.ids import to_text
from shared.messaging.broker import Cluster
from shared.messaging.replay import Replayer, TopicHistory
from shared.messaging.shadow_schema import PositionDifference, ShadowSchema, open_shadow_schema
from shared.service import Service, migrations, spare_collector
from shared.settings import SchemaSettings

NAME = "reporting"
FROM_COMMANDS = ("report", "version", "version_figure")
"""Tables written by people's commands; all others follow from events."""

_KINDS: Mapping[rebuild_diff.Kind, str] = {
    "frozen facts": "冻结的事实 frozen facts",
    "frozen figures": "冻结的数字的哈希 hash of frozen figures",
    "frozen figure": "冻结的数字 frozen figure",
    "facts": "事实 facts",
    "figure": "现在的数字 present figure",
}

app = command_line(NAME, "Figures: facts and monthly reports.", __file__)
add_service_commands(app, NAME, ReportingSettings, build)


@app.command()
def verify() -> None:
    """Compare all figures with the sums of their facts; exit with 1 if one differs."""

    async def work() -> list[str]:
        async with opened(NAME, ReportingSettings()) as it, it.db.begin() as tx:
            return await store.verify(tx)

    wrong = asyncio.run(work())
    typer.echo("\n".join(wrong) or "数字与事实一致 every figure is the sum of its facts")
    if wrong:
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Recount everything from the history beside the running service; swap if nothing differs.

    A line for each difference: what, period, filer, cell, present value, rebuilt value. Then the
    exit code is 1 and the running service is unchanged.
    """
    dsn = SchemaSettings().database_url.get_secret_value()
    with printed(NAME):
        outcome = asyncio.run(rebuild_beside(ReportingSettings(), dsn))
    for line in _lines(outcome):
        typer.echo("\t".join(line))
    n = outcome
    typer.echo(
        f"重建：读事件{n.events}条，得事实{n.facts}条、格子{n.cells}个，冻结的报表{n.versions}份 / "
        f"rebuilt: {n.events} events, {n.facts} facts, {n.cells} cells, {n.versions} frozen reports"
    )
    if not outcome.is_same:
        typer.echo(
            f"有不一致，没有换；重建的留在 {NAME}_rebuild 里供查看 / "
            f"differences found: no table was replaced; the rebuild is kept in {NAME}_rebuild"
        )
        raise typer.Exit(1)
    typer.echo("全部一致，已换上 / no differences; the rebuilt tables are in use")


async def rebuild_beside(settings: ReportingSettings, dsn: str) -> "RebuildOutcome":
    """Rebuild beside the running service; `dsn` is that of a member of `jianyi_owner`.

    Raises RebuildRefused, LiveBusy, Unavailable.
    """
    cluster = Cluster.from_settings(settings)
    own = migrations(Path(__file__).with_name("migrations"))
    async with open_shadow_schema(dsn, NAME, own) as shadow, opened(NAME, settings) as live:
        rebuilt = build(settings, shadow.name)
        received = [topic for subject in rebuilt.messaging.subjects for topic in subject.topics]
        async with rebuilt.opened(), TopicHistory.opened(cluster, NAME, received) as history:
            spare_collector()
            return await Rebuild(live.db, rebuilt, shadow, history, settings.periods).run()


@dataclass(slots=True)
class RebuildOutcome:
    """Counts and differences of a rebuild; without differences it was swapped in.

    `places` are keys that were not read equally far, `entries` the directory entries that differ.
    """

    events: int = 0
    facts: int = 0
    cells: int = 0
    versions: int = 0
    differences: list[rebuild_diff.Difference] = field(default_factory=list)
    places: Sequence[PositionDifference] = ()
    entries: int = 0

    @property
    def is_same(self) -> bool:
        """Whether the rebuild reproduced everything."""
        return not (self.differences or self.places or self.entries)


class Rebuild:
    """Counts again beside the running service, compares, and swaps if nothing differs."""

    def __init__(
        self,
        live: Database,
        rebuilt: Service,
        shadow: ShadowSchema,
        history: TopicHistory,
        periods: Periods,
    ) -> None:
        self._live, self._rebuilt, self._shadow, self._periods = live, rebuilt, shadow, periods
        self._history = history
        self._replayer = Replayer(history, live, rebuilt.messaging.loop, rebuilt.messaging.subjects)
        self._found: dict[FrozenVersion, Frozen] = {}

    async def run(self) -> RebuildOutcome:
        """Run the rebuild; frozen versions are compared before the running service is paused."""
        outcome = RebuildOutcome()
        frozen = await self._frozen()
        await self._replayer.follow()
        await self._compare_versions(frozen, outcome)
        if outcome.is_same:
            async with self._shadow.held(FROM_COMMANDS):
                await self._replayer.catch_up(await self._shadow.owed())
                await self._compare_versions(await self._frozen(), outcome)
                await self._compare_present(outcome)
                if outcome.is_same:
                    await self._shadow.swap(FROM_COMMANDS)
        if outcome.is_same:
            await self._shadow.clear()
        outcome.events, outcome.versions = self._history.events, len(self._found)
        return outcome

    async def _frozen(self) -> Sequence[Frozen]:
        async with self._live.begin() as tx:
            return await store.list_frozen(tx)

    async def _compare_versions(self, frozen: Sequence[Frozen], outcome: RebuildOutcome) -> None:
        """Recount and compare each new version, on top of the recounts of earlier ones."""
        for one in frozen:
            if one.id in self._found:
                continue
            parts = [
                (part, self._found.get(part.since) if part.since else None)
                for part in one.version.parts
            ]
            start, cut = one.version.period_start, one.version.cut
            async with self._rebuilt.db.begin() as tx:
                found = await store.recount(tx, one.version.filer, start, parts, cut)
            self._found[one.id] = Frozen(one.version, found.lines)
            outcome.differences += rebuild_diff.compare_version(one, found)

    async def _compare_present(self, outcome: RebuildOutcome) -> None:
        """Compare positions, directory, facts and cells; both have received the same by now."""
        await self._rebuilt.copy.refresh()
        outcome.places = await self._shadow.position_differences()
        outcome.entries = await self._shadow.count_unlike_entries()
        async with self._live.begin() as tx, self._rebuilt.db.begin() as other:
            salt = secrets.randbits(63)
            stands, rebuilt = await asyncio.gather(
                store.read_totals(tx, salt), store.read_totals(other, salt)
            )
        outcome.differences += rebuild_diff.compare_totals(stands, rebuilt, self._where)
        outcome.facts = sum(one.n for one in rebuilt.facts.values())
        outcome.cells = len(rebuilt.cells)

    def _where(self, cell: rebuild_diff.CellKey) -> tuple[date | None, str]:
        start = cell.period_start
        period = self._periods.period_of(start_of_day(start)) if start else None
        if period is None:
            return None, ""
        filers = filers_of(self._rebuilt.copy.snapshot, period.due_on)
        return period.due_on, filers.filer_of.get(cell.division_code, "")


def _lines(outcome: RebuildOutcome) -> Iterator[tuple[str, ...]]:
    for one in outcome.differences:
        period = str(one.period_end or "-")
        yield _KINDS[one.kind], period, one.filer or "-", one.cell, one.stands, one.rebuilt
    for at in outcome.places:
        key = f"{at.topic} {to_text(at.key)}"
        yield "读到的位置 position", "-", "-", key, str(at.live), str(at.rebuilt)
    if outcome.entries:
        yield "名录条目 directory entries", "-", "-", str(outcome.entries), "-", "-"
