"""Why an act on a report is refused, in the words people read."""

from collections.abc import Sequence
from datetime import date

from shared.errors import Conflict, NotFound, Unavailable

STAGES = {
    "drafted": ("已起草，等联络员核对", "drafted; the liaison checks it next"),
    "checked": ("已核对，等工委负责人确认", "checked; the committee head confirms it next"),
    "confirmed": ("已确认，等报送", "confirmed; it is to be submitted"),
    "submitted": ("已报送，等市办公室接收", "submitted; the city office decides next"),
    "received": ("已由市办公室接收", "received by the city office"),
    "returned": ("已退回，等联络员重新核对", "returned; the liaison checks it again"),
}


class NoReport(NotFound):
    """The report is not drafted yet, or there is no such filer or period."""

    def __init__(self) -> None:
        super().__init__(
            "no_report",
            "没有这份报表，或系统还没有起草，或您的身份看不到。",
            "There is no such report, or it is not drafted yet, or your role does not see it.",
            todo_zh="系统在每期15日起草。请核对填报单位和报送日期，打开本单位的报表。",
            todo_en="Reports are drafted on the 15th. Check the filer and the date, "
            "or open your own division's form.",
        )


class CutNotRead(Unavailable):
    """What Kafka holds is not all read yet, so the figures cannot be frozen."""

    def __init__(self) -> None:
        super().__init__("cut_not_read", retry_after=30)
        self.zh = "还有事项没有读完，数字没有冻结，报表没有报送。"
        self.en = "Events are still being read; nothing was frozen and nothing was submitted."
        self.todo_zh = "请过半分钟再报送；如一直如此，请联系系统运维。"
        self.todo_en = "Submit again in half a minute; if it stays so, call the operators."


class OutOfTurn(Conflict):
    """The report is at another step."""

    def __init__(self, stage: str) -> None:
        zh, en = STAGES[stage]
        super().__init__(
            "out_of_turn",
            f"这份报表{zh}，现在不能这样办。",
            f"This report is {en}; this act is out of turn.",
            todo_zh="请看最新情况。",
            todo_en="Look at its present state.",
            stage=stage,
        )


class SamePerson(Conflict):
    """Two persons are needed."""

    def __init__(self) -> None:
        super().__init__(
            "second_person_needed",
            "核对、确认和报送须由两个人办理，您已办过其中一步。",
            "Checking, confirming and submitting need two persons; you did one step already.",
            todo_zh="请由另一位有权的人办理这一步。",
            todo_en="Let another entitled person take this step.",
        )


class Stale(Conflict):
    """Someone was quicker."""

    def __init__(self) -> None:
        super().__init__(
            "stale",
            "这份报表刚才已有变化，没有办理。",
            "This report has just changed; nothing was done.",
            todo_zh="请看最新情况后再办。",
            todo_en="Look at its present state and try again.",
        )


class EarlierOpen(Conflict):
    """Reports of a filer go in the order of their periods."""

    def __init__(self, period_end: date) -> None:
        super().__init__(
            "earlier_report_open",
            f"截至{period_end.month}月{period_end.day}日的上一期报表还没有接收，请先办完上一期。",
            f"The report to {period_end.isoformat()} is not received yet; it comes first.",
            todo_zh="请先报送上一期；已报送的，请联系市办公室接收。",
            todo_en="Submit the earlier report first, or ask the city office to receive it.",
            period_end=period_end.isoformat(),
        )


class PredecessorOpen(Conflict):
    """What a county filed before it went into another comes before the other's form."""

    def __init__(self, filer: str, name: str, period_end: date) -> None:
        day = f"{period_end.year}年{period_end.month}月{period_end.day}日"
        super().__init__(
            "predecessor_report_open",
            f"{name}已并入本单位，它截至{day}的报表还没有接收，本期不能报送。",
            f"{name} went into this county and its report to {period_end.isoformat()} is not "
            "received yet; this one cannot be submitted before.",
            todo_zh=f"请先打开{name}截至{day}的报表，核对、确认、报送，再请市办公室接收，"
            "然后报送本期。",
            todo_en=f"Open {name}'s report to {period_end.isoformat()}, check, confirm and submit "
            "it, ask the city office to receive it, then submit this one.",
            filer=filer,
            period_end=period_end.isoformat(),
        )


class LaterSubmitted(Conflict):
    """What would be counted stands in a report of a later period, or in another filer's."""

    def __init__(self) -> None:
        super().__init__(
            "later_report_submitted",
            "后面一期的报表已经报送，这一期不能再报送。",
            "A later report is submitted already; this one cannot be submitted any more.",
            todo_zh="这一期的事项已计入后面一期。",
            todo_en="What happened in this period is counted in the later report.",
        )


class SubjectsParked(Conflict):
    """Something that may belong to the figures is under repair."""

    def __init__(self, keys: Sequence[str]) -> None:
        named = "、".join(keys[:5])
        super().__init__(
            "subjects_parked",
            f"有{len(keys)}件正在核对数据，还没有计入：{named}。",
            f"{len(keys)} subjects are under repair and not counted yet: {', '.join(keys[:5])}.",
            todo_zh="请等核对完再报送；急需报送的，由工委负责人决定，表上会注明。",
            todo_en="Wait for the repair; else the head decides, and the form says so.",
            subjects=list(keys),
        )
