"""What the directory's pages show: places with their holders, people, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.router.directory.console.labels import (
    KINDS,
    actor_name,
    address_of,
    division_address,
    field_words,
    held_words,
    mandate_words,
    name_of,
    period,
    place_name,
    values_of,
)
from services.router.directory.domain import role_holders
from services.router.directory.domain.model import Revision
from services.router.directory.domain.rights import AdminScope
from services.router.directory.domain.role_holders import Holding
from shared.contracts.router import DirectoryPerson, DirectoryStation, StandIn
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.ids import Id, to_text
from shared.text import Text, _
from shared.web import components as ui

STATES: Mapping[role_holders.State, Text] = {
    "now": _("现任"),
    "later": _("尚未开始"),
    "over": _("已结束"),
}


@dataclass(frozen=True, slots=True)
class ViewContext:
    """A reader's look at the directory on a day, with what waits at units and organs."""

    directory: Directory
    reader: AdminScope
    today: date
    tasks: Mapping[Id, int]
    duties: Mapping[Id, int]

    def sees(self, code: str) -> bool:
        """Tell whether the people of a division are shown to this reader."""
        return self.reader.may(self.directory, code)


@dataclass(frozen=True, slots=True)
class HolderLine:
    """One holder of a right, with who stands in for them now."""

    name: str
    href: str
    what: Text
    period: Text
    state: role_holders.State
    stand_ins: Sequence[ui.Link]


@dataclass(frozen=True, slots=True)
class PartLine:
    """One right of a person, or one standing in."""

    what: Text
    href: str
    period: Text
    state: Text


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit of a division."""

    name: str
    href: str
    heads: str
    clerks: str
    tasks: int
    ended: bool


@dataclass(frozen=True, slots=True)
class StationLine:
    """One station or sub-point."""

    name: str
    href: str
    code: str
    heads: str
    staff: int
    deputies: int
    marks: Sequence[ui.Mark]


@dataclass(frozen=True, slots=True)
class DeputyLine:
    """One deputy or street representative."""

    name: str
    href: str
    mandates: Sequence[Text]
    station: str
    is_leadership: bool
    liaison: ui.Link | None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change: of what, when, by whom, and each field before and after."""

    what: str
    href: str
    kind: Text
    seq: int
    at: datetime
    who: Text
    fields: Sequence[tuple[Text, Sequence[Text], Sequence[Text]]]


def person_link(key: Id, name: str) -> ui.Link:
    """Link a person's page."""
    return ui.Link(name, f"/router/directory/people/{to_text(key)}")


def holder_lines(sight: ViewContext, found: Sequence[Holding]) -> list[HolderLine]:
    """Show holders; those whose right is over are left out: the history knows them."""
    return [
        HolderLine(
            one.person.name,
            person_link(one.person_id, one.person.name).href,
            held_words(sight.directory, one.grant),
            period(one.grant),
            one.state,
            stand_ins(sight, one.person_id),
        )
        for one in found
        if one.state != "over"
    ]


def stand_ins(sight: ViewContext, key: Id) -> list[ui.Link]:
    """Link the people who stand in for somebody today."""
    return [
        person_link(one, person.name)
        for one, person, link in role_holders.standing_in(sight.directory, key)
        if role_holders.state_of(link, sight.today) == "now"
    ]


def unit_lines(sight: ViewContext, code: str) -> list[UnitLine]:
    """Show the units of a division, those that are no more last."""
    directory, lines, seen = sight.directory, [], sight.sees(code)
    for key, unit in directory.units_in(code):
        held = role_holders.of_unit(directory, key, sight.today) if seen else []
        lines.append(
            UnitLine(
                unit.short_name,
                address_of(directory, key),
                _names(held, "unit_head"),
                _names(held, "clerk"),
                sight.tasks.get(key, 0),
                has_ended(unit, sight.today),
            )
        )
    return sorted(lines, key=lambda line: line.ended)


def station_lines(
    sight: ViewContext, found: Sequence[tuple[Id, DirectoryStation]]
) -> list[StationLine]:
    """Show stations, main ones before their sub-points, those that are no more last."""
    directory, lines = sight.directory, []
    for key, station in sorted(found, key=lambda it: (it[1].parent_id is not None, it[1].code)):
        seen = sight.sees(station.division_code)
        held = role_holders.of_station(directory, key, sight.today) if seen else []
        staff = [one for one in held if one.grant.role == "station_staff" and one.state == "now"]
        lines.append(
            StationLine(
                station.name,
                address_of(directory, key),
                station.code,
                _names(held, "station_head"),
                len(staff),
                len(directory.people.by_station.get(key, ())),
                [ui.Mark(_("已撤销"))] if has_ended(station, sight.today) else [],
            )
        )
    return sorted(lines, key=lambda line: bool(line.marks))


def _names(held: Sequence[Holding], role: str) -> str:
    return "、".join(
        one.person.name for one in held if one.grant.role == role and one.state == "now"
    )


def deputy_lines(
    sight: ViewContext, found: Sequence[tuple[Id, DirectoryPerson]]
) -> list[DeputyLine]:
    """Show deputies with all their mandates, and who keeps in touch for a leadership deputy."""
    directory = sight.directory
    return [
        DeputyLine(
            person.name,
            person_link(key, person.name).href,
            mandates_of(directory, person),
            name_of(directory, person.station_id) if person.station_id else "",
            person.is_leadership,
            person_link(person.liaison_id, name_of(directory, person.liaison_id))
            if person.liaison_id
            else None,
        )
        for key, person in found
    ]


def mandates_of(directory: Directory, person: DirectoryPerson) -> list[Text]:
    """Say of which congresses a person is a deputy, and whether a street representative."""
    words: list[Text] = [mandate_words(directory, one) for one in person.mandates]
    return [*words, _("街道选民代表")] if person.is_street_rep else words


def change_lines(sight: ViewContext, found: Sequence[Revision]) -> list[ChangeLine]:
    """Show changes with each field before and after."""
    directory = sight.directory
    return [
        ChangeLine(
            str(getattr(one.entry, "name", "")),
            address_of(directory, one.key),
            KINDS.get(one.entry.type, one.entry.type),
            one.seq,
            one.at,
            actor_name(directory, one.actor),
            [
                (
                    field_words(it.field),
                    values_of(directory, it.field, it.before),
                    values_of(directory, it.field, it.after),
                )
                for it in one.changes
            ],
        )
        for one in found
    ]


def links_up(directory: Directory, code: str) -> list[ui.Crumb]:
    """Make the crumbs from the topmost division down to one."""
    above = reversed(directory.ancestors(code))
    return [ui.Crumb(one.name, division_address(one.division_code)) for one in above]


def grant_lines(sight: ViewContext, key: Id, person: DirectoryPerson) -> list[PartLine]:
    """Show all rights of a person, also those that are over."""
    directory = sight.directory
    return [
        PartLine(
            held_words(directory, one.grant),
            address_of(directory, one.grant.unit_id or one.grant.station_id or b"")
            or division_address(one.grant.division_code),
            period(one.grant),
            STATES[one.state],
        )
        for one in role_holders.holdings_of(key, person, sight.today)
    ]


def stand_in_lines(sight: ViewContext, key: Id, person: DirectoryPerson) -> list[PartLine]:
    """Show whom a person stands in for, and who stands in for them."""
    directory = sight.directory
    own: list[tuple[Text, Id, StandIn]] = [
        (held_words(directory, one), one.person_id, one) for one in person.stands_in_for
    ]
    others: list[tuple[Text, Id, StandIn]] = [
        (_("由%(name)s代理", name=who.name), one, link)
        for one, who, link in role_holders.standing_in(directory, key)
    ]
    return [
        PartLine(
            what,
            person_link(one, "").href,
            period(link),
            STATES[role_holders.state_of(link, sight.today)],
        )
        for what, one, link in (*own, *others)
    ]


def liaises_for(sight: ViewContext, key: Id) -> list[ui.Link]:
    """Link the leadership deputies a person keeps in touch for."""
    people = sight.directory.people
    return [person_link(one, it.name) for one, it in people.at(people.by_liaison, key)]


def child_lines(sight: ViewContext, code: str) -> list[tuple[ui.Link, Text]]:
    """Link the divisions below, those that went into others last."""
    found = []
    for one in sight.directory.children(code):
        ended = has_ended(one, sight.today)
        into = place_name(sight.directory, one.successor_code) if one.successor_code else ""
        words: Text = ""
        if ended:
            words = _("已并入%(place)s", place=into) if into else _("已撤销")
        found.append((ended, ui.Link(one.name, division_address(one.division_code)), words))
    return [(link, words) for _ended, link, words in sorted(found, key=lambda it: it[0])]
