"""Phone and identity numbers are masked wherever they would reach a log."""

import re
from collections.abc import Mapping
from typing import Any

_PERSONAL = re.compile(
    r"(?<![0-9A-Fa-f])(?:"
    r"(?P<id>[1-9]\d{16}[0-9Xx])"
    r"|(?P<mobile>(?:86)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})"
    r"|(?P<landline>0\d{2,3}-\d{7,8})"
    r")(?![0-9A-Fa-f])"
    r"|(?<=/intake/p/)(?P<secret>[^/?#\s\"']+)"
)
"""Resident identity numbers (GB 11643), mobile and landline numbers; digits of an id in hex (a key,
a hash) are none of them. And the secret in the address of a proposer's page."""


def masked(text: str) -> str:
    """Hide the middle of every phone and identity number in a text."""
    return _PERSONAL.sub(_mask, text)


def mask_phone(phone: str) -> str:
    """Show a phone's first three and last four digits, or only the last two of a short one."""
    kept = 3 if len(phone) > 8 else 0
    shown = phone[-4:] if len(phone) > 8 else phone[-2:]
    return f"{phone[:kept]}****{shown}"


def masked_line(_log: Any, _level: str, line: Any) -> Any:
    """Mask every value of a log line (a structlog processor)."""
    return {name: _value(value) for name, value in line.items()}


def _value(value: Any) -> Any:
    match value:
        case str():
            return _PERSONAL.sub(_mask, value) if len(value) >= _SHORTEST else value
        case None | bool() | float():
            return value
        case int():
            hidden = _PERSONAL.sub(_mask, str(value)) if value > _LEAST else ""
            return hidden if "*" in hidden else value
        case Mapping():
            return {_value(name): _value(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_value(part) for part in value]
        case _:
            return masked(repr(value))


_LEAST, _SHORTEST = 10**10, 11


def _mask(found: "re.Match[str]") -> str:
    number = found.group()
    if found.lastgroup == "secret":
        return "****"
    if found.lastgroup == "id":
        return f"{number[:3]}{'*' * 11}{number[-4:]}"
    return mask_phone(number)
