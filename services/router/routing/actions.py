"""Use cases of dispatchers: the acts on an item, the queue, dispatching many as proposed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.router.routing import store
from services.router.routing.domain.commands import (
    MAX_UNITS,
    DecideObjection,
    Dispatch,
    DispatchBody,
    Escalate,
    EscalateBody,
    ObjectionBody,
    Rehome,
)
from services.router.routing.domain.context import DecisionContext
from services.router.routing.domain.effects import wrong_decision
from services.router.routing.domain.events import level_above
from services.router.routing.domain.model import Item
from services.router.routing.domain.rights import (
    organs_of,
    require_visible,
    require_visible_case,
    row_scope_of,
)
from services.router.routing.domain.routing_table import RoutingTable, rank
from services.router.routing.domain.views import QueueLine, queue_line
from shared.calendar import local_day
from shared.contracts.router import Basis, DirectoryUnit
from shared.contracts.topics import ROUTER_ASSIGNMENT
from shared.db.pool import Tx
from shared.directory import DirectoryCopy
from shared.directory.succession import has_ended, label_seen_from
from shared.errors import Invalid, Refused
from shared.ids import Id, to_text
from shared.messaging.messaging import Messaging
from shared.messaging.outbox import OutboxEvent, list_emitted
from shared.messaging.subject import Applied, Command, Subject
from shared.text import Bilingual, Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.actor import Actor
from shared.web.labels import COMPLEXITIES


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as its dispatcher sees it at an instant."""

    item: Item
    line: QueueLine
    table: RoutingTable
    now: datetime


def goes_up(view: ItemView) -> bool:
    """Whether the proposal is of a higher level than the one that has the item."""
    proposal = view.line.proposal
    return proposal is not None and rank(proposal.level) > rank(view.line.level)


def can_escalate(view: ItemView) -> bool:
    return level_above(view.item, view.table) is not None


def _dispatch_fields(view: ItemView) -> Sequence[ui.Field]:
    line, matters = view.line, view.table.directory.matters()
    proposal = line.proposal
    sure = proposal if proposal and proposal.at_level and line.matter_code else None
    units = _unit_options(view)
    matters.sort(key=lambda one: (one.parent, one.code))  # so that related ones stand together
    codes = [ui.Option(one.code, Bilingual(one.name_zh, one.name_en)) for one in matters]
    return [
        _select(
            "lead",
            _("主办单位"),
            units,
            _("不选就按建议") if sure else "",
            required=not sure,
            value=sure.lead.unit_id if sure else "",
        ),
        ui.Field(
            "co",
            _("会办单位"),
            ",".join(one.unit_id for one in sure.co) if sure else "",
            required=False,
            options=units,
            control="folded",
            most=MAX_UNITS,
        ),
        _select("matter_code", _("改事项"), codes),
        _complexity_field(view),
        ui.Field("note", _("给单位的话"), required=False, control="textarea"),
    ]


def _complexity_field(view: ItemView) -> ui.Field:
    options = [ui.Option(value, label) for value, label in COMPLEXITIES.items()]
    chosen, proposal = view.item.row.complexity, view.line.proposal
    hint: Text = ""
    if proposal:
        usual = COMPLEXITIES[proposal.complexity]
        hint = _("不选就按受理时定的，受理时没有改的按事项：%(complexity)s", complexity=usual)
    value = "" if chosen == "normal" else chosen
    return _select("complexity", _("办理难易"), options, hint, value=value)


def _escalate_fields(view: ItemView) -> Sequence[ui.Field]:
    label = _("理由：为什么要上一级办理")
    return [ui.Field("reason", label, _proposed_reason(view), control="textarea")]


def _proposed_reason(view: ItemView) -> str:
    return view.line.proposal.zh if view.line.proposal and goes_up(view) else ""


def _objection_fields(view: ItemView) -> Sequence[ui.Field]:
    decisions = [
        ui.Option("reassign", _("同意，改派"), _("办理期限重新起算")),
        ui.Option("refuse", _("不同意，由该单位办理"), _("期限不变")),
    ]
    if can_escalate(view) and all(one.role == "lead" for one in view.line.objections):
        decisions.append(ui.Option("escalate", _("同意，上报上一级")))
    return [
        ui.Field("decision", _("决定"), options=decisions, control="stacked"),
        _select("unit", _("改派给"), _unit_options(view), _("不选就按单位的建议")),
        ui.Field("reason", _("理由"), control="textarea"),
    ]


def _wrong_objection(view: ItemView, body: ObjectionBody) -> Mapping[str, Invalid]:
    tasks = [one for one in view.item.objections if body.task_id in (None, one.task_id)]
    return wrong_decision(view.item, tasks[0], body) if body.decision and len(tasks) == 1 else {}


def _rehome_fields(view: ItemView) -> Sequence[ui.Field]:
    units = _unit_options(view)
    return [
        _select("unit", _("由谁接着办"), units, _("期限不变"), required=True),
        ui.Field("reason", _("理由"), control="textarea"),
    ]


def _select(
    name: str,
    label: Text,
    options: Sequence[ui.Option],
    hint: Text = "",
    required: bool = False,
    value: str = "",
) -> ui.Field:
    return ui.Field(
        name, label, value, hint=hint, required=required, options=options, control="select"
    )


def _unit_options(view: ItemView) -> list[ui.Option]:
    """Offer the units the owner organ may assign items to: its own first, then those below."""
    directory, row = view.table.directory, view.item.row
    owner = directory.organ_by_id(row.organ_id) if row.organ_id else None
    if owner is None:
        return []
    found: list[tuple[Id, DirectoryUnit]] = [*directory.units_in(owner.division_code)]
    for division in directory.ancestors(row.division_code):
        code = division.division_code
        if code != owner.division_code and directory.covers(owner.division_code, code):
            found += directory.units_in(code)
    if owner.level == "city" and (above := directory.division(owner.division_code)):
        outside = directory.units_in(above.parent_code or "")
        found += [(key, unit) for key, unit in outside if unit.external]
    return [
        ui.Option(to_text(key), label_seen_from(directory, unit, [owner.division_code]))
        for key, unit in found
        if not has_ended(unit, view.table.today)
    ]


DISPATCH = ActSpec("dispatch", Dispatch, _("交办"), "Assign an item to units.", _dispatch_fields)
ESCALATE = ActSpec(
    "escalate", Escalate, _("上报上一级"), "Move an item one level up.", _escalate_fields
)
OBJECTION = ActSpec(
    "objection",
    DecideObjection,
    _("审核退办"),
    "Decide a unit's objection to its task.",
    _objection_fields,
    wrong=_wrong_objection,
)
REHOME = ActSpec(
    "rehome",
    Rehome,
    _("指定接办单位"),
    "Choose the unit that takes over the task of an abolished one.",
    _rehome_fields,
)
ACTS = (DISPATCH, ESCALATE, OBJECTION, REHOME)


def open_acts(view: ItemView) -> list[tuple[ActSpec[ItemView], str]]:
    """List the acts open on an item, the proposed one first, each with its task, if any."""
    line = view.line
    match line.duty:
        case "objection":
            return [(OBJECTION, objection.task_id) for objection in line.objections]
        case "rehome":
            return [(REHOME, homeless.task_id) for homeless in line.homeless]
        case "dispatch":
            if not can_escalate(view):
                return [(DISPATCH, "")]
            acts = [(ESCALATE, ""), (DISPATCH, "")]
            return acts if goes_up(view) else acts[::-1]
        case _:
            return []


class RoutingActions:
    """Authorises, loads and performs; called by API and console alike."""

    def __init__(
        self, messaging: Messaging, items: Subject[Item, DecisionContext], copy: DirectoryCopy
    ) -> None:
        self._messaging, self._items, self._copy = messaging, items, copy

    async def perform(self, command: Command, by: Actor) -> Applied[Item]:
        """Decide on an item the person dispatches; raises Refused."""
        await self.read_item(command.key, by)
        return await self._messaging.act(self._items, command)

    async def act_as_proposed(
        self, seen: Mapping[Id, int], by: Actor
    ) -> Mapping[Id, Applied[Item] | Refused]:
        """Dispatch or escalate items, each seen at a place of its topic; each stands by itself."""
        views = {view.item.row.key: view for view in await self._read_views(list(seen), by)}
        commands = [_as_proposed(key, seq, views.get(key), by) for key, seq in seen.items()]
        results = await asyncio.gather(
            *(self._messaging.act(self._items, command) for command in commands),
            return_exceptions=True,
        )
        done: dict[Id, Applied[Item] | Refused] = {}
        for key, result in zip(seen, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Refused):
                raise result
            done[key] = result
        return done

    async def list_queue(self, by: Actor, limit: int) -> tuple[list[ItemView], int]:
        """List what waits for the person's organs, the longest waiting first; count all."""
        organs = organs_of(by)
        async with self._messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            items = await store.list_queue(tx, organs, limit)
            count = await store.count_queue(tx, organs)
            return self._views(items, tx), count

    async def read_item(self, key: Id, by: Actor) -> ItemView:
        """Read an item the person dispatches; raises NotFound."""
        async with self._messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            item = require_visible((await store.read_items(tx, [key])).get(key), by)
            return self._views([item], tx)[0]

    async def _read_views(self, keys: Sequence[Id], by: Actor) -> list[ItemView]:
        async with self._messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            return self._views(list((await store.read_items(tx, keys)).values()), tx)

    async def find_items(self, keys: Sequence[Id], by: Actor) -> dict[Id, Item]:
        """Read those of the items that are in the person's row scope."""
        async with self._messaging.db.begin_as(row_scope_of(by, self._copy.snapshot)) as tx:
            return await store.read_items(tx, keys)

    async def read_trail(
        self, key: Id, by: Actor, limit: int
    ) -> tuple[Item, Sequence[OutboxEvent]]:
        """Read an item whose case the person may see, with its events; raises NotFound."""
        directory = self._copy.snapshot
        async with self._messaging.db.begin_as(row_scope_of(by, directory)) as tx:
            item = (await store.read_items(tx, [key])).get(key)
            return (require_visible_case(item, by, directory), await list_emitted(tx, key, limit))

    def _views(self, items: Sequence[Item], tx: Tx) -> list[ItemView]:
        table = RoutingTable(self._copy.snapshot, local_day(tx.now))
        return [ItemView(item, queue_line(item, table), table, tx.now) for item in items]


def _as_proposed(key: Id, seq: int, view: ItemView | None, by: Actor) -> Dispatch | Escalate:
    basis = Basis(topic=ROUTER_ASSIGNMENT.name, seq=seq) if seq else None
    if view is not None and goes_up(view):
        return Escalate(key, by, EscalateBody(basis=basis, reason=_proposed_reason(view)))
    return Dispatch(key, by, DispatchBody(basis=basis))
