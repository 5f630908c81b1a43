"""The acts of a station on a submitted item, with their forms, and which of them are open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from services.intake.domain import commands
from services.intake.domain.asker import Asker, may_at
from services.intake.domain.commands import Mask
from services.intake.domain.effects import EFFECTS
from services.intake.domain.model import Item
from services.intake.domain.refusals import require_rateable
from shared.contracts.codes import HandlingProfile, RejectReason, ReturnReason
from shared.directory.snapshot import Directory
from shared.errors import Refused
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.labels import COMPLEXITIES, RATINGS, TRANSFER_CHANNELS, WHY

_BETWEEN = re.compile(r"[\n、，,;；]")
PROFILES: Mapping[HandlingProfile, Sentence] = {
    "station_item": _("民意件"),
    "legal_suggestion": _("代表建议"),
}
RETURNED_BECAUSE: Sequence[ReturnReason] = (
    "unclear", "several_matters", "missing_place", "missing_contact", "other",
)  # fmt: skip
REJECTED_BECAUSE: Sequence[RejectReason] = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")


@dataclass(frozen=True, slots=True)
class OtherItem:
    """An open item of the same enterprise, into which a duplicate may be merged."""

    item_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """An item of a station with what its page and its forms show."""

    item: Item
    directory: Directory
    now: datetime
    others: Sequence[OtherItem] = ()

    @property
    def hides_unnamed(self) -> bool:
        return self.item.row.hides_unnamed(self.item.firm)


def _words(given: Any) -> Any:
    """Split the words that a text area holds, one a line or between commas."""
    return [word for text in given for word in _BETWEEN.split(text) if word.strip()]


_Masks = Annotated[tuple[Mask, ...], BeforeValidator(_words), Field(max_length=50)]


MASKS = TypeAdapter[tuple[str, ...]](_Masks)
"""Reads the lines of a form's words to mask."""


class AcceptForm(commands.AcceptBody):
    mask: _Masks = ()


class MergeForm(commands.MergeBody):
    mask: _Masks = ()


def _accept_fields(seen: ItemDetails) -> list[ui.Field]:
    fields = [
        ui.Field(
            "complexity",
            _("办理类别"),
            "normal",
            options=_options(COMPLEXITIES),
            control="select",
            hint=_("决定承办单位的答复期限，交办时还可以调整"),
        )
    ]
    if not seen.item.row.self_interest:
        kinds = _options(PROFILES)
        fields.append(ui.Field("profile", _("按什么办"), "station_item", options=kinds,
                               control="select"))  # fmt: skip
    on_spot = _("当场解决了，不再交办")
    return [
        *fields,
        ui.Field("solved_on_spot", on_spot, required=False, control="check"),
        ui.Field(
            "note",
            _("说明"),
            hint=_("当场解决的，写明由哪个单位或联络站、怎样解决的，企业是否认可"),
            required=False,
            control="textarea",
        ),
        *_release_fields(seen),
    ]


def _release_fields(seen: ItemDetails) -> list[ui.Field]:
    """Ask what else is to be masked in the words of a confidential item."""
    if not seen.item.row.confidential:
        return []
    hint = _("企业、提出人和代表的名称已自动遮住；还会透露来源的词写在这里，一行一个")
    fields = [ui.Field("mask", _("还要遮住的词"), hint=hint, required=False, control="textarea")]
    if seen.hides_unnamed:
        unnamed = _("已看过下面的文字，没有会透露企业的词")
        fields.append(ui.Field("name_unknown_confirmed", unnamed, required=False, control="check"))
    return fields


def _return_fields(_seen: ItemDetails) -> list[ui.Field]:
    return [
        ui.Field("reason", _("为什么退回"), options=_why(RETURNED_BECAUSE), control="select"),
        ui.Field("note", _("还缺什么"), hint=_("提出人会看到"), control="textarea"),
    ]


def _resubmit_fields(_seen: ItemDetails) -> list[ui.Field]:
    hint = _("原文不变，补充的接在后面")
    return [ui.Field("supplement", _("补充的内容"), hint=hint, control="textarea", rows=5)]


def _reject_fields(_seen: ItemDetails) -> list[ui.Field]:
    return [
        ui.Field("reason", _("理由"), options=_why(REJECTED_BECAUSE), control="select"),
        ui.Field("note", _("说明"), hint=_("提出人会看到"), control="textarea"),
    ]


def _transfer_fields(_seen: ItemDetails) -> list[ui.Field]:
    hint = _("有人身危险、火情、急病的，请立即拨打110、119、120")
    channels = _options(TRANSFER_CHANNELS)
    return [
        ui.Field("channel", _("转到哪里"), options=channels, control="select", hint=hint),
        ui.Field("note", _("说明"), required=False, control="textarea"),
    ]


def _merge_fields(seen: ItemDetails) -> list[ui.Field]:
    others = [ui.Option(one.item_id, one.name) for one in seen.others]
    hint = _("同一企业说的同一件事；并入后一起办理，不重复计数")
    return [
        ui.Field("into", _("并入哪一件"), options=others, control="select", hint=hint),
        ui.Field("note", _("说明"), required=False, control="textarea"),
        *_release_fields(seen),
    ]


def _rating_fields(seen: ItemDetails) -> list[ui.Field]:
    heard = [ui.Option("station_app", _("在联络站当面")), ui.Option("phone", _("电话回访"))]
    return [
        ui.Field("reply_no", "", str(seen.item.replies), control="hidden"),
        ui.Field("result", _("对办理结果"), options=_options(RATINGS), control="choices"),
        ui.Field("attitude", _("对办理态度"), options=_options(RATINGS), control="select",
                 required=False),
        ui.Field("channel", _("怎样听到的"), options=heard, control="choices"),
        ui.Field("reason", _("理由"), hint=_("不满意的，必须写明"), required=False,
                 control="textarea"),
    ]  # fmt: skip


def _options(labels: Mapping[Any, Text]) -> list[ui.Option]:
    return [ui.Option(value, label) for value, label in labels.items()]


def _why(codes: Sequence[ReturnReason | RejectReason]) -> list[ui.Option]:
    return [ui.Option(code, WHY[code]) for code in codes]


ACTS: Sequence[ActSpec[ItemDetails]] = (
    ActSpec(
        "accept",
        commands.Accept,
        _("受理这件"),
        "Accept an item; it gets the next number of its county.",
        _accept_fields,
        AcceptForm,
    ),
    ActSpec(
        "return",
        commands.Return,
        _("请提出人补充"),
        "Ask the proposer for what is missing.",
        _return_fields,
    ),
    ActSpec(
        "resubmit",
        commands.Resubmit,
        _("补充并重交"),
        "Supply what was missing.",
        _resubmit_fields,
    ),
    ActSpec(
        "reject",
        commands.Reject,
        _("决定不予受理"),
        "Refuse an item that is not admissible.",
        _reject_fields,
    ),
    ActSpec(
        "transfer",
        commands.Transfer,
        _("转到其他渠道"),
        "Pass an item to another channel.",
        _transfer_fields,
    ),
    ActSpec(
        "merge",
        commands.Merge,
        _("并入另一件"),
        "Merge a duplicate into an open item.",
        _merge_fields,
        MergeForm,
    ),
    ActSpec(
        "rating",
        commands.Rate,
        _("记下提出人的评价"),
        "Pass on the proposer's rating of a reply.",
        _rating_fields,
    ),
)
"""Acts of a station on a submitted item."""


def open_acts(seen: ItemDetails, by: Asker) -> list[ActSpec[ItemDetails]]:
    """List the acts that the asker may do now, none of which would be refused."""
    return [spec for spec in ACTS if _is_open(spec, seen, by)]


def _is_open(spec: ActSpec[ItemDetails], seen: ItemDetails, by: Asker) -> bool:
    row, effect = seen.item.row, EFFECTS[spec.command]
    if row.state not in effect.states or (effect.adds_text and row.erased_at is not None):
        return False
    if spec.command is commands.Merge and not seen.others:
        return False
    if spec.command is commands.Rate:
        if row.merged_into is not None or not seen.item.replies:
            return False
        try:
            require_rateable(seen.item, seen.item.replies, seen.now)
        except Refused:
            return False
    return may_at(by, spec.action, row.station_id, seen.directory)
