"""The details of an item that its station's page and forms show."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from services.intake.domain.commands import Mask
from services.intake.domain.commands import Text as WrittenText
from services.intake.domain.listed import MAX_LISTED, choices_of
from services.intake.domain.model import Item
from services.intake.domain.source_access import ProposerView, view_of
from shared.contracts.codes import ProposerKind
from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import Directory
from shared.text import Sentence, Text, _
from shared.web import components as ui

PROPOSERS: Mapping[ProposerKind, Sentence] = {
    "enterprise": _("企业"),
    "deputy": _("人大代表"),
    "street_rep": _("街道选民代表"),
    "station": _("联络站"),
    "scan": _("扫码反映的人"),
}


_BETWEEN = re.compile(r"[\n、，,;；]")


def _words(given: Any) -> Any:
    """Split the words that a text area holds, one a line or between commas."""
    return [word for text in given for word in _BETWEEN.split(text) if word.strip()]


FormMasks = Annotated[tuple[Mask, ...], BeforeValidator(_words), Field(max_length=50)]
MASKS = TypeAdapter[tuple[str, ...]](FormMasks)
"""Reads the lines of a form's words to mask."""
MORE = TypeAdapter[str](WrittenText)
"""Reads the words that a form adds to an item."""


@dataclass(frozen=True, slots=True)
class OtherItem:
    """An open item of the same enterprise, into which a duplicate may be merged."""

    item_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """An item of a station with what its page and its forms show.

    `is_joint`: whoever raised it reads it, but not who else did.
    """

    item: Item
    directory: Directory
    now: datetime
    others: Sequence[OtherItem] = ()
    is_joint: bool = False


def policy_fields(
    directory: Directory, places: Sequence[str], day: date, chosen: Sequence[str] = ()
) -> list[ui.Field]:
    """Ask which policies an item concerns; where there are none ask nothing."""
    options = [
        ui.Option(one.code, f"{one.code} {one.name}")
        for one in choices_of(directory, DirectoryPolicy, places, day)
    ]
    hint = _("哪项政策没有落到实处；最多%(most)s项", most=MAX_LISTED)
    return listed_fields("policy_codes", _("关系到哪些政策"), options, hint, chosen)


def listed_fields(
    name: str, label: Text, options: Sequence[ui.Option], hint: Text, chosen: Sequence[str] = ()
) -> list[ui.Field]:
    """Ask what is meant of a list; where the list is empty ask nothing."""
    if not options:
        return []
    return [
        ui.Field(name, label, ",".join(chosen), options=options, hint=hint, required=False,
                 control="ticks" if len(options) <= MAX_LISTED else "folded", most=MAX_LISTED)
    ]  # fmt: skip


def options_of(labels: Mapping[Any, Text]) -> list[ui.Option]:
    return [ui.Option(value, label) for value, label in labels.items()]


def proposer_field(seen: ItemDetails, label: Text, hint: Text) -> list[ui.Field]:
    """Ask which of several proposers is meant, without their full names; of one ask nothing."""
    proposers = [view_of(one, seen.directory).masked() for one in seen.item.proposers]
    if len(proposers) < 2:
        return []
    options = [ui.Option(one.proposer_id, called(n, one)) for n, one in enumerate(proposers, 1)]
    return [ui.Field("proposer_id", label, options[0].value, options=options, control="select",
                     hint=hint)]  # fmt: skip


def called(n: int, proposer: ProposerView) -> Text:
    """Name a proposer by place and kind, and as far as it shows, by name."""
    name = proposer.firm or proposer.person or proposer.name
    kind = PROPOSERS[proposer.kind]
    if not name:
        return _("提出人%(n)s（%(kind)s）", n=n, kind=kind)
    return _("提出人%(n)s（%(kind)s %(name)s）", n=n, kind=kind, name=name)
