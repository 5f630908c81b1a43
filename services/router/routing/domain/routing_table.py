"""Finds the matter of a text, and proposes the organ and units of a matter, and why."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from shared.contracts.codes import LEVELS, Complexity, Level, TaskRole
from shared.contracts.router import DirectoryMatter, DirectoryUnit
from shared.directory.snapshot import Directory
from shared.directory.succession import living_division, living_unit
from shared.errors import Invalid
from shared.ids import Id
from shared.text import _

Confidence = Literal["high", "medium", "low"]

SURE_MARGIN = 3
"""Characters of matched words by which a matter must lead to count as sure (our choice)."""


@dataclass(frozen=True, slots=True)
class MatterMatch:
    """The matter of a text, None when no seed word occurs or two matters fit equally well.

    `best` and `runner_up` are the codes in front all the same, for the person who decides.
    """

    matter: DirectoryMatter | None
    confidence: Confidence
    hits: tuple[str, ...] = ()
    best: str = ""
    runner_up: str = ""


NO_MATCH = MatterMatch(None, "low")


class Matcher:
    """The seed words of a matter table, indexed by their first two characters."""

    def __init__(self, matters: Iterable[DirectoryMatter]) -> None:
        self._matters = {matter.code: matter for matter in matters}
        self._rank = {code: n for n, code in enumerate(self._matters)}
        self._by_pair: dict[str, list[str]] = {}
        self._short: list[str] = []
        self._codes: dict[str, list[str]] = {}
        for code, matter in self._matters.items():
            for word in matter.seed_words:
                self._add(word.lower(), code)
        self._pairs = _pairs_of(self._by_pair)

    def _add(self, word: str, code: str) -> None:
        codes = self._codes.setdefault(word, [])
        if not codes and len(word) >= 2:
            self._by_pair.setdefault(word[:2], []).append(word)
        elif not codes:
            self._short.append(word)
        codes.append(code)

    def match(self, text: str) -> MatterMatch:
        """Weigh each matter by the lengths of its words that occur in the text."""
        hits = self._hits(text.lower())
        if not hits:
            return NO_MATCH
        scores: dict[str, int] = {}
        for word in hits:
            for code in self._codes[word]:
                scores[code] = scores.get(code, 0) + len(word)
        order = sorted(scores, key=lambda code: (-scores[code], self._rank[code]))
        best, runner_up = order[0], order[1] if len(order) > 1 else ""
        margin = scores[best] - scores.get(runner_up, 0)
        words = tuple(sorted(word for word in hits if best in self._codes[word]))
        if margin == 0:
            return MatterMatch(None, "low", words, best, runner_up)
        sure: Confidence = "high" if margin >= SURE_MARGIN else "medium"
        return MatterMatch(self._matters[best], sure, words, best, runner_up)

    def _hits(self, text: str) -> list[str]:
        pairs = self._by_pair.keys() & set(self._pairs.findall(text))
        hits = [word for pair in pairs for word in self._by_pair[pair] if word in text]
        return hits + [word for word in self._short if word in text]


def _pairs_of(known: Iterable[str]) -> re.Pattern[str]:
    """Match, overlapping, whatever could begin a word; two character classes are fastest."""
    first = re.escape("".join(sorted({pair[0] for pair in known})))
    second = re.escape("".join(sorted({pair[1] for pair in known})))
    return re.compile(f"(?=([{first}][{second}]))" if first else "(?!)")


FALLBACK_KIND = "econ_it"
"""Leads when no office is clear (浙江省民营企业发展促进条例 §41)."""

OUTSIDE_KIND = "province"
"""The external unit that stands for any office of the province."""

OFFICE_KIND = "township_gov"
"""The one office that a township or street has."""

UNSURE = frozenset({"fallback", "no_township"})
"""Reasons of a route that a person must confirm: the table does not name its office."""

UnitRole = tuple[Id, TaskRole]

_RANKS: dict[str, int] = {level: n for n, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A division with its organ, on the way up from an item's place."""

    division: str
    level: Level
    organ_id: Id


@dataclass(frozen=True, slots=True)
class Route:
    """The proposal for an item, with the rule it follows and the rule's sentence."""

    level: Level
    organ_id: Id
    lead: Id
    co: tuple[Id, ...]
    reason: str
    rule_id: str
    zh: str
    en: str

    @property
    def units(self) -> Sequence[UnitRole]:
        """The lead first, then the co-handlers."""
        return [(self.lead, "lead"), *((unit, "co") for unit in self.co)]


@dataclass(frozen=True, slots=True)
class _Office:
    key: Id
    unit: DirectoryUnit


def rank(level: str) -> int:
    """Order the levels from township (0) up to province (3); raises KeyError for others."""
    return _RANKS[level]


def complexity_of(matter: DirectoryMatter | None, chosen: Complexity) -> Complexity:
    """The complexity chosen on acceptance; where it was left normal, that of the matter's usual
    limit (5 question, 15 normal, 30 complex)."""
    if matter is None or matter.urgent or chosen != "normal":
        return chosen
    if matter.limit_wd <= 5:
        return "policy_question"
    return "complex" if matter.limit_wd >= 30 else "normal"


class RoutingTable:
    """One state of the directory on a day, prepared to route many items."""

    def __init__(self, directory: Directory, today: date) -> None:
        self.directory, self.today = directory, today
        self._routes: dict[tuple[str, str], Route] = {}

    @cached_property
    def matcher(self) -> Matcher:
        """The seed words of the matter table."""
        return Matcher(self.directory.matters())

    def ladder(self, division_code: str) -> list[LadderStep]:
        """List the organs above a division, or above its successor, the nearest first.

        A functional area has no organ of its own: its county's comes first. Raises Invalid for an
        unknown division.
        """
        found = []
        living = living_division(self.directory, division_code, self.today)
        for division in self.directory.ancestors(living):
            organ = self.directory.organ(division.division_code)
            if organ is not None:
                found.append(LadderStep(division.division_code, organ[1].level, organ[0]))
        if not found:
            raise Invalid(
                "unknown_division",
                _(
                    "没有这个区划，或它没有交办机构：%(division_code)s。",
                    division_code=division_code,
                ),
                _("请管理员核对区划和交办机构。"),
            )
        return found

    def propose(self, division_code: str, matter: DirectoryMatter | None) -> Route:
        """Find the route of a matter; without a matter the fallback office leads.

        Raises Invalid when the division is unknown, or has not even the fallback office.
        """
        known = (division_code, matter.code if matter else "")
        if known not in self._routes:
            self._routes[known] = self._find(self.ladder(division_code), matter)
        return self._routes[known]

    def _find(self, steps: Sequence[LadderStep], matter: DirectoryMatter | None) -> Route:
        if matter is None:
            return self._fall_back(steps)
        if matter.authority_level in ("province", "national"):
            return self._report_up(steps, matter)
        for step in steps:
            if rank(matter.authority_level) <= rank(step.level) <= rank("city"):
                office = self._office(step.division, matter.lead_kind)
                if office is not None:
                    return self._lead(steps, step, office, matter)
        if rank(matter.authority_level) < rank(steps[0].level):
            return self._without_township(steps, matter)
        return self._fall_back(steps)

    def _without_township(self, steps: Sequence[LadderStep], matter: DirectoryMatter) -> Route:
        """For a township's matter reported at a county: the first of its other offices leads."""
        step = steps[0]
        found = [self._office(step.division, kind) for kind in matter.co_kinds]
        offices = [office for office in found if office]
        if not offices:
            return self._fall_back(steps)
        lead, *others = offices
        name = lead.unit.short_name
        level_zh, level_en = self.directory.level_names("township")
        zh = f"{matter.name_zh}属{level_zh}事权，反映时没有写明是哪里，由{name}牵头。"
        en = f"{matter.name_en}: decided by a {level_en}, none was named; {name} leads."
        rule, co = f"matter.{matter.code}", tuple(other.key for other in others)
        return Route(step.level, step.organ_id, lead.key, co, "no_township", rule, zh, en)

    def _lead(
        self,
        steps: Sequence[LadderStep],
        step: LadderStep,
        office: _Office,
        matter: DirectoryMatter,
    ) -> Route:
        """The matter's office leads, the other offices of the table are its co-handlers."""
        others = [
            self._office(steps[0].division if kind == OFFICE_KIND else step.division, kind)
            for kind in matter.co_kinds
        ]
        co = dict.fromkeys(other.key for other in others if other and other.key != office.key)
        level = self.directory.level_names(step.level)
        reason, zh, en = _why(step, level, office.unit, matter)
        rule = f"matter.{matter.code}"
        return Route(step.level, step.organ_id, office.key, tuple(co), reason, rule, zh, en)

    def _report_up(self, steps: Sequence[LadderStep], matter: DirectoryMatter) -> Route:
        """The city reports what only the province or the state can decide."""
        city = next((step for step in steps if step.level == "city"), None)
        above = next((step for step in steps if step.level == "province"), None)
        if city is None or above is None:
            return self._fall_back(steps)
        outside = self._office(above.division, matter.lead_kind)
        outside = outside or self._office(above.division, OUTSIDE_KIND)
        if outside is None:
            return self._fall_back(steps)
        name = outside.unit.short_name
        zh = f"{matter.name_zh}属省级及以上事权，由市级上报{name}。"
        en = f"{matter.name_en}: decided above the city, which reports it to {name}."
        rule = f"matter.{matter.code}"
        return Route(city.level, city.organ_id, outside.key, (), "reported_up", rule, zh, en)

    def _fall_back(self, steps: Sequence[LadderStep]) -> Route:
        for step in steps:
            office = self._office(step.division, FALLBACK_KIND)
            if office is not None:
                name = office.unit.short_name
                zh = f"没有明确的主管单位，由{name}牵头（民营企业发展促进条例第41条）。"
                en = (
                    f"No unit is clearly responsible: {name} leads "
                    "(Article 41, Regulations on Promoting Private Enterprises)."
                )
                return Route(step.level, step.organ_id, office.key, (), "fallback", "zm41", zh, en)
        raise Invalid("no_office", _("本级和上级都没有可以承办的单位。"), _("请管理员先登记单位。"))

    def _office(self, division_code: str, kind: str) -> _Office | None:
        """Find the office of a kind, or its successor."""
        for key, unit in self.directory.units_in(division_code):
            if unit.kind_code == kind:
                living = living_unit(self.directory, key, self.today)
                found = self.directory.unit(living) if living else None
                return _Office(living, found) if living and found else None
        return None


def _why(
    step: LadderStep, level: tuple[str, str], unit: DirectoryUnit, matter: DirectoryMatter
) -> tuple[str, str, str]:
    """Return the reason's code and its sentence in Chinese and English."""
    zh, en, name = matter.name_zh, matter.name_en, unit.short_name
    if step.level != matter.authority_level:
        return (
            "one_level_up",
            f"{zh}：下级没有对应单位，由{level[0]}的{name}主办。",
            f"{en}: no such office below, so {name} leads at {level[1]} level.",
        )
    if unit.vertical:
        return (
            "vertical",
            f"{zh}由垂直管理单位{name}主办。",
            f"{en}: handled by {name}, which is not under local government.",
        )
    return (
        "authority",
        f"{zh}属{level[0]}事权，由{name}主办。",
        f"{en}: decided at {level[1]} level; {name} leads.",
    )
