"""The port through which people are told something outside of the system.

A channel is a folder beside this file: `settings.py` (what it needs), a module for what it writes,
and `channel.py` (how it sends). `channels.py` opens those that are configured.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

ChannelName = Literal["smtp", "apprise"]
Failure = Literal["unreachable", "sign_in", "rejected", "failed"]
"""Why something was not sent: a word for operators, never what a server answered.

`rejected`: the server takes nothing for this address; trying again is of no use.
"""

Outcome = Literal["sent", "rejected", "given_up", "dropped"]
"""How a notice ended; `dropped`: there is nobody to be told any more."""
SEND_SECONDS = 20.0
GIVE_UP = timedelta(days=7)
"""What could not be said for so long is not said any more (浙江省代表建议办理规定 2016 §10: the
deputy is told within 7 days whether the suggestion is accepted)."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
"""Waits before the second try and between the later ones; the first is longer than any try."""


def wait_after(tries: int) -> timedelta:
    """The time until the next try after so many."""
    return min(FIRST_WAIT * (1 << min(tries - 1, 10)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Addressee:
    """How somebody can be reached; an empty field is a way that they cannot.

    `office` is the code of a station or a unit, for which the city's own gateway knows an address.
    """

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    office: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A text to send; `id` stays the same when it is sent again, so that a gateway may drop it."""

    id: str
    subject: str
    body: str


class NotSent(Exception):
    """A message was not sent, or it is unknown whether it was."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why)
        self.why: Failure = why


class Channel(Protocol):
    @property
    def name(self) -> ChannelName:
        """The name by which operators, settings and stored notices know it."""
        ...

    def reaches(self, to: Addressee) -> bool:
        """Whether somebody can be told this way."""
        ...

    async def send(self, to: Addressee, message: Message) -> None:
        """Hand a message over, within SEND_SECONDS; raises NotSent."""
        ...
