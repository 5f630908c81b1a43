"""Acts of a station with sound defaults, and an item in any state, for the unit tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.intake.domain.commands import (
    Accept,
    Merge,
    Rate,
    Reject,
    Resubmit,
    Return,
    Signer,
    StationCommand,
    Submit,
    Target,
    Transfer,
)
from services.intake.domain.credit_code import enterprise_id
from services.intake.domain.decide import decide
from services.intake.domain.model import Item, ItemRow, TextRow
from services.intake.domain.refusals import DecisionContext
from shared.contracts.envelope import Event
from shared.ids import named_id, new_id
from tests.support.intake.stations import CREDIT_CODE, HEAD, STATION, TOWNSHIP, small_directory

NOW = datetime(2022, 7, 5, 1, tzinfo=UTC)
GROUND = DecisionContext(NOW, small_directory())
KEY = new_id(NOW)
STAFF = Signer(STATION, "XQ01", TOWNSHIP)
CHIEF = replace(STAFF, person_id=HEAD)
OTHER_ITEM = named_id("item", "other")


def unknown() -> Item:
    return Item(ItemRow(key=KEY), TextRow(key=KEY))


def submit(**changes: Any) -> Submit:
    sound: dict[str, Any] = {
        "signer": STAFF,
        "digest": "submitted",
        "client_id": KEY,
        "title": "用电",
        "body": "晚上常停电",
        "division_code": TOWNSHIP,
        "occurred_at": NOW - timedelta(hours=1),
        "item_type": "problem",
        "source_kind": "enterprise",
        "enterprise_code": CREDIT_CODE,
    }
    return Submit(KEY, **(sound | changes))


def accept(**changes: Any) -> Accept:
    sound: dict[str, Any] = {"signer": CHIEF, "digest": "accept", "number": "331004-2022-0001"}
    return Accept(KEY, **(sound | changes))


def give_back(**changes: Any) -> Return:
    sound: dict[str, Any] = {
        "signer": CHIEF,
        "digest": "return",
        "reason": "unclear",
        "note": "缺地点",
    }
    return Return(KEY, **(sound | changes))


def resubmit(**changes: Any) -> Resubmit:
    sound: dict[str, Any] = {"signer": STAFF, "digest": "resubmit", "supplement": "新桥工业区"}
    return Resubmit(KEY, **(sound | changes))


def reject(**changes: Any) -> Reject:
    sound: dict[str, Any] = {
        "signer": CHIEF,
        "digest": "reject",
        "reason": "R4",
        "note": "没有具体内容",
    }
    return Reject(KEY, **(sound | changes))


def transfer(**changes: Any) -> Transfer:
    sound: dict[str, Any] = {
        "signer": CHIEF,
        "digest": "transfer",
        "channel": "petition",
        "note": "",
    }
    return Transfer(KEY, **(sound | changes))


def merge(**changes: Any) -> Merge:
    into = Target(OTHER_ITEM, enterprise_id(CREDIT_CODE), is_open=True)
    sound: dict[str, Any] = {"signer": CHIEF, "digest": "merge", "into": into, "note": ""}
    return Merge(KEY, **(sound | changes))


def rate(**changes: Any) -> Rate:
    sound: dict[str, Any] = {
        "signer": STAFF,
        "digest": "rate",
        "reply_no": 1,
        "result": "satisfied",
        "attitude": None,
        "channel": "station_app",
        "reason": "",
    }
    return Rate(KEY, **(sound | changes))


def after(*acts: StationCommand, item: Item | None = None) -> Item:
    """Do acts one after another; give the item after the last."""
    at = item or unknown()
    for act in acts:
        at, _ = decide(at, act, GROUND)
    return at


def said(item: Item, act: StationCommand) -> Sequence[Event]:
    """Tell what is said when this act is done to an item."""
    return decide(item, act, GROUND)[1]
