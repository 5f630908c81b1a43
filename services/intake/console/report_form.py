"""The form of a stranger's report: three fields, and a contact for who wants an answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from services.intake.console.act_forms import FormErrors
from services.intake.console.labels import CALLED
from services.intake.domain.asker import Station
from services.intake.domain.commands import ClientId, ItemBody
from services.intake.domain.contact import MAX_EMAIL, Contact, contact_of
from services.intake.domain.enterprises import is_credit_code
from services.intake.domain.proposer_links import Secret, new_secret
from services.intake.domain.public_report import item_of
from shared.ids import new_id, to_text
from shared.text import CleanText, Text, _
from shared.web import components as ui
from shared.web.forms import Form, Submitted, errors_of, validated, value_of

MAX_TEXT = 4000
_Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), CleanText
]
_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), CleanText]
_Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_EMAIL), CleanText]
_HELD = ("id", "secret", "unsure")


class ReportForm(BaseModel):
    """A submitted report; `id` and `secret` were set as the form was shown, so that twice is once.

    `unsure`: the person did not know which place it belongs to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ClientId
    secret: Secret
    unsure: bool = False
    text: _Words
    firm: _Short = ""
    confidential: bool = False
    contact_name: _Short = ""
    contact_phone: _Short = ""
    contact_email: _Address = ""

    @property
    def firm_code(self) -> str | None:
        """The credit code, if that is what was typed for the firm."""
        code = self.firm.upper()
        return code if is_credit_code(code) else None

    def item(self, station: Station, code: str | None, contact: Contact | None) -> ItemBody:
        """The item it becomes; a firm that is not registered is named below the text."""
        lines = [self.text]
        if self.firm and code is None:
            lines.append(f"企业：{self.firm}")
        if self.unsure:
            lines.append("（提出人说不清属于哪个乡镇、街道，请核对地点。）")
        text = "\n".join(lines)
        return item_of(
            self.id, station, text, code, confidential=self.confidential, contact=contact
        )

    def masks(self, code: str | None) -> Sequence[str]:
        """The words that must not leave while the source is hidden, now or later."""
        is_named = code is None and any(map(str.isalnum, self.firm))
        return (self.firm,) if is_named else ()


def read_report(submitted: Submitted) -> tuple[ReportForm, Contact | None]:
    """Read a report; raises FormErrors with all that is wrong."""
    contact, errors = _contact(submitted)
    try:
        form = validated(ReportForm, submitted)
    except ValidationError as wrong:
        raise FormErrors(dict(errors_of(wrong)) | errors) from None
    if errors:
        raise FormErrors(errors)
    return form, contact


def _contact(submitted: Submitted) -> tuple[Contact | None, dict[str, Text]]:
    fields = ("name", "phone", "email")
    typed = {name: value_of(submitted, f"contact_{name}").strip() for name in fields}
    try:
        return contact_of(**typed), {}
    except ValidationError as wrong:
        return None, {f"contact_{name}": error for name, error in errors_of(wrong).items()}


def report_form(now: datetime, *, unsure: bool = False, asks_email: bool = False) -> Form:
    """Lay out an empty form with a new id and a new secret."""
    return Form(_("提交给联络站"), [
        ui.Field("id", "", to_text(new_id(now)), control="hidden"),
        ui.Field("secret", "", new_secret(), control="hidden"),
        *([ui.Field("unsure", "", "yes", control="hidden")] if unsure else []),
        ui.Field("text", _("什么事"), control="textarea", rows=6,
                 hint=_("在哪里、怎么回事、希望怎么办；一次说一件事")),
        ui.Field("firm", _("企业或店名"), required=False, autocomplete="organization",
                 hint=_("写名称或统一社会信用代码；不写也可以")),
        ui.Field("confidential", _("单位不要知道是谁提的"), required=False, control="check",
                 hint=_("联络站知道；承办单位看不到您的姓名、电话和企业名称")),
        ui.Field("contact_name", _("怎么称呼您"), hint=CALLED, required=False, autocomplete="name"),
        ui.Field("contact_phone", _("电话"), required=False, autocomplete="tel"),
        *([ui.Field("contact_email", _("电子邮箱"), required=False, autocomplete="email",
                    hint=_("可以不填；填了，有进展时发邮件告诉您"))] if asks_email else []),
    ])  # fmt: skip


def kept(form: Form, submitted: Submitted) -> Form:
    """Keep the id and the secret of the form as it was first shown."""
    return replace(
        form,
        fields=[
            replace(one, value=value_of(submitted, one.name) or one.value)
            if one.name in _HELD
            else one
            for one in form.fields
        ],
    )
