"""A station's signature on one request: a short-lived token bound to method, path and body."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jws import JWSRegistry

from shared.errors import Unauthorized
from shared.ids import Id, from_text
from shared.text import _

AUDIENCE = "intake"
LIFETIME = timedelta(minutes=5)


class SignatureRefused(Unauthorized):
    """The request is not signed by a living key of a known station; never said which."""

    def __init__(self, now: datetime) -> None:
        super().__init__(
            "signature_refused",
            _("请求的签名无效或已过期，没有保存。"),
            _("请按服务器时间校准时钟，用本站当前的密钥重新签名后重试。"),
            server_time=now.isoformat(),
        )
        self.now = now


@dataclass(frozen=True, slots=True)
class StationKey:
    """A public key (Ed25519, `x` of the JWK) that may sign for a station."""

    kid: str
    station_code: str
    public_x: str


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers."""

    token: str
    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claims:
    """Who signed: a station, and the person acting there if the request names one."""

    station_code: str
    person_id: Id | None


class _Algorithms(JWSRegistry):
    """Ed25519 under both of its names (RFC 8037, RFC 9864); the curve is fixed by the key."""

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


_ALGORITHMS = _Algorithms(algorithms=["Ed25519"])


@lru_cache(maxsize=10_000)
def public_key(x: str) -> OKPKey:
    """Build the key of a stored public part; raises ValueError for anything but Ed25519."""
    try:
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
        key.public_key  # noqa: B018  the point is decoded only when asked for
    except (JoseError, TypeError, ValueError) as error:
        raise ValueError("not an Ed25519 public key") from error
    return key


def key_id(token: str) -> str:
    """Read which key a token says it is signed with; empty when it says nothing readable."""
    try:
        kid = json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))["kid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return kid if isinstance(kid, str) and is_key_id(kid) else ""


def is_key_id(kid: str) -> bool:
    """Tell whether a key may go by this id: one that no token could name is of no use."""
    return bool(kid) and kid.isprintable()


def new_key(station_code: str) -> tuple[StationKey, Mapping[str, Any]]:
    """Make a key pair for a station: the public part, and the whole as a JWK.

    An id that begins with a dash is drawn again: commands would take it for an option.
    """
    pair = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    while str(pair.kid).startswith("-"):
        pair = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    public = pair.as_dict(private=False)
    return StationKey(str(pair.kid), station_code, str(public["x"])), pair.as_dict(private=True)


def body_hash(body: bytes) -> str:
    """Hash a body as the claim `bh` carries it: base64url of SHA-256, no padding."""
    return urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def verify(request: SignedRequest, keys: Mapping[str, StationKey], now: datetime) -> Claims:
    """Check a signed request against the living keys; raises SignatureRefused.

    A token lives five minutes at most; a station's clock may be as much ahead.
    """
    try:
        return _verify(request, keys, int(now.timestamp()))
    except (JoseError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureRefused(now) from error


def _verify(request: SignedRequest, keys: Mapping[str, StationKey], now: int) -> Claims:
    def key_of(signature: GuestProtocol) -> OKPKey:
        return public_key(keys[signature.headers()["kid"]].public_x)

    token = jwt.decode(request.token, key_of, registry=_ALGORITHMS)
    claims = token.claims
    expected = {
        "iss": keys[token.header["kid"]].station_code,
        "aud": AUDIENCE,
        "htm": request.method,
        "htu": request.path,
        "bh": body_hash(request.body),
    }
    if any(claims.get(name) != value for name, value in expected.items()):
        raise ValueError("the token was made for another request")
    _check_life(claims, now)
    person = claims.get("sub")
    return Claims(expected["iss"], None if person is None else from_text(person))


def _check_life(claims: Mapping[str, Any], now: int) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        raise ValueError("times are whole seconds")
    longest = int(LIFETIME.total_seconds())
    if not (issued <= now + longest and now < expires <= issued + longest):
        raise ValueError("outside the token's life")
