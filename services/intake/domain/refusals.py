"""Refusals of intake, and the checks that commands share."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.intake.domain.asker import Asker, Station, find_station, may_at
from services.intake.domain.commands import (
    Erase,
    ItemBody,
    MergeBody,
    ReleaseBody,
    StationCommand,
    Submit,
)
from services.intake.domain.context import DecisionContext
from services.intake.domain.enterprises import is_credit_code
from services.intake.domain.model import ActivityRow, Item, ItemRow
from services.intake.domain.rights import SHOWS_ITEM, acts_in_own_name, may_act
from services.intake.domain.station_keys import LIFETIME
from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended, living_station
from shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooEarly,
    Unavailable,
)
from shared.ids import Id, to_text
from shared.rights import Action, not_yours
from shared.text import Sentence, _

RECENT_DAYS = 92
"""An item raised more days ago than this needs a confirmed date: most are typing errors."""
LONGEST_WAIT = 3600
"""Seconds after which a device should try again at the latest."""
_INSTANT = timedelta(microseconds=1)
"""A window ends at 24:00 of its last day."""


def not_found() -> NotFound:
    """The item does not exist or is not this station's."""
    return NotFound(
        "item_not_found", _("本站没有这件意见建议。"), _("请核对编号，或先提交这件意见建议。")
    )


def unknown_station(code: str) -> Forbidden:
    """The key is valid, but the directory does not list the station."""
    return Forbidden(
        "unknown_station",
        _("名录里没有这个联络站，没有保存。"),
        _("请管理员先登记联络站。"),
        station_code=code,
    )


def require_open(context: DecisionContext, at: Station) -> None:
    """Refuse new content from a closed station; earlier items stay open to it."""
    today = local_day(context.now)
    station = context.directory.station(at.station_id)
    if station is None or not has_ended(station, today):
        return
    heir = living_station(context.directory, at.station_id, today)
    successor = context.directory.station(heir) if heir else None
    other = _("当地其他联络站")
    if successor is not None:
        other = _("接续的%(name)s（%(code)s）", name=successor.name, code=successor.code)
    raise Forbidden(
        "station_closed",
        _("%(station)s已经撤销，不再接收新的内容，没有保存。", station=station.name),
        _("请交由%(station)s提交；以前提交的照常办理。", station=other),
        station_code=at.code,
        successor_code=successor.code if successor else None,
    )


def id_reused() -> Conflict:
    """The id is in use for other content."""
    return Conflict(
        "id_reused",
        _("这个编号已用于另一份内容，没有保存。"),
        _("请用新的编号提交；已提交的内容请用补充材料修改。"),
    )


def require_division(context: DecisionContext, code: str) -> None:
    if context.directory.division(code) is None:
        raise Invalid(
            "unknown_division",
            _("没有这个区划代码，没有保存。"),
            _("请按区划表填写乡镇、街道或县（市、区）的代码。"),
            division_code=code,
        )


def require_own_division(context: DecisionContext, station: Station, code: str) -> None:
    """Refuse a division that is neither the station's own nor below it."""
    require_division(context, code)
    if not context.directory.covers(station.division_code, code):
        raise Forbidden(
            "division_not_yours",
            _("这个区划不归本站，没有保存。"),
            _("请由当地的联络站提交。"),
            division_code=code,
        )


def require_credit_code(code: str | None) -> None:
    """Refuse a code whose check character is wrong (GB 32100-2015)."""
    if code is not None and not is_credit_code(code):
        raise Invalid(
            "credit_code_check",
            _("统一社会信用代码的校验位不对，没有保存。"),
            _("请对照营业执照逐位核对；不知道可以不填。"),
            enterprise_code=code,
        )


def settled(context: DecisionContext, instant: datetime) -> datetime:
    """Take an instant of a device whose clock is up to five minutes fast as now.

    Raises TooEarly beyond that, never a refusal for good: the same request succeeds later.
    """
    ahead = instant - context.now
    if ahead <= LIFETIME:
        return min(instant, context.now)
    raise TooEarly(
        "occurred_in_future",
        _("发生时间还没有到，现在没有保存。"),
        _("请核对日期，并按服务器时间校准设备时钟；时间到了再用同一编号重试。"),
        retry_after=min(math.ceil(ahead.total_seconds()), LONGEST_WAIT),
        server_time=context.now.isoformat(),
    )


def require_recent(context: DecisionContext, at: datetime, *, is_confirmed: bool) -> None:
    """Require confirmation of a date so far back that it is more likely a typing error."""
    days = (local_day(context.now) - local_day(at)).days
    if days > RECENT_DAYS and not is_confirmed:
        raise Invalid(
            "date_far_back",
            _("所填日期已过去%(days)s天，没有保存。", days=days),
            _("请核对日期；确实无误的，请注明date_confirmed再提交。"),
            days=days,
        )


def require_person(context: DecisionContext, key: Id | None) -> None:
    if key is not None and context.directory.person(key) is None:
        raise Invalid(
            "unknown_person",
            _("名录里没有这个人，没有保存。"),
            _("请核对人员编号，或请管理员先登记。"),
        )


def require_deputy(body: ItemBody) -> None:
    """Refuse an item about a deputy's own firm that names no deputy."""
    if body.self_interest and body.deputy_id is None:
        raise Invalid(
            "self_interest_of_whom",
            _("写明是代表本人的企业，却没有写是哪位代表，没有保存。"),
            _("请填写代表，或去掉“代表本人企业”。"),
        )


def own_name_only() -> Forbidden:
    """A deputy speaks for themself: what others raise is entered by the station."""
    return Forbidden(
        "own_name_only",
        _("代表登录后只能以本人名义提出或联名，没有保存。"),
        _("替企业或别的代表记录的，请交给联络站；别的代表可以自己联名。"),
    )


def require_own_name(context: DecisionContext, asker: Asker, at: Station, body: ItemBody) -> None:
    """Let a deputy who is not of the station's staff raise items in their own name only."""
    if not acts_in_own_name(asker, at.station_id, context.directory):
        return
    own = body.deputy_id is not None and to_text(body.deputy_id.bytes) == asker.code
    if not own or body.source_kind != "deputy" or body.entered_by_proxy or body.co_proposers:
        raise own_name_only()


def require_named(item: Item, body: ReleaseBody) -> None:
    """Refuse to let words go that may name a confidential enterprise, unless the head has looked.

    Words to mask show that the head has looked, as the confirmation does.
    """
    has_looked = body.name_unknown_confirmed or body.mask
    if item.hides_unnamed and not has_looked:
        raise Conflict(
            "name_unknown",
            _(
                "来源保密，但企业没有写明，或不在企业名册里，文字里的企业名称无法自动遮住，没有保存。"
            ),
            _(
                "请先看一遍要送出的文字：把会透露企业的词列为要遮住的词；没有这样的词，请确认已看过。"
            ),
        )


def require_rateable(item: Item, reply_no: int, at: datetime) -> None:
    """Refuse a rating of any reply but the last, or after its window, as far as is known here."""
    require_known_reply(item, reply_no)
    if reply_no < item.replies:
        raise Conflict(
            "older_reply",
            _("这次答复之后已有新的答复，不能再评价这一次。"),
            _("请评价最近一次答复。"),
            replies=item.replies,
        )
    until = item.progress.rating_until if item.progress else None
    if until is not None and at >= until:
        raise Conflict(
            "rating_window_over",
            _("评价期限已过（%(day)s截止），没有保存。", day=local_day(until - _INSTANT)),
            _("如有新情况，请重新提交一件。"),
        )


def require_known_reply(item: Item, reply_no: int) -> None:
    """Refuse what concerns a reply that is not known here yet."""
    if reply_no > item.replies:
        raise Conflict(
            "unknown_reply",
            _("这次答复还没有收到，没有保存。"),
            _("请核对答复的次数，或稍后再试。"),
            replies=item.replies,
        )


def require_unfinished(item: Item) -> None:
    """Refuse a supplement to what is closed."""
    if item.is_over:
        raise Conflict(
            "case_closed",
            _("这件意见建议已经办结，不能再补充，没有保存。"),
            _("如有新情况，请重新提交一件。"),
        )


def require_note(note: str, message: Sentence) -> None:
    if not note:
        raise Invalid("words_required", message, _("请写明后重试。"))


def require_station(asker: Asker, action: Action, code: str, directory: Directory) -> Station:
    """Refuse to enter anything at a station where the asker may not, or that is not there."""
    station = find_station(directory, code)
    if station is None or not may_at(asker, action, station.station_id, directory):
        raise Forbidden(
            "station_not_yours",
            _("这不是您的联络站，没有保存。"),
            _("请核对联络站的代码，或请管理员核对您的授权。"),
            station_code=code,
        )
    return station


def require_one_station(stations: Sequence[Station]) -> Station:
    """Ask somebody with roles at several stations which one is meant."""
    if not stations:
        raise Forbidden(
            "not_attached",
            _("您还没有编入联络站，没有保存。"),
            _("请联系当地人大代表工委或乡镇人大，把您编入一个联络站。"),
        )
    if len(stations) > 1:
        raise Invalid(
            "station_required",
            _("您在几个联络站都有职责，没有写明是哪一个，没有保存。"),
            _("请在地址里写明联络站的代码（station=）。"),
            stations=[one.code for one in stations],
        )
    return stations[0]


def require_right(context: DecisionContext, asker: Asker, action: Action, item: Item) -> None:
    """Refuse an act on an item that the asker does not see, or may not act on."""
    if may_act(asker, action, item, context.directory):
        return
    if any(may_act(asker, one, item, context.directory) for one in SHOWS_ITEM):
        raise not_yours(action)
    raise not_found()


_ENDED = _("如有新情况，请重新提交一件。")
_OUT_OF_TURN: Mapping[str, tuple[Sentence, Sentence]] = {
    "SUBMITTED": (
        _("这件意见建议正在等待受理，现在不能这样办。"),
        _("请站长先受理、退回补充或不予受理。"),
    ),
    "SUPPLEMENT": (_("这件意见建议已退回补充，现在不能这样办。"), _("请先补充材料重新提交。")),
    "ACCEPTED": (_("这件意见建议已经受理，受理决定不能再改。"), _("请联系交办机关处理。")),
    "WITHDRAWN": (_("这件意见建议已经撤回，不能再办。"), _ENDED),
    "REJECTED": (_("这件意见建议已经不予受理，不能再办。"), _ENDED),
    "TRANSFERRED": (_("这件意见建议已经转到其他渠道，不能再办。"), _("请向那个渠道询问办理情况。")),
    "MERGED": (
        _("这件意见建议已经并入另一件，不能再办。"),
        _("请在并入的那一件上办理；提出人请联系联络站，由联络站去办。"),
    ),
}


def require_state(row: ItemRow, states: Sequence[str]) -> None:
    """Refuse an act that does not fit the item's state; the refusal names that state."""
    if row.state not in states:
        message, what_to_do = _OUT_OF_TURN[row.state]
        raise Conflict("out_of_turn", message, what_to_do, state=row.state)


def require_members(row: ItemRow, command: StationCommand) -> None:
    """Ask to try again when an item was merged into this one since the command was prepared."""
    if not {*row.members} <= {*command.others}:
        raise Unavailable("in_flight", retry_after=1)


def require_merged_into(row: ItemRow, command: Erase | Submit) -> None:
    """Ask to try again when the item was merged since the command was prepared."""
    if row.merged_into not in (None, *command.others):
        raise Unavailable("in_flight", retry_after=1)


def require_target(item: Item, into: Item, body: MergeBody) -> None:
    """Refuse to merge into anything but another open item, raised by all enterprises of this one.

    Where no register names its enterprise the head says that it is the same. Both are confidential
    or neither: who sees the source of one would know that of the other.
    """
    same = bool(item.enterprises) and item.enterprises <= into.enterprises
    is_unnamed = item.is_of_unnamed_firm and (into.is_of_unnamed_firm or bool(into.enterprises))
    same = same or is_unnamed
    if into.row.key == item.row.key or not into.is_open or not same:
        raise Conflict(
            "merge_target",
            _("只能并入同一企业尚未办结的另一件意见建议，没有保存。"),
            _("内容相近但企业不同的，请分别受理。"),
        )
    if is_unnamed and not body.same_firm:
        raise Invalid(
            "same_firm_unconfirmed",
            _("企业没有登记，系统核对不了是不是同一企业，没有保存。"),
            _("请先核对；是同一企业说的同一件事，请勾选确认。"),
        )
    if into.row.confidential != item.row.confidential:
        raise Conflict(
            "merge_confidential",
            _("一件来源保密，另一件不保密，并案会让人看出来源，没有保存。"),
            _("请分别受理；来源同样保密或同样不保密的才能并案。"),
        )


def require_current(row: ItemRow | ActivityRow, command: StationCommand) -> None:
    """Refuse an act on an old view, and one without a basis that was done before."""
    basis = command.basis
    if basis is not None and basis.seq != row.seq:
        raise Conflict(
            "stale_basis",
            _("它在您看过之后又有变化，没有保存。"),
            _("请看最新情况，再决定是否办理。"),
            seq=row.seq,
        )
    if basis is None and command.digest in row.digests:
        raise Conflict(
            "done_before",
            _("同样内容的这一步以前办过，之后又有变化，没有再办一次。"),
            _("请看最新情况；确需再办的，请注明basis。"),
            seq=row.seq,
        )


def require_not_erased(row: ItemRow | ActivityRow) -> None:
    """Refuse text for what was erased: an app may resend what it still holds."""
    if row.erased_at is not None:
        raise Conflict(
            "erased",
            _("它的内容已按规定删除，没有保存。"),
            _("请在应用中也删除；如有新情况，请另外提交。"),
        )


def register_changed() -> Conflict:
    """Refuse to import enterprises by a preview that is out of date."""
    return Conflict(
        "register_changed",
        _("您看过以后企业名册有了改动，什么也没有登记。"),
        _("下面是按最新情况重新核对的结果，请再看一遍后登记。"),
    )
