"""Commands of a station on items with sound defaults, and an item in any state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain import commands
from services.intake.domain.asker import THE_PROPOSER, Asker, Station, by_key
from services.intake.domain.attachments import Attach, AttachmentBody, RemoveAttachment, RemoveBody
from services.intake.domain.contact import Contact
from services.intake.domain.context import DecisionContext
from services.intake.domain.decide import decide
from services.intake.domain.model import Item, ItemRow, ProgressRow, TextRow
from services.intake.domain.proposer_commands import (
    AskToReopen,
    CallBackBody,
    CheckBody,
    CheckCallBack,
    Cosign,
    CosignBody,
    Protect,
    ProtectBody,
    Rate,
    RatingBody,
    RecordCallBack,
    ReopenBody,
    Supplement,
    SupplementBody,
    Withdraw,
    WithdrawBody,
)
from services.intake.domain.proposers import proposer_id
from shared.contracts.envelope import Event
from shared.contracts.intake import ItemText
from shared.errors import Problem
from shared.ids import Id, named_id, new_id
from tests.support.intake.stations import (
    CREDIT_CODE,
    HEAD,
    STATION,
    STREET_REP,
    TOWNSHIP,
    small_directory,
)

NOW = datetime(2022, 7, 5, 1, tzinfo=UTC)
CONTEXT = DecisionContext(NOW, small_directory())
KEY = new_id(NOW)
TODAY = NOW.date()
MAIN = Station(STATION, "XQ01", TOWNSHIP)
KEY_OF_STATION = by_key(CONTEXT.directory, MAIN, None, TODAY, "")
CHIEF = by_key(CONTEXT.directory, MAIN, HEAD, TODAY, "")
OTHER_ITEM = named_id("item", "other")


def unknown() -> Item:
    return Item(ItemRow(key=KEY), TextRow(key=KEY))


def submit(
    *,
    asker: Asker = KEY_OF_STATION,
    station: Station = MAIN,
    contact: str = "",
    firm: str = "",
    number: str = "",
    **changes: Any,
) -> commands.Submit:
    """Submit an item; `contact` is sealed already, `proposer` names the person, `phone` theirs.

    `firm` is the name of the first proposer's enterprise.
    """
    proposer, called = changes.pop("proposer", ""), changes.pop("phone", "13812341234")
    if contact := contact or (proposer and "sealed"):
        changes["contact"] = Contact(name=proposer or "王小明", phone=called)
    sound: dict[str, Any] = {
        "id": UUID(bytes=KEY),
        "title": "用电",
        "body": "晚上常停电",
        "division_code": TOWNSHIP,
        "occurred_at": NOW - timedelta(hours=1),
        "item_type": "problem",
        "source_kind": "enterprise",
        "enterprise_code": CREDIT_CODE,
    }
    body = commands.ItemBody.model_construct(**(sound | changes))
    others = ("sealed" if one.contact else "" for one in body.co_proposers)
    firms = {body.enterprise_code: firm} if body.enterprise_code else {}
    return commands.Submit(KEY, asker, body, station, (contact, *others), firms, number)


def accept_on_spot(**changes: Any) -> commands.Accept:
    solved: dict[str, Any] = {
        "solved_on_spot": True, "solved_by": UUID(bytes=STATION), "proposer_agrees": True,
        "note": "当场接通",
    }  # fmt: skip
    return accept(**solved | changes)


def accept(*, asker: Asker = CHIEF, **changes: Any) -> commands.Accept:
    body = commands.AcceptBody.model_construct(**changes)
    return commands.Accept(KEY, asker, body, "331004-2022-0001")


def basis(seq: int) -> commands.ItemBasis:
    return commands.ItemBasis(topic="intake.item.v1", seq=seq)


def give_back(*, asker: Asker = CHIEF, **changes: Any) -> commands.Return:
    sound: dict[str, Any] = {"reason": "unclear", "note": "缺地点"}
    return commands.Return(KEY, asker, commands.ReturnBody(**(sound | changes)))


def resubmit(*, asker: Asker = KEY_OF_STATION, supplement: str = "新桥工业区") -> commands.Resubmit:
    return commands.Resubmit(
        KEY, asker, commands.ResubmitBody.model_construct(supplement=supplement)
    )


def cosign(*, asker: Asker = KEY_OF_STATION, person: Id = STREET_REP) -> Cosign:
    return Cosign(KEY, asker, CosignBody(person_id=UUID(bytes=person)))


def protect(*, asker: Asker = CHIEF) -> Protect:
    return Protect(KEY, asker, ProtectBody(confirmed=True))


def supplement(*, asker: Asker = CHIEF, words: str = "又停了一夜", **changes: Any) -> Supplement:
    return Supplement(KEY, asker, SupplementBody(supplement=words, **changes))


def remove(n: int = 1, *, asker: Asker = CHIEF, by: Asker = KEY_OF_STATION) -> RemoveAttachment:
    """Remove the n-th of some files, which `by` attached."""
    wanted = attach(n, asker=by).attachment_id
    return RemoveAttachment(KEY, asker, RemoveBody(reason="有别人的身份证"), wanted)


def attach(n: int = 1, *, asker: Asker = KEY_OF_STATION) -> Attach:
    """Attach the n-th of some files."""
    body = AttachmentBody(
        name=f"{n}.jpg", kind="jpg", size=n, sha256=f"{n}", file_id=named_id("file", f"{n}")
    )
    return Attach(KEY, asker, body)


def withdraw(*, asker: Asker = KEY_OF_STATION, note: str = "") -> Withdraw:
    return Withdraw(KEY, asker, WithdrawBody(note=note))


def reject(*, asker: Asker = CHIEF, note: str = "没有具体内容") -> commands.Reject:
    return commands.Reject(KEY, asker, commands.RejectBody(reason="R4", note=note))


def transfer(*, asker: Asker = CHIEF) -> commands.Transfer:
    return commands.Transfer(KEY, asker, commands.TransferBody(channel="petition"))


def merge(*, asker: Asker = CHIEF, into: Id = OTHER_ITEM, **changes: Any) -> commands.Merge:
    return commands.Merge(KEY, asker, commands.MergeBody(into=UUID(bytes=into), **changes))


def holder(place: int = 1) -> Asker:
    """Whoever holds the link of the proposer at this place."""
    return Asker(THE_PROPOSER, (), proposer_id=proposer_id(KEY, place))


def call_back(*, asker: Asker, **changes: Any) -> RecordCallBack:
    sound: dict[str, Any] = {"reply_no": 1, "result": "satisfied", "channel": "visit",
                             "called_on": TODAY.isoformat()}  # fmt: skip
    return RecordCallBack(KEY, asker, CallBackBody(**(sound | changes)))


def check(*, asker: Asker, n: int = 1) -> CheckCallBack:
    return CheckCallBack(KEY, asker, CheckBody(n=n))


def rate(*, asker: Asker | None = None, **changes: Any) -> Rate:
    sound: dict[str, Any] = {"reply_no": 1, "result": "satisfied"}
    return Rate(KEY, asker or holder(), RatingBody(**(sound | changes)))


def ask_to_reopen(*, asker: Asker | None = None, **changes: Any) -> AskToReopen:
    sound: dict[str, Any] = {"reply_no": 1, "reason": "untrue", "facts": "昨晚又停电了"}
    return AskToReopen(KEY, asker or holder(), ReopenBody(**(sound | changes)))


def replied(item: Item, no: int, **columns: Any) -> Item:
    """The item once this many replies to it have been received."""
    row = item.progress or ProgressRow(key=item.row.key)
    return replace(item, progress=row.model_copy(update={"reply_no": no, **columns}))


def after(*given: commands.StationCommand, item: Item | None = None) -> Item:
    state = item or unknown()
    for command in given:
        state, _ = decide(state, command, CONTEXT)
    return state


def emitted(item: Item, command: commands.StationCommand) -> Sequence[Event]:
    return decide(item, command, CONTEXT)[1]


def text_of(events: Sequence[Event]) -> ItemText:
    (text,) = (event for event in events if isinstance(event, ItemText))
    return text


def code_of(item: Item, act: commands.StationCommand) -> str:
    with pytest.raises(Problem) as refused:
        decide(item, act, CONTEXT)
    return refused.value.code
