"""The trail of an item in the router: who dispatched it to whom, what was decided, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from services.router.directory.console.labels import level_words
from services.router.routing.actions import RoutingActions
from services.router.routing.domain.rights import may_read_texts
from shared.contracts import router as events
from shared.contracts.envelope import Event
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.directory.succession import near
from shared.features.trail import (
    MAX_ROWS,
    Description,
    Names,
    TrailField,
    Trails,
    TrailSubject,
    both,
    lines_of,
    trail_routes,
    without_texts,
    written,
)
from shared.ids import TAIL, Id, to_text
from shared.rights import Action
from shared.text import Sentence, Text, _, listed
from shared.web import components as ui
from shared.web import links
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.labels import COMPLEXITIES, WITHHELD

TITLES: Mapping[str, Sentence] = {
    events.ItemMatched.type: _("系统建议"),
    events.ItemEscalated.type: _("上报上一级"),
    events.ItemDispatched.type: _("交办"),
    events.ObjectionRefused.type: _("不同意退办"),
    events.AssignmentRehomed.type: _("改由接续单位办理"),
    events.AssignmentText.type: _("写下的理由"),
}


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes the events of one item; `units` has the unit of each task."""

    names: Names
    units: Mapping[Id, Id]

    def __call__(self, event: Event) -> Description:
        about = (
            self.unit(event.task_id, event) if isinstance(event, events.ObjectionRefused) else ""
        )
        return Description(TITLES[event.type], about, tuple(self._values(event)))

    def unit(self, task_id: Id, event: Event) -> Text:
        """Name the unit of a task as it was called at an event."""
        return self.names.place(self.units.get(task_id, task_id), event.occurred_at)

    def _values(self, event: Event) -> Iterator[TrailField]:
        match event:
            case events.ItemMatched():
                yield from self._matched(event)
            case events.ItemEscalated():
                levels = (event.to_level, event.from_level)
                now, before = (level_words(self.names.directory, one) for one in levels)
                yield TrailField(_("由谁交办"), now, "level", was=before)
                yield TrailField(
                    _("交办机构"), self.names.place(event.organ_id, event.occurred_at), "organ"
                )
            case events.ItemDispatched():
                yield from self._dispatched(event)
            case events.AssignmentRehomed():
                moved = (event.to_unit, event.from_unit)
                now_at, was_at = (self.names.place(one, event.occurred_at) for one in moved)
                yield TrailField(_("承办单位"), now_at, was=was_at)
            case events.AssignmentText():
                yield from _reasons(event)
            case events.ObjectionRefused():
                return
            case _:
                raise TypeError(f"not of an item: {event!r}")

    def _matched(self, event: events.ItemMatched) -> Iterator[TrailField]:
        matter = self.names.matter(event.matter_code) if event.matter_code else None
        level = level_words(self.names.directory, event.level) if event.level else None
        yield TrailField(_("建议事项"), matter, "matched")
        yield TrailField(_("建议级别"), level, "matched_level")

    def _dispatched(self, event: events.ItemDispatched) -> Iterator[TrailField]:
        """Name the units; in an open item it may be one that replaces another."""
        at = event.occurred_at
        named = [(task.role == "co", self.names.place(task.unit_id, at)) for task in event.tasks]
        others = [unit for is_co, unit in named if not is_co]
        co = [unit for is_co, unit in named if is_co]
        if event.replaces is not None:
            yield TrailField(
                _("承办单位"), listed(others or co), was=self.unit(event.replaces, event)
            )
        else:
            yield TrailField(_("主办单位"), listed(others), "lead")
            yield TrailField(_("会办单位"), listed(co) if co else None, "co")
        yield TrailField(_("事项"), self.names.matter(event.matter_code), "matter")
        yield TrailField(_("难易"), COMPLEXITIES[event.complexity], "complexity")
        yield TrailField(_("第几次交办"), event.dispatch_no, "dispatch_no")
        if event.automatic:
            yield TrailField(_("怎样交办"), _("系统按规则自动交办，没有人确认"))


def _reasons(event: events.AssignmentText) -> Iterator[TrailField]:
    for n, one in enumerate(event.reasons):
        yield TrailField(_("理由"), both(one.zh, one.en), ("reason", n))
        if one.note:
            yield TrailField(_("说明"), written(one.note), ("note", n))


class ItemTrail:
    def __init__(self, actions: RoutingActions, copy: DirectoryCopy) -> None:
        self._actions, self._copy = actions, copy

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Raises NotFound unless the person may see the item's case."""
        item, emitted = await self._actions.read_trail(key, by, MAX_ROWS)
        directory = self._copy.snapshot
        is_withheld = not may_read_texts(item, by, directory)
        if is_withheld:
            emitted = without_texts(emitted)
        names, item_id = Names(directory, near(directory, by.grants)), to_text(key)
        units = {task.task_id: task.unit_id for task in item.tasks}
        code = item.row.number or item_id[TAIL]
        return TrailSubject(
            name=_("交办记录"),
            href=f"/router/items/{item_id}/trail",
            entry=links.CASES,
            crumbs=(
                ui.Crumb(_("办件"), links.CASES),
                ui.Crumb(code, links.case_page(key)),
                ui.Crumb(_("交办记录")),
            ),
            code=code,
            division=item.row.division_code,
            lines=lines_of(emitted, Describer(names, units), names),
            note=WITHHELD if is_withheld else "",
        )


def routes(
    db: Database,
    actions: RoutingActions,
    copy: DirectoryCopy,
    console: Console,
    officer: CurrentActor,
) -> APIRouter:
    trails = Trails(console, copy, db, ItemTrail(actions, copy))
    return trail_routes(trails, officer, "/items/{key}", Action.CASE_READ)
