"""Whoever asks: people with a session, stations with a key, a revoked one, and nobody at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import OKPKey

from deploy.simulator.station import StationClient
from services.intake import store
from services.intake.domain.station_keys import new_key
from shared.ids import to_text
from shared.web.session import COOKIE
from tests.e2e.rights.cast import PLACES, ROLES, STATIONS, person
from tests.support.city import City

ASKERS = (*ROLES, "key", "head_key", "revoked", "nobody")
"""The columns of the matrix. A key is that of the station of the item, of a sub-point beside it,
of the main station above and of a station elsewhere; a head key is that of the head there."""


@dataclass
class Askers:
    """Gives each request what its asker would send with it."""

    city: City
    stations: dict[tuple[str, str], StationClient] = field(default_factory=dict)

    async def enrol(self) -> None:
        """Give each station a key, and the first one another that is revoked."""
        async with self.city.messagings["intake"].db.begin() as tx:
            for who, place, code in (
                ("revoked", "own", STATIONS[0][1]),
                *(
                    (who, place, code)
                    for who in ("key", "head_key")
                    for place, (_, code) in zip(PLACES, STATIONS, strict=True)
                ),
            ):
                head = person("station_head", place) if who == "head_key" else None
                public, private = new_key(code, head)
                assert await store.add_key(tx, public) == "added"
                if who == "revoked":
                    await store.revoke_key(tx, public.kid)
                key = OKPKey.import_key(dict(private))
                client = StationClient(self.city.http, code, key, self.city.now)
                self.stations[who, place] = client

    async def headers(
        self, who: str, place: str, method: str, path: str, body: bytes
    ) -> Mapping[str, str]:
        """Sign in, or sign the request; nobody does neither."""
        if who in ROLES:
            cookie = await self.city.cookie(to_text(person(who, place)))
            return {"Cookie": f"{COOKIE}={cookie}"}
        if who == "nobody":
            return {}
        token = self.stations[who, place].sign(method, path, body)
        return {"Authorization": f"Bearer {token}"}


def letter(answer: Any) -> str:
    """Read an answer as a letter of the matrix, 5 if it failed; of a batch its one line counts."""
    status = answer.status_code
    if status == 200 and answer.request.url.path.endswith("/items/batch"):
        status = answer.json()["results"][0]["status"]
    match status:
        case 401:
            return "k" if answer.json()["code"] == "signature_refused" else "s"
        case 403:
            return "n"
        case 404:
            return "h"
        case _ if status >= 500:
            return "5"
        case _:
            return "y"
