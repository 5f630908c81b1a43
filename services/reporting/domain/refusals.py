from collections.abc import Sequence
from datetime import date

from services.reporting.domain.freezing import LineFigure
from shared.errors import Conflict, Invalid, NotFound, Unavailable
from shared.text import _, n_

_STAGES = {
    "drafted": _("已起草，等联络员核对"),
    "checked": _("已核对，等工委负责人确认"),
    "confirmed": _("已确认，等报送"),
    "outdated": _("确认以后数字有变化，等工委负责人再确认"),
    "submitted": _("已报送，等市办公室接收"),
    "received": _("已由市办公室接收"),
    "returned": _("已退回，等联络员重新核对"),
}


def no_report() -> NotFound:
    return NotFound(
        "no_report",
        _("没有这份报表，或系统还没有起草，或您的身份看不到。"),
        _("系统在每期15日起草。请核对填报单位和报送日期，打开本单位的报表。"),
    )


def period_not_begun(start: date) -> NotFound:
    return NotFound(
        "period_not_begun",
        _("这一期从%(day)s开始，现在还没有报表。", day=start),
        _("请打开本期的报表。"),
    )


def no_activity() -> NotFound:
    return NotFound(
        "no_activity",
        _("没有这次活动，或您的身份看不到。"),
        _("请从月度报表的数字重新打开。"),
    )


def cut_not_read() -> Unavailable:
    return Unavailable(
        "cut_not_read",
        _("还有事项没有读完，数字没有冻结，报表没有报送。"),
        _("请过半分钟再报送；如一直如此，请联系系统运维。"),
        retry_after=30,
    )


def out_of_turn(stage: str) -> Conflict:
    return Conflict(
        "out_of_turn",
        _("这份报表%(stage)s，现在不能这样办。", stage=_STAGES[stage]),
        _("请看最新情况。"),
        stage=stage,
    )


def second_person_needed() -> Conflict:
    return Conflict(
        "second_person_needed",
        _("核对、确认和报送须由两个人办理，您已办过其中一步。"),
        _("请由另一位有权的人办理这一步。"),
    )


def accounts_not_independent() -> Conflict:
    """Whoever opened or reset both accounts lately could have signed in as both people."""
    return Conflict(
        "accounts_not_independent",
        _("您和办理上一步的人，近日由对方或同一位管理员开设或重置过账号，不能算两个人。"),
        _("请由另一位有权的人办理这一步，或过些时候再办。"),
    )


def return_unexplained() -> Invalid:
    why = Invalid(
        "return_unexplained",
        _("没有写明为什么退回，没有办理。"),
        _("请选择退回理由；选“其他”的，请写明原因。"),
    )
    return Invalid.of_fields({"note": why})


def stale() -> Conflict:
    return Conflict("stale", _("这份报表刚才已有变化，没有办理。"), _("请看最新情况后再办。"))


def figures_changed() -> Conflict:
    """The figures are no longer those the person saw."""
    return Conflict(
        "figures_changed",
        _("您打开以后，表上的数字有了变化，没有办理。"),
        _("请看新的数字后再办。"),
    )


def confirmed_figures_changed(differing: Sequence[tuple[LineFigure, LineFigure]]) -> Conflict:
    """The figures at the cut are not those confirmed; each that differs is in the details."""
    return Conflict(
        "confirmed_figures_changed",
        n_("确认以后有%(num)s个数字变了，没有报送。", len(differing)),
        _("请工委负责人打开报表，看清变化，再确认一次。"),
        differences=[
            {
                "division_code": now.division_code,
                "column": now.column,
                "confirmed": was.model_dump(exclude={"division_code", "column"}),
                "now": now.model_dump(exclude={"division_code", "column"}),
            }
            for was, now in differing
        ],
    )


def earlier_report_open(period_end: date) -> Conflict:
    """The reports of a filer are submitted in the order of their periods."""
    return Conflict(
        "earlier_report_open",
        _("截至%(day)s的上一期报表还没有接收，请先办完上一期。", day=period_end),
        _("请先报送上一期；已报送的，请联系市办公室接收。"),
        period_end=period_end.isoformat(),
    )


def predecessor_report_open(filer: str, name: str, period_end: date) -> Conflict:
    """The reports of a merged county are completed first."""
    which = {"name": name, "day": period_end}
    return Conflict(
        "predecessor_report_open",
        _("%(name)s已并入本单位，它截至%(day)s的报表还没有接收，本期不能报送。", **which),
        _(
            "请先打开%(name)s截至%(day)s的报表，核对、确认、报送，再请市办公室接收，然后报送本期。",
            **which,
        ),
        filer=filer,
        period_end=period_end.isoformat(),
    )


def later_report_submitted() -> Conflict:
    """A report of a later period, or of another filer, has already counted the same."""
    return Conflict(
        "later_report_submitted",
        _("后面一期的报表已经报送，这一期不能再报送。"),
        _("这一期的事项已计入后面一期。"),
    )


def subjects_blocked(keys: Sequence[str]) -> Conflict:
    """`keys` may belong to the figures and are under repair."""
    return Conflict(
        "subjects_blocked",
        n_("有%(num)s件正在核对数据，还没有计入：%(named)s。", len(keys), named=tuple(keys[:5])),
        _("请等核对完再报送；急需报送的，由工委负责人决定，表上会注明。"),
        subjects=list(keys),
    )
