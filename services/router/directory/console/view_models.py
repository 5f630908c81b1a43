"""View models of the directory's pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.router.directory.console import labels
from services.router.directory.domain import role_holders
from services.router.directory.domain.model import Revision
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.role_holders import Empty, Holding, Unmanned, Vacancies
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryPerson,
    DirectoryStation,
    Grant,
    StandIn,
)
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.features.table_import.report import ChangedField
from shared.ids import Id
from shared.text import Text, _, listed
from shared.web import components as ui

STATES: Mapping[role_holders.State, Text] = {
    "now": _("现任"),
    "later": _("尚未开始"),
    "over": _("已结束"),
}


@dataclass(frozen=True, slots=True)
class ViewContext:
    """The directory on a day for one reader, with the counts of open tasks and duties."""

    directory: Directory
    reader: AdminScope
    today: date
    tasks: Mapping[Id, int]
    duties: Mapping[Id, int]

    def sees(self, code: str) -> bool:
        return self.reader.may(self.directory, code)

    def offers(self, one: DirectoryDivision | DirectoryStation) -> bool:
        """Whether a form may offer it: it is not ended, and in the reader's area."""
        return one.valid_to is None and self.sees(one.division_code)


@dataclass(frozen=True, slots=True)
class HolderLine:
    name: str
    href: str
    what: Text
    period: Text
    state: role_holders.State
    stand_ins: Sequence[ui.Link]


@dataclass(frozen=True, slots=True)
class PartLine:
    what: Text
    href: str
    period: Text
    state: Text


@dataclass(frozen=True, slots=True)
class OrganLine:
    name: str
    href: str
    kind: Text
    liaisons: Text
    ended: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    name: str
    href: str
    heads: Text
    clerks: Text
    tasks: int
    ended: bool


@dataclass(frozen=True, slots=True)
class StationLine:
    name: str
    href: str
    code: str
    heads: Text
    staff: int
    deputies: int
    marks: Sequence[ui.Mark]


@dataclass(frozen=True, slots=True)
class DeputyLine:
    name: str
    href: str
    mandates: Sequence[Text]
    station: str
    is_leadership: bool
    liaison: ui.Link | None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of an entry; `what` and `href` name the entry."""

    what: str
    href: str
    kind: Text
    seq: int
    at: datetime
    who: Text
    fields: Sequence[ChangedField]


@dataclass(frozen=True, slots=True)
class VacancyLine:
    name: str
    href: str
    place: Text
    waiting: int = 0
    missing: Text = ""


@dataclass(frozen=True, slots=True)
class FoundLine:
    name: str
    href: str
    kind: Text
    code: str
    place: Text


def holder_lines(view: ViewContext, found: Sequence[Holding]) -> list[HolderLine]:
    """Show current and future holders; past ones are in the history."""
    return [
        HolderLine(
            one.person.name,
            labels.person_link(one.person_id, one.person.name).href,
            labels.held_words(view.directory, one.grant),
            labels.period(one.grant),
            one.state,
            stand_ins(view, one.person_id),
        )
        for one in found
        if one.state != "over"
    ]


def stand_ins(view: ViewContext, key: Id) -> list[ui.Link]:
    return [
        labels.person_link(one, person.name)
        for one, person, link in role_holders.standing_in(view.directory, key)
        if role_holders.state_of(link, view.today) == "now"
    ]


def organ_lines(view: ViewContext, code: str) -> list[OrganLine]:
    """Show the organs of a division with their liaisons, ended ones last."""
    lines, seen = [], view.sees(code)
    for key, organ in view.directory.organs_in(code):
        held = role_holders.of_organ(view.directory, key, view.today) if seen else []
        lines.append(
            OrganLine(
                organ.name,
                labels.address_of(view.directory, key),
                labels.ORGANS[organ.kind],
                _names(held, "liaison"),
                has_ended(organ, view.today),
            )
        )
    return sorted(lines, key=lambda line: line.ended)


def unit_lines(view: ViewContext, code: str) -> list[UnitLine]:
    """Show the units of a division, ended ones last."""
    directory, lines, seen = view.directory, [], view.sees(code)
    for key, unit in directory.units_in(code):
        held = role_holders.of_unit(directory, key, view.today) if seen else []
        lines.append(
            UnitLine(
                unit.short_name,
                labels.address_of(directory, key),
                _names(held, "unit_head"),
                _names(held, "clerk"),
                view.tasks.get(key, 0),
                has_ended(unit, view.today),
            )
        )
    return sorted(lines, key=lambda line: line.ended)


def station_lines(
    view: ViewContext, found: Sequence[tuple[Id, DirectoryStation]]
) -> list[StationLine]:
    """Show stations, main ones before their sub-points, closed ones last."""
    directory, lines = view.directory, []
    for key, station in sorted(found, key=lambda it: (it[1].parent_id is not None, it[1].code)):
        seen = view.sees(station.division_code)
        held = role_holders.of_station(directory, key, view.today) if seen else []
        staff = [one for one in held if one.grant.role == "station_staff" and one.state == "now"]
        lines.append(
            StationLine(
                station.name,
                labels.address_of(directory, key),
                station.code,
                _names(held, "station_head"),
                len(staff),
                len(directory.people.by_station.get(key, ())),
                [ui.Mark(_("已撤销"))] if has_ended(station, view.today) else [],
            )
        )
    return sorted(lines, key=lambda line: bool(line.marks))


def _names(held: Sequence[Holding], role: str) -> Text:
    now = [one.person.name for one in held if one.grant.role == role and one.state == "now"]
    return listed(now) if now else ""


def deputy_lines(
    view: ViewContext, found: Sequence[tuple[Id, DirectoryPerson]]
) -> list[DeputyLine]:
    directory = view.directory
    return [
        DeputyLine(
            person.name,
            labels.person_link(key, person.name).href,
            labels.mandates_of(directory, person),
            labels.name_of(directory, person.station_id) if person.station_id else "",
            person.is_leadership,
            labels.person_link(person.liaison_id, labels.name_of(directory, person.liaison_id))
            if person.liaison_id
            else None,
        )
        for key, person in found
    ]


def change_lines(view: ViewContext, found: Sequence[Revision]) -> list[ChangeLine]:
    directory = view.directory
    return [
        ChangeLine(
            str(getattr(one.entry, "name", "")),
            labels.address_of(directory, one.key),
            labels.KINDS.get(one.entry.type, one.entry.type),
            one.seq,
            one.at,
            labels.actor_name(directory, one.actor),
            labels.changed_fields(one.changes, directory, directory),
        )
        for one in found
    ]


def grant_lines(view: ViewContext, key: Id, person: DirectoryPerson) -> list[PartLine]:
    directory = view.directory
    return [
        PartLine(
            labels.held_words(directory, one.grant),
            labels.address_of(directory, _office_of(directory, one.grant))
            or labels.division_address(one.grant.division_code),
            labels.period(one.grant),
            STATES[one.state],
        )
        for one in role_holders.holdings_of(key, person, view.today)
    ]


def _office_of(directory: Directory, grant: Grant) -> Id:
    """The unit, station or organ of a right; empty where its place is the division."""
    organ = grant.organ_id if labels.organ_of(directory, grant) else None
    return grant.unit_id or grant.station_id or organ or b""


def stand_in_lines(view: ViewContext, key: Id, person: DirectoryPerson) -> list[PartLine]:
    directory = view.directory
    own: list[tuple[Text, Id, StandIn]] = [
        (labels.held_words(directory, one), one.person_id, one) for one in person.stands_in_for
    ]
    others: list[tuple[Text, Id, StandIn]] = [
        (_("由%(name)s代理", name=who.name), one, link)
        for one, who, link in role_holders.standing_in(directory, key)
    ]
    return [
        PartLine(
            what,
            labels.person_link(one, "").href,
            labels.period(link),
            STATES[role_holders.state_of(link, view.today)],
        )
        for what, one, link in (*own, *others)
    ]


def liaises_for(view: ViewContext, key: Id) -> list[ui.Link]:
    people = view.directory.people
    return [labels.person_link(one, it.name) for one, it in people.at(people.by_liaison, key)]


def child_lines(view: ViewContext, code: str) -> list[tuple[ui.Link, Text]]:
    """Link the divisions below, ended ones last."""
    found = []
    for one in view.directory.children(code):
        ended = has_ended(one, view.today)
        into = labels.place_name(view.directory, one.successor_code) if one.successor_code else ""
        words: Text = ""
        if ended:
            words = _("已并入%(place)s", place=into) if into else _("已撤销")
        found.append((ended, ui.Link(one.name, labels.division_address(one.division_code)), words))
    return [(link, words) for _ended, link, words in sorted(found, key=lambda it: it[0])]


def division_facts(
    view: ViewContext, division: DirectoryDivision, organ: Id | None
) -> list[ui.Fact]:
    into = division.successor_code
    return [
        ui.Fact(
            _("级别"),
            labels.level_words(view.directory, division.level),
            note=division.division_code,
        ),
        ui.Fact(
            _("交办机构"),
            labels.name_of(view.directory, organ) if organ else _("没有"),
            quiet=organ is None,
        ),
        ui.Fact(_("等交办机构决定"), f"{view.duties.get(organ, 0):,}" if organ else "–"),
        labels.end_fact(
            division,
            labels.place_name(view.directory, into) if into else "",
            ended=has_ended(division, view.today),
        ),
    ]


def person_facts(view: ViewContext, person: DirectoryPerson) -> list[ui.Fact]:
    directory = view.directory
    running = [one for one in person.grants if role_holders.state_of(one, view.today) == "now"]
    units = {one.unit_id for one in running if one.unit_id}
    organs = {one.organ_id for one in running if one.organ_id and one.role == "dispatcher"}
    tasks = sum(view.tasks.get(unit, 0) for unit in units)
    duties = sum(view.duties.get(organ, 0) for organ in organs)
    station = labels.name_of(directory, person.station_id) if person.station_id else ""
    return [
        ui.Fact(
            _("地方"), labels.place_name(directory, person.division_code), note=person.code or ""
        ),
        ui.Fact(_("所在单位在办"), f"{tasks:,}" if units else "–"),
        ui.Fact(_("等交办机构决定"), f"{duties:,}" if organs else "–"),
        ui.Fact(_("联络站"), station or _("没有"), quiet=not station),
    ]


def vacancy_facts(found: Vacancies) -> list[ui.Fact]:
    tasks = sum(one.waiting for one in found.units)
    duties = sum(one.waiting for one in found.organs)
    supervised = sum(one.waiting for one in found.leaders)
    return [
        ui.Fact(_("缺人的单位在办的事"), f"{tasks:,}", quiet=not tasks),
        ui.Fact(_("无人交办的事"), f"{duties:,}", quiet=not duties),
        ui.Fact(_("无人督办的事"), f"{supervised:,}", quiet=not supervised),
        ui.Fact(_("缺人的联络站"), f"{len(found.stations):,}", quiet=not found.stations),
        ui.Fact(_("没有联络站的代表"), f"{len(found.deputies):,}", quiet=not found.deputies),
    ]


def empty_line(directory: Directory, one: Empty) -> VacancyLine:
    entry = directory.unit(one.key) or directory.organ_by_id(one.key) or directory.person(one.key)
    place = labels.place_name(directory, entry.division_code) if entry else ""
    name, href = labels.name_of(directory, one.key), labels.address_of(directory, one.key)
    lacks = listed(labels.ROLES[role] for role in one.missing) if one.missing else ""
    return VacancyLine(name, href, place, one.waiting, lacks)


def unmanned_line(directory: Directory, one: Unmanned) -> VacancyLine:
    return VacancyLine(
        one.station.name,
        labels.address_of(directory, one.key),
        labels.place_name(directory, one.station.division_code),
        missing=listed(labels.ROLES[role] for role in one.missing),
    )


def unattached_line(directory: Directory, key: Id, person: DirectoryPerson) -> VacancyLine:
    place = labels.place_name(directory, person.division_code)
    return VacancyLine(person.name, labels.address_of(directory, key), place)
