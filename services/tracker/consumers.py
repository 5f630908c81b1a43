"""What the tracker listens to: cases, the words of items, the state of the monthly reports."""

from collections.abc import Sequence
from typing import Any

from services.tracker import store
from services.tracker.domain.context import Context
from services.tracker.domain.decide import decide
from services.tracker.domain.reports import Report, follow_report
from services.tracker.domain.rows import Case
from services.tracker.domain.texts import Texts, take_text
from services.tracker.settings import Limits
from shared.calendar import local_day
from shared.contracts.topics import (
    INTAKE_ITEM,
    INTAKE_TEXT,
    REPORTING_REPORT,
    ROUTER_ASSIGNMENT,
    ROUTER_TEXT,
)
from shared.db.pool import Tx
from shared.directory import DirectoryCopy, directory_fold, grants_of
from shared.directory.succession import living_division
from shared.ids import Id
from shared.messaging.fold import Fold


def case_fold(copy: DirectoryCopy, limits: Limits) -> Fold[Case, Context]:
    """Make the fold of the cases: the only one that acts and clocks come to."""

    async def context(tx: Tx) -> Context:
        directory = copy.snapshot

        def organ_of(division_code: str) -> Id | None:
            living = living_division(directory, division_code, local_day(tx.now))
            for division in directory.ancestors(living):
                if found := directory.organ(division.division_code):
                    return found[0]
            return None

        def may_lead(person_id: Id) -> bool:
            grants = grants_of(directory, person_id, local_day(tx.now))
            return any(grant.role == "leader" for grant in grants)

        return Context(tx.now, directory.calendar, limits, organ_of, may_lead)

    return Fold(
        "case",
        (INTAKE_ITEM, ROUTER_ASSIGNMENT),
        store.load_cases,
        decide,
        store.save_cases,
        context,
        due=store.list_due,
        figures=store.FIGURES,
        ends=store.CASE_ENDS,
        held=store.count_clocks,
    )


async def _nothing(_tx: Tx) -> None:
    return None


def text_fold() -> Fold[Texts, None]:
    """Make the fold that keeps the words of items."""
    topics = (INTAKE_TEXT, ROUTER_TEXT)
    return Fold("text", topics, store.load_texts, take_text, store.save_texts, _nothing)


def report_fold() -> Fold[Report, None]:
    """Make the fold that keeps where each monthly report stands."""
    topics = (REPORTING_REPORT,)
    return Fold("report", topics, store.load_reports, follow_report, store.save_reports, _nothing)


def folds(cases: Fold[Case, Context]) -> Sequence[Fold[Any, Any]]:
    """List everything this service hears."""
    return cases, text_fold(), report_fold(), directory_fold()
