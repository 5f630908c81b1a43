"""The city's own gateways by apprise: short messages, WeCom, DingTalk, Feishu, webhooks."""

import asyncio
import logging
from pathlib import Path

import apprise

from shared.notices.apprise.addresses import filled, read_addresses
from shared.notices.channel import SEND_SECONDS, Addressee, ChannelName, Message, NotSent

SILENCED = ("apprise", "urllib3")
"""Loggers that write addresses, which hold secrets and phones."""
for _name in SILENCED:
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class AppriseChannel:
    name: ChannelName = "apprise"

    def __init__(self, file: Path) -> None:
        """Read the addresses; raises ValueError for a file or an address that cannot be used."""
        self._addresses = read_addresses(file)
        for address in self._addresses:
            if address:
                _gateway(address, Addressee(phone="13800000000", office="office"), "id")

    def reaches(self, to: Addressee) -> bool:
        return bool(self._addresses.of(to))

    async def send(self, to: Addressee, message: Message) -> None:
        gateway = _gateway(self._addresses.of(to), to, message.id)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                taken = await asyncio.to_thread(
                    gateway.notify, body=message.body, title=message.subject, body_format="text"
                )
        except TimeoutError:
            raise NotSent("unreachable") from None
        if not taken:
            raise NotSent("failed")


def _gateway(address: str, to: Addressee, message_id: str) -> apprise.Apprise:
    gateway = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Jianyi", plugin_paths=[]))
    values = {"phone": to.phone, "office": to.office, "id": message_id}
    if not gateway.add(filled(address, values)):
        raise ValueError("JIANYI_NOTICE_APPRISE_FILE: apprise does not know one of its addresses")
    return gateway
