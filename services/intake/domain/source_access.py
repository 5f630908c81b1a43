"""A look at who raised an item: why somebody may ask, what is shown, what is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import StringConstraints

from services.intake.domain.bodies import Body
from services.intake.domain.contact import Vault, mask_firm, mask_name
from services.intake.domain.model import ItemRow, ProgressRow
from services.intake.domain.rights import Asker
from shared.clean_text import CleanText
from shared.directory.snapshot import Directory
from shared.errors import TooManyRequests
from shared.ids import Id
from shared.observability.masking import mask_phone
from shared.text import _

LookReason = Literal["contact", "verify", "rating", "supervision", "other"]
SHOWN = ("firm", "firm_code", "deputy", "name", "phone")
"""The fields a look may show, as the log names them."""


class LookBody(Body):
    """Why somebody wants to know who raised an item."""

    reason: LookReason
    words: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200), CleanText
    ]


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody asks to see who raised an item."""

    key: Id
    by: Asker
    body: LookBody


@dataclass(frozen=True, slots=True)
class Source:
    """Who raised an item; `is_lost` when the contact's seal does not open any more."""

    firm: str = field(default="", repr=False)
    firm_code: str = field(default="", repr=False)
    deputy: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    is_lost: bool = False

    def masked(self) -> "Source":
        """Show it to those who have not said why they need it."""
        return replace(
            self,
            firm=mask_firm(self.firm),
            firm_code=mask_firm(self.firm_code),
            deputy=mask_name(self.deputy),
            name=mask_name(self.name),
            phone=mask_phone(self.phone) if self.phone else "",
        )

    @property
    def fields(self) -> Sequence[str]:
        """The names of what there is to see."""
        return [name for name in SHOWN if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Sourced:
    """An item with what intake alone knows of who raised it; the contact is sealed."""

    item: ItemRow
    progress: ProgressRow
    firm: str = field(default="", repr=False)
    sealed: str = field(default="", repr=False)


def open_source(found: Sourced, directory: Directory, vault: Vault) -> Source:
    """Open what is known of who raised an item; once erased, nothing is."""
    if found.item.erased_at is not None:
        return Source()
    contact = vault.opened(found.item.key, found.sealed)
    deputy = directory.person(found.item.deputy_id) if found.item.deputy_id else None
    return Source(
        firm=found.firm,
        firm_code=found.item.enterprise_code or "",
        deputy=deputy.name if deputy else "",
        name=contact.name if contact else "",
        phone=contact.phone if contact else "",
        is_lost=bool(found.sealed) and contact is None,
    )


class TooManyLooks(TooManyRequests):
    """Somebody looks at more sources than the work of a day asks for."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            retry_after,
            "too_many_looks",
            _("一小时内查看来源的次数太多，没有显示。"),
            _("请稍后再看；确有需要，请联系本地系统管理员。"),
        )
