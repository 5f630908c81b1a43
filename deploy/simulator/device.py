"""A station's device without a line: what is typed there waits and goes as one batch."""

import asyncio
from collections.abc import Mapping

from deploy.simulator.city import City, Json
from deploy.simulator.station import StationClient


class Device:
    """It keeps what one station types in a day, and sends all of it when the first course asks."""

    def __init__(self, city: City, station: StationClient) -> None:
        self._city, self._station = city, station
        self._bodies: list[Json] = []
        self._sending: asyncio.Task[Mapping[str, str]] | None = None

    def keep(self, body: Json, times: int) -> None:
        """Keep an item; one whose answer was lost is sent more than once."""
        self._bodies += [body] * times

    async def send(self) -> Mapping[str, str]:
        """Send all that is kept, whoever asks first; the ids of the items by those of the bodies.

        Raises Unexpected.
        """
        if self._sending is None:
            self._sending = asyncio.ensure_future(self._send())
        return await self._sending

    async def _send(self) -> Mapping[str, str]:
        body = {"items": self._bodies}
        send = self._station.send
        answer = await self._city.sent(lambda: send("POST", "/intake/v1/items/batch", body))
        return {one["id"]: one["item_id"] for one in self._city.expect(answer)["results"]}
