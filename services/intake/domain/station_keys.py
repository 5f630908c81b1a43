"""Keys of stations, their enrolment and import, and the signature on a request.

A signature is a short-lived token bound to method, path with query, and body.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jws import JWSRegistry

from services.intake.domain.asker import grants_at
from services.intake.domain.commands import MAX_BATCH
from shared.directory.snapshot import Directory
from shared.directory.succession import has_ended
from shared.errors import NotFound, Unauthorized
from shared.ids import Id, named_id
from shared.tables.rows import Line, Report, RowError, TableRow, read_rows
from shared.text import _

AUDIENCE = "intake"
LIFETIME = timedelta(minutes=5)


class SignatureRefused(Unauthorized):
    """The request is not signed by a valid key of a known station; the cause is not revealed."""

    def __init__(self, now: datetime) -> None:
        super().__init__(
            "signature_refused",
            _("请求的签名无效或已过期，没有保存。"),
            _("请按服务器时间校准时钟，用本站当前的密钥重新签名后重试。"),
            server_time=now.isoformat(),
        )
        self.now = now


def no_such_station() -> NotFound:
    """The directory does not list the station, or it is not the administrator's."""
    return NotFound(
        "no_station",
        _("名录里没有这个联络站，或不在您的范围内。"),
        _("请从名录里联络站的页面打开。"),
    )


@dataclass(frozen=True, slots=True)
class StationKey:
    """A public key (Ed25519, `x` of the JWK) that may sign for a station, or for a person there."""

    kid: str
    station_code: str
    public_x: str
    person_id: Id | None = None


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as its token must name it; the `target` is the path with its query, if any."""

    token: str
    method: str
    target: str
    body: bytes


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
    """Read the id of the key that a token claims; empty when unreadable."""
    try:
        kid = json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))["kid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return kid if isinstance(kid, str) and is_key_id(kid) else ""


def request_id(token: str) -> str:
    """Name a signed request: SHA-256 (hex) of what was signed."""
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


def is_key_id(kid: str) -> bool:
    """Whether a token could name a key by this id, of at most 200 characters."""
    return 0 < len(kid) <= 200 and kid.isprintable()


def new_key(station_code: str, person_id: Id | None = None) -> tuple[StationKey, Mapping[str, Any]]:
    """Make a key pair for a station or a person there: the public part, and the whole as a JWK.

    No id begins with a dash: command lines would read it as an option.
    """
    pair = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    while str(pair.kid).startswith("-"):
        pair = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    public = pair.as_dict(private=False)
    key = StationKey(str(pair.kid), station_code, str(public["x"]), person_id)
    return key, pair.as_dict(private=True)


def body_hash(body: bytes) -> str:
    """Hash a body as the claim `bh` carries it: base64url of SHA-256, no padding."""
    return urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def verify(request: SignedRequest, keys: Mapping[str, StationKey], now: datetime) -> StationKey:
    """Find the valid key that signed a request; raises SignatureRefused.

    A token is valid for five minutes at most; a station's clock may be as far ahead.
    """
    try:
        return _verify(request, keys, int(now.timestamp()))
    except (JoseError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SignatureRefused(now) from error


def _verify(request: SignedRequest, keys: Mapping[str, StationKey], now: int) -> StationKey:
    def key_of(signature: GuestProtocol) -> OKPKey:
        return public_key(keys[signature.headers()["kid"]].public_x)

    token = jwt.decode(request.token, key_of, registry=_ALGORITHMS)
    claims, key = token.claims, keys[token.header["kid"]]
    expected = {
        "iss": key.station_code,
        "aud": AUDIENCE,
        "htm": request.method,
        "htu": request.target,
        "bh": body_hash(request.body),
    }
    if any(claims.get(name) != value for name, value in expected.items()):
        raise ValueError("the token was made for another request")
    _check_life(claims, now)
    return key


def _check_life(claims: Mapping[str, Any], now: int) -> None:
    issued, expires = claims["iat"], claims["exp"]
    begins = claims.get("nbf", issued)
    if any(type(one) is not int for one in (issued, expires, begins)):
        raise ValueError("times are whole seconds")
    longest = int(LIFETIME.total_seconds())
    if not (max(issued, begins) <= now + longest and now < expires <= issued + longest):
        raise ValueError("outside the token's life")


def enrolment(key: StationKey, private: Mapping[str, Any], address: str) -> str:
    """Build the JSON that a station's app reads from a file or a QR code.

    It holds the only copy of the private key (a JWK, RFC 8037). `address` is that of the system;
    raises ValueError for anything but http(s)://host.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("not an address of a site")
    content = {
        "address": f"{parts.scheme}://{parts.netloc}",
        "station_code": key.station_code,
        "kid": key.kid,
        "key": dict(private),
        "audience": AUDIENCE,
        "lifetime_seconds": int(LIFETIME.total_seconds()),
        "batch_items": MAX_BATCH,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


class StationKeyLine(TableRow):
    """The columns of a list of public keys; `x` is that of the JWK, `person_code` may be empty."""

    station_code: str
    kid: str
    x: str
    person_code: str = ""


def read_station_keys(text: str, directory: Directory, today: date) -> Report[StationKey]:
    """Read a list of public keys; whether an id or a station is full shows when they are stored."""

    def read(line: Line[StationKeyLine]) -> StationKey:
        row = line.row()
        person_id = holder_at(row.station_code, row.person_code, directory, today)
        require_public_key(row.kid, row.x)
        return StationKey(row.kid, row.station_code, row.x, person_id)

    return read_rows(text, StationKeyLine, read)


def require_public_key(kid: str, x: str) -> None:
    """Check that a station's own key has an id and is one of Ed25519; raises RowError."""
    try:
        public_key(x)
    except ValueError:
        raise _not_a_key("x") from None
    if not is_key_id(kid):
        raise _not_a_key("kid")


def holder_at(code: str, person: str, directory: Directory, today: date) -> Id | None:
    """Find who a key is for: None for the station itself, else the person with this code.

    Raises RowError unless the station is listed and open and the person has a role there.
    """
    found = directory.station_by_code(code)
    if found is None:
        raise RowError("station_code", _("名录里没有这个联络站"))
    if has_ended(found[1], today):
        raise RowError("station_code", _("该联络站已经撤销"))
    if not person:
        return None
    person_id = named_id("person", person)
    if not grants_at(directory, found[0], person_id, today):
        raise RowError("person_code", _("这个人在该联络站没有职责"))
    return person_id


def require_added(done: Literal["added", "kid_taken", "two_live"]) -> None:
    """Check that a key was stored; raises RowError."""
    if done == "kid_taken":
        raise RowError("kid", _("密钥编号已有"))
    if done == "two_live":
        raise RowError("station_code", _("已有两把在用的密钥，请先吊销一把"))


def _not_a_key(column: str) -> RowError:
    return RowError(column, _("这不是Ed25519公钥，或没有编号"))
