"""Grants of a person on a day: their own, those they stand in for, and merged places."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.codes import Role
from shared.contracts.dates import FIRST_DAY
from shared.contracts.router import DirectoryPerson, Grant, StandIn
from shared.directory.people import seats_of
from shared.directory.snapshot import Directory, holds
from shared.directory.succession import gone_into
from shared.errors import Invalid
from shared.ids import Id, from_text, named_id, to_text
from shared.rights import Action, Holder, Relation, Resource, held, may, require_door
from shared.rights.table import RIGHTS
from shared.text import _

COMMAND = "command"
"""The actor of acts on the command line."""


def grants_of(directory: Directory, person_id: Id, today: date) -> tuple[Grant, ...]:
    """List the grants a person acts by: own ones first, then those of whom they stand in for.

    Standing in is a chain: who stands in for B, who stands in for A, has A's grants too. A right in
    a division covers those merged into that division. Deputies have their role by their mandates;
    a street's representatives, who have no congress of their own, have it in their street.
    """
    found: dict[Grant, None] = {}
    for person in _chain(directory, person_id, today).values():
        for grant in person.grants if person else ():
            if holds(grant, today):
                found[grant] = None
                found |= dict.fromkeys(_of_merged(directory, grant, today))
        if person:
            found |= {_as_deputy(code, person.station_id): None for code in seats_of(person)}
    return tuple(found)


def _as_deputy(division_code: str, station_id: Id | None) -> Grant:
    return Grant(
        role="deputy",
        division_code=division_code,
        station_id=station_id,
        valid_from=FIRST_DAY,
    )


def stood_in_for(
    directory: Directory, person_id: Id, today: date, *, later: bool = False
) -> Sequence[Id]:
    """List a person and all for whom they stand in that day, or later too, nearest first."""
    return list(_chain(directory, person_id, today, later=later))


def leads_as(directory: Directory, person_id: Id, today: date) -> Mapping[str, Collection[str]]:
    """Give under whose references a person leads supervisions, and in which divisions each.

    A supervision is led as long as its leader is in office where its case is.
    """
    found: dict[str, Collection[str]] = {}
    for one in stood_in_for(directory, person_id, today):
        grants = grants_of(directory, one, today)
        leading = [it.division_code for it in grants if Relation.SUPERVISED in RIGHTS[it.role]]
        if leading:
            found[to_text(one)] = {code for above in leading for code in directory.below(above)}
    return found


def would_circle(directory: Directory, person_id: Id, other_id: Id, today: date) -> bool:
    """Tell whether a person standing in for another would come back to themselves."""
    return person_id in _chain(directory, other_id, today, later=True)


def _chain(
    directory: Directory, person_id: Id, today: date, *, later: bool = False
) -> dict[Id, DirectoryPerson | None]:
    """Walk the chain; with `later` also along what is to begin."""
    found: dict[Id, DirectoryPerson | None] = {}
    waiting = [person_id]
    while waiting:
        at = waiting.pop(0)
        if at not in found:
            person = found[at] = directory.person(at)
            links = person.stands_in_for if person else ()
            waiting += [one.person_id for one in links if _runs(one, today, later=later)]
    return found


def _runs(one: StandIn, today: date, *, later: bool) -> bool:
    began = later or one.valid_from <= today
    return began and (one.valid_to is None or today <= one.valid_to)


def _of_merged(directory: Directory, grant: Grant, today: date) -> Iterator[Grant]:
    """Repeat a grant of a division for each one merged into it or into one below it."""
    if grant.unit_id or grant.station_id or not directory.ending_divisions:
        return
    for code, heir in gone_into(directory, grant.division_code, today):
        inherits = grant.organ_id is not None and heir == grant.division_code
        organ = directory.organ(code) if inherits else None
        place = {"division_code": code, "organ_id": organ[0] if organ else grant.organ_id}
        yield grant.model_copy(update=place)


def are_independent(directory: Directory, one: str, other: str, since: datetime) -> bool:
    """Whether two people, by their codes, can be the two pairs of eyes of an act.

    Not if one of them, or the same administrator, opened or reset both accounts since then, itself
    or through others whose accounts it opened or reset.
    """
    return _hands(directory, one, since).isdisjoint(_hands(directory, other, since))


def _hands(directory: Directory, code: str, since: datetime) -> set[str]:
    """List who may have signed in as a person since an instant: also who set their password."""
    hands, waiting = set[str](), [code]
    while waiting:
        code = waiting.pop()
        if code in {COMMAND, *hands}:
            continue
        hands.add(code)
        key = from_text(code)
        acts = directory.credentials_act(key), directory.second_factor_act(key)
        waiting += [act.actor for act in acts if act and act.acted_at >= since]
    return hands


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person named by their code in the directory, with the grants in force today."""

    code: str
    leads_as: Mapping[str, Collection[str]]
    grants: Sequence[Grant]


def holder(directory: Directory, key: Id, today: date) -> NamedPerson:
    """Return a person with what they may do that day; nobody who is unknown may do anything."""
    leads = leads_as(directory, key, today)
    return NamedPerson(to_text(key), leads, grants_of(directory, key, today))


def person_who_may(directory: Directory, code: str, action: Action, today: date) -> NamedPerson:
    """Return the person with this code; raises Invalid if unknown, Forbidden if never theirs."""
    key = named_id("person", code.strip())
    if directory.person(key) is None:
        raise Invalid(
            "no_person",
            _("名录里没有代码为%(code)s的人员。", code=code),
            _("请填名录里有此职责的人员的代码。"),
        )
    by = holder(directory, key, today)
    require_door(by, [action])
    return by


Holders = Mapping[tuple[Role, Id], Sequence[Id]]


def holders(directory: Directory, today: date) -> Holders:
    """List by role and organ, unit or station the people who may act there that day."""
    if today in directory.holders_on:
        return directory.holders_on[today]
    found: dict[tuple[Role, Id], list[Id]] = {}
    for person_id in directory.officers:
        for grant in grants_of(directory, person_id, today):
            if place := grant.organ_id or grant.unit_id or grant.station_id:
                found.setdefault((grant.role, place), []).append(person_id)
    directory.holders_on[today] = found
    return found


_OWNED: Mapping[str, frozenset[str]] = {
    "city": frozenset({"city", "province"}),
    "province": frozenset({"province"}),
}
"""From these levels only items that came up to them are looked into; others are de-identified."""


def insight(division: str, owner_level: str, directory: Directory) -> frozenset[str]:
    """The divisions above an item whose officers look into it, not only at how far it is."""
    return frozenset(
        one.division_code
        for one in directory.ancestors(division)
        if one.level not in _OWNED or owner_level in _OWNED[one.level]
    )


def insights_of(by: Holder, action: Action, directory: Directory) -> list[str]:
    """`insight` as row security reads it: `division`, or `division level` of what came up."""
    found = dict[str, None]()
    for grant in held(by, action, Relation.SUBTREE):
        above = directory.division(grant.division_code)
        if above is None:
            continue
        for code in directory.below(above.division_code):
            levels = _OWNED.get(above.level, frozenset({""}))
            found.update(dict.fromkeys(f"{code} {one}".strip() for one in levels))
    return list(found)


@dataclass(frozen=True, slots=True)
class Source:
    """Places that decide who may see the source of an item.

    `stations` are its station and the main station above, `owner_level` is the level that
    owns the item ("" until the router decides), `units` handle it.
    """

    division: str
    owner_level: str = ""
    units: Collection[Id] = ()
    stations: Collection[Id | None] = ()
    is_confidential: bool = False


def may_know(by: Holder, source: Source, directory: Directory) -> bool:
    """Tell whether somebody may see who raised an item.

    Of a confidential one nobody of a unit that handles it, whatever else they are.
    """
    if any(one.unit_id in source.units for one in held(by, Action.SOURCE_READ, Relation.UNIT)):
        return not source.is_confidential
    knowing = insight(source.division, source.owner_level, directory)
    place = Resource(division=source.division, within=knowing, stations=source.stations)
    return may(by, Action.SOURCE_READ, place)
