"""One month's report moved through its pure decisions, with the people of Luqiao."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from services.reporting.domain import commands
from services.reporting.domain.context import DecisionContext
from services.reporting.domain.decide import decide
from services.reporting.domain.facts import Column
from services.reporting.domain.freezing import Count, LineFigure, figures_hash
from services.reporting.domain.ledger import Filer, FilerLine, Filers, ReportLedger, ReportState
from services.reporting.domain.model import Report, ReportRow, report_key
from shared.calendar import Period, Periods
from shared.contracts.codes import ReportStage
from shared.contracts.envelope import Event
from shared.contracts.reporting import CountedPart, CutOffset, FrozenVersion
from shared.ids import Id, named_id
from shared.messaging.subject import ClockDue
from tests.support.places import with_entries
from tests.support.reporting.counting import CITY, COUNTY, OTHER_TOWN, TOWN
from tests.support.reporting.places import directory
from tests.support.shanghai import at

END = date(2022, 9, 20)
KEY = report_key(COUNTY, END)
LIAISON, HEAD, OTHER_HEAD, OFFICE = (
    named_id("person", name) for name in ("liaison", "head", "head 2", "office")
)
LUQIAO = Filer(
    COUNTY,
    "路桥区",
    (
        FilerLine(TOWN, "金清镇"),
        FilerLine(OTHER_TOWN, "新桥镇"),
        FilerLine(COUNTY, "路桥区", own=True),
    ),
)
LINHAI = Filer("331082", "临海市", (FilerLine("331082", "临海市", own=True),))
TAIZHOU = Filer(CITY, "台州市", (FilerLine(CITY, "台州市", own=True),), is_city=True)
FILERS = Filers((LUQIAO, LINHAI), TAIZHOU)


def september() -> Period:
    found = Periods().period_of(at("2022-09-20"))
    assert found is not None
    return found


def figure(column: Column, counted: int, code: str = TOWN, **more: int) -> LineFigure:
    sums = counted + more.get("corrected", 0)
    values: dict[str, Any] = {"cumulative": sums} | more
    return LineFigure(division_code=code, column=column, counted=counted, **values)


def parts(since: FrozenVersion | None) -> tuple[CountedPart, ...]:
    """All of Luqiao, counted on from one version."""
    return (CountedPart(divisions=tuple(LUQIAO.divisions), since=since),)


def counted(*lines: LineFigure, **more: Any) -> Count:
    values: dict[str, Any] = {
        "cut": (CutOffset(topic="intake.item.v1", partition=0, offset=7),),
        "parts": parts(None),
        "lines": lines or (figure("C3", 2), figure("C3", 1, OTHER_TOWN)),
        "fact_count": 3,
        "facts_sha256": "f" * 64,
    }
    return Count(**values | more)


@dataclass
class Month:
    """Luqiao's report to 20 September, what it said, and the reports around it."""

    report: Report = field(default_factory=lambda: Report(ReportRow(key=KEY)))
    reports: dict[str, dict[date, ReportState]] = field(default_factory=dict)
    emitted: list[Event] = field(default_factory=list)
    wanted: bool = True
    outdated: frozenset[Id] = frozenset()
    accounts: Sequence[tuple[Id, Event]] = ()

    def context(self, when: str) -> DecisionContext:
        wanted = {KEY: (COUNTY, september())} if self.wanted else {}
        ledger = ReportLedger(with_entries(directory(), *self.accounts), self.reports)
        return DecisionContext(at(when), ledger, wanted, timedelta(days=1), self.outdated)

    def step(self, given: Any, when: str = "2022-09-20 10:00") -> "Month":
        """Decide one input; refusals are raised and change nothing."""
        self.report, emitted = decide(self.report, given, self.context(when))
        self.emitted += emitted
        return self

    @property
    def stage(self) -> str:
        return self.report.row.stage


def drafted() -> Month:
    return Month().step(ClockDue(KEY), "2022-09-15 00:00")


def seen(count: Count, filer: str = COUNTY, end: date = END) -> commands.FiguresBody:
    """What the form says of these figures."""
    return commands.FiguresBody(figures_sha256=figures_hash(filer, end, count.lines))


def check(
    by: Id = LIAISON, count: Count | None = None, filer: str = COUNTY, end: date = END
) -> commands.Check:
    count = count or counted()
    return commands.Check(report_key(filer, end), by, seen(count, filer, end), count)


def confirm(
    by: Id = HEAD, count: Count | None = None, filer: str = COUNTY, end: date = END
) -> commands.Confirm:
    count = count or counted()
    return commands.Confirm(report_key(filer, end), by, seen(count, filer, end), count)


def checked() -> Month:
    return drafted().step(check())


def confirmed() -> Month:
    return checked().step(confirm())


def submit(
    by: Id = LIAISON, count: Count | None = None, *, despite: bool = False, key: Id = KEY
) -> commands.Submit:
    return commands.Submit(
        key, by, commands.SubmitBody(despite_blocked=despite), count or counted()
    )


def receive(version: int = 1, *, by: Id = OFFICE, key: Id = KEY) -> commands.Receive:
    return commands.Receive(key, by, commands.ReceiveBody(version=version))


def send_back(
    version: int = 1,
    *,
    reason: commands.Reason = "figures",
    note: str = "",
    by: Id = OFFICE,
    key: Id = KEY,
) -> commands.Return:
    body = commands.ReturnBody(version=version, reason=reason, note=note)
    return commands.Return(key, by, body)


def submitted() -> Month:
    return confirmed().step(submit())


def received() -> Month:
    return submitted().step(receive())


def returned() -> Month:
    return submitted().step(send_back())


def before(stage: ReportStage, version: int = 1, end: date = date(2022, 8, 20)) -> Month:
    """A confirmed report with another one of the same filer."""
    other = ReportState(stage, version, frozenset(LUQIAO.divisions if version else ()))
    return replace(confirmed(), reports={COUNTY: {end: other}})


AUGUST = FrozenVersion(filer=COUNTY, period_end=date(2022, 8, 20), version=1)
