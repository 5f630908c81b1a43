"""The subjects of the tracker: cases, the texts of items, the state of the monthly reports."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from services.tracker import store
from services.tracker.domain.apply_event import IGNORED
from services.tracker.domain.context import DecisionContext
from services.tracker.domain.decide import decide
from services.tracker.domain.mirrors import Report, Texts, apply_report, apply_text
from services.tracker.domain.model import Case
from services.tracker.domain.rights import may_lead
from shared.calendar import local_day
from shared.contracts.envelope import Event
from shared.contracts.topics import (
    INTAKE_ITEM,
    INTAKE_TEXT,
    REPORTING_REPORT,
    ROUTER_ASSIGNMENT,
    ROUTER_TEXT,
)
from shared.db.pool import Database, Tx
from shared.directory import DirectoryCopy, DirectorySubject
from shared.directory.succession import living_division
from shared.errors import Unavailable
from shared.ids import Id
from shared.messaging.heartbeat import Heartbeat
from shared.messaging.outages import list_outages
from shared.messaging.subject import Change, ClockedSubject, Input, Mirror, Subject
from shared.settings import Limits

log = structlog.get_logger()

OUTAGES_KEPT_IN_MIND = timedelta(days=60)
"""Longer than any task waits for a signature."""


class CaseSubject(ClockedSubject[Case, DecisionContext]):
    name = "case"
    topics = (INTAKE_ITEM, ROUTER_ASSIGNMENT)
    ignores = IGNORED
    figures = store.FIGURES
    ends = store.CASE_ENDS

    def __init__(self, copy: DirectoryCopy, limits: Limits) -> None:
        self._copy, self._limits = copy, limits

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Case]:
        return await store.load_cases(tx, keys)

    async def claim(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Case]:
        return await store.load_cases(tx, keys, skip_locked=True)

    async def context(self, tx: Tx) -> DecisionContext:
        directory, today = self._copy.snapshot, local_day(tx.now)

        def organ_of(division_code: str) -> Id | None:
            living = living_division(directory, division_code, today)
            for division in directory.ancestors(living):
                if found := directory.organ(division.division_code):
                    return found[0]
            return None

        def leads(person_id: Id, division_code: str) -> bool:
            return may_lead(directory, person_id, division_code, today)

        outages = await list_outages(tx, tx.now - OUTAGES_KEPT_IN_MIND)
        return DecisionContext(tx.now, directory.calendar, self._limits, organ_of, leads, outages)

    def decide(
        self, state: Case, given: Input, context: DecisionContext
    ) -> tuple[Case, Sequence[Event]]:
        return decide(state, given, context)

    async def save(self, tx: Tx, changes: Sequence[Change[Case]]) -> None:
        await store.save_cases(tx, changes)

    async def list_due(self, tx: Tx, limit: int) -> list[Id]:
        return await store.list_due(tx, limit)

    async def count_clocks(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, int]:
        return await store.count_clocks(tx, keys)


class TextSubject(Mirror[Texts]):
    name = "text"
    topics = (INTAKE_TEXT, ROUTER_TEXT)
    figures = (store.SEARCH_LAG,)

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Texts]:
        return await store.load_texts(tx, keys)

    def decide(self, state: Texts, given: Input, _context: None) -> tuple[Texts, Sequence[Event]]:
        return apply_text(state, given)

    async def save(self, tx: Tx, changes: Sequence[Change[Texts]]) -> None:
        await store.save_texts(tx, changes)


INDEXED_AT_ONCE = 200
POLL_SECONDS = 0.5


class SearchIndexer:
    """Makes texts searchable after the fold has committed them; several may run."""

    def __init__(self, db: Database) -> None:
        self._db, self.heartbeat = db, Heartbeat("search")

    async def run(self) -> None:
        while True:
            self.heartbeat.beat()
            try:
                n = await self.round()
            except Unavailable:
                log.warning("search.waiting")
                n = 0
            if n == 0:
                await asyncio.sleep(POLL_SECONDS)

    async def round(self) -> int:
        async with self._db.begin() as tx:
            return await store.index_texts(tx, INDEXED_AT_ONCE)

    async def is_idle(self, tx: Tx) -> bool:
        return await store.count_for_search(tx) == 0


class ReportSubject(Mirror[Report]):
    name = "report"
    topics = (REPORTING_REPORT,)

    async def load(self, tx: Tx, keys: Sequence[Id]) -> dict[Id, Report]:
        return await store.load_reports(tx, keys)

    def decide(self, state: Report, given: Input, _context: None) -> tuple[Report, Sequence[Event]]:
        return apply_report(state, given)

    async def save(self, tx: Tx, changes: Sequence[Change[Report]]) -> None:
        await store.save_reports(tx, changes)


def subjects(cases: CaseSubject) -> Sequence[Subject[Any, Any]]:
    return cases, TextSubject(), ReportSubject(), DirectorySubject()
