"""People, keys of stations, holders of a proposer's link; where, for which organs they do what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from shared.contracts.router import Grant
from shared.directory.rights import grants_of
from shared.directory.snapshot import Directory
from shared.ids import Id, to_text
from shared.rights import Action, Holder, Relation, Resource, held, may


@dataclass(frozen=True, slots=True)
class Station:
    """A station, with the division it belongs to."""

    station_id: Id
    code: str
    division_code: str


THE_PROPOSER = "proposer"
"""Reference to whoever raised an item, without an account."""


@dataclass(frozen=True, slots=True)
class Organiser:
    """A station or an organ that plans and holds activities, with its division.

    `code` is the station's, or the id of the organ.
    """

    code: str
    division_code: str
    station_id: Id | None = None
    organ_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """A person with their grants today, a key, or whoever holds the link of a proposer.

    A key is that of the `station` itself, or of a person there. `code` is the opaque reference that
    events carry: the person or the station; of a link `proposer_id` tells whose it is. `request_id`
    is the same for the very same signed request only, and empty otherwise.
    """

    code: str
    grants: Sequence[Grant]
    station: Station | None = None
    request_id: str = ""
    proposer_id: Id | None = None

    @property
    def is_person(self) -> bool:
        """Whether somebody answers for it by name: no station's own key, no holder of a link."""
        at = to_text(self.station.station_id) if self.station else None
        return self.code not in (at, THE_PROPOSER)

    def is_among(self, people: Collection[Id]) -> bool:
        """Whether the asker is one of these people."""
        return self.code in {to_text(one) for one in people}

    @property
    def identity(self) -> str:
        """Tells apart who asks, also the proposers of one item."""
        return to_text(self.proposer_id) if self.proposer_id else self.code

    @property
    def leads_as(self) -> Mapping[str, Sequence[str]]:
        """Of nobody: supervisions never concern a station."""
        return {}


def find_station(directory: Directory, code: str) -> Station | None:
    found = directory.station_by_code(code)
    return Station(found[0], code, found[1].division_code) if found else None


def by_session(person: Holder) -> Asker:
    """Return who asks in a session of their own."""
    return Asker(person.code, person.grants)


def by_key(
    directory: Directory, station: Station, person_id: Id | None, today: date, request_id: str
) -> Asker:
    """Return who asks by a key of a station; it stands for its staff, or for one person there."""
    if person_id is None:
        staff = Grant(
            role="station_staff",
            division_code=station.division_code,
            station_id=station.station_id,
            valid_from=today,
        )
        return Asker(to_text(station.station_id), (staff,), station, request_id)
    grants = grants_at(directory, station.station_id, person_id, today)
    return Asker(to_text(person_id), grants, station, request_id)


def grants_at(
    directory: Directory, station_id: Id, person_id: Id, today: date
) -> tuple[Grant, ...]:
    """List the roles a person has at a station or at its main one, narrowed to that station."""
    here = directory.with_main(station_id)
    return tuple(
        one.model_copy(update={"station_id": station_id})
        for one in grants_of(directory, person_id, today)
        if one.station_id in here
    )


def may_at(by: Asker, action: Action, station_id: Id | None, directory: Directory) -> bool:
    """Whether the asker may do this at a station, or by a role at the main station above it."""
    return may(by, action, Resource(stations=directory.with_main(station_id)))


def stations_of(by: Asker, action: Action, directory: Directory) -> list[Id]:
    """List the stations where the asker may do this, each with its sub-points."""
    at = (grant.station_id for grant in held(by, action, Relation.STATION))
    return list(dict.fromkeys(one for key in at if key for one in directory.with_points(key)))


def stations_held(by: Asker, action: Action, directory: Directory) -> list[Station]:
    """List the stations that the asker's own roles for this name, without their sub-points."""
    at = dict.fromkeys(grant.station_id for grant in held(by, action, Relation.STATION))
    found = ((key, directory.station(key)) for key in at if key)
    return [Station(key, one.code, one.division_code) for key, one in found if one is not None]


class Organised(Protocol):
    """Something of either a station or an organ."""

    @property
    def station_id(self) -> Id | None: ...

    @property
    def organ_id(self) -> Id | None: ...


def may_for(
    by: Asker,
    action: Action,
    place: Organised,
    directory: Directory,
    invited: Collection[Id] = (),
) -> bool:
    """Whether the asker may do this to an activity: at its station, for its organ, or invited."""
    stations = directory.with_main(place.station_id)
    people = [to_text(one) for one in invited]
    return may(by, action, Resource(stations=stations, organ=place.organ_id, invited=people))


def organiser_of(station: Station) -> Organiser:
    return Organiser(station.code, station.division_code, station_id=station.station_id)


def find_organ(directory: Directory, organ_id: Id) -> Organiser | None:
    found = directory.organ_by_id(organ_id)
    if found is None:
        return None
    return Organiser(to_text(organ_id), found.division_code, organ_id=organ_id)


def organs_of(by: Asker, action: Action) -> list[Id]:
    """List the organs for which the asker may do this."""
    at = (grant.organ_id for grant in held(by, action, Relation.ORGAN))
    return list(dict.fromkeys(key for key in at if key))


def organisers_of(by: Asker, action: Action, directory: Directory) -> list[Organiser]:
    """List who the asker's own roles let do this: their stations, then their organs."""
    stations = [organiser_of(one) for one in stations_held(by, action, directory)]
    found = (find_organ(directory, key) for key in organs_of(by, action))
    return [*stations, *(one for one in found if one is not None)]
