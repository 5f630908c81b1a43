"""The item that a stranger's report at a station becomes; the stranger has no account."""

import re
from datetime import UTC, datetime
from uuid import UUID

from services.intake.domain.asker import Station
from services.intake.domain.commands import ItemBody
from services.intake.domain.contact import Contact
from services.intake.domain.refusals import LONGEST_WAIT
from shared.errors import TooManyRequests
from shared.text import _

MAX_TITLE = 100
_SENTENCE = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_PAUSE = re.compile(r"[，,、：:\s]")


def headline(text: str) -> str:
    """Name a text by its first sentence; too long a one is cut at its last mark that fits."""
    first = _SENTENCE.split(text.strip(), maxsplit=1)[0].strip() or text.strip()
    if len(first) <= MAX_TITLE:
        return first
    pauses = [found.start() for found in _PAUSE.finditer(first[: MAX_TITLE + 1])]
    return first[: pauses[-1]] if pauses and pauses[-1] else first[:MAX_TITLE]


def opened_at(client_id: UUID) -> datetime:
    """The moment at which the form with this id (UUIDv7) was shown."""
    return datetime.fromtimestamp((client_id.int >> 80) / 1000, UTC)


def item_of(
    client_id: UUID, station: Station, text: str, code: str | None,
    *, confidential: bool, contact: Contact | None,
) -> ItemBody:  # fmt: skip
    """The item that a report becomes; the same form always becomes the same item."""
    return ItemBody(
        id=client_id,
        title=headline(text),
        body=text,
        division_code=station.division_code,
        occurred_at=opened_at(client_id).isoformat(),
        item_type="problem",
        source_kind="scan",
        enterprise_code=code,
        confidential=confidential,
        contact=contact,
        date_confirmed=True,
    )


def too_many_reports() -> TooManyRequests:
    """The station has as many reports without an account today as it takes."""
    return TooManyRequests(
        LONGEST_WAIT,
        "too_many_reports",
        _("这个联络站今天收到的反映太多，现在没有保存。"),
        _("请明天再试，或直接到联络站反映；您填的内容还在。"),
    )


def too_many_from_network(retry_after: int) -> TooManyRequests:
    """The sender's network has used up its share of what the station takes without an account."""
    return TooManyRequests(
        retry_after,
        "too_many_from_network",
        _("从您所用的网络今天反映到这个联络站的已经很多，现在没有保存。"),
        _("请换一个网络（如手机流量），过半小时再试，或直接到联络站反映；您填的内容还在。"),
    )
