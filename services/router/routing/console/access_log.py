"""Access log: who downloaded a table of the directory, or the trail of an item."""

from fastapi import APIRouter

from services.router.directory.console.labels import TABLES, division_address, place_name
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.features.access_log.pages import (
    AccessLogPages,
    AccessLogSource,
    access_log_routes,
    find_item,
)
from shared.features.access_log.rows import AccessRow
from shared.ids import named_id
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor
from shared.web.console import Console


def find(by: Actor, directory: Directory, row: AccessRow) -> ui.Link:
    """Link to the division whose table it was, or to the item."""
    code = row.division_code
    if row.subject != named_id("division", code):
        return find_item(by, directory, row)
    return ui.Link(place_name(directory, code), division_address(code))


LOG = AccessLogSource(fields=dict[str, Text](TABLES.items()) | {"trail": _("交办记录")}, find=find)


def routes(db: Database, copy: DirectoryCopy, console: Console, officer: CurrentActor) -> APIRouter:
    return access_log_routes(AccessLogPages(console, copy, db, LOG), officer)
