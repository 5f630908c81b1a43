"""The log of who took a table of the directory, or the trail of an item, away."""

from fastapi import APIRouter

from services.router.console.directory.naming import division_address, place_name
from services.router.console.directory.planned import KINDS
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.ids import named_id
from shared.looks.rows import LookRow
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console
from shared.web.looks import Log, LookPages, find_item, look_routes


def find(by: Actor, directory: Directory, row: LookRow) -> ui.Link:
    """Name the division whose table it was, or everywhere, or the item."""
    code = row.division_code
    if row.subject != named_id("division", code):
        return find_item(by, directory, row)
    return ui.Link(place_name(directory, code), division_address(code))


LOG = Log(fields=dict[str, Text](KINDS.items()) | {"trail": _("交办记录")}, find=find)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    """Make the page's address."""
    return look_routes(LookPages(console, copy, db, LOG), officer)
