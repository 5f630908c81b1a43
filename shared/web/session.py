"""Sessions: a 15-minute Ed25519 token in a `__Host-` cookie, verified without a network call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from starlette.requests import Request
from starlette.responses import Response

from shared.contracts.router import TOKEN_LIVES
from shared.errors import Forbidden, Unauthorized
from shared.ids import Id, from_text, to_text
from shared.text import _
from shared.web.links import REAUTHENTICATE

COOKIE = "__Host-session"
PROOF_LASTS = timedelta(minutes=15)
"""How long a confirmed identity counts for actions that require reauthentication."""
_AUDIENCE = "jianyi-console"
_ALGORITHMS = ["Ed25519"]


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person: when they proved who they are, and when again for a four-eyes act.

    `by_password`: with a local account, whose password an administrator handed out. What the
    person may do is never in it: each service looks that up in its own directory copy.
    """

    person: Id
    sid: Id
    login_at: datetime
    step_up_at: datetime | None = None
    by_password: bool = False
    runs_out_at: datetime = field(default=datetime.max.replace(tzinfo=UTC), compare=False)

    @property
    def proved_at(self) -> datetime:
        """When the person last proved who they are."""
        return self.step_up_at or self.login_at


class SessionExpired(Unauthorized):
    """There is no session, or it is over or not one of ours."""

    def __init__(self) -> None:
        super().__init__(
            "session_over",
            _("登录已过期，您填的内容还在。"),
            _("请重新登录，登录后回到原来的位置。"),
        )


class ProofOutdated(Forbidden):
    """The action requires a more recent re-authentication than this session has."""

    def __init__(self) -> None:
        super().__init__(
            "proof_outdated",
            _("这一步要紧，请先再确认一次您的身份；还没有办理。"),
            _("在新窗口确认身份，再回到这里重新提交。"),
            prove=REAUTHENTICATE,
        )


def new_private_key() -> OKPKey:
    """Make a signing key; its id is its thumbprint (RFC 7638)."""
    return OKPKey.generate_key("Ed25519", auto_kid=True)


class Signer:
    """Signs sessions with one key; the router has the only one."""

    def __init__(self, private_key: OKPKey) -> None:
        self._key = private_key

    @property
    def kid(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        return str(self._key.kid)

    @property
    def public_pem(self) -> str:
        """The public key in PEM form, with which the other services verify sessions."""
        return self._key.as_pem(private=False).decode()

    def token(self, session: Session, now: datetime) -> str:
        """Sign a session for the next 15 minutes."""
        return issue(session, self._key, now)

    def signed(self, cookie: str, now: datetime, longest: timedelta) -> Session:
        """Read a session we signed, also one whose token ran out; raises SessionExpired.

        `longest` is how long a session lasts at all. Whether this one still does is not said by
        its token.
        """
        return verify(cookie, SessionKeys([self.public_pem.encode()]), now, grace=longest)


def read_private_key(pem: bytes) -> OKPKey:
    """Read a signing key from PEM; raises ValueError."""
    return _read(pem, private=True)


class SessionKeys:
    """The public keys that may have signed a session: at most two, for the time of a change."""

    def __init__(self, pems: Sequence[bytes]) -> None:
        if not 1 <= len(pems) <= 2:
            raise ValueError("a service trusts one session key, or two while keys change")
        keys = [_read(pem, private=False) for pem in pems]
        self._set = KeySet(list(keys))
        self._ids = {key.kid for key in keys}

    def decode(self, token: str) -> dict[str, Any]:
        """Return the claims of a token signed by a live key; raises SessionExpired."""
        try:
            decoded = jwt.decode(token, self._set, algorithms=_ALGORITHMS)
        except (JoseError, ValueError, TypeError) as error:
            raise SessionExpired from error
        if decoded.header.get("kid") not in self._ids:
            raise SessionExpired
        return decoded.claims


def issue(session: Session, private_key: OKPKey, now: datetime) -> str:
    """Sign a session for the next 15 minutes."""
    claims: dict[str, Any] = {
        "aud": _AUDIENCE,
        "sub": to_text(session.person),
        "sid": to_text(session.sid),
        "auth_time": session.login_at.timestamp(),
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIVES).timestamp()),
    }
    if session.by_password:
        claims["amr"] = ["pwd"]  # RFC 8176
    if session.step_up_at is not None:
        claims["step_up_time"] = session.step_up_at.timestamp()
    header = {"alg": "Ed25519", "kid": private_key.kid}
    return jwt.encode(header, claims, private_key, algorithms=_ALGORITHMS)


def verify(token: str, keys: SessionKeys, now: datetime, grace: timedelta = timedelta()) -> Session:
    """Read a session; raises SessionExpired for any token that is not live and ours.

    `grace` is how long ago it may have run out.
    """
    claims = keys.decode(token)
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(grace.total_seconds()),
        aud={"essential": True, "value": _AUDIENCE},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        sid={"essential": True},
        auth_time={"essential": True},
    )
    try:
        rules.validate(claims)
        return Session(
            person=from_text(claims["sub"]),
            sid=from_text(claims["sid"]),
            login_at=_instant(claims["auth_time"]),
            step_up_at=_instant(claims["step_up_time"]) if "step_up_time" in claims else None,
            by_password="pwd" in claims.get("amr", ()),
            runs_out_at=_instant(claims["exp"]),
        )
    except (JoseError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise SessionExpired from error


def read_session(request: Request, keys: SessionKeys, now: datetime) -> Session:
    """Read the session of a request's cookie; raises SessionExpired."""
    return verify(request.cookies.get(COOKIE, ""), keys, now)


def set_session(response: Response, token: str) -> None:
    """Put the token into the browser; a `__Host-` cookie is for this host and path `/` only."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")


def clear_session(response: Response) -> None:
    """Take the token out of the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def _read(pem: bytes, *, private: bool) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
    except JoseError as error:
        raise ValueError("not an Ed25519 key") from error
    if key.is_private is not private or key.curve_name != "Ed25519":
        raise ValueError("not an Ed25519 key of the wanted kind")
    key.ensure_kid()
    return key


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
