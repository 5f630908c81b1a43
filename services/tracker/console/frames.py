"""What stands around the tracker's pages: the menu of a role, and what is still on its way."""

import asyncio
import time
from collections.abc import Sequence

from services.tracker.console.lines import Sight
from services.tracker.domain.rights import organs_of
from shared.contracts.topics import BY_NAME
from shared.ids import from_text
from shared.messaging.messaging import Messaging
from shared.web import components as ui
from shared.web.actor import Actor
from shared.web.words import Text, _

SEEN_SECONDS = 1.0


def frame_of(
    by: Actor,
    sight: Sight,
    current: str,
    *crumbs: ui.Crumb,
    count: int | None = None,
    notes: Sequence[ui.Note] = (),
) -> ui.Frame:
    """Stand a page in the frame of a person: only the entries their role has."""
    work = [
        ui.Entry(_("今日"), "/tracker/", count, current == "/tracker/"),
        ui.Entry(_("办件"), "/tracker/cases", None, current == "/tracker/cases"),
    ]
    if by.grant("dispatcher"):
        work.insert(1, ui.Entry(_("待交办"), "/router/queue"))
    if organs_of(by):
        work.append(ui.Entry(_("督办"), "/tracker/cases?show=candidate"))
    report = [ui.Entry(_("月度报表"), "/reporting/")] if _has_report(by) else []
    code = by.grants[0].division_code if by.grants else ""
    places = sight.directory.ancestors(code)[:-1]
    return ui.Frame(
        crumbs=(*(ui.Crumb(one.name, "/tracker/") for one in reversed(places)), *crumbs),
        menu=[work, report] if report else [work],
        person=by.name,
        organ=_place_of(by, sight),
        identity="/router/enter",
        search="/tracker/cases",
        notes=notes,
    )


def _has_report(by: Actor) -> bool:
    return by.grant("liaison", "committee_head", "city_office", "dispatcher") is not None


def _place_of(by: Actor, sight: Sight) -> Text:
    for grant in by.grants:
        if grant.unit_id:
            return sight.unit(grant.unit_id)
        organ = sight.directory.organ_by_id(grant.organ_id) if grant.organ_id else None
        if organ:
            return organ.name
    return sight.division(by.grants[0].division_code) if by.grants else ""


async def still_coming(messaging: Messaging, seen: str) -> tuple[ui.Note, ...]:
    """Wait at most a second for what another service did; then say that it is on its way."""
    topic, _colon, place = seen.partition(":")
    known = BY_NAME.get(topic)
    if known is None or known.owner == messaging.service:
        return ()
    try:
        key_text, _colon, seq = place.partition(":")
        key, wanted = from_text(key_text), int(seq)
    except ValueError:
        return ()
    give_up = time.monotonic() + SEEN_SECONDS
    while time.monotonic() < give_up:
        async with messaging.db.begin() as tx:
            if await messaging.heard(tx, topic, key) >= wanted:
                return ()
        await asyncio.sleep(0.05)
    return (ui.PENDING,)
