"""Intake as it is, but an act is answered at once: the denominator of the single POST."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from services.intake.app import build
from services.intake.domain.model import Item, ItemRow, TextRow
from services.intake.settings import IntakeSettings
from shared.db.pool import Tx
from shared.messaging.loop import AnySubject
from shared.messaging.subject import Applied, Command
from shared.service import Service, serve


def unwritten(service: Service) -> Service:
    """Let every act be decided on an empty state, answered and forgotten.

    Signature, validation, directory and decision stay; what is only there to be written (place,
    hash and bytes of the events) is left out with the transaction, and nothing is heard or sent.
    """

    async def act(subject: AnySubject, act: Command) -> Applied[Any]:
        context = await subject.context(Tx(None, datetime.now(UTC)))  # type: ignore[arg-type]
        empty = Item(ItemRow(key=act.key), TextRow(key=act.key))
        state, said = subject.decide(empty, act, context)
        return Applied(state, tuple(said))  # type: ignore[arg-type]

    service.messaging.act = act  # type: ignore[method-assign]
    service.messaging.run = asyncio.Event().wait  # type: ignore[method-assign, assignment]
    return service


if __name__ == "__main__":
    settings = IntakeSettings()
    serve(unwritten(build(settings)), settings)
