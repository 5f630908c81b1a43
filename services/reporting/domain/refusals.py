"""Why an act on a report is refused, in the words people read."""

from collections.abc import Sequence
from datetime import date

from shared.errors import Conflict, NotFound, Unavailable
from shared.text import _, n_

STAGES = {
    "drafted": _("已起草，等联络员核对"),
    "checked": _("已核对，等工委负责人确认"),
    "confirmed": _("已确认，等报送"),
    "submitted": _("已报送，等市办公室接收"),
    "received": _("已由市办公室接收"),
    "returned": _("已退回，等联络员重新核对"),
}


class NoReport(NotFound):
    """The report is not drafted yet, or there is no such filer or period."""

    def __init__(self) -> None:
        super().__init__(
            "no_report",
            _("没有这份报表，或系统还没有起草，或您的身份看不到。"),
            _("系统在每期15日起草。请核对填报单位和报送日期，打开本单位的报表。"),
        )


class CutNotRead(Unavailable):
    """What Kafka holds is not all read yet, so the figures cannot be frozen."""

    def __init__(self) -> None:
        super().__init__(
            "cut_not_read",
            _("还有事项没有读完，数字没有冻结，报表没有报送。"),
            _("请过半分钟再报送；如一直如此，请联系系统运维。"),
            retry_after=30,
        )


class OutOfTurn(Conflict):
    """The report is at another step."""

    def __init__(self, stage: str) -> None:
        super().__init__(
            "out_of_turn",
            _("这份报表%(stage)s，现在不能这样办。", stage=STAGES[stage]),
            _("请看最新情况。"),
            stage=stage,
        )


class SamePerson(Conflict):
    """Two persons are needed."""

    def __init__(self) -> None:
        super().__init__(
            "second_person_needed",
            _("核对、确认和报送须由两个人办理，您已办过其中一步。"),
            _("请由另一位有权的人办理这一步。"),
        )


class Stale(Conflict):
    """Someone was quicker."""

    def __init__(self) -> None:
        super().__init__(
            "stale",
            _("这份报表刚才已有变化，没有办理。"),
            _("请看最新情况后再办。"),
        )


class EarlierOpen(Conflict):
    """Reports of a filer go in the order of their periods."""

    def __init__(self, period_end: date) -> None:
        super().__init__(
            "earlier_report_open",
            _("截至%(day)s的上一期报表还没有接收，请先办完上一期。", day=period_end),
            _("请先报送上一期；已报送的，请联系市办公室接收。"),
            period_end=period_end.isoformat(),
        )


class PredecessorOpen(Conflict):
    """What a county filed before it went into another comes before the other's form."""

    def __init__(self, filer: str, name: str, period_end: date) -> None:
        which = {"name": name, "year": str(period_end.year), "day": period_end}
        super().__init__(
            "predecessor_report_open",
            _(
                "%(name)s已并入本单位，它截至%(year)s年%(day)s的报表还没有接收，本期不能报送。",
                **which,
            ),
            _(
                "请先打开%(name)s截至%(year)s年%(day)s的报表，核对、确认、报送，"
                "再请市办公室接收，然后报送本期。",
                **which,
            ),
            filer=filer,
            period_end=period_end.isoformat(),
        )


class LaterSubmitted(Conflict):
    """What would be counted stands in a report of a later period, or in another filer's."""

    def __init__(self) -> None:
        super().__init__(
            "later_report_submitted",
            _("后面一期的报表已经报送，这一期不能再报送。"),
            _("这一期的事项已计入后面一期。"),
        )


class SubjectsParked(Conflict):
    """Something that may belong to the figures is under repair."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(
            "subjects_parked",
            n_(
                "有%(num)s件正在核对数据，还没有计入：%(named)s。",
                len(keys),
                named=tuple(keys[:5]),
            ),
            _("请等核对完再报送；急需报送的，由工委负责人决定，表上会注明。"),
            subjects=list(keys),
        )
