"""Who may know who raised an item: the page that offers the source and the one that shows it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.rights import Action, Holder, Relation, Resource, held, may

_OWNED: Mapping[str, frozenset[str]] = {
    "city": frozenset({"city", "province"}),
    "province": frozenset({"province"}),
}
"""From these levels only items that came up to them are looked into; others are de-identified."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the source of an item lies.

    `stations` are its station and the main station above, `owner_level` is how far up the item
    came ("" while the router has not said), `units` handle it.
    """

    division: str
    owner_level: str = ""
    units: Collection[Id] = ()
    stations: Collection[Id | None] = ()
    is_confidential: bool = False


def may_know(by: Holder, source: Source, directory: Directory) -> bool:
    """Tell whether somebody may know who raised an item.

    Of a confidential one nobody of a unit that handles it, whatever else they are.
    """
    if any(one.unit_id in source.units for one in held(by, Action.SOURCE_READ, Relation.UNIT)):
        return not source.is_confidential
    knowing = (
        one.division_code
        for one in directory.ancestors(source.division)
        if one.level not in _OWNED or source.owner_level in _OWNED[one.level]
    )
    place = Resource(division=source.division, within=frozenset(knowing), stations=source.stations)
    return may(by, Action.SOURCE_READ, place)
