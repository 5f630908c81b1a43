"""`jianyi reporting rebuild`: all is counted anew from the history, compared, and swapped in."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import typer

from services.reporting import store
from services.reporting.app import build
from services.reporting.domain.filers import filers_of
from services.reporting.domain.freezing import Frozen
from services.reporting.domain.rebuild_diff import Difference, Place, unlike_ledger, unlike_version
from services.reporting.settings import ReportingSettings
from shared.calendar import Periods, start_of_day
from shared.cli import opened, printed
from shared.contracts.reporting import FrozenVersion
from shared.db.pool import Database
from shared.ids import to_text
from shared.messaging.cluster import Cluster
from shared.messaging.replay import Replayer, TopicHistory
from shared.messaging.shadow_schema import Elsewhere, ShadowSchema, beside
from shared.service import Service, migrations
from shared.settings import SchemaSettings

NAME = "reporting"
OWN = Path(__file__).with_name("migrations")
ACTED = ("report", "version", "version_figure")
"""What people's acts fill; the rest is heard."""

_WHAT = {
    "frozen facts": "冻结的事实 frozen facts",
    "frozen figures": "冻结的数字的哈希 hash of frozen figures",
    "frozen figure": "冻结的数字 frozen figure",
    "facts": "事实 facts",
    "figure": "现在的数字 present figure",
}


@dataclass(slots=True)
class Outcome:
    """What was rebuilt and compared; when nothing differs, it was swapped in.

    `places` are keys that were not read equally far, `entries` counts those of the directory.
    """

    events: int = 0
    facts: int = 0
    cells: int = 0
    versions: int = 0
    differences: list[Difference] = field(default_factory=list)
    places: Sequence[Elsewhere] = ()
    entries: int = 0

    @property
    def is_same(self) -> bool:
        """Whether the rebuild found everything again."""
        return not (self.differences or self.places or self.entries)


class Rebuild:
    """Counts anew beside the running service, compares, and swaps when nothing differs."""

    def __init__(
        self,
        live: Database,
        anew: Service,
        side: ShadowSchema,
        history: TopicHistory,
        periods: Periods,
    ) -> None:
        self._live, self._anew, self._side, self._periods = live, anew, side, periods
        self._history = history
        self._hearing = Replayer(history, live, anew.messaging.loop, anew.messaging.subjects)
        self._found: dict[FrozenVersion, Frozen] = {}

    async def run(self) -> Outcome:
        """Do it all; what is frozen is compared before the running service is held at all."""
        outcome = Outcome()
        frozen = await self._frozen()
        await self._hearing.follow()
        await self._compare_versions(frozen, outcome)
        if outcome.is_same:
            async with self._side.held(ACTED):
                await self._hearing.catch_up(await self._side.owed())
                await self._compare_versions(await self._frozen(), outcome)
                await self._compare_present(outcome)
                if outcome.is_same:
                    await self._side.swap(ACTED)
        if outcome.is_same:
            await self._side.clear()
        outcome.events, outcome.versions = self._history.events, len(self._found)
        return outcome

    async def _frozen(self) -> Sequence[Frozen]:
        async with self._live.begin() as tx:
            return await store.list_frozen(tx)

    async def _compare_versions(self, frozen: Sequence[Frozen], outcome: Outcome) -> None:
        """Count each version that was not yet counted again, upon what was found before it."""
        for one in frozen:
            if one.name in self._found:
                continue
            begun = [
                (part, self._found.get(part.since) if part.since else None)
                for part in one.version.parts
            ]
            start, cut = one.version.period_start, one.version.cut
            async with self._anew.db.begin() as tx:
                found = await store.recount(tx, one.version.filer, start, begun, cut)
            self._found[one.name] = Frozen(one.version, found.lines)
            outcome.differences += unlike_version(one, found)

    async def _compare_present(self, outcome: Outcome) -> None:
        """Compare places, directory, facts and cells; both have heard the same now."""
        await self._anew.copy.refresh()
        outcome.places = await self._side.elsewhere()
        outcome.entries = await self._side.count_unlike_entries()
        async with self._live.begin() as tx, self._anew.db.begin() as other:
            salt = secrets.randbits(63)
            stands, rebuilt = await asyncio.gather(
                store.read_ledger(tx, salt), store.read_ledger(other, salt)
            )
        outcome.differences += unlike_ledger(stands, rebuilt, self._where)
        outcome.facts = sum(one.n for one in rebuilt.facts.values())
        outcome.cells = len(rebuilt.cells)

    def _where(self, place: Place) -> tuple[date | None, str]:
        start = place.period_start
        period = self._periods.period_of(start_of_day(start)) if start else None
        if period is None:
            return None, ""
        filers = filers_of(self._anew.copy.snapshot, period.due_on)
        return period.due_on, filers.filer_of.get(place.division_code, "")


async def rebuild_beside(settings: ReportingSettings, dsn: str) -> Outcome:
    """Rebuild beside the running service; `dsn` is that of a member of `jianyi_owner`.

    Raises NotNow, LiveBusy, Unavailable.
    """
    cluster = Cluster.told(settings)
    async with beside(dsn, NAME, migrations(OWN)) as side, opened(NAME, settings) as live:
        anew = build(settings, side.name)
        received = [topic for subject in anew.messaging.subjects for topic in subject.topics]
        async with anew.opened(), TopicHistory.opened(cluster, NAME, received) as history:
            return await Rebuild(live.db, anew, side, history, settings.periods).run()


def rebuild() -> None:
    """Count all anew from the history beside the running service; swap it in if nothing differs.

    A line for each difference is: what, period, filer, cell, as it stands, as it was rebuilt. Then
    it ends with 1 and the running service goes on as it was.
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
            f"these differ: nothing was swapped, what was rebuilt is kept in {NAME}_rebuild"
        )
        raise typer.Exit(1)
    typer.echo("全部一致，已换上 / all the same, and swapped in")


def _lines(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Lay out what differs, a line each."""
    for one in outcome.differences:
        period = str(one.period_end or "-")
        yield _WHAT[one.what], period, one.filer or "-", one.cell, one.stands, one.rebuilt
    for at in outcome.places:
        key = f"{at.topic} {to_text(at.key)}"
        yield "读到的位置 place read", "-", "-", key, str(at.live), str(at.rebuilt)
    if outcome.entries:
        yield "名录条目 entries of the directory", "-", "-", str(outcome.entries), "-", "-"
