"""Contact of the proposer: name, phone and e-mail, validated, sealed, masked."""

import re
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.ids import Id
from shared.sealing import Seal, WrongSeal
from shared.text import CleanText

_MOBILE = re.compile(r"1[3-9]\d{9}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
MAX_EMAIL = 254
_LANDLINE = re.compile(r"0\d{2,3}-?[2-8]\d{6,7}(-\d{1,6})?")


def _phone(value: str) -> str:
    """Keep a mainland mobile or landline number without spaces and country code."""
    number = re.sub(r"\s", "", value)
    number = re.sub(r"^(\+86|0086)-?", "", number)
    if _MOBILE.fullmatch(number.replace("-", "")):
        return number.replace("-", "")
    if _LANDLINE.fullmatch(number):
        return number
    raise PydanticCustomError(
        "phone",
        "no mainland phone number",
        {
            "zh": "请填11位手机号，或带区号的座机号，如0576-88881234。",
            "en": "Enter an 11-digit mobile number or a landline number with area code, such as "
            "0576-88881234.",
        },
    )


def _email(value: str) -> str:
    """Keep an address in Latin letters, which every mail server takes."""
    if len(value) <= MAX_EMAIL and _EMAIL.fullmatch(value):
        return value
    raise PydanticCustomError(
        "email",
        "no e-mail address",
        {
            "zh": "请填邮箱地址，如 wang@example.com。",
            "en": "Enter an e-mail address, such as wang@example.com.",
        },
    )


Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Email = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_email)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Contact(BaseModel):
    """Name and phone of the person to call back, and their e-mail address if they left one.

    Never in a repr, an event or a log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[Name, CleanText] = Field(repr=False)
    phone: Phone = Field(repr=False)
    email: Email | None = Field(None, repr=False)


def contact_of(name: str, phone: str, email: str) -> Contact | None:
    """The contact typed into a form, None if nothing was; raises ValidationError."""
    if not (name or phone or email):
        return None
    return Contact(name=name, phone=phone, email=email or None)


@dataclass(frozen=True, slots=True)
class SealedContact:
    """A contact as it is stored; `opened` is None when its key is lost."""

    sealed: str
    opened: Contact | None = field(repr=False)


class Vault:
    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def seal(self, key: Id, contact: Contact) -> str:
        return self._seal.seal(key, contact.model_dump_json())

    def open(self, key: Id, sealed: str) -> Contact:
        """Open the contact of one item; raises WrongSeal, also for another item's."""
        return Contact.model_validate_json(self._seal.open(key, sealed))

    def unseal(self, key: Id, sealed: str) -> SealedContact:
        return SealedContact(sealed, self.open_if_any(key, sealed))

    def open_if_any(self, key: Id, sealed: str) -> Contact | None:
        """Open the contact of one item; None when there is none or its key is lost."""
        try:
            return self.open(key, sealed) if sealed else None
        except WrongSeal:
            return None


def mask_name(name: str) -> str:
    """Show the family name only; of a single character nothing."""
    return f"{name[: len(name) > 1]}**" if name else ""


def mask_firm(name: str) -> str:
    """Show the first two characters of a firm's name, usually its place; fewer of a short name."""
    return f"{name[: min(2, len(name) // 2)]}****" if name else ""
