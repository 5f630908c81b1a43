"""What a station's app is told once: its key, where to send, and what is asked of a request."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.intake.domain.bodies import MOST_IN_A_BATCH
from services.intake.domain.signature import AUDIENCE, LIFETIME, StationKey


def enrolment(key: StationKey, private: Mapping[str, Any], address: str) -> str:
    """Write the JSON that a station's app reads from a file or a QR code.

    It holds the only copy of the private key (a JWK, RFC 8037): of that nothing is stored here.
    `address` is where the app finds the system; raises ValueError for anything but http(s)://host.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("not an address of a site")
    told = {
        "address": f"{parts.scheme}://{parts.netloc}",
        "station_code": key.station_code,
        "kid": key.kid,
        "key": dict(private),
        "audience": AUDIENCE,
        "lifetime_seconds": int(LIFETIME.total_seconds()),
        "batch_items": MOST_IN_A_BATCH,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
