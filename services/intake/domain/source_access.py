"""Access to who raised an item: why, what is shown, what is logged."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.intake.domain.commands import Body
from services.intake.domain.contact import Vault, mask_firm, mask_name
from services.intake.domain.model import ItemRow, ProgressRow
from shared.directory.snapshot import Directory
from shared.errors import TooManyRequests
from shared.observability.masking import mask_phone
from shared.text import CleanText, Reason, _

AccessReason = Literal["contact", "verify", "rating", "supervision", "other"]
FirmName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40), CleanText
]
SOURCE_FIELDS = ("firm", "firm_code", "deputy", "name", "phone")
"""The fields of a source, as the access log names them."""


class SourceAccessBody(Body):
    """Why an officer needs to know who raised an item."""

    reason: AccessReason
    words: Annotated[Reason, StringConstraints(max_length=200)]


class FirmSearchBody(SourceAccessBody):
    """The firm whose items an officer looks for, and why they need to know them."""

    firm: FirmName


class SourceView(BaseModel):
    """The proposer of an item; `is_lost` when the contact's seal can no longer be opened."""

    model_config = ConfigDict(frozen=True)

    firm: str = Field("", repr=False)
    firm_code: str = Field("", repr=False)
    deputy: str = Field("", repr=False)
    name: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    is_lost: bool = False

    def masked(self) -> "SourceView":
        """Mask the values for officers who have not given a reason."""
        return SourceView(
            firm=mask_firm(self.firm),
            firm_code=mask_firm(self.firm_code),
            deputy=mask_name(self.deputy),
            name=mask_name(self.name),
            phone=mask_phone(self.phone) if self.phone else "",
            is_lost=self.is_lost,
        )

    @property
    def fields(self) -> list[str]:
        return [name for name in SOURCE_FIELDS if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class SealedSource:
    """An item with the source data that never leave intake; the contact is sealed."""

    item: ItemRow
    progress: ProgressRow
    firm: str = field(default="", repr=False)
    sealed: str = field(default="", repr=False)

    def opened(self, directory: Directory, vault: Vault) -> SourceView:
        """Open the source; it is empty once the item is erased."""
        if self.item.erased_at is not None:
            return SourceView()
        contact = vault.open_if_any(self.item.key, self.sealed)
        deputy = directory.person(self.item.deputy_id) if self.item.deputy_id else None
        return SourceView(
            firm=self.firm,
            firm_code=self.item.enterprise_code or "",
            deputy=deputy.name if deputy else "",
            name=contact.name if contact else "",
            phone=contact.phone if contact else "",
            is_lost=bool(self.sealed) and contact is None,
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
