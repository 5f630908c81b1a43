"""Second factor of a local account: time-based codes (RFC 6238), or recovery codes used once."""

import hashlib
import unicodedata
from datetime import datetime, timedelta

import pyotp
from pydantic import AwareDatetime, Field

from services.router.identity.domain import passwords
from services.router.identity.domain.accounts import AccountRow
from shared.contracts.envelope import Key
from shared.messaging.subject import Row

RECOVERY_CODES, RECOVERY_LENGTH = 10, 24
MFA_TICKET_LASTS = timedelta(minutes=5)
"""The time in which the code must follow the password."""
_DIGITS = 6
_STEPS_OFF = 1
"""A clock may be half a minute off, either way."""
ISSUER = "建议闭环"


class TotpRow(Row):
    """One person's second factor; without `confirmed_at` it is still being set up.

    `sealed` is the secret, `last_step` the step (of 30 seconds) of the last code used,
    `recovery` the hashes of the unused recovery codes.
    """

    person: Key
    sealed: str = Field(repr=False)
    confirmed_at: AwareDatetime | None = None
    last_step: int = 0
    recovery: tuple[str, ...] = Field((), repr=False)


def new_secret() -> str:
    """Generate 160 random bits, in base 32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, name: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def use_code(row: TotpRow, secret: str | None, typed: str, now: datetime) -> TotpRow | None:
    """Accept a code of the app, or a recovery code, once; None when it is neither.

    `secret` is None when its seal no longer opens.
    """
    code = "".join(unicodedata.normalize("NFKC", typed).split()).lower()
    step = _step_of(secret, code, now) if secret else None
    if step is not None:
        return row.model_copy(update={"last_step": step}) if step > row.last_step else None
    known = _hash(code)
    if known not in row.recovery:
        return None
    left = tuple(one for one in row.recovery if one != known)
    return row.model_copy(update={"recovery": left})


def activate(row: TotpRow, now: datetime) -> tuple[TotpRow, list[str]]:
    """Turn it on and return the recovery codes, which cannot be read again later."""
    codes = [passwords.one_time(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    hashes = tuple(_hash(code) for code in codes)
    return row.model_copy(update={"confirmed_at": now, "recovery": hashes}), codes


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    if len(code) != _DIGITS:
        return None
    app = pyotp.TOTP(secret)
    at = int(now.timestamp()) // app.interval
    steps = range(at - _STEPS_OFF, at + _STEPS_OFF + 1)
    return next((n for n in steps if pyotp.utils.strings_equal(app.generate_otp(n), code)), None)


def _hash(code: str) -> str:
    """Hash a code of 118 random bits; a slow hash would add nothing (ASVS 5.0, 6.5.2)."""
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()


def mfa_ticket(account: AccountRow, now: datetime) -> str:
    """Certify that the right password was given now; to be sealed for the account's person."""
    return f"{account.changed_at.isoformat()} {now.isoformat()}"


def is_mfa_ticket(text: str, account: AccountRow, now: datetime) -> bool:
    """Whether the present password of the account was given a short time ago."""
    changed_at, _space, given_at = text.partition(" ")
    return (
        changed_at == account.changed_at.isoformat()
        and now < datetime.fromisoformat(given_at) + MFA_TICKET_LASTS
    )
