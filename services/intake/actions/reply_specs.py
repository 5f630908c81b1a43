"""The acts around a reply: the proposer rates it; the station tells, calls back and checks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from services.intake.actions.item_details import (
    ItemDetails,
    called,
    options_of,
    proposer_field,
)
from services.intake.domain.asker import Asker
from services.intake.domain.call_backs import CallBackRow, LastRating, TellingChannel
from services.intake.domain.commands import StationCommand
from services.intake.domain.model import Item
from services.intake.domain.proposer_commands import (
    CheckCallBack,
    DiscardCallBack,
    Rate,
    RecordCallBack,
    TellProposer,
)
from services.intake.domain.refusals import require_rateable
from services.intake.domain.source_access import view_of
from shared.calendar import local_day
from shared.errors import Refused
from shared.features.trail import Names
from shared.ids import to_text
from shared.observability.masking import mask_phone
from shared.text import Sentence, Text, _
from shared.web import components as ui
from shared.web.act_spec import ActSpec
from shared.web.labels import RATINGS

TOLD_BY: Mapping[TellingChannel, Sentence] = {
    "visit": _("上门或当面"),
    "phone": _("打电话"),
    "message": _("短信或微信"),
    "letter": _("书面"),
}

ASKED_BY: Mapping[Literal["phone", "visit"], Sentence] = {
    "phone": _("打电话"),
    "visit": _("当面"),
}


def own_rating(item: Item) -> LastRating | None:
    """The last rating of the last reply by whoever reads an item they raised."""
    own = {one.row.proposer_id for one in item.proposers}
    given = (one for one in item.row.ratings if one.reply_no == item.replies)
    return next((one for one in given if one.proposer_id in own), None)


def own_reason(item: Item) -> str:
    """The words given with that rating."""
    given = own_rating(item)
    return next(
        (
            one.reason
            for one in item.text.ratings
            if given and (one.reply_no, one.proposer_id) == (given.reply_no, given.proposer_id)
        ),
        "",
    )


def _own_rating_fields(seen: ItemDetails) -> list[ui.Field]:
    """The fields of a rating with what this proposer said before, which they may change."""
    given = own_rating(seen.item)
    if given is None:
        return rating_fields(seen)
    said = {"result": given.result, "attitude": given.attitude or "",
            "reason": own_reason(seen.item)}  # fmt: skip
    return [replace(one, value=said.get(one.name, one.value)) for one in rating_fields(seen)]


def rating_fields(seen: ItemDetails) -> list[ui.Field]:
    """Ask for result and attitude apart; nothing is chosen beforehand."""
    hint = _("承办单位会看到")
    if seen.item.hides_unnamed:
        hint = _("来源保密，理由只有联络站看得到")
    return [
        ui.Field("reply_no", "", str(seen.item.replies), control="hidden"),
        ui.Field("result", _("对办理结果"), options=options_of(RATINGS), control="choices"),
        ui.Field("attitude", _("对办理态度"), options=options_of(RATINGS), control="choices",
                 required=False),
        ui.Field("reason", _("哪里不满意"), hint=hint, required=False, control="textarea",
                 needed=_("选“不满意”时必填")),
    ]  # fmt: skip


def _call_fields(seen: ItemDetails) -> list[ui.Field]:
    hint = _("办结以第一位提出人的评价为准，其他人的也会记下")
    today = local_day(seen.now).isoformat()
    return [
        *proposer_field(seen, _("问的哪位提出人"), hint),
        ui.Field("channel", _("怎样问的"), "phone", options=options_of(ASKED_BY),
                 control="choices"),
        _number_field(seen),
        ui.Field("called_on", _("哪天问的"), today, control="date"),
        *rating_fields(seen),
    ]  # fmt: skip


def _number_field(seen: ItemDetails) -> ui.Field:
    """Ask which number was called, where it is not, or not only, that of the contact."""
    known = [one.contact.phone if one.contact else "" for one in seen.item.proposers]
    hint: Text = _("只记下遮住中间几位的号码，给核对的人看")
    if len(known) == 1 and known[0]:
        hint = _("登记的是%(phone)s，打的是别的号码才填", phone=mask_phone(known[0]))
    needed = "" if all(known) else _("选“打电话”而没有登记电话时必填")
    return ui.Field("number", _("打的哪个号码"), hint=hint, required=False, needed=needed)


def _check_fields(seen: ItemDetails) -> list[ui.Field]:
    return [_which(seen)]


def _discard_fields(seen: ItemDetails) -> list[ui.Field]:
    return [_which(seen), ui.Field("reason", _("为什么作废"), control="textarea")]


def _which(seen: ItemDetails) -> ui.Field:
    """Name the call-backs to check with all that was recorded of them."""
    options = [ui.Option(str(one.n), _said(one), _asked(one, seen)) for one in open_calls(seen)]
    return ui.Field("n", _("哪一次回访"), options=options, control="stacked")


def _asked(call: CallBackRow, seen: ItemDetails) -> Text:
    """Sum up a call-back for its second person, without names or numbers in full."""
    views = [view_of(one, seen.directory).masked() for one in seen.item.proposers]
    of = to_text(call.proposer_id)
    whom = next(called(n, one) for n, one in enumerate(views, 1) if one.proposer_id == of)
    how = _("打电话%(number)s", number=call.number)
    if call.channel == "visit":
        how = ASKED_BY["visit"]
    return _(
        "%(who)s记录，%(how)s问%(whom)s；原话：%(words)s",
        who=Names(seen.directory).who(call.called_by, call.called_at),
        how=how,
        whom=whom,
        words=call.words or _("没有另外说"),
    )


def _said(call: CallBackRow) -> Sentence:
    day = local_day(call.called_at)
    if call.attitude is None:
        return _("%(day)s：结果%(result)s", day=day, result=RATINGS[call.result])
    return _(
        "%(day)s：结果%(result)s，态度%(attitude)s",
        day=day,
        result=RATINGS[call.result],
        attitude=RATINGS[call.attitude],
    )


def _tell_fields(seen: ItemDetails) -> list[ui.Field]:
    today = local_day(seen.now).isoformat()
    return [
        ui.Field("reply_no", "", str(seen.item.replies), control="hidden"),
        *_told_field(seen),
        ui.Field("channel", _("怎样告诉的"), options=options_of(TOLD_BY), control="choices"),
        ui.Field("day", _("哪天告诉的"), today, control="date"),
    ]


def _told_field(seen: ItemDetails) -> list[ui.Field]:
    """Ask of several proposers who was told: nobody chosen is each of them."""
    hint = _("每一位都告诉了的，不用选")
    return [
        replace(one, value="", required=False) for one in proposer_field(seen, _("告诉了谁"), hint)
    ]


RATING: ActSpec[ItemDetails] = ActSpec(
    "rating",
    Rate,
    _("提交评价"),
    "Rate the last reply, as one of those who raised the item.",
    _own_rating_fields,
)
REPLY_ACTS: Sequence[ActSpec[ItemDetails]] = (
    ActSpec(
        "tell",
        TellProposer,
        _("记下已告诉提出人"),
        "Record who told the proposer a reply, or that it was not taken on, when and how.",
        _tell_fields,
    ),
    ActSpec(
        "call-back",
        RecordCallBack,
        _("记下回访"),
        "Record a rating given when asked; it counts once a second person has checked it.",
        _call_fields,
    ),
    ActSpec(
        "check-call-back",
        CheckCallBack,
        _("核对回访"),
        "Confirm a colleague's call-back, so that its rating counts.",
        _check_fields,
    ),
    ActSpec(
        "discard-call-back",
        DiscardCallBack,
        _("作废回访"),
        "Discard a call-back that was recorded wrongly.",
        _discard_fields,
    ),
)


def fits_reply(command: type[StationCommand], seen: ItemDetails, by: Asker) -> bool:
    """Whether an act around a reply is open now; any other act is."""
    if command is TellProposer:
        return seen.item.is_untold or seen.item.replies > seen.item.heard_no
    if command is CheckCallBack:
        return any(one.called_by != by.code for one in open_calls(seen))
    if command is DiscardCallBack:
        return bool(open_calls(seen))
    return command not in (Rate, RecordCallBack) or is_rateable(seen)


def open_calls(seen: ItemDetails) -> list[CallBackRow]:
    """List the call-backs that nobody has checked yet."""
    return [one for one in seen.item.call_backs if one.state == "open"]


def is_rateable(seen: ItemDetails) -> bool:
    """Whether the last reply may be rated now, as far as is known here."""
    if seen.item.row.merged_into is not None or not seen.item.replies:
        return False
    try:
        require_rateable(seen.item, seen.item.replies, seen.now)
    except Refused:
        return False
    return True
