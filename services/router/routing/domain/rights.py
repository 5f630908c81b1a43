"""Which items a person dispatches, and which they may see."""

from collections.abc import Iterable
from dataclasses import replace

from services.router.routing.domain.model import Item, TaskRow
from services.router.routing.domain.routing_table import RoutingTable
from shared.directory.rights import insight, insights_of, stood_in_for
from shared.directory.snapshot import Directory
from shared.errors import Conflict, NotFound
from shared.ids import Id, to_text
from shared.rights import Action, Holder, Relation, Resource, RowScope, held, may
from shared.text import _


def organs_of(by: Holder) -> list[Id]:
    """List the organs a person dispatches items for."""
    return [g.organ_id for g in held(by, Action.ASSIGNMENT_READ, Relation.ORGAN) if g.organ_id]


def row_scope_of(by: Holder, directory: Directory) -> RowScope:
    """Limit the rows a person may read to those of the items they may see."""
    above = held(by, Action.CASE_READ, Relation.SUBTREE)
    units = held(by, Action.CASE_READ, Relation.UNIT)
    organs = held(by, Action.CASE_READ, Relation.ORGAN)
    return RowScope(
        codes={
            "divisions": [one for g in above for one in directory.below(g.division_code)],
            "texts": insights_of(by, Action.CASE_READ, directory),
        },
        keys={
            "organs": [*organs_of(by), *(g.organ_id for g in organs if g.organ_id)],
            "units": [g.unit_id for g in units if g.unit_id],
        },
    )


def require_visible(item: Item | None, by: Holder) -> Item:
    """Return an item the person dispatches; raises NotFound, see `not_found`."""
    if item is None or item.row.organ_id not in organs_of(by):
        raise not_found()
    return item


def require_visible_case(item: Item | None, by: Holder, directory: Directory) -> Item:
    """Return an item whose case the person may see; raises NotFound, see `not_found`."""
    if item is None or not may(by, Action.CASE_READ, _place_of(item, directory)):
        raise not_found()
    return item


def may_read_texts(item: Item, by: Holder, directory: Directory) -> bool:
    """Whether a person may read what people wrote about an item, not only how far it is."""
    row = item.row
    place = replace(
        _place_of(item, directory), within=insight(row.division_code, row.level, directory)
    )
    return row.organ_id in organs_of(by) or may(by, Action.CASE_READ, place)


def _place_of(item: Item, directory: Directory) -> Resource:
    row = item.row
    return Resource(
        division=row.division_code,
        within=directory.within(row.division_code),
        units={task.unit_id for task in item.tasks},
        organ=row.organ_id,
    )


def not_found() -> NotFound:
    """Refuse in the same words whether an item does not exist or is another organ's."""
    return NotFound(
        "not_found",
        _("没有这件意见建议，或还没有到交办环节，或不由您所在的机构交办。"),
        _("刚提交的，请稍后再看；需要请联系负责交办的机构。"),
    )


def require_second_person(tasks: Iterable[TaskRow], person: Id, table: RoutingTable) -> None:
    """Refuse who sent one of these objections, or stands in for that person, as who decides it."""
    own = [*map(to_text, stood_in_for(table.directory, person, table.today))]
    if any(task.objected_by in own for task in tasks):
        raise Conflict(
            "second_person_needed",
            _("这件退办是您自己，或您代行职责的人提出的，不能由您决定。"),
            _("请由同一机构的另一位交办人员决定。"),
        )
