"""The sentences in which intake refuses, and the checks that acts share."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.commands import Accept, Signer, Submit
from services.intake.domain.credit_code import is_credit_code
from services.intake.domain.model import ItemRow
from services.intake.domain.rights import Signatory, stations_of
from shared.calendar import local_day
from shared.directory.rights import grants_of
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended, living_division, living_station
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.ids import Id
from shared.rights import Action, Resource, may
from shared.text import Sentence, _


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What decisions stand on: the instant of the transaction and the directory."""

    now: datetime
    directory: Directory

    def living(self, division_code: str) -> str:
        """Give the division that goes on for a code; what is new belongs to it."""
        return living_division(self.directory, division_code, local_day(self.now))


def not_found() -> NotFound:
    """Refuse to tell of an item that is not there, or not this station's."""
    return NotFound(
        "item_not_found",
        _("本站没有这件意见建议。"),
        _("请核对编号，或先提交这件意见建议。"),
    )


def unknown_station(code: str) -> Forbidden:
    """Refuse a station whose key lives but which the directory does not list."""
    return Forbidden(
        "unknown_station",
        _("名录里没有这个联络站，没有保存。"),
        _("请管理员先登记联络站。"),
        station_code=code,
    )


def require_open(ground: DecisionContext, signer: Signer) -> None:
    """Refuse what is new from a station whose last day is over; what it took in stays."""
    today = local_day(ground.now)
    station = ground.directory.station(signer.station_id)
    if station is None or not has_ended(station, today):
        return
    heir = living_station(ground.directory, signer.station_id, today)
    successor = ground.directory.station(heir) if heir else None
    other = _("当地其他联络站")
    if successor is not None:
        other = _("接续的%(name)s（%(code)s）", name=successor.name, code=successor.code)
    raise Forbidden(
        "station_closed",
        _("%(station)s已经撤销，不再接收新的内容，没有保存。", station=station.name),
        _("请交由%(station)s提交；以前提交的照常办理。", station=other),
        station_code=signer.station_code,
        successor_code=successor.code if successor else None,
    )


def id_reused() -> Conflict:
    """Refuse another content under an id that is taken."""
    return Conflict(
        "id_reused",
        _("这个编号已用于另一份内容，没有保存。"),
        _("请用新的编号提交；已提交的内容请用补充材料修改。"),
    )


def require_division(ground: DecisionContext, code: str) -> None:
    """Refuse a division the directory does not know."""
    if ground.directory.division(code) is None:
        raise Invalid(
            "unknown_division",
            _("没有这个区划代码，没有保存。"),
            _("请按区划表填写乡镇、街道或县（市、区）的代码。"),
            division_code=code,
        )


def require_own_division(ground: DecisionContext, signer: Signer, code: str) -> None:
    """Refuse a division outside the station's own and those below it."""
    require_division(ground, code)
    if not ground.directory.covers(signer.division_code, code):
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


def require_past(ground: DecisionContext, instant: datetime) -> None:
    """Refuse an instant that has not come yet."""
    if instant > ground.now:
        raise Invalid(
            "occurred_in_future",
            _("发生时间还没有到，没有保存。"),
            _("请核对日期和设备时钟。"),
            server_time=ground.now.isoformat(),
        )


def require_person(ground: DecisionContext, key: Id | None) -> None:
    """Refuse a person the directory does not know."""
    if key is not None and ground.directory.person(key) is None:
        raise Invalid(
            "unknown_person",
            _("名录里没有这个人，没有保存。"),
            _("请核对人员编号，或请管理员先登记。"),
        )


def require_deputy(act: Submit) -> None:
    """Refuse an item about a deputy's own firm that names no deputy."""
    if act.self_interest and act.deputy_id is None:
        raise Invalid(
            "self_interest_of_whom",
            _("写明是代表本人的企业，却没有写是哪位代表，没有保存。"),
            _("请填写代表，或去掉“代表本人企业”。"),
        )


def require_suggestion(row: ItemRow, act: Accept) -> None:
    """Refuse a deputy's own matter as a legal suggestion (浙江省代表建议办理规定 2016 §6)."""
    if row.self_interest and act.profile == "legal_suggestion":
        raise Conflict(
            "own_firm_is_no_suggestion",
            _("涉及代表本人的企业，不能作为代表建议，没有受理。"),
            _("请按民意件受理，与其他企业的意见同样办理。"),
        )


def require_words(words: str, message: Sentence) -> None:
    """Refuse an act without the words it needs."""
    if not words:
        raise Invalid(
            "words_required",
            message,
            _("请写明后重试。"),
        )


def require_head(ground: DecisionContext, signer: Signer, action: Action, station_id: Id) -> None:
    """Refuse what only the head of a station does to anyone else.

    The head of a main station is the head of its sub-points too.
    """
    here = Resource(stations=stations_of(station_id, ground.directory))
    today, person_id = local_day(ground.now), signer.person_id
    grants = grants_of(ground.directory, person_id, today) if person_id else ()
    if not may(Signatory(signer.code, grants), action, here):
        raise Forbidden(
            "station_head_only",
            _("这一步要由本站站长办理，没有保存。"),
            _("请站长本人办理，或请管理员核对站长的授权。"),
        )
