"""Access to who raised an item: why, what is shown, what is logged."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.commands import Body
from services.intake.domain.contact import mask_firm, mask_name
from services.intake.domain.model import ItemRow, ProgressRow
from services.intake.domain.proposers import Proposer
from shared.contracts.codes import ProposerKind
from shared.directory.snapshot import Directory
from shared.errors import TooManyRequests
from shared.ids import to_text
from shared.observability.masking import mask_phone
from shared.text import CleanText, Reason, _

AccessReason = Literal["contact", "verify", "rating", "supervision", "other"]
FirmName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40), CleanText
]
SOURCE_FIELDS = ("firm", "firm_code", "person", "name", "phone", "email")
"""The fields of a source, as the access log names them."""


class SourceAccessBody(Body):
    """Why an officer needs to know who raised an item."""

    reason: AccessReason
    words: Annotated[Reason, StringConstraints(max_length=200)]


class FirmSearchBody(SourceAccessBody):
    """The firm whose items an officer looks for, and why they need to know them."""

    firm: FirmName


class ProposerView(BaseModel):
    """A proposer of an item; `is_lost` when the contact's seal can no longer be opened.

    `person` is the name of the deputy or street representative, `name` that of the contact.
    """

    model_config = ConfigDict(frozen=True)

    proposer_id: str
    kind: ProposerKind
    firm: str = Field("", repr=False)
    firm_code: str = Field("", repr=False)
    person: str = Field("", repr=False)
    name: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    email: str = Field("", repr=False)
    is_lost: bool = False

    def masked(self) -> "ProposerView":
        masked = {
            "firm": mask_firm(self.firm),
            "firm_code": mask_firm(self.firm_code),
            "person": mask_name(self.person),
            "name": mask_name(self.name),
            "phone": mask_phone(self.phone) if self.phone else "",
            "email": "****" if self.email else "",
        }
        return self.model_copy(update=masked)


class SourceView(BaseModel):
    """The source of an item; empty once the item is erased."""

    model_config = ConfigDict(frozen=True)

    proposers: tuple[ProposerView, ...] = ()

    def masked(self) -> "SourceView":
        """Mask the values for officers who have not given a reason."""
        return SourceView(proposers=tuple(one.masked() for one in self.proposers))

    @property
    def fields(self) -> list[str]:
        """The fields that any of the proposers has."""
        return [name for name in SOURCE_FIELDS if any(getattr(one, name) for one in self.proposers)]


@dataclass(frozen=True, slots=True)
class ItemSource:
    """An item with those who raised it."""

    item: ItemRow
    progress: ProgressRow
    proposers: tuple[Proposer, ...] = field(repr=False)

    @property
    def hides_unnamed(self) -> bool:
        return self.item.hides_unnamed(self.proposers)

    def view(self, directory: Directory) -> SourceView:
        """Show the source; it is empty once the item is erased."""
        if self.item.erased_at is not None:
            return SourceView()
        return SourceView(proposers=tuple(view_of(one, directory) for one in self.proposers))


def view_of(proposer: Proposer, directory: Directory) -> ProposerView:
    row, contact = proposer.row, proposer.contact
    person = directory.person(row.person_id) if row.person_id else None
    return ProposerView(
        proposer_id=to_text(row.proposer_id),
        kind=row.kind,
        firm=proposer.firm,
        firm_code=row.enterprise_code or "",
        person=person.name if person else "",
        name=contact.name if contact else "",
        phone=contact.phone if contact else "",
        email=(contact.email if contact else None) or "",
        is_lost=bool(proposer.contacts) and contact is None,
    )


class TooManySourceViews(TooManyRequests):
    """An officer has viewed as many sources within an hour as is allowed."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            retry_after,
            "too_many_source_views",
            _("一小时内查看来源的次数太多，没有显示。"),
            _("请稍后再看；确有需要，请联系本地系统管理员。"),
        )
