"""The trail of an item with the router: who gave it to whom, what was decided, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from services.router import store
from services.router.directory.console.labels import level_words
from services.router.routing.domain.rights import row_scope_of
from shared.contracts.envelope import Event
from shared.contracts.router import (
    AssignmentRehomed,
    AssignmentText,
    ItemDispatched,
    ItemEscalated,
    ObjectionRefused,
)
from shared.db.pool import Database
from shared.directory import DirectoryCopy
from shared.features.trail import (
    MOST,
    Description,
    Names,
    TrailField,
    Trails,
    TrailSubject,
    both,
    lines_of,
    trail_routes,
    written,
)
from shared.ids import Id, to_text
from shared.messaging.outbox import list_emitted
from shared.rights import Action
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.labels import COMPLEXITIES

ACTS: Mapping[str, Sentence] = {
    ItemEscalated.type: _("上报上一级"),
    ItemDispatched.type: _("交办"),
    ObjectionRefused.type: _("不同意退办"),
    AssignmentRehomed.type: _("改由接续单位办理"),
    AssignmentText.type: _("写下的理由"),
}


@dataclass(frozen=True, slots=True)
class Describer:
    """Tells the events of one item; `units` names the unit of each task."""

    names: Names
    units: Mapping[Id, str]

    def __call__(self, event: Event) -> Description:
        """Put an event into words."""
        about = self.unit(event.task_id) if isinstance(event, ObjectionRefused) else ""
        return Description(ACTS[event.type], about, tuple(self._values(event)))

    def unit(self, task_id: Id) -> str:
        """Name the unit of a task."""
        return self.units.get(task_id, to_text(task_id)[:8])

    def _values(self, event: Event) -> Iterator[TrailField]:
        match event:
            case ItemEscalated():
                levels = (event.to_level, event.from_level)
                now, before = (level_words(self.names.directory, one) for one in levels)
                yield TrailField(_("由谁交办"), now, "level", was=before)
                yield TrailField(_("交办机构"), self.names.place(event.organ_id), "organ")
            case ItemDispatched():
                yield from self._dispatched(event)
            case AssignmentRehomed():
                now_at, was_at = map(self.names.place, (event.to_unit, event.from_unit))
                yield TrailField(_("承办单位"), now_at, was=was_at)
            case AssignmentText():
                for n, one in enumerate(event.reasons):
                    yield TrailField(_("理由"), both(one.zh, one.en), ("reason", n))
                    if one.note:
                        yield TrailField(_("说明"), written(one.note), ("note", n))
            case ObjectionRefused():
                return
            case _:
                raise TypeError(f"not of an item: {event!r}")

    def _dispatched(self, event: ItemDispatched) -> Iterator[TrailField]:
        """Tell whose it is now; of an open item only one unit may have been replaced."""
        named = [(task.role == "co", self.names.place(task.unit_id)) for task in event.tasks]
        others = "、".join(unit for is_co, unit in named if not is_co)
        co = "、".join(unit for is_co, unit in named if is_co)
        if event.replaces is not None:
            yield TrailField(_("承办单位"), others or co, was=self.unit(event.replaces))
        else:
            yield TrailField(_("主办单位"), others, "lead")
            yield TrailField(_("会办单位"), co or None, "co")
        yield TrailField(_("事项"), self.names.matter(event.matter_code), "matter")
        yield TrailField(_("难易"), COMPLEXITIES[event.complexity], "complexity")
        yield TrailField(_("第几次交办"), event.dispatch_no, "dispatch_no")
        if event.automatic:
            yield TrailField(_("怎样交办"), _("系统按规则自动交办，没有人确认"))


class ItemTrail:
    """Reads the trail of an item for whoever may see its case."""

    def __init__(self, db: Database, copy: DirectoryCopy) -> None:
        self._db, self._copy = db, copy

    async def __call__(self, by: Actor, key: Id) -> TrailSubject:
        """Read it; raises NotFound in the words of what is not there."""
        directory = self._copy.snapshot
        async with self._db.begin_as(row_scope_of(by, directory)) as tx:
            item = await store.see_trail(tx, key, by, directory)
            said = await list_emitted(tx, key, MOST)
        names, item_id = Names(directory), to_text(key)
        units = {task.task_id: names.place(task.unit_id) for task in item.tasks}
        code = item.row.number or item_id[:8]
        return TrailSubject(
            name=_("交办记录"),
            href=f"/router/items/{item_id}/trail",
            entry="/tracker/cases",
            crumbs=(
                ui.Crumb(_("办件"), "/tracker/cases"),
                ui.Crumb(code, f"/tracker/items/{item_id}"),
                ui.Crumb(_("交办记录")),
            ),
            code=code,
            division=item.row.division_code,
            lines=lines_of(said, Describer(names, units), names),
        )


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the addresses of trails."""
    trails = Trails(console, copy, db, ItemTrail(db, copy))
    return trail_routes(trails, officer, "/items/{key}", Action.CASE_READ)
