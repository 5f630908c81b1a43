"""The second factor of a local account: codes of the time (RFC 6238), or of a list used once."""

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
"""So long the code may follow the password."""
_DIGITS = 6
_STEPS_OFF = 1
"""A clock may be half a minute off, either way."""
ISSUER = "建议闭环"


class TotpRow(Row):
    """One person's second factor; before `confirmed_at` it is only being set up.

    `sealed` is the secret, `last_step` the step (of 30 seconds) whose code was used last,
    `recovery` the hashes of the codes that were not used yet.
    """

    person: Key
    sealed: str = Field(repr=False)
    confirmed_at: AwareDatetime | None = None
    last_step: int = 0
    recovery: tuple[str, ...] = Field((), repr=False)


def new_secret() -> str:
    """Make the secret of an app: 160 bits, in base 32."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Write what an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def accepted(row: TotpRow, secret: str | None, typed: str, now: datetime) -> TotpRow | None:
    """Take a code of the app, or a recovery code, once; None when it fits neither.

    `secret` is None when its seal does not open any more.
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


def confirmed(row: TotpRow, now: datetime) -> tuple[TotpRow, list[str]]:
    """Turn it on; gives the recovery codes, which nobody can read afterwards."""
    codes = [passwords.one_time(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    kept = tuple(_hash(code) for code in codes)
    return row.model_copy(update={"confirmed_at": now, "recovery": kept}), codes


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
    """Write that the right password was given now; to be sealed for the account's person."""
    return f"{account.changed_at.isoformat()} {now.isoformat()}"


def is_mfa_ticket(text: str, account: AccountRow, now: datetime) -> bool:
    """Tell whether the password of the account as it is was given a short time ago."""
    changed_at, _space, given_at = text.partition(" ")
    return (
        changed_at == account.changed_at.isoformat()
        and now < datetime.fromisoformat(given_at) + MFA_TICKET_LASTS
    )
