"""Why an act comes out of turn, in whole sentences by the state an item is in."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class _Why:
    zh: str
    en: str
    todo_zh: str
    todo_en: str


_ENDED = ("如有新情况，请重新提交一件。", "If something new has come up, submit a new item.")
_WHY: Mapping[str, _Why] = {
    "SUBMITTED": _Why(
        "这件意见建议正在等待受理，现在不能这样办。",
        "This item is waiting to be accepted; this cannot be done now.",
        "请站长先受理、退回补充或不予受理。",
        "Let the station's head accept, return or reject it first.",
    ),
    "SUPPLEMENT": _Why(
        "这件意见建议已退回补充，现在不能这样办。",
        "This item was returned for more details; this cannot be done now.",
        "请先补充材料重新提交。",
        "Supply what is missing and resubmit it first.",
    ),
    "ACCEPTED": _Why(
        "这件意见建议已经受理，受理决定不能再改。",
        "This item has been accepted; that decision can no longer be changed.",
        "请联系交办机关处理。",
        "Turn to the organ that gives it out.",
    ),
    "REJECTED": _Why(
        "这件意见建议已经不予受理，不能再办。",
        "This item was rejected; nothing more can be done with it.",
        *_ENDED,
    ),
    "TRANSFERRED": _Why(
        "这件意见建议已经转到其他渠道，不能再办。",
        "This item was passed to another channel; nothing more can be done with it here.",
        "请向那个渠道询问办理情况。",
        "Ask that channel how it goes on.",
    ),
    "MERGED": _Why(
        "这件意见建议已经并入另一件，不能再办。",
        "This item was merged into another; nothing more can be done with it.",
        "请在并入的那一件上办理。",
        "Act on the item it was merged into.",
    ),
}


def out_of_turn(state: str) -> Conflict:
    """Refuse an act that does not fit the item's state, saying which state that is."""
    why = _WHY[state]
    return Conflict(
        "out_of_turn", why.zh, why.en, todo_zh=why.todo_zh, todo_en=why.todo_en, state=state
    )
