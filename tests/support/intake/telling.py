"""An intake that tells its proposers and stations, and what its gateways took."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from services.intake.domain.contact import Vault
from shared.contracts.codes import ClockKind
from shared.contracts.tracker import CaseReplied, CaseUrged
from shared.ids import Id, from_text
from shared.notices.sender import Sender
from shared.sealing import seal_of
from tests.support.gateways import MailServer
from tests.support.intake.desk import Desk, HeadedStation, an_item
from tests.support.intake.sources import given_out
from tests.support.intake.stations import TOWNSHIP

ADDRESS = "https://jianyi.city.example"
WANG = {"name": "王小明", "phone": "13812341234", "email": "wang@firm.example"}
TITLE = "紫藤路夜里停电"


def mail_settings(server: MailServer) -> dict[str, Any]:
    return {
        "JIANYI_ADDRESS": ADDRESS,
        "JIANYI_NOTICE_SMTP_HOST": "127.0.0.1",
        "JIANYI_NOTICE_SMTP_PORT": server.port,
        "JIANYI_NOTICE_SMTP_TLS": "none",
        "JIANYI_NOTICE_SMTP_FROM": "no-reply@city.example",
    }


def vault_of(desk: Desk) -> Vault:
    return Vault(seal_of(desk.settings.contact_key_file, create=False))


def senders(desk: Desk) -> list[Sender]:
    return [part for part in desk.service.messaging.parts if isinstance(part, Sender)]


async def send_all(desk: Desk) -> None:
    """Send what is due; raises NotSent at the first that is to be tried again."""
    for one in senders(desk):
        while await one.send_next():
            pass


@asynccontextmanager
async def sending(desk: Desk) -> AsyncIterator[None]:
    """Let the senders run by themselves until the block ends."""
    running = [asyncio.create_task(one.run()) for one in senders(desk)]
    try:
        yield
    finally:
        for one in running:
            one.cancel()
            with suppress(asyncio.CancelledError):
                await one


async def make_due(desk: Desk) -> None:
    """Let the time pass until the next try of everything that waits."""
    await desk.sql("UPDATE notice SET next_at = made_at")


async def notices(desk: Desk, item: str) -> list[Any]:
    return await desk.sql(
        "SELECT * FROM notice WHERE item = $1 ORDER BY made_at, kind, id", from_text(item)
    )


async def raised_by(station: HeadedStation, **more: Any) -> str:
    """Raise an item of somebody who left an e-mail address."""
    sent = await station.submit(an_item(**{"title": TITLE, "contact": WANG} | more))
    assert sent.is_success, sent.text
    return str(sent.json()["item_id"])


async def given_to_a_unit(desk: Desk, item: str) -> None:
    await desk.hear_all([(from_text(item), given_out(item, "county"))])


def a_reply(no: int = 1, *, to_rate: bool = True, at: datetime | None = None) -> CaseReplied:
    now = at or datetime.now(UTC)
    until = now + timedelta(days=7) if to_rate else None
    return CaseReplied(
        occurred_at=now, division_code=TOWNSHIP, actor="h", task_id=bytes(16), reply_no=no,
        round=1, outcome="solved", signed_by="officer-7", rating_until=until,
    )  # fmt: skip


async def answered(desk: Desk, item: str, reply: CaseReplied) -> None:
    key: Id = from_text(item)
    await desk.hear_all([(key, reply)])


async def link_to(desk: Desk, item: str, **more: str) -> str:
    """Give a proposer a link; its path."""
    body = {"reason": "提出人要看进度"} | more
    made = await desk.post("station_head", f"/v1/items/{item}/link", body)
    assert made.is_success, made.text
    return str(made.json()["path"])


def urged(clock: ClockKind) -> CaseUrged:
    """Let the tracker urge whoever owes a step of an item that is not dispatched yet."""
    said = {"occurred_at": datetime.now(UTC), "division_code": TOWNSHIP, "actor": "system"}
    owed = {"clock": clock, "subject_id": bytes(16), "round": 1}
    return CaseUrged.model_validate(said | owed)
