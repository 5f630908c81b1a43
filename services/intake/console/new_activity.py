"""Forms of a new activity and of a plan to change: fields, reading, where a refusal is shown."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.intake.actions.activity_specs import ActivityDetails, Ticked
from services.intake.actions.item_details import listed_fields
from services.intake.console import activity_views as views
from services.intake.console.act_forms import FormErrors
from services.intake.console.activity_views import place_name
from services.intake.domain.activity_commands import (
    MAX_FIRMS,
    MAX_PARTNERS,
    ActivityBasis,
    ActivityBody,
    ChangeBody,
    TraderName,
    VisitWhy,
)
from services.intake.domain.asker import Organiser
from services.intake.domain.commands import ClientId, Day, Note
from services.intake.domain.enterprises import is_credit_code
from services.intake.domain.listed import (
    LISTS_OF_ACTIVITIES,
    MAX_LISTED,
    ListedCodes,
    choices_of,
)
from shared.contracts.codes import ActivityKind
from shared.contracts.envelope import DivisionCode
from shared.contracts.router import parse_basis
from shared.contracts.topics import INTAKE_ACTIVITY
from shared.directory.snapshot import Directory
from shared.ids import Id, to_text
from shared.text import CleanText, Sentence, _, listed
from shared.web import components as ui
from shared.web.forms import Form, Submitted
from shared.web.labels import ACTIVITY_KINDS

PLACES: Mapping[str, str] = {
    "credit_code_check": "enterprises",
    "too_many_firms": "enterprises",
    "days_reversed": "last_day",
    "days_too_many": "last_day",
    "date_far_back": "first_day",
    "date_far_ahead": "first_day",
    "activity_in_future": "first_day",
    "visited_recently": "visit_reason",
    "recorded_by_partner": "visit_reason",
    "unknown_person": "attendance",
    "unknown_theme": "theme_codes",
    "unknown_function": "function_codes",
    "unknown_group": "group_codes",
    "station_closed": "organiser",
    "station_not_yours": "organiser",
    "organ_not_yours": "organiser",
    "organiser_required": "organiser",
}
"""The field at which a refusal of an activity is shown."""
WHAT: Mapping[Literal["plan", "record"], tuple[Sentence, Sentence]] = {
    "plan": (_("计划一次活动"), _("还没有举办；举办以后再记谁来了，那时才计入活动次数")),
    "record": (_("记录已举办的活动"), _("已经举办，计入活动次数；下面勾选到场的人")),
}
Matches = Callable[[str], Awaitable[Sequence[tuple[str, str]]]]
"""Finds registered firms by the first letters of their names: credit codes and names."""


def _lines(given: Any) -> Any:
    """Split what a text area holds, one a line."""
    return [line.strip() for text in given for line in text.splitlines() if line.strip()]


_Firm = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), CleanText
]


class PlanForm(BaseModel):
    """A plan as typed: firms by credit code or by the beginning of their registered name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ActivityKind
    first_day: Day
    last_day: Day | None = None
    place_division: DivisionCode
    enterprises: Annotated[
        tuple[_Firm, ...], BeforeValidator(_lines), Field(max_length=MAX_FIRMS)
    ] = ()
    traders: Annotated[
        tuple[TraderName, ...], BeforeValidator(_lines), Field(max_length=MAX_FIRMS)
    ] = ()
    attendance: Ticked = ()
    partners: Annotated[tuple[DivisionCode, ...], Field(max_length=MAX_PARTNERS)] = ()
    theme_codes: ListedCodes = ()
    function_codes: ListedCodes = ()
    group_codes: ListedCodes = ()
    visit_reason: VisitWhy = ""
    date_confirmed: bool = False

    def plan(self, codes: Sequence[str]) -> dict[str, Any]:
        """The fields of a body, with the credit codes of the enterprises typed."""
        same = {"kind", "first_day", "place_division", "traders", "attendance", "partners",
                "visit_reason", "date_confirmed", *LISTS_OF_ACTIVITIES}  # fmt: skip
        return {name: getattr(self, name) for name in same} | {
            "last_day": self.last_day or self.first_day,
            "enterprises": tuple(codes),
        }


class ChangeForm(PlanForm):
    """The whole plan as it is to be, on a version of it."""

    basis: Annotated[ActivityBasis | None, BeforeValidator(parse_basis)] = None

    def body(self, codes: Sequence[str]) -> ChangeBody:
        return ChangeBody.model_construct(**self.plan(codes), basis=self.basis)


class NewActivityForm(PlanForm):
    """A submitted form; `id` was set as it was shown, so that sending it twice is once."""

    id: ClientId
    organiser: Annotated[str, StringConstraints(max_length=60), CleanText] = ""
    what: Literal["plan", "record"]
    notes: Note = ""

    @property
    def station(self) -> str | None:
        return self.organiser.removeprefix("station:") if ":" in self.organiser else None

    @property
    def organ(self) -> Id | None:
        """The id of the organ that was chosen; raises FormErrors for what is none."""
        if not self.organiser or self.organiser.startswith("station:"):
            return None
        try:
            return UUID(self.organiser).bytes
        except ValueError:
            raise FormErrors({"organiser": _("请选一处。")}) from None

    def body(self, codes: Sequence[str]) -> ActivityBody:
        return ActivityBody.model_construct(**self.plan(codes), id=self.id, notes=self.notes)


async def codes_of(typed: Sequence[str], find: Matches) -> dict[str, str]:
    """Map the credit codes of the firms that were typed to names; raises FormErrors for others."""
    found: dict[str, str] = {}
    for one in typed:
        if is_credit_code(one.upper()):
            found[one.upper()] = one.upper()
            continue
        firms = await find(one)
        named = [firm for firm in firms if firm[1] == one] or firms
        if len(named) == 1:
            found[named[0][0]] = named[0][1]
        elif named:
            which = listed(f"{name}（{code}）" for code, name in named[:5])
            raise FormErrors(
                {"enterprises": _("“%(typed)s”有几家，请把名称写全或写信用代码：%(which)s",
                                  typed=one, which=which)}
            )  # fmt: skip
        else:
            raise FormErrors(
                {"enterprises": _("名册里没有“%(typed)s”。请核对18位信用代码或名称的开头；"
                                  "没有信用代码的个体户，写在下一栏。", typed=one)}
            )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Choices:
    """The organisers by name and the people by id that a form offers, and the city's places."""

    organisers: Sequence[tuple[Organiser, str]]
    people: Mapping[Id, str]
    directory: Directory


def new_activity_form(
    choices: Choices, new_id: str, today: date, *, asks_reason: bool, asks_date: bool
) -> Form:
    """Lay out the form; its id is new."""
    own = choices.organisers[0][0].division_code if choices.organisers else ""
    fields = [
        ui.Field("id", "", new_id, control="hidden"),
        ui.Field("what", _("做什么"), control="stacked",
                 options=[ui.Option(value, *words) for value, words in WHAT.items()]),
        *_organiser_fields(choices),
        *_plan_fields(own, today, choices.people, choices.directory),
        *_list_fields([one.division_code for one, _name in choices.organisers], today,
                      choices.directory),
        ui.Field("notes", _("活动记录"), control="textarea", required=False,
                 hint=_("只有本站（本机关）能看到")),
        *_asked(asks_reason=asks_reason, asks_date=asks_date),
    ]  # fmt: skip
    return Form(_("保存活动"), fields)


def change_form(seen: ActivityDetails, *, asks_reason: bool, asks_date: bool) -> Form:
    """Lay out the form of a plan to change, with the plan as it is."""
    row, text = seen.activity.row, seen.activity.text
    ends_later = row.last_day is not None and row.last_day != row.first_day
    now: Submitted = {
        "kind": [row.kind],
        "first_day": [row.first_day.isoformat() if row.first_day else ""],
        "last_day": [row.last_day.isoformat() if row.last_day and ends_later else ""],
        "place_division": [row.place_division],
        "enterprises": ["\n".join(text.enterprise_codes)],
        "traders": ["\n".join(text.traders)],
        "attendance": [to_text(one) for one in row.expected],
        "partners": row.partners,
        **{name: getattr(row, name) for name in LISTS_OF_ACTIVITIES},
        "visit_reason": [text.visit_reason],
    }
    fields = [
        ui.Field("basis", "", f"{INTAKE_ACTIVITY.name}:{row.seq}", control="hidden"),
        *_plan_fields(row.organiser_division, seen.today, seen.people, seen.directory),
        *_list_fields([row.organiser_division], row.first_day or seen.today, seen.directory),
        *_asked(asks_reason=asks_reason or bool(text.visit_reason), asks_date=asks_date),
    ]
    hint = _("改了日期，已答复能不能来的人要重新答复")
    asked = [replace(one, hint=hint) if one.name == "first_day" else one for one in fields]
    return Form(_("改计划"), asked).filled(now, {})


def _plan_fields(
    own: str, today: date, people: Mapping[Id, str], directory: Directory
) -> list[ui.Field]:
    """Ask what an activity is; `own` is the organiser's place."""
    places = _places(own, directory)
    return [
        ui.Field("kind", _("活动形式"), control="choices",
                 options=[ui.Option(one, words) for one, words in ACTIVITY_KINDS.items() if one]),
        ui.Field("first_day", _("开始日期"), today.isoformat(), control="date"),
        ui.Field("last_day", _("结束日期"), hint=_("只有一天的，不用填"), required=False,
                 control="date"),
        ui.Field("place_division", _("在哪里"), own, options=places, control="select"),
        *_firm_fields(),
        *_people_fields(people),
        ui.Field("partners", _("联合举办的地方"), options=places, control="folded", required=False,
                 hint=_("次数只计在主办的地方"), most=MAX_PARTNERS),
    ]  # fmt: skip


def _list_fields(places: Sequence[str], day: date, directory: Directory) -> Iterator[ui.Field]:
    """Ask what the activity names of the lists that the offices above its organiser keep."""
    for name, model in LISTS_OF_ACTIVITIES.items():
        options = [
            ui.Option(one.code, one.name) for one in choices_of(directory, model, places, day)
        ]
        hint = _("最多%(most)s项", most=MAX_LISTED) if len(options) > MAX_LISTED else ""
        yield from listed_fields(name, views.LISTS[name], options, hint)


def _asked(*, asks_reason: bool, asks_date: bool) -> list[ui.Field]:
    """Ask what a refusal asks for: why so soon again, and whether a day so far back is right."""
    fields = []
    if asks_reason:
        hint = _("近期已有走访，或联合举办的已经记过；仍要记的，写明理由")
        fields.append(ui.Field("visit_reason", _("为什么还要去"), hint=hint, control="textarea"))
    if asks_date:
        confirm = _("日期没有写错，是很早以前的事")
        fields.append(ui.Field("date_confirmed", confirm, required=False, control="check"))
    return fields


def _organiser_fields(choices: Choices) -> list[ui.Field]:
    options = [
        ui.Option(f"station:{one.code}" if one.station_id else one.code, name)
        for one, name in choices.organisers
    ]
    if len(options) == 1:
        return [ui.Field("organiser", "", options[0].value, control="hidden")]
    own = options[0].value if options else ""
    return [ui.Field("organiser", _("由谁主办"), own, options=options, control="select")]


def _firm_fields() -> list[ui.Field]:
    code = _("一行一家：18位信用代码，或名册里名称的开头几个字")
    name = _("一行一家，写名称；名称只留在本系统的受理部分")
    return [
        ui.Field("enterprises", _("到哪些企业"), hint=code, control="textarea", required=False),
        ui.Field("traders", _("没有信用代码的个体户"), hint=name, control="textarea", rows=2,
                 required=False),
    ]  # fmt: skip


def _people_fields(people: Mapping[Id, str]) -> list[ui.Field]:
    options = [ui.Option(to_text(key), name) for key, name in people.items()]
    if not options:
        return []
    hint = _("计划的，勾选预计参加的人；已举办的，勾选到场的人")
    return [ui.Field("attendance", _("谁参加"), hint=hint, options=options, control="ticks",
                     required=False)]  # fmt: skip


def _places(own: str, directory: Directory) -> list[ui.Option]:
    """Offer the places of the city, one's own first, then those of one's county."""
    county = next((o.division_code for o in directory.ancestors(own) if o.level == "county"), own)
    codes = [one.division_code for one in directory.divisions() if one.level != "province"]
    codes.sort(key=lambda code: (code != own, not directory.covers(county, code), code))
    return [ui.Option(code, place_name(code, directory)) for code in codes]


def with_id(form: Form, new_id: str) -> Form:
    """Keep the id of the form as it was first shown."""
    fields = [replace(one, value=new_id) if one.name == "id" else one for one in form.fields]
    return replace(form, fields=fields)
