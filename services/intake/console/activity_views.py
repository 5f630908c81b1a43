"""View models of activities: lists, one activity, visits that might burden, the year's plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.intake.actions.activities import Burden, FoundVisit, OpenedActivity
from services.intake.actions.activity_specs import name_of
from services.intake.domain.listed import LISTS_OF_ACTIVITIES
from services.intake.domain.model import (
    FORGOTTEN_DAYS,
    Activity,
    ActivityRow,
    InvitationRow,
)
from shared.contracts.lists import DirectoryTheme
from shared.directory.snapshot import Directory
from shared.directory.succession import place_seen_from
from shared.features.trail import Names
from shared.text import Sentence, Text, _, listed, n_
from shared.web import components as ui
from shared.web import links
from shared.web.labels import ACTIVITY_KINDS

STATES: Mapping[str, Sentence] = {
    "PLANNED": _("已计划"),
    "HELD": _("已举办"),
    "CANCELLED": _("已取消"),
}

MONTHS: Sequence[Sentence] = (
    _("1月"), _("2月"), _("3月"), _("4月"), _("5月"), _("6月"),
    _("7月"), _("8月"), _("9月"), _("10月"), _("11月"), _("12月"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity of a list; `next` is what to do with it now."""

    title: Text
    href: str
    days: Text
    organiser: str
    standing: Text
    themes: Text = ""
    next: ui.Link | None = None


@dataclass(frozen=True, slots=True)
class ActivityList:
    title: Text
    rows: Sequence[ActivityLine]
    empty: Text
    total: int


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit of somebody: when, and of which station or organ; notes where they may be read."""

    days: Text
    organiser: str
    firms: Text
    standing: Text
    notes: str
    href: str


@dataclass(frozen=True, slots=True)
class BurdenCard:
    """A warning, not a refusal: other visits, and how full the week of the place is."""

    head: Text
    visits: Sequence[VisitLine]
    week: Text


@dataclass(frozen=True, slots=True)
class MonthPlan:
    """The activities of one month of a year's plan."""

    month: Text
    rows: Sequence[ActivityLine]


def days_of(first: date | None, last: date | None) -> Text:
    if first == last or last is None:
        return Sentence("%(day)s", {"day": first})
    return _("%(first)s至%(last)s", first=first, last=last)


def title_of(row: ActivityRow, directory: Directory) -> Text:
    kind, place = ACTIVITY_KINDS[row.kind], place_name(row.place_division, directory)
    if not row.enterprise_ids:
        return _("%(kind)s：%(place)s", kind=kind, place=place)
    return n_("%(kind)s：%(place)s，%(num)s家企业", len(row.enterprise_ids), kind=kind, place=place)


def place_name(code: str, directory: Directory) -> str:
    """A division's name, after that of its county."""
    return place_seen_from(directory, code, ())


def organiser_name(row: ActivityRow, directory: Directory) -> str:
    station = directory.station(row.station_id) if row.station_id else None
    organ = directory.organ_by_id(row.organ_id) if row.organ_id else None
    place = station or organ
    return place.name if place else "–"


def is_due(row: ActivityRow, today: date) -> bool:
    """Whether it is planned and its last day has come."""
    return row.state == "PLANNED" and row.last_day is not None and row.last_day <= today


def lacks_attendance(activity: Activity, today: date) -> bool:
    """Whether it was held lately and nobody is recorded who came."""
    row = activity.row
    since = today - timedelta(FORGOTTEN_DAYS)
    return row.state == "HELD" and not activity.came and (row.first_day or today) >= since


def standing(activity: Activity, today: date) -> Text:
    """Tell in one plain line how far an activity is."""
    row = activity.row
    match row.state:
        case "PLANNED" if row.last_day and row.last_day < today:
            return _("已过计划日期，等记录")
        case "PLANNED" if is_due(row, today):
            return _("今天举办，等记录")
        case "PLANNED":
            return n_("已计划，预计%(num)s人参加", len(row.expected))
        case "CANCELLED":
            return _("已取消：%(why)s", why=activity.text.cancel_reason)
    if not activity.came:
        return _("已举办，还没有记谁来了")
    return n_("已举办，%(num)s人到场", len(activity.came))


def line_of(
    activity: Activity, directory: Directory, today: date, *, may_hold: bool = False
) -> ActivityLine:
    row, href = activity.row, links.activity_page(activity.row.key)
    to_do = None
    if may_hold and is_due(row, today):
        to_do = ui.Link(_("记录已举办"), f"{href}/hold")
    elif may_hold and lacks_attendance(activity, today):
        to_do = ui.Link(_("补记到场的人"), f"{href}/confirm")
    return ActivityLine(
        title_of(row, directory),
        href,
        days_of(row.first_day, row.last_day),
        organiser_name(row, directory),
        standing(activity, today),
        Names(directory).entries(DirectoryTheme, row.theme_codes),
        to_do,
    )


def lists_of(
    found: Sequence[Activity], directory: Directory, today: date, *, may_hold: bool
) -> list[ActivityList]:
    """Sort activities into what is to be completed, what comes, what was, what is cancelled."""
    due = [one for one in found if is_due(one.row, today) or lacks_attendance(one, today)]
    due.sort(key=lambda one: (one.row.last_day != today, one.row.first_day))
    coming = [one for one in found if one.row.state == "PLANNED" and not is_due(one.row, today)]
    groups: Sequence[tuple[Text, Text, Iterable[Activity]]] = (
        (_("待完成"), _("没有等着记录的活动。"), due),
        (_("将要举办"), _("没有计划中的活动。"), reversed(coming)),
        (
            _("已举办"),
            _("没有已举办的活动。"),
            [o for o in found if o.row.state == "HELD" and not lacks_attendance(o, today)],
        ),
        (_("已取消"), _("没有取消的活动。"), [o for o in found if o.row.state == "CANCELLED"]),
    )
    lists = []
    for title, empty, group in groups:
        rows = [line_of(one, directory, today, may_hold=may_hold) for one in group]
        lists.append(ActivityList(title, rows, empty, len(rows)))
    return lists


def to_complete(
    found: Sequence[Activity], total: int, directory: Directory, today: date
) -> ActivityList:
    """List what is to be recorded of activities whose day has come, for a station's first page."""
    rows = [line_of(one, directory, today, may_hold=True) for one in found]
    return ActivityList(_("待完成的活动"), rows, _("没有等着记录的活动。"), total)


def facts(found: OpenedActivity, today: date) -> list[ui.Fact]:
    row, directory = found.activity.row, found.directory
    partners = listed(place_name(code, directory) for code in row.partners)
    return [
        ui.Fact(_("现在"), standing(found.activity, today)),
        ui.Fact(_("日期"), days_of(row.first_day, row.last_day)),
        ui.Fact(_("地方"), place_name(row.place_division, directory)),
        ui.Fact(_("主办"), organiser_name(row, directory)),
        ui.Fact(_("联合举办"), partners if row.partners else "–", quiet=not row.partners),
        *_named_lists(row, Names(directory)),
        *([ui.Fact(_("计划改过"), moment_of(row.changed_at))] if row.changed_at else []),
    ]


LISTS: Mapping[str, Sentence] = {
    "theme_codes": _("活动主题"),
    "function_codes": _("体现联络站的功能"),
    "group_codes": _("参加的代表小组"),
}


def _named_lists(row: ActivityRow, names: Names) -> Iterator[ui.Fact]:
    for field, words in LISTS.items():
        codes: Sequence[str] = getattr(row, field)
        if codes:
            yield ui.Fact(words, names.entries(LISTS_OF_ACTIVITIES[field], codes))


def moment_of(at: datetime) -> Sentence:
    return Sentence("%(at)s", {"at": at})


def firms_of(found: OpenedActivity) -> list[str]:
    """Name the enterprises: by their registered names, else their codes, and small traders."""
    text = found.activity.text
    return [*(found.firms.get(code, code) for code in text.enterprise_codes), *text.traders]


ANSWERS: Mapping[bool, Sentence] = {True: _("能来"), False: _("不能来")}


def people_of(found: OpenedActivity, *, with_answers: bool) -> list[Text]:
    """Name who came, of a planned activity who is expected; to its organiser what they answered."""
    activity = found.activity
    planned = activity.row.state == "PLANNED"
    keys = activity.row.expected if planned else [one.person_id for one in activity.came]
    named = sorted((name_of(found.directory, key), key) for key in keys)
    if not (planned and with_answers):
        return [name for name, _key in named]
    return [_answered(name, activity.answers.get(key)) for name, key in named]


def _answered(name: str, answer: InvitationRow | None) -> Text:
    if answer is None:
        return _("%(name)s：还没有答复", name=name)
    coming = ANSWERS[answer.coming]
    if not answer.reason:
        return _("%(name)s：%(answer)s", name=name, answer=coming)
    return _("%(name)s：%(answer)s，%(why)s", name=name, answer=coming, why=answer.reason)


def burden_of(found: Burden, names: Mapping[bytes, str]) -> BurdenCard:
    """Lay out what to weigh before a visit; `names` are those of its enterprises by key."""
    if found.visits:
        head = n_("%(days)s天内另有%(num)s次走访", len(found.visits), days=found.recent_days)
    else:
        head = n_("前后%(num)s天内没有别的走访", found.recent_days)
    week = n_(
        "这一周（%(from)s至%(to)s）这个地方已有%(num)s次活动",
        found.in_week,
        **{"from": found.week[0], "to": found.week[1]},
    )
    return BurdenCard(head, [_visit(one, names) for one in found.visits], week)


def _visit(found: FoundVisit, names: Mapping[bytes, str]) -> VisitLine:
    visit = found.visit
    firms = listed(names[key] for key in visit.enterprise_ids if key in names)
    return VisitLine(
        days_of(visit.first_day, visit.last_day),
        found.organiser,
        firms,
        STATES[visit.state],
        found.notes,
        links.activity_page(visit.key) if found.is_own else "",
    )


def months_of(
    found: Sequence[Activity], directory: Directory, year: int, today: date
) -> list[MonthPlan]:
    """Arrange what is planned or was held by the month of its first day, all twelve."""
    months = []
    for month in range(1, 13):
        here = [
            one
            for one in reversed(found)
            if one.row.first_day and (one.row.first_day.year, one.row.first_day.month)
            == (year, month) and one.row.state != "CANCELLED"
        ]  # fmt: skip
        rows = [line_of(one, directory, today) for one in here]
        months.append(MonthPlan(MONTHS[month - 1], rows))
    return months


def month_span(month: str, today: date) -> tuple[date, date]:
    """The days of a month written 2026-11; a year back and ahead for anything else."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return today - timedelta(366), today + timedelta(366)
    return first, (first + timedelta(31)).replace(day=1) - timedelta(1)


def months_around(today: date) -> list[ui.Option]:
    """Offer the months from half a year ahead to a year back."""
    at = today.year * 12 + today.month - 1
    months = [divmod(n, 12) for n in range(at + 6, at - 13, -1)]
    options = [
        ui.Option(f"{year}-{n + 1:02d}", Sentence("%(month)s", {"month": f"{year}-{n + 1:02d}"}))
        for year, n in months
    ]
    return [ui.Option("", _("全部")), *options]
