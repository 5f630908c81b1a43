"""Which officers may see an item, and which of them who raised it."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from services.intake.domain.asker import Asker, may_at
from services.intake.domain.model import Item, ItemRow, ProgressRow
from shared.directory.rights import Source, insight, insights_of, may_know, person_who_may
from shared.directory.snapshot import Directory
from shared.errors import NotFound
from shared.features.access_log.rows import overseen
from shared.ids import Id, named_id, to_text
from shared.rights import Action, Holder, Relation, Resource, RowScope, held, may, require
from shared.rights.table import OF_PROPOSER
from shared.text import _

SHOWS_ITEM = (Action.ITEM_READ, Action.RAISED_READ)
"""The rights by which an asker sees an item: as its station, or as one who raised it."""
_READING = (Action.CASE_READ, Action.SOURCE_READ)


class Officer(Holder, Protocol):
    """A signed-in person with the grants in force today."""

    @property
    def person_id(self) -> Id: ...


def may_act(by: Asker, action: Action, item: Item, directory: Directory) -> bool:
    """Whether the asker may do this to an item: as its station, or as one who raised it."""
    if by.proposer_id is not None:
        raised = any(one.row.proposer_id == by.proposer_id for one in item.proposers)
        return raised and action in OF_PROPOSER
    people = [
        to_text(one.row.person_id)
        for one in item.proposers
        if one.row.person_id and one.row.kind in ("deputy", "street_rep")
    ]
    stations = directory.with_main(item.row.station_id)
    return may(by, action, Resource(stations=stations, proposers=people))


def is_joinable(item: ItemRow) -> bool:
    """Whether a deputy of its station may read and join an item of others before its acceptance.

    Not one whose source is kept secret, nor what a stranger wrote and nobody has looked at.
    """
    is_waiting = item.state in ("SUBMITTED", "SUPPLEMENT") and item.erased_at is None
    return is_waiting and not item.confidential and item.source_kind != "scan"


def acts_in_own_name(by: Asker, station_id: Id | None, directory: Directory) -> bool:
    """Whether somebody at a station speaks for themself only: a deputy who is not of its staff."""
    at_station = may_at(by, Action.ITEM_SUBMIT, station_id, directory)
    return at_station and not may_at(by, Action.ITEM_READ, station_id, directory)


def may_see_source(by: Holder, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    source = Source(
        item.division_code,
        progress.owner_level,
        {task.unit_id for task in progress.tasks},
        directory.with_main(item.station_id),
        item.confidential,
    )
    return may_know(by, source, directory)


def may_know_sources(by: Holder, division: str, directory: Directory) -> bool:
    """Whether the asker may know who raised the items of a division, however far they came up."""
    return may_know(by, Source(division), directory)


def may_see(by: Holder, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    """Whether the asker may see the item: its case, or who raised it."""
    return may_see_case(by, item, progress, directory) or may_see_source(
        by, item, progress, directory
    )


def may_read_texts(by: Holder, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    """Whether an officer may read what people wrote in the item, not only how far it is."""
    place = Resource(
        division=item.division_code,
        within=insight(item.division_code, progress.owner_level, directory),
        stations=directory.with_main(item.station_id),
        units={task.unit_id for task in progress.tasks},
    )
    return may(by, Action.CASE_READ, place)


def may_see_files(by: Holder, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    """Whether an officer may open what is attached: who reads the texts; of a confidential item
    only who may also know who raised it, as a picture or a voice gives people away."""
    return may_read_texts(by, item, progress, directory) and (
        not item.confidential or may_see_source(by, item, progress, directory)
    )


def may_see_case(by: Holder, item: ItemRow, progress: ProgressRow, directory: Directory) -> bool:
    """Whether an officer may see the case, and its dispatch; a station sees its own item."""
    place = Resource(
        division=item.division_code,
        within=directory.within(item.division_code),
        units={task.unit_id for task in progress.tasks},
    )
    return may(by, Action.CASE_READ, place)


def eraser(code: str, divisions: Iterable[str], directory: Directory, today: date) -> str:
    """Return the reference of who answers for deleting there; raises Invalid or Forbidden."""
    by = person_who_may(directory, code, Action.ITEM_ERASE, today)
    for division in divisions:
        require(by, Action.ITEM_ERASE, Resource(within=directory.within(division)))
    return by.code


def row_scope_of(by: Officer, directory: Directory) -> RowScope:
    """The rows an officer may read: at least those that `may_see` allows."""
    at = [grant.station_id for a in _READING for grant in held(by, a, Relation.STATION)]
    units = [grant.unit_id for a in _READING for grant in held(by, a, Relation.UNIT)]
    return RowScope(
        codes={
            "divisions": _in_subtrees(by, directory, *_READING),
            "texts": insights_of(by, Action.CASE_READ, directory),
            "overseen": overseen(by, directory),
        },
        keys={
            "stations": [one for key in at if key for one in directory.with_points(key)],
            "units": [key for key in units if key],
            "person": [by.person_id],
        },
    )


def nothing_found(by: Holder) -> tuple[Id, str, str]:
    """The access logged of a search in vain: of the searcher's division, without the name."""
    grants = (grant for one in Relation for grant in held(by, Action.SOURCE_READ, one))
    code = next(grants).division_code
    return named_id("division", code), code, "no_firm"


def _in_subtrees(by: Holder, directory: Directory, *actions: Action) -> list[str]:
    above = {g.division_code for action in actions for g in held(by, action, Relation.SUBTREE)}
    return list({code for one in above for code in directory.below(one)})


def not_visible() -> NotFound:
    """The item does not exist or is hidden from the asker."""
    return NotFound(
        "not_found", _("您的身份看不到这件事的来源。"), _("需要请联系交办机关或本地系统管理员。")
    )
