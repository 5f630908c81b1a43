"""Limits of an administrator's area: of the rights given there, and of the passwords issued."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from shared.contracts.envelope import EVERYWHERE
from shared.contracts.router import Grant
from shared.directory.rights import stood_in_for
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.rights.table import PLACELESS


def may_be_given(directory: Directory, grant: Grant, places: Collection[str]) -> bool:
    """Whether a right can be given by who administers these divisions and all below them.

    All it reaches today must lie there; a right over the whole system needs an administrator of
    all of it.
    """
    if grant.role in PLACELESS:
        return EVERYWHERE in places
    reached = _reached(directory, grant)
    return all(any(directory.covers(one, code) for one in places) for code in reached)


def _reached(directory: Directory, grant: Grant) -> Iterator[str]:
    """List the divisions of a right, of its unit, and of its station with the sub-points."""
    yield grant.division_code
    if unit := directory.unit(grant.unit_id) if grant.unit_id else None:
        yield unit.division_code
    for key in directory.with_points(grant.station_id) if grant.station_id else ():
        if station := directory.station(key):
            yield station.division_code


def rights_through(directory: Directory, key: Id, today: date) -> Sequence[Grant]:
    """List the rights a person has or will have, also by standing in."""
    chain = directory.people.read(stood_in_for(directory, key, today, later=True))
    every = (grant for _key, person in chain for grant in person.grants)
    return [one for one in every if one.valid_to is None or today <= one.valid_to]


def credentials_hold(directory: Directory, key: Id, today: date) -> bool:
    """Whether a person's password is good: whoever handed it out could give all their rights.

    Otherwise an administrator could open an account, keep its password, and wait until somebody
    else gives its person more.
    """
    act = directory.credentials_act(key)
    if act is None:  # the first account of a system
        return True
    places = act.places or (act.division_code,)
    return all(
        may_be_given(directory, one, places) for one in rights_through(directory, key, today)
    )
