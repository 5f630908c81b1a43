"""Views of an item that waits for a dispatcher, with the proposal and its reason."""

from datetime import datetime
from typing import Literal

from services.router.routing.domain.model import Item, TaskRow
from services.router.routing.domain.routing_table import RoutingTable, complexity_of
from shared.contracts.codes import Complexity
from shared.contracts.envelope import FrozenModel
from shared.contracts.router import Basis
from shared.contracts.topics import ROUTER_ASSIGNMENT, TRACKER_CASE
from shared.ids import Id, to_text


class UnitView(FrozenModel):
    """A unit with the names people use."""

    unit_id: str
    name: str
    short_name: str


class ProposalView(FrozenModel):
    """The proposed route and its reason; `at_level` is false when the item must go up first."""

    level: str
    lead: UnitView
    co: list[UnitView]
    complexity: Complexity
    reason: str
    rule_id: str
    zh: str
    en: str
    at_level: bool


class ObjectionView(FrozenModel):
    """An objection that waits for a decision."""

    task_id: str
    unit: UnitView
    role: str
    objected_at: datetime | None
    suggested_unit: UnitView | None


class HomelessView(FrozenModel):
    """A task whose unit was abolished without a successor."""

    task_id: str
    unit: UnitView
    since: datetime | None


class QueueLine(FrozenModel):
    """One item that waits for its organ."""

    item_id: str
    number: str
    title: str
    body: str
    division_code: str
    level: str
    duty: Literal["", "dispatch", "objection", "rehome"]
    since: datetime | None
    matter_code: str | None
    matter_zh: str | None
    matter_en: str | None
    policy_codes: tuple[str, ...]
    confidence: str
    confidential: bool
    self_interest: bool
    proposal: ProposalView | None
    objections: list[ObjectionView]
    homeless: list[HomelessView]
    basis: Basis | None
    erased: bool


def queue_line(item: Item, table: RoutingTable) -> QueueLine:
    """The matter is the recognised one while it is to be dispatched, then the one dispatched."""
    row, text = item.row, item.text
    code = row.matter_code
    if row.duty != "dispatch":
        code = row.dispatched_matter or code
    matter = table.directory.matter(code) if code else None
    return QueueLine(
        item_id=to_text(row.key),
        number=row.number,
        title=text.title if text else "",
        body=text.body if text else "",
        division_code=row.division_code,
        level=row.level,
        duty=row.duty,
        since=row.duty_since,
        matter_code=matter.code if matter else None,
        matter_zh=matter.name_zh if matter else None,
        matter_en=matter.name_en if matter else None,
        policy_codes=row.policy_codes,
        confidence=row.confidence,
        confidential=row.confidential,
        self_interest=row.self_interest,
        proposal=proposal_view(item, table) if row.duty == "dispatch" else None,
        objections=[_objection_view(task, table) for task in item.objections],
        homeless=[_homeless_view(task, table) for task in item.homeless],
        basis=basis_of(item),
        erased=row.erased_at is not None,
    )


def proposal_view(item: Item, table: RoutingTable) -> ProposalView:
    matter = table.directory.matter(item.row.matter_code) if item.row.matter_code else None
    route = table.propose(item.row.division_code, matter)
    return ProposalView(
        level=route.level,
        lead=unit_view(route.lead, table),
        co=[unit_view(unit, table) for unit in route.co],
        complexity=complexity_of(matter, item.row.complexity),
        reason=route.reason,
        rule_id=route.rule_id,
        zh=route.zh,
        en=route.en,
        at_level=route.level == item.row.level,
    )


def unit_view(key: Id, table: RoutingTable) -> UnitView:
    """Name a unit; one that is not in the directory is shown by its id."""
    unit = table.directory.unit(key)
    text = to_text(key)
    return UnitView(
        unit_id=text, name=unit.name if unit else text, short_name=unit.short_name if unit else text
    )


def basis_of(item: Item) -> Basis | None:
    """Return the basis of a decision: the place in the topic of whoever holds the item."""
    if item.row.duty == "objection":
        return Basis(topic=TRACKER_CASE.name, seq=item.row.case_seq)
    if item.row.seq:
        return Basis(topic=ROUTER_ASSIGNMENT.name, seq=item.row.seq)
    return None


def _objection_view(task: TaskRow, table: RoutingTable) -> ObjectionView:
    return ObjectionView(
        task_id=to_text(task.task_id),
        unit=unit_view(task.unit_id, table),
        role=task.role,
        objected_at=task.objected_at,
        suggested_unit=unit_view(task.suggested_unit, table) if task.suggested_unit else None,
    )


def _homeless_view(task: TaskRow, table: RoutingTable) -> HomelessView:
    return HomelessView(
        task_id=to_text(task.task_id),
        unit=unit_view(task.unit_id, table),
        since=task.homeless_since,
    )
