"""Gives items out, by the proposal or as a person says, and sends them up."""

from collections.abc import Sequence

from services.router.routing.domain.commands import (
    Decision,
    DecisionContext,
    Dispatch,
    Escalate,
    check_turn,
)
from services.router.routing.domain.events import (
    Giving,
    Said,
    Words,
    climb,
    complexity_of,
    give,
    with_text,
)
from services.router.routing.domain.model import Item
from services.router.routing.domain.routing_table import UNSURE, Route, RoutingTable, rank
from shared.contracts.codes import Level, TaskRole
from shared.contracts.envelope import Event
from shared.contracts.router import DirectoryMatter, DirectoryUnit
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.errors import Conflict, Invalid
from shared.ids import Id
from shared.text import _


def automatic(item: Item, context: DecisionContext) -> Said:
    """Climb and dispatch without a person where the matter, or the development switch, says so."""
    row = item.row
    if not (row.held and row.dispatch_no == 0 and row.owner and row.confidence):
        return item, []
    matter = context.table.directory.matter(row.matter_code)
    sure = matter is not None and matter.auto_dispatch and row.confidence == "high"
    if not (sure or context.settings.auto_dispatch):
        return item, []
    route = context.table.propose(row.division_code, matter)
    if route.reason in UNSURE and not context.settings.auto_dispatch:
        return item, []
    emitted: list[Event] = []
    while item.row.level and rank(item.row.level) < rank(route.level):
        item, more = climb(item, "authority", Words(route.zh, route.en), "router", context)
        emitted += more
    units: list[tuple[Id, TaskRole]] = [(route.lead, "lead"), *((co, "co") for co in route.co)]
    giving = Giving(
        units, matter, complexity_of(matter, row.complexity), route.reason, route.rule_id,
        Words(route.zh, route.en), "router",
    )  # fmt: skip
    item, more = give(item, giving, context, automatic=True)
    return with_text(item, [*emitted, *more], context)


def dispatch(item: Item, act: Dispatch, context: DecisionContext) -> Said:
    """Give the item out as a person says; what they leave out comes from the proposal."""
    check_turn(item, act)
    _check_held(item)
    directory = context.table.directory
    matter = _matter(directory, act.matter_code or item.row.matter_code)
    route = context.table.propose(item.row.division_code, matter)
    units = _chosen(act) or _proposed(item, route, matter)
    check_units(item, units, context.table)
    as_proposed = units[0] == (route.lead, "lead")
    giving = Giving(
        units,
        matter,
        act.complexity or complexity_of(matter, item.row.complexity),
        route.reason if as_proposed else "person",
        route.rule_id if as_proposed else "person",
        confirmed(act, act.note, route if as_proposed else None),
        act.actor,
        act.basis,
    )
    item, emitted = give(item, giving, context)
    return with_text(item, emitted, context)


def escalate(item: Item, act: Escalate, context: DecisionContext) -> Said:
    """Send the item exactly one level up; county to city counts in C5."""
    check_turn(item, act)
    _check_held(item)
    words = confirmed(act, act.reason, None)
    item, emitted = climb(item, "person", words, act.actor, context, act.to_level)
    return with_text(item, emitted, context)


def _check_held(item: Item) -> None:
    if not item.row.held:
        raise Conflict(
            "already_dispatched",
            _("这件已经交办，正在办理。"),
            _("要改派，请先收回或等单位退办。"),
        )


def _chosen(act: Dispatch) -> list[tuple[Id, TaskRole]]:
    """List the units a person named: one lead with others, or several separate ones."""
    if not act.lead and not act.separate and not act.co:
        return []
    if act.separate and (act.lead or act.co or len(act.separate) < 2):
        raise Invalid(
            "lead_or_separate",
            _("要么一个主办加会办，要么两个以上分办。"),
            _("请改正单位的分工。"),
        )
    if not act.separate and not act.lead:
        raise Invalid(
            "lead_missing",
            _("只有会办，没有主办单位。"),
            _("请指定主办单位。"),
        )
    chosen: list[tuple[Id, TaskRole]] = [(unit, "separate") for unit in act.separate]
    chosen += [(act.lead, "lead")] if act.lead else []
    chosen += [(unit, "co") for unit in act.co]
    if len({unit for unit, _ in chosen}) < len(chosen):
        raise unit_twice()
    return chosen


def unit_twice() -> Invalid:
    """Refuse a unit that would be on the item twice."""
    return Invalid(
        "unit_twice",
        _("同一单位在这件事上出现两次。"),
        _("每个单位只能写一次。"),
    )


def _proposed(
    item: Item, route: Route, matter: DirectoryMatter | None
) -> list[tuple[Id, TaskRole]]:
    """List the units of the proposal, which a person confirms by naming none."""
    if matter is None:
        raise Conflict(
            "no_proposal",
            _("系统没有把握，没有可以照办的建议。"),
            _("请您指定承办单位。"),
        )
    if rank(item.row.level) > rank(route.level):
        raise Conflict(
            "no_proposal",
            _("这件已经上报到本级，原来的建议不再适用。"),
            _("请您指定承办单位。"),
        )
    if route.level != item.row.level:
        raise Conflict(
            "above_level",
            _("这件属上级事权，本级不能交办。"),
            _("请先逐级上报，或指定本级的单位。"),
        )
    return [(route.lead, "lead"), *((unit, "co") for unit in route.co)]


def check_units(item: Item, units: Sequence[tuple[Id, TaskRole]], table: RoutingTable) -> None:
    """Refuse a unit that is no more, or that the owner organ may not give items to."""
    directory = table.directory
    owner = directory.organ_by_id(item.row.organ_id) if item.row.organ_id else None
    for key, _role in units:
        unit = directory.unit(key)
        if unit is None or owner is None:
            raise Invalid(
                "unknown_unit",
                _("没有这个单位。"),
                _("请从名录里选择单位。"),
            )
        if has_ended(unit, table.today):
            heir = directory.unit(unit.successor_id) if unit.successor_id else None
            raise Conflict(
                "unit_ended",
                _("%(unit)s已经撤并。", unit=unit.name),
                _("请交办给%(unit)s。", unit=heir.name) if heir else _("请选择别的单位。"),
            )
        if not _within(owner.division_code, owner.level, unit, directory):
            raise Conflict(
                "above_level",
                _("%(unit)s不归本级交办。", unit=unit.name),
                _("请先逐级上报。"),
            )


def _within(division: str, level: Level, unit: DirectoryUnit, directory: Directory) -> bool:
    """Tell whether an organ may give items to a unit: below it, or outside by the city alone."""
    if unit.external:
        return level == "city"
    return directory.covers(division, unit.division_code)


def confirmed(act: Decision, note: str, route: Route | None) -> Words:
    """Word a decision: the proposal's reason if it was followed, with the person's note."""
    if route is not None:
        return Words(route.zh, route.en, note, act.person)
    return Words("由交办人员决定。", "Decided by the dispatcher.", note, act.person)


def _matter(directory: Directory, code: str) -> DirectoryMatter | None:
    if not code:
        return None
    matter = directory.matter(code)
    if matter is None:
        raise Invalid(
            "unknown_matter",
            _("没有这个事项：%(code)s。", code=code),
            _("请从事项表里选择。"),
        )
    return matter
