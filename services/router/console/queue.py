"""The queue as a dispatcher reads it: how urgent, what, to whom and why, how sure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from services.router.domain.items import Item
from services.router.domain.routing import RoutingTable
from services.router.domain.saying import limits_of
from services.router.domain.views import ProposalView, QueueLine, queue_line
from services.router.settings import RouterSettings
from shared.calendar import Limit, deadline, local_day
from shared.directory import Directory
from shared.ids import Id, from_text
from shared.web.light import Light, light
from shared.web.words import Sentence, Text, _

SURE: Mapping[str, tuple[int, Sentence]] = {
    "high": (3, _("高")),
    "medium": (2, _("中")),
    "low": (1, _("低")),
}
"""The bars and the word of a confidence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: an item that waits for a dispatch or for a decision on an objection."""

    light: Light
    late: bool
    line: QueueLine
    what: str
    place: str
    bars: int
    sure: Text
    tickable: bool

    @property
    def href(self) -> str:
        """The item's page."""
        return f"/router/items/{self.line.item_id}"

    @property
    def tick(self) -> str:
        """The item with what was seen of it, as the batch form sends it."""
        return f"{self.line.item_id}:{self.line.basis.seq if self.line.basis else 0}"


def row_of(item: Item, table: RoutingTable, settings: RouterSettings, now: datetime) -> Row:
    """Lay out one item; only a sure proposal of its own level can be ticked."""
    line = queue_line(item, table)
    today, calendar = local_day(now), table.directory.calendar
    days = settings.decide_objection_days if line.duty == "objection" else settings.dispatch_days
    due = deadline(line.since or now, Limit(n=days, kind="wd"), calendar)
    late = due.due_on < today
    left = calendar.working_days_between(today, due.due_on)
    bars, sure = SURE.get(line.confidence, (1, _("低")))
    return Row(
        light=light(min(left, -1) if late else left, provisional=due.provisional),
        late=late,
        line=line,
        what=line.title or line.body[:40] or line.number,
        place=_name(table.directory, line.division_code),
        bars=bars,
        sure=sure,
        tickable=_is_sure(line.proposal) and line.confidence == "high",
    )


def _is_sure(proposal: ProposalView | None) -> bool:
    return proposal is not None and proposal.at_level and proposal.rule_id != "zm41"


def _name(directory: Directory, code: str) -> str:
    found = directory.division(code)
    return found.name if found else code


@dataclass(frozen=True, slots=True)
class Planned:
    """One item of a preview: what, its last day to reply, who handles with."""

    unit: str
    what: str
    reply_by: date
    co: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would bind: per unit its items, and the days to sign and to object."""

    count: int
    units: Sequence[tuple[str, Sequence[Planned]]]
    sign_by: date
    object_by: date


def preview_of(
    rows: Sequence[Row], directory: Directory, settings: RouterSettings, now: datetime
) -> Preview:
    """Work out the dates that dispatching these rows now would set."""
    calendar = directory.calendar

    def ends(days: int) -> date:
        return deadline(now, Limit(n=days, kind="wd"), calendar).due_on

    def planned() -> Iterator[Planned]:
        for row in rows:
            if proposal := row.line.proposal:
                matter = directory.matter(row.line.matter_code or "")
                limits = {
                    one.clock: one.limit.n
                    for one in limits_of(matter, proposal.complexity, settings)
                }
                co = "、".join(unit.short_name for unit in proposal.co)
                yield Planned(proposal.lead.short_name, row.what, ends(limits["reply"]), co)

    found = sorted(planned(), key=lambda one: one.unit)
    units = [(unit, list(items)) for unit, items in groupby(found, key=lambda one: one.unit)]
    return Preview(len(found), units, ends(settings.sign_days), ends(settings.object_days))


def ticked(values: Sequence[str]) -> list[tuple[Id, int]]:
    """Read what was ticked; whatever is not of our making is left out."""
    found = []
    for value in values:
        key, _colon, seq = value.partition(":")
        try:
            found.append((from_text(key), int(seq)))
        except ValueError:
            continue
    return found
