"""Rate limit per caller: a steady number of requests a minute or a day, with bursts of as many."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

from shared.errors import TooManyRequests

MINUTE = 60 * 1_000_000_000
DAY = 24 * 60 * MINUTE
REMEMBERED = 10_000


class RateLimit:
    """Counts requests per caller, in this process only, for the latest 10,000 callers."""

    def __init__(self, most: int, period: int = MINUTE) -> None:
        self._most, self._period = most, period
        self._used_up_to: OrderedDict[str, int] = OrderedDict()

    def admit(self, who: str) -> None:
        """Count one more request; raises TooManyRequests, which uses nothing up."""
        used = self._used_up_to.pop(who, 0)
        self._used_up_to[who], wait = admit(used, time.monotonic_ns(), self._most, self._period)
        if len(self._used_up_to) > REMEMBERED:
            self._used_up_to.popitem(last=False)
        if wait:
            raise TooManyRequests(math.ceil(wait / 1e9))


def admit(used_up_to: int, now: int, most: int, period: int = MINUTE) -> tuple[int, int]:
    """Admit one more request, or say how long to wait (the generic cell rate algorithm).

    Each request uses up its share of a period; a caller may be up to a period ahead of the time.
    All times are nanoseconds; `used_up_to` (0 at first) is how far it has used time up. Gives that
    anew, and 0 when the request is admitted; one that is not uses nothing up.
    """
    used = max(used_up_to, now) + period // most
    wait = used - (now + period)
    return (used_up_to, wait) if wait > 0 else (used, 0)


def limited(limit: RateLimit) -> Callable[[Request], None]:
    """Dependency of endpoints that counts the requests of each network."""

    def admit_address(request: Request) -> None:
        limit.admit(network_of(address_of(request)))

    return admit_address


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def network_of(address: str) -> str:
    """The caller behind an address: one IPv6 subscriber has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
