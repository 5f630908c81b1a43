"""Whom the codes of a record mean, as the directory knows them now."""

from dataclasses import dataclass

from shared.contracts.topics import OWNERS
from shared.directory import Directory
from shared.ids import Id, from_text, to_text
from shared.text import Bilingual, Text, _

SYSTEM = frozenset({*OWNERS, "system"})
PROPOSER = "proposer"
"""Stands for whoever raised an item, where their name is not to be told."""


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up; what the directory does not know keeps its code."""

    directory: Directory

    def who(self, actor: str) -> Text:
        """Name whoever did something: a person, a station, or the system itself."""
        if actor in SYSTEM:
            return _("系统")
        if actor == PROPOSER:
            return _("提出人")
        try:
            key = from_text(actor)
        except ValueError:
            return actor
        person, station = self.directory.person(key), self.directory.station(key)
        found = person or station
        return found.name if found else actor[:8]

    def place(self, key: Id | None) -> str:
        """Name a unit, an organ or a station."""
        if key is None:
            return ""
        unit = self.directory.unit(key)
        found = self.directory.organ_by_id(key) or self.directory.station(key)
        return unit.short_name if unit else found.name if found else to_text(key)[:8]

    def matter(self, code: str) -> Text:
        """Name a matter."""
        found = self.directory.matter(code)
        return Bilingual(found.name_zh, found.name_en) if found else code
