"""An entry of the directory as a page shows it, with the forms its reader may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from services.router.directory import store
from services.router.directory.console import labels
from services.router.directory.console.forms import EditForm, Offer, RefusedForm, edit_forms
from services.router.directory.console.view_models import ViewContext
from services.router.directory.domain.model import EntryRow
from services.router.directory.domain.refusals import not_there
from services.router.directory.domain.rights import AdminScope
from shared.contracts.router import DirectoryPerson
from shared.db.pool import Tx
from shared.ids import Id
from shared.text import _
from shared.web import components as ui


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry on its page, with the refused form, if any."""

    view: ViewContext
    row: EntryRow
    refused: RefusedForm | None

    def forms(self, request: Request, scope: AdminScope) -> list[EditForm]:
        if not scope.may_change(self.view.directory, self.row.event):
            return []
        offer = Offer(self.view, self.row.key, dict(request.query_params))
        return edit_forms(offer, self.row, self.refused)

    def after(self, request: Request, *, may: bool) -> Iterator[ui.Note]:
        if self.refused is None and "seen" in request.query_params:
            yield ui.Note("blue", _("已保存，改动见“最近改动”"))
        if may:
            yield from labels.void_notes(self.view.directory, self.row.key, self.view.today)


async def read_of_kind(tx: Tx, key: Id, kind: type[Any]) -> tuple[EntryRow, Any]:
    """Read an entry of one kind; raises NotFound."""
    row = await store.read_entry(tx, key)
    entry = row.event if row else None
    if row is None or not isinstance(entry, kind):
        raise not_there()
    return row, entry


def require_visible(view: ViewContext, person: DirectoryPerson) -> None:
    places = {person.division_code, *(one.division_code for one in person.grants)}
    if not any(view.sees(code) for code in places):
        raise not_there()
