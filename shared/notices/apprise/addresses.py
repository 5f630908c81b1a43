"""The addresses of a city's gateways, as apprise writes them (`wecombot://…`, `jsons://…`).

A line with `{phone}` tells people by mobile number, one without tells offices. In both, `{id}` is
the message's id; in the latter `{office}` is the office's code. An office without a chat group of
its own is told in the one that the line names.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from shared.notices.channel import Addressee

PHONE = "{phone}"
_MOBILE = re.compile(r"1[3-9]\d{9}")
_PLACES = re.compile(r"\{(\w+)\}")


class Addresses(NamedTuple):
    """An address for people and one for offices; empty where the city has none."""

    people: str = ""
    offices: str = ""

    def of(self, to: Addressee) -> str:
        """The address for somebody, its places still open; empty if they cannot be reached."""
        if to.office:
            return self.offices
        return self.people if _MOBILE.fullmatch(to.phone) else ""


def read_addresses(file: Path) -> Addresses:
    """Read a file of addresses; raises ValueError, which quotes none of them: they hold secrets."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    people = [line for line in found if PHONE in line]
    offices = [line for line in found if PHONE not in line]
    if not found or len(people) > 1 or len(offices) > 1:
        raise ValueError(f"{file}: one address with {PHONE} and one without, at least one of them")
    return Addresses("".join(people), "".join(offices))


def filled(address: str, values: Mapping[str, str]) -> str:
    """Fill in the places of an address, quoted; what is no place of ours is left as it is."""
    return _PLACES.sub(
        lambda found: quote(values[found[1]], safe="") if found[1] in values else found[0], address
    )
