"""The second wall: the rows the database shows everybody are those that the rights decide."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, product

import pytest

from services.intake import enterprise_store
from services.intake import store as intake_store
from services.intake.domain import model as intake_rows
from services.intake.domain import rights as intake
from services.intake.domain.enterprises import EnterpriseRow
from services.intake.domain.proposers import Proposer, ProposerRow
from services.reporting.domain import rights as reporting
from services.reporting.domain.ledger import filers_of
from services.router.routing import store as router_store
from services.router.routing.domain import model
from services.router.routing.domain import rights as router
from services.tracker import store as tracker_store
from services.tracker.domain import model as tracker_rows
from services.tracker.domain import rights as tracker
from shared.contracts.router import DirectoryStation, Grant, TaskGiven
from shared.contracts.topics import OWNERS
from shared.db.pool import Database, Tx
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.features.access_log.rows import row_scope_of as log_sight_of
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.ids import Id, named_id
from shared.messaging.subject import Change
from shared.rights import Action, Resource, RowScope, may
from shared.rights.table import RIGHTS
from tests.integration.db.opened import case, opened, save_cases
from tests.support.places import (
    CITY,
    COUNTY,
    NEIGHBOUR,
    NEW_TOWN,
    OLD_TOWN,
    OTHER_COUNTY,
    SAID,
    directory,
    organ_id,
    unit_id,
)
from tests.support.shanghai import at

PLACES = (CITY, COUNTY, OTHER_COUNTY, OLD_TOWN, NEW_TOWN, NEIGHBOUR)
SOMEBODY = named_id("person", "somebody")
UNITS = (unit_id("power"), unit_id("tax"))
STATION, POINT, ELSEWHERE = (named_id("station", n) for n in ("main", "point", "elsewhere"))
TREE = directory(
    *(
        (
            key,
            DirectoryStation.model_validate(
                SAID | {"division_code": code, "code": code, "name": code, "parent_id": above}
            ),
        )
        for key, code, above in (
            (STATION, NEW_TOWN, None),
            (POINT, OLD_TOWN, STATION),
            (ELSEWHERE, NEIGHBOUR, None),
        )
    )
)


WRITTEN = """
INSERT INTO outbox
SELECT n, now(), 'intake.text.v1', key, 1, key, 'item.text', now(), key, '', '', ''
FROM unnest($1::uuid[]) WITH ORDINALITY AS item (key, n)
"""


@dataclass(frozen=True)
class Officer:
    """Who has one right and stands in for somebody, who leads next door."""

    grants: Sequence[Grant]
    code: str = "stand-in"
    person_id: Id = SOMEBODY

    @property
    def leads_as(self) -> Mapping[str, Collection[str]]:
        grant = self.grants[0]
        led = {"stand-in": TREE.below(grant.division_code), "somebody": [NEIGHBOUR]}
        return led if grant.role == "leader" else {}


def officers() -> Iterator[Officer]:
    """One of every role at every place, and of every unit, station and organ."""
    for role in RIGHTS:
        for code in PLACES:
            yield officer(role, code, organ_id=organ_id(code))
        for unit in UNITS:
            yield officer(role, COUNTY, unit_id=unit)
        for station in (STATION, POINT, ELSEWHERE):
            yield officer(role, NEW_TOWN, station_id=station)


def officer(role: str, code: str, **place: Id) -> Officer:
    values = {"role": role, "division_code": code, "valid_from": "2020-01-01"}
    return Officer((Grant.model_validate(values | place),))


Decide = Callable[[Officer, Id], bool]


async def compare(
    db: Database,
    sight_of: Callable[[Officer, Directory], RowScope],
    decide: Decide,
    keys: Collection[Id],
    *tables: str,
    column: str = "key",
) -> None:
    """Hold what the database shows each officer against what is decided for each row."""
    shown = set[int]()
    for by in officers():
        expected = {key for key in keys if decide(by, key)}
        async with db.begin_as(sight_of(by, TREE)) as tx:
            for table in tables:
                found = {row[column] for row in await tx.fetch(f"TABLE {table}")}
                assert found & set(keys) == expected, (table, by.grants)
        shown.add(len(expected))
    assert 0 in shown
    assert len(shown) > 2


def tracked_task(key: Id, unit: Id) -> tracker_rows.TaskRow:
    return tracker_rows.TaskRow(
        key=key, task_id=named_id("task", key.hex()), unit_id=unit, role="lead", external=False,
        dispatch_no=1, given_at=at("2022-09-08"), sign_n=1, sign_kind="wd", reply_n=15,
        reply_kind="wd", object_until=at("2022-09-10"),
    )  # fmt: skip


async def test_the_tracker_shows_the_cases_that_the_rights_do(system: str) -> None:
    cases = {}
    levels = cycle((None, "township", "county", "city", "province"))
    places = product(("", *PLACES), ("", CITY, OLD_TOWN), (None, CITY, COUNTY), ("", "somebody"))
    for place, (code, routed, organ, leader) in enumerate(places):
        one = case(
            division_code=code,
            routed_division=routed,
            place=code or routed,
            dispatcher_organ=organ_id(organ) if organ else None,
            leader=leader,
            owner_level=next(levels),
        )
        one = replace(one, words=tracker_rows.WordsRow(key=one.row.key))
        if place % 3:
            task = tracked_task(one.row.key, UNITS[place % 2])
            row = one.row.model_copy(update={"units": (task.unit_id,)})
            one = replace(one, row=row, tasks={task.task_id: task})
        cases[one.row.key] = one

    def decide(by: Officer, key: Id) -> bool:
        found = cases[key]
        try:
            tracker.require_visible(found, by, TREE)
        except NotFound:
            return False
        return True

    def reads(by: Officer, key: Id) -> bool:
        return tracker.may_read_texts(cases[key], by, TREE)

    async with opened(system, "tracker") as db:
        await save_cases(db, list(cases.values()))
        async with db.begin() as tx:
            await tracker_store.load_texts(tx, list(cases))
        await compare(db, tracker.row_scope_of, reads, cases, "words", "item_text")
        await compare(db, tracker.row_scope_of, decide, cases, '"case"')
        with_task = [key for key, one in cases.items() if one.tasks]
        await compare(db, tracker.row_scope_of, decide, with_task, "task")


async def test_the_router_shows_the_items_that_the_rights_do(system: str) -> None:
    found = {}
    levels = cycle(("", "township", "county", "city", "province"))
    for place, (code, organ) in enumerate(product(("", *PLACES), (None, CITY, COUNTY, NEIGHBOUR))):
        key = named_id("item", f"{code} {organ}")
        row = model.ItemRow(
            key=key, division_code=code, organ_id=organ and organ_id(organ), level=next(levels)
        )
        task = model.TaskRow(
            task_id=named_id("task", key.hex()), key=key, unit_id=UNITS[place % 2], role="lead",
            dispatch_no=1, external=False,
        )  # fmt: skip
        text = model.TextRow(key=key)
        found[key] = model.Item(row, (task,) if place % 3 else (), (), text=text)

    def decide(by: Officer, key: Id) -> bool:
        if found[key].row.organ_id in router.organs_of(by):
            return True
        try:
            router.require_visible_case(found[key], by, TREE)
        except NotFound:
            return False
        return True

    def reads(by: Officer, key: Id) -> bool:
        return router.may_read_texts(found[key], by, TREE)

    async with opened(system, "router") as db:
        async with db.begin() as tx:
            blank = model.Item(model.ItemRow(key=bytes(16)), (), ())
            await router_store.save_items(tx, [Change(blank, one) for one in found.values()])
        await compare(db, router.row_scope_of, decide, found, "item")
        await compare(db, router.row_scope_of, reads, found, "item_text")
        with_task = [key for key, one in found.items() if one.tasks]
        await compare(db, router.row_scope_of, decide, with_task, "task")


def _intake_items() -> dict[Id, tuple[intake_rows.ItemRow, intake_rows.ProgressRow]]:
    """Items of every place at a station, its sub-point and another one, come up ever further."""
    levels = cycle(("", "township", "county", "city", "province"))
    found: dict[Id, tuple[intake_rows.ItemRow, intake_rows.ProgressRow]] = {}
    for place, (code, station) in enumerate(product(PLACES, (STATION, POINT, ELSEWHERE))):
        key = named_id("item", f"{code} {station.hex()}")
        given = TaskGiven(task_id=key, unit_id=UNITS[place % 2], role="lead")
        found[key] = (
            intake_rows.ItemRow(
                key=key,
                division_code=code,
                station_id=station,
                confidential=place % 4 < 2,
            ),
            intake_rows.ProgressRow(key=key).model_copy(
                update={"tasks": (given,) if place % 3 else (), "owner_level": next(levels)}
            ),
        )
    return found


def _may_at(by: Officer, item: intake_rows.ItemRow, units: Collection[Id]) -> bool:
    place = Resource(
        division=item.division_code,
        within=TREE.within(item.division_code),
        stations=TREE.with_main(item.station_id),
        units=units,
    )
    return may(by, Action.CASE_READ, place) or may(by, Action.SOURCE_READ, place)


async def test_intake_shows_the_items_of_those_who_see_the_case_or_the_source(system: str) -> None:
    """How far up an item came is decided behind this wall."""
    found = _intake_items()

    def decide(by: Officer, key: Id) -> bool:
        item, progress = found[key]
        wide = _may_at(by, item, {task.unit_id for task in progress.tasks})
        assert wide or not intake.may_see(by, item, progress, TREE)
        return wide

    def knows(by: Officer, key: Id) -> bool:
        item, progress = found[key]
        wide = _may_at(by, item, ()) if item.confidential else decide(by, key)
        assert wide or not intake.may_see_source(by, item, progress, TREE)
        return wide

    def reads(by: Officer, key: Id) -> bool:
        return intake.may_read_texts(by, *found[key], TREE)

    async with opened(system, "intake") as db:
        async with db.begin() as tx:
            await save_intake(tx, list(found.values()))
            await tx.execute("SELECT ensure_outbox_month(date_trunc('month', now())::date)")
            await tx.execute(WRITTEN, list(found))
        await compare(db, intake.row_scope_of, reads, found, "outbox")
        await compare(db, intake.row_scope_of, decide, found, "item", "progress")
        await compare(db, intake.row_scope_of, knows, found, "proposer", "enterprise")


async def test_reporting_shows_the_facts_and_forms_that_the_rights_do(system: str) -> None:
    filers = filers_of(TREE, date(2026, 3, 20))
    facts = {named_id("fact", code): code for code in PLACES}
    forms = {named_id("report", one.code): one for one in filers}

    def may_open(by: Officer, key: Id) -> bool:
        return may(by, Action.REPORT_OPEN, reporting.line_resource(facts[key], TREE))

    def may_read(by: Officer, key: Id) -> bool:
        return may(by, Action.REPORT_READ, reporting.form_resource(forms[key], filers, TREE))

    def sight_of(by: Officer, tree: Directory) -> RowScope:
        return reporting.row_scope_of(by, filers, tree)

    async with opened(system, "reporting") as db:
        async with db.begin() as tx:
            for place, (key, code) in enumerate(facts.items()):
                await tx.execute(
                    """INSERT INTO fact VALUES ('t', 0, $1, 'C3', 1, $2, NULL, $3, $2, now(), now(),
                        NULL)""",
                    place,
                    key,
                    code,
                )
            for key, one in forms.items():
                await tx.execute("INSERT INTO report (key, filer) VALUES ($1, $2)", key, one.code)
        await compare(db, sight_of, may_open, facts, "fact", column="subject")
        await compare(db, sight_of, may_read, forms, "report")


@pytest.mark.parametrize("service", OWNERS)
async def test_a_log_shows_the_looks_that_one_supervises(system: str, service: str) -> None:
    subjects = {named_id("look", code): code for code in PLACES}

    def decide(by: Officer, key: Id) -> bool:
        code = subjects[key]
        return may(by, Action.ACCESS_LOG_READ, Resource(division=code, within=TREE.within(code)))

    async with opened(system, service) as db:
        async with db.begin() as tx:
            for key, code in subjects.items():
                await log_access(tx, AccessEntry(SOMEBODY, key, code, ("trail",), EXPORT))
        await compare(db, log_sight_of, decide, subjects, "access_log", column="subject")


def raised(key: Id) -> Proposer:
    """Give the proposer of an item, an enterprise of the same key."""
    return Proposer(
        ProposerRow(key=key, place=1, proposer_id=key, kind="enterprise", enterprise_id=key)
    )


async def save_intake(
    tx: Tx, pairs: Sequence[tuple[intake_rows.ItemRow, intake_rows.ProgressRow]]
) -> None:
    nothing = intake_rows.TextRow(key=bytes(16))
    blank = intake_rows.Item(intake_rows.ItemRow(key=bytes(16)), nothing)
    changes = [
        Change(blank, intake_rows.Item(item, nothing, proposers=(raised(item.key),)))
        for item, _ in pairs
    ]
    await intake_store.save_items(tx, changes)
    firm = {"credit_code": None, "name": "", "folded": "", "division_code": ""}
    firms = [EnterpriseRow.model_validate({"key": item.key} | firm) for item, _ in pairs]
    await enterprise_store.save_enterprises(tx, firms)
    nothing_yet = intake_rows.Progress(intake_rows.ProgressRow(key=bytes(16)))
    await intake_store.save_progress(
        tx, [Change(nothing_yet, intake_rows.Progress(progress)) for _, progress in pairs]
    )
