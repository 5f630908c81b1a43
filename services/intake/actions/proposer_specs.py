"""The acts of a proposer on their own item, by their link."""

from collections.abc import Callable, Mapping, Sequence

from services.intake.actions.item_details import FormMasks, ItemDetails, options_of
from services.intake.actions.reply_specs import RATING, is_rateable, own_rating
from services.intake.domain.asker import Asker
from services.intake.domain.call_backs import ReopenRequest
from services.intake.domain.commands import Resubmit
from services.intake.domain.effects import EFFECTS
from services.intake.domain.model import Item
from services.intake.domain.proposer_checks import may_speak
from services.intake.domain.proposer_commands import (
    AskToReopen,
    Protect,
    ProtectBody,
    Supplement,
    Withdraw,
)
from services.intake.domain.reopening import asked_to_reopen, require_reopenable
from services.intake.domain.rights import may_act
from shared.errors import Refused
from shared.text import Sentence, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.labels import REOPEN_REASONS


def _supplement_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("接在原来的话后面，办理的单位看得到；请不要写电话、身份证号")
    if seen.item.row.confidential:
        hint = _("办理的单位看得到；您和企业的名称会遮住，别的会让人认出您的话请不要写")
    return [ui.Field("supplement", _("补充什么"), hint=hint, control="textarea", rows=6)]


def _withdraw_fields(_seen: ItemDetails) -> list[ui.Field]:
    hint = _("撤回后不再办理，也不能恢复")
    return [ui.Field("note", _("为什么撤回"), hint=hint, required=False, control="textarea")]


class ProtectForm(ProtectBody):
    mask: FormMasks = ()


def _protect_fields(_seen: ItemDetails) -> list[ui.Field]:
    words = _(
        "以后承办单位看不到是谁提出的；已经看到的收不回来，办理的人自己写过的话不会遮住，"
        "也不能再改回公开"
    )
    hint = _("企业、提出人和代表的名称会自动遮住；还会透露来源的词写在这里，一行一个")
    return [
        ui.Field("mask", _("还要遮住的词"), hint=hint, required=False, control="textarea"),
        ui.Field("confirmed", words, control="check"),
    ]


PROTECTION: ActSpec[ItemDetails] = ActSpec(
    "protect",
    Protect,
    _("要求来源保密"),
    "Hide from now on who raised the item.",
    _protect_fields,
    ProtectForm,
)
"""Protection of the proposer (山东省人大代表建议办理条例 §11), asked for later."""


def _reopen_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("交办的机关和办理的单位看得到；请不要写电话、身份证号")
    if seen.item.row.confidential:
        hint = _("办理的单位看得到；您和企业的名称会遮住，别的会让人认出您的话请不要写")
    return [
        ui.Field("reply_no", "", str(seen.item.replies), control="hidden"),
        ui.Field("reason", _("为什么"), options=options_of(REOPEN_REASONS), control="choices"),
        ui.Field("facts", _("实际是怎样的"), hint=hint, control="textarea", rows=6),
    ]


REOPENING: ActSpec[ItemDetails] = ActSpec(
    "reopen",
    AskToReopen,
    _("请求重新办理"),
    "Ask that an item be handled again, once its reply can no longer be rated.",
    _reopen_fields,
)


def own_request(item: Item) -> ReopenRequest | None:
    asked = (asked_to_reopen(item, one.row.proposer_id) for one in item.proposers)
    return next((one for one in asked if one), None)


def is_reopenable(seen: ItemDetails) -> bool:
    """Whether whoever reads an item they raised may ask now that it be handled again."""
    item = seen.item
    if item.row.state != "ACCEPTED" or item.hides_unnamed or own_request(item):
        return False
    try:
        require_reopenable(seen.item, seen.item.replies, seen.now)
    except Refused:
        return False
    return True


PROPOSER_ACTS: Sequence[ActSpec[ItemDetails]] = (
    RATING,
    ActSpec(
        "resubmit",
        Resubmit,
        _("补充后再交"),
        "Supply what the station asked for.",
        _supplement_fields,
    ),
    ActSpec(
        "supplement",
        Supplement,
        _("补充情况"),
        "Add to what was reported, until the case is closed.",
        _supplement_fields,
    ),
    REOPENING,
    PROTECTION,
    ActSpec(
        "withdraw",
        Withdraw,
        _("撤回这件"),
        "Withdraw an item before it is accepted.",
        _withdraw_fields,
    ),
)
"""Acts of whoever has a proposer's link."""


def label_of(spec: ActSpec[ItemDetails], seen: ItemDetails) -> Sentence:
    """Name an act for whoever raised the item: a rating given before is changed."""
    if spec is RATING and own_rating(seen.item) is not None:
        return _("修改评价")
    return spec.label


_AROUND_REPLY: Mapping[str, Callable[[ItemDetails], bool]] = {
    RATING.name: is_rateable,
    REOPENING.name: is_reopenable,
}


def open_to(by: Asker, seen: ItemDetails) -> list[ActSpec[ItemDetails]]:
    """List what a proposer may do now."""
    return [spec for spec in PROPOSER_ACTS if _is_open(spec, seen, by)]


def _is_open(spec: ActSpec[ItemDetails], seen: ItemDetails, by: Asker) -> bool:
    item, effect = seen.item, EFFECTS[spec.command]
    if item.row.state not in effect.states or item.row.erased_at is not None:
        return False
    around_reply = _AROUND_REPLY.get(spec.name)
    if around_reply and not around_reply(seen):
        return False
    for_others = spec.command is Withdraw and seen.is_joint
    if for_others or (spec.command is Resubmit and not may_speak(item, by, seen.directory)):
        return False
    if spec is PROTECTION and item.row.confidential:
        return False
    held_back = item.hides_unnamed and item.row.state == "ACCEPTED"
    if spec.command is Supplement and (item.is_over or held_back):
        return False
    return may_act(by, spec.action, item, seen.directory)
