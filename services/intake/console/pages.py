"""Who raised an item: masked until somebody says why, then whole and logged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from services.intake import store
from services.intake.console.labels import FIELDS, REASONS
from services.intake.domain.contact import Vault
from services.intake.domain.model import ItemRow
from services.intake.domain.rights import row_scope_of
from services.intake.domain.source_access import Look, LookBody, LookReason, Source, open_source
from shared.db.pool import Database
from shared.directory import Directory, DirectoryCopy
from shared.features.access_log.rows import AccessRow
from shared.features.trail import Names
from shared.ids import Id, to_text
from shared.rights import Action
from shared.text import Text, _
from shared.web import components as ui
from shared.web.actor import Actor, CurrentActor, just_proved
from shared.web.console import Console
from shared.web.forms import Form, Submitted, errors_of, read_form, validated
from shared.web.menu import frame_of
from shared.web.permissions import requires

CONSOLE = Console(Path(__file__).parent)


class Pages:
    """Renders intake's pages for an officer; `most` is how many looks an hour allows."""

    def __init__(self, db: Database, copy: DirectoryCopy, vault: Vault, most: int) -> None:
        self._db, self._copy, self._vault, self._most = db, copy, vault, most

    async def source(
        self, request: Request, by: Actor, key: Id, submitted: Submitted | None = None
    ) -> Response:
        """Show who raised an item, masked; once whole when the form says why."""
        wrong, whole, directory = None, None, self._copy.snapshot
        async with self._db.begin_as(row_scope_of(by, directory)) as tx:
            found = await store.find_source(tx, key, by, directory)
            if submitted is not None:
                try:
                    look = Look(key, by, validated(LookBody, submitted))
                    whole = await store.look_at(tx, look, directory, self._vault, self._most)
                except ValidationError as error:
                    wrong = error
            looks = await store.list_looks(tx, key)
        source = whole or open_source(found, directory, self._vault).masked()
        return CONSOLE.render(
            request,
            "source_part.html" if "HX-Request" in request.headers else "source.html",
            frame=frame_of(by, directory, "/tracker/cases", *_crumbs(found.item)),
            status=422 if wrong else 200,
            here=f"/intake/items/{to_text(key)}/source",
            pairs=_pairs(source),
            source=source,
            is_whole=whole is not None,
            item=found.item,
            item_id=to_text(key),
            form=_form(submitted, wrong),
            looks=[_line(one, directory) for one in looks],
        )


def _crumbs(item: ItemRow) -> tuple[ui.Crumb, ...]:
    here = item.number or to_text(item.key)[:8]
    href = f"/tracker/items/{to_text(item.key)}"
    return ui.Crumb(_("办件"), "/tracker/cases"), ui.Crumb(here, href), ui.Crumb(_("来源"))


def _pairs(source: Source) -> Sequence[tuple[Text, str]]:
    return [(words, getattr(source, name)) for name, words in FIELDS.items()]


def _form(submitted: Submitted | None, wrong: ValidationError | None) -> Form:
    """Ask why somebody wants to see who raised an item."""
    reasons = [ui.Option(value, REASONS[value]) for value in get_args(LookReason)]
    hint = _("谁在什么时候为什么看过，都会记下来")
    fields = [
        ui.Field("reason", _("为什么要看"), options=reasons, control="select"),
        ui.Field("words", _("具体说明"), hint=hint, control="textarea", rows=2),
    ]
    form = Form(_("查看来源"), fields)
    return form.filled(submitted or {}, errors_of(wrong)) if wrong else form


def _line(row: AccessRow, directory: Directory) -> Mapping[str, Any]:
    """Say one look at an item: when, who, why."""
    who = Names(directory).who(row.actor)
    return {"at": row.looked_at, "who": who, "reason": REASONS[row.reason], "words": row.words}


def routes(pages: Pages, officer: CurrentActor) -> APIRouter:
    """Make the pages' addresses."""
    web = APIRouter(include_in_schema=False)
    who: Any = Depends(officer)
    proved: Any = Depends(just_proved(officer))

    @web.get("/items/{item_id}/source")
    @requires(Action.SOURCE_READ)
    async def source(request: Request, by: Annotated[Actor, who], item_id: UUID) -> Response:
        return await pages.source(request, by, item_id.bytes)

    @web.post("/items/{item_id}/source")
    @requires(Action.SOURCE_READ)
    async def look(request: Request, by: Annotated[Actor, proved], item_id: UUID) -> Response:
        return await pages.source(request, by, item_id.bytes, await read_form(request))

    return web
