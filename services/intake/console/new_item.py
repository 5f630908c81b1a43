"""The form of a new item: its fields, how it is read, and where each refusal is shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.intake.actions.item_details import policy_fields
from services.intake.console.act_forms import FormErrors
from services.intake.console.labels import CALLED
from services.intake.console.uploads import PLACES as FILE_PLACES
from services.intake.console.uploads import file_fields
from services.intake.domain.asker import Station
from services.intake.domain.attaching import too_large, too_many
from services.intake.domain.attachments import MAX_BYTES, MAX_FILES
from services.intake.domain.commands import (
    MAX_CO_PROPOSERS,
    ClientId,
    CoProposerBody,
    Day,
    Instant,
    ItemBody,
    Text,
    Title,
)
from services.intake.domain.contact import MAX_EMAIL, Contact, contact_of
from services.intake.domain.enterprises import is_credit_code
from services.intake.domain.listed import ListedCodes
from shared.calendar import local_day, start_of_day
from shared.contracts.codes import ItemType, SourceKind
from shared.directory.snapshot import Directory
from shared.ids import Id, new_id, to_text
from shared.text import CleanText, Sentence, _
from shared.text import Text as Words
from shared.web import components as ui
from shared.web.forms import Form, Submitted, errors_of, validated, value_of

KINDS: Mapping[ItemType, tuple[Sentence, Sentence]] = {
    "problem": (_("困难问题"), _("遇到的具体困难，想请有关单位解决")),
    "suggestion": (_("工作建议"), _("对某项工作怎样做得更好的建议")),
    "opinion": (_("意见看法"), _("对政策、服务的看法，供参考")),
}
NOON = timedelta(hours=12)
PLACES: Mapping[str, str] = {
    "credit_code_check": "enterprise",
    "date_far_back": "day",
    "occurred_in_future": "day",
    "self_interest_of_whom": "deputy_id",
    "unknown_person": "deputy_id",
    "unknown_policy": "policy_codes",
    "proposer_twice": "co_deputies",
    "solved_by_whom": "solved_by",
    "proposer_must_agree": "proposer_agrees",
    "number_called": "number",
    "same_firm_unconfirmed": "same_firm",
    "not_of_this_station": "person_id",
    "already_proposer": "person_id",
    "station_closed": "station",
    "station_not_yours": "station",
    "station_required": "station",
    "division_not_yours": "station",
    **FILE_PLACES,
}
"""The field at which a refusal of a submission or an act is shown."""
NO_FIRM = _("名册里没有。请核对18位信用代码或名称的开头；都不知道的，可以不填。")
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), CleanText]
_Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_EMAIL), CleanText]


class NewItemForm(BaseModel):
    """A submitted form; `id` and `opened_at` were set as it was shown, so that twice is once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ClientId
    opened_at: Instant
    station: _Short
    title: Title
    body: Text
    item_type: ItemType
    policy_codes: ListedCodes = ()
    enterprise: _Short = ""
    firm: _Short = ""
    deputy_id: UUID | None = None
    co_deputies: Annotated[tuple[UUID, ...], Field(max_length=MAX_CO_PROPOSERS)] = ()
    confidential: bool = False
    self_interest: bool = False
    contact_name: _Short = ""
    contact_phone: _Short = ""
    contact_email: _Address = ""
    day: Day
    date_confirmed: bool = False

    @property
    def occurred_at(self) -> datetime:
        """The moment the form was opened, if that was on the day given, else noon of that day."""
        if local_day(self.opened_at) == self.day:
            return self.opened_at
        return start_of_day(self.day) + NOON

    def item(
        self, station: Station, code: str | None, contact: Contact | None, *, own: bool
    ) -> ItemBody:
        """Build the item; `own`: a deputy who is signed in raises it themself."""
        source: SourceKind = "enterprise" if code else "deputy" if self.deputy_id else "station"
        kept = {"id", "title", "body", "item_type", "policy_codes", "deputy_id", "confidential",
                "self_interest", "date_confirmed"}  # fmt: skip
        return ItemBody(
            **self.model_dump(include=kept),
            division_code=station.division_code,
            occurred_at=self.occurred_at.isoformat(),
            source_kind="deputy" if own else source,
            enterprise_code=code,
            contact=contact,
            entered_by_proxy=not own and bool(code or self.deputy_id),
            co_proposers=tuple(CoProposerBody(person_id=one) for one in self.co_deputies),
        )

    def contact(self) -> Contact | None:
        """Give whom to call back; raises ValidationError unless it is whole and sound."""
        return contact_of(self.contact_name, self.contact_phone, self.contact_email)


def read_new_item(submitted: Submitted) -> tuple[NewItemForm, Contact | None]:
    """Read the form; raises FormErrors with all that is wrong."""
    try:
        form = validated(NewItemForm, submitted)
    except ValidationError as wrong:
        raise FormErrors(dict(errors_of(wrong)) | _contact_errors(submitted)) from None
    try:
        return form, form.contact()
    except ValidationError:
        raise FormErrors(_contact_errors(submitted)) from None


def _contact_errors(submitted: Submitted) -> dict[str, Words]:
    fields = ("name", "phone", "email")
    typed = {name: value_of(submitted, f"contact_{name}").strip() for name in fields}
    try:
        contact_of(**typed)
    except ValidationError as wrong:
        return {f"contact_{name}": error for name, error in errors_of(wrong).items()}
    return {}


def chosen_firm(typed: str, found: Sequence[tuple[str, str]]) -> str | None:
    """Find the credit code of the enterprise that was typed, None for none; raises FormErrors."""
    if not typed:
        return None
    if is_credit_code(typed.upper()):
        return typed.upper()
    if len(found) == 1:
        return found[0][0]
    same = [code for code, name in found if name == typed]
    if len(same) == 1:
        return same[0]
    if found:
        raise FormErrors({"firm": _("名册里有几家，请选一家。")}, found)
    raise FormErrors({"enterprise": NO_FIRM})


def new_form(
    stations: Sequence[Station],
    directory: Directory,
    now: datetime,
    firms: Sequence[tuple[str, str]] = (),
    *,
    asks_date: bool = False,
    own: Id | None = None,
) -> Form:
    """Lay out the form for whoever may submit at these stations; its id is new.

    `own` is the deputy who raises something in their own name, not as staff of a station.
    """
    phone_hint = _("承办单位找您了解情况时用") if own else _("想收到答复才填")
    people = _own_fields(own) if own else _deputy_fields(stations, directory)
    fields = [
        ui.Field("id", "", to_text(new_id(now)), control="hidden"),
        ui.Field("opened_at", "", now.isoformat(), control="hidden"),
        *_station_fields(stations, directory),
        ui.Field("title", _("一句话说明"), hint=_("一事一件，两件事请分两次记")),
        ui.Field("body", _("具体情况"), control="textarea", rows=5,
                 hint=_("什么事、在哪里、影响了谁、希望怎么办")),
        ui.Field("item_type", _("属于哪一类"), control="stacked",
                 options=[ui.Option(kind, *words) for kind, words in KINDS.items()]),
        *policy_fields(directory, [one.division_code for one in stations], local_day(now)),
        *_firm_fields(firms, _("关系到哪家企业") if own else _("哪家企业提的")),
        ui.Field("confidential", _("不让承办单位看到是哪家企业、谁提的"), required=False,
                 control="check"),
        *people,
        ui.Field("contact_name", _("联系人"), hint=CALLED, required=False, autocomplete="off"),
        ui.Field("contact_phone", _("联系电话"), hint=phone_hint, required=False,
                 autocomplete="off"),
        *file_fields(),
        ui.Field("day", _("哪天提出的"), local_day(now).isoformat(), control="date"),
    ]  # fmt: skip
    if asks_date:
        fields.append(ASK_DATE)
    return Form(_("提交这件建议"), fields)


ASK_DATE = ui.Field(
    "date_confirmed", _("日期没有写错，是很早以前的事"), required=False, control="check"
)


ASK_EMAIL = ui.Field(
    "contact_email", _("电子邮箱"), required=False, autocomplete="off",
    hint=_("可以不填；填了，有进展时发邮件告诉提出人"),
)  # fmt: skip


def with_email(form: Form) -> Form:
    """Ask for an address too, behind the phone."""
    at = [one.name for one in form.fields].index("contact_phone") + 1
    return replace(form, fields=[*form.fields[:at], ASK_EMAIL, *form.fields[at:]])


def for_scripts(stations: Sequence[Station]) -> dict[str, Any]:
    """Values for new-item.js, which keeps and sends the form without a line."""
    places = {**PLACES, "no_firm": "enterprise", "several_firms": "enterprise"}
    return {
        "max_files": MAX_FILES,
        "max_bytes": MAX_BYTES,
        "too_many": too_many(MAX_FILES).message,
        "too_large": too_large().message,
        "places": json.dumps(places),
        "divisions": json.dumps({one.code: one.division_code for one in stations}),
        "ask_date": ASK_DATE,
        "no_firm": NO_FIRM,
        "several_firms": _("名册里有几家名称这样开头，请把名称写全。"),
    }


def _station_fields(stations: Sequence[Station], directory: Directory) -> list[ui.Field]:
    options = [ui.Option(one.code, _name(one, directory)) for one in stations]
    if len(options) == 1:
        return [ui.Field("station", "", options[0].value, control="hidden")]
    own = options[0].value if options else ""
    return [ui.Field("station", _("联络站"), own, options=options, control="select")]


def _name(station: Station, directory: Directory) -> str:
    found = directory.station(station.station_id)
    return found.name if found else station.code


def _firm_fields(firms: Sequence[tuple[str, str]], label: Words) -> list[ui.Field]:
    hint = _("18位信用代码，或名册里名称的开头几个字")
    fields = [ui.Field("enterprise", label, hint=hint, required=False)]
    if firms:
        options = [ui.Option(code, f"{name}　{code}") for code, name in firms]
        hint = _("不是这几家的，请把上面的名称写全些再提交")
        fields.append(ui.Field("firm", _("是哪一家"), options=options, control="select", hint=hint))
    return fields


def _own_fields(own: Id) -> list[ui.Field]:
    """A deputy's own item: by nobody else, as others join it themselves."""
    return [
        ui.Field("deputy_id", "", to_text(own), control="hidden"),
        ui.Field("self_interest", _("说的是我自己的企业"), required=False, control="check"),
    ]


def _deputy_fields(stations: Sequence[Station], directory: Directory) -> list[ui.Field]:
    """Offer the deputies attached to these stations; without any, neither question is asked."""
    people = directory.people
    deputies = [
        ui.Option(to_text(key), person.name)
        for station in stations
        for key, person in people.at(people.by_station, station.station_id)
        if person.mandates
    ]
    if not deputies:
        return []
    own = _("说的是这位代表自己的企业")
    hint = _("和上面的提出人一起提出的代表；可以选几位，请先征得本人同意")
    return [
        ui.Field("deputy_id", _("哪位代表听到的"), required=False, control="choices",
                 options=[ui.Option("", _("没有")), *deputies]),
        ui.Field("co_deputies", _("还有哪些代表联名"), options=deputies, control="ticks",
                 required=False, hint=hint),
        ui.Field("self_interest", own, required=False, control="check"),
    ]  # fmt: skip


def kept(form: Form, submitted: Submitted) -> Form:
    """Keep the id and the time of the form as it was first shown."""
    return replace(
        form,
        fields=[
            replace(one, value=value_of(submitted, one.name) or one.value)
            if one.name in ("id", "opened_at")
            else one
            for one in form.fields
        ],
    )
