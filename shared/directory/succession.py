"""Entries over time: their successors and their former names."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from shared.contracts.lists import DirectoryListed
from shared.contracts.router import (
    DirectoryDivision,
    DirectoryOrgan,
    DirectoryPerson,
    DirectoryStation,
    DirectoryUnit,
    Grant,
)
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.text import Text, _

Named = DirectoryDivision | DirectoryOrgan | DirectoryUnit | DirectoryStation | DirectoryPerson


def label_of(entry: Named) -> str:
    """Return the present name of an entry; of a unit the short name."""
    return entry.short_name if isinstance(entry, DirectoryUnit) else entry.name


def label_at(entry: Named, at: datetime, label: Callable[[Any], str] = label_of) -> Text:
    """Return the name of an entry at a moment, and the present one beside it if different.

    `label` gives the present name.
    """
    today = label_of(entry)
    then = next((one.name for one in entry.former_names if at < one.until), today)
    shown = label(entry)
    return shown if then == today else _("%(then)s（现%(today)s）", then=then, today=shown)


def near(directory: Directory, grants: Iterable[Grant]) -> frozenset[str]:
    """The divisions whose units somebody with these grants knows: their own and those above."""
    return frozenset(code for it in grants for code in directory.within(it.division_code))


def label_seen_from(directory: Directory, unit: DirectoryUnit, near: Collection[str]) -> str:
    """A unit's short name, with its place unless nobody of divisions `near` can mistake it.

    市财政局 of 温岭市 becomes 温岭市财政局, also for its neighbours, who are of 台州市 too; a name
    that has its place stays as it is.
    """
    label, home = unit.short_name, directory.division(unit.division_code)
    others = [code for code in near if code != unit.division_code]
    rank = home.name[-1:] if home and label.startswith(home.name[-1:]) else ""
    is_clear = unit.division_code in near and not any(
        _may_be_of(directory, code, label, rank) for code in others
    )
    return label if is_clear else label_with_place(directory, unit)


def _may_be_of(directory: Directory, code: str, label: str, rank: str) -> bool:
    """Whether a division has a unit so called, or one of its rank (市) might."""
    division = directory.division(code)
    if rank and division and division.name.endswith(rank):
        return True
    return any(one.short_name == label for _key, one in directory.units_in(code))


def place_seen_from(directory: Directory, code: str, near: Collection[str]) -> str:
    """A division's name, after that of its county for who is not of it: 路桥区金清镇.

    Its code while the directory has none.
    """
    found = directory.ancestors(code)
    above = [
        one.name for one in found[1:] if one.level == "county" and one.division_code not in near
    ]
    return "".join((*above, *(one.name for one in found[:1]))) or code


def label_with_place(directory: Directory, unit: DirectoryUnit) -> str:
    """A unit's short name after its place, unless the name has it already."""
    division, label = directory.division(unit.division_code), unit.short_name
    place = division.name if division else ""
    return label if place[:-1] in label else place + label.removeprefix(place[-1:])


Ending = DirectoryDivision | DirectoryOrgan | DirectoryUnit | DirectoryStation | DirectoryListed


def has_ended(entry: Ending, today: date) -> bool:
    """Whether an entry has ended; `valid_to` is its last day."""
    return entry.valid_to is not None and entry.valid_to < today


def was_taken_over(
    entry: DirectoryDivision | DirectoryUnit | DirectoryStation, today: date
) -> bool:
    """Whether an entry has ended and a successor goes on in its place."""
    named = entry.successor_code if isinstance(entry, DirectoryDivision) else entry.successor_id
    return has_ended(entry, today) and named is not None


def living_division(directory: Directory, code: str, today: date) -> str:
    """Follow a code to its final successor; an unknown or active division is returned itself."""
    passed: set[str] = set()
    while code not in passed:
        passed.add(code)
        found = directory.division(code)
        if found is None or not has_ended(found, today) or found.successor_code is None:
            break
        code = found.successor_code
    return code


def living_unit(directory: Directory, key: Id, today: date) -> Id | None:
    """Follow a unit to its final successor; None when none was named."""
    return _living(directory.unit, key, today)


def living_station(directory: Directory, key: Id, today: date) -> Id | None:
    """Follow a station to its final successor; None when none was named."""
    return _living(directory.station, key, today)


def _living(
    find: Callable[[Id], DirectoryUnit | DirectoryStation | None], key: Id, today: date
) -> Id | None:
    passed: set[Id] = set()
    at: Id | None = key
    while at is not None and at not in passed:
        passed.add(at)
        found = find(at)
        if found is None or not has_ended(found, today):
            return at
        at = found.successor_id
    return None


def ended_units(directory: Directory, today: date) -> list[Id]:
    return [key for key, unit in directory.ending_units.items() if has_ended(unit, today)]


def gone_into(directory: Directory, above: str, today: date) -> Iterator[tuple[str, str]]:
    """List the codes merged into a division or one below it, each with its successor's."""
    for code in directory.ending_divisions:
        heir = living_division(directory, code, today)
        if heir != code and directory.covers(above, heir):
            yield code, heir
