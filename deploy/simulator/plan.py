"""The script of the play: what happens to each item and activity, fixed by one seed."""

import csv
import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from shared.calendar import Calendar
from shared.contracts.words import ActivityKind, Outcome, RatingResult

EXAMPLES = Path(__file__).parents[2] / "services/router/seed/matters_examples.csv"
LEAST_SHARE = 0.04
"""Each of the play's troubles happens to at least this share of the items."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text as an enterprise said it."""

    title: str
    body: str
    place: str = ""


@dataclass(slots=True)
class ItemPlan:
    """One item's course; days are working days after the step before."""

    number: int
    station: str
    words: Words
    happened: date
    typed: date
    accept_after: int = 0
    dispatch_after: int = 1
    sign_after: int = 1
    contact_after: int = 1
    reply_after: int = 4
    sent_again: bool = False
    merged: bool = False
    returned: bool = False
    rejected: bool = False
    on_spot: bool = False
    objection: Literal["", "reassign", "refuse"] = ""
    outcome: Outcome = "solved"
    rating: RatingResult | None = "satisfied"
    rate_after: int = 2
    second_rating: RatingResult | None = "satisfied"


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """One activity of a station and how many of its deputies came."""

    number: int
    station: str
    kind: ActivityKind
    first: date
    days: int
    deputies: int
    typed: date


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be played, in order of the days."""

    seed: int
    first: date
    last: date
    items: tuple[ItemPlan, ...]
    activities: tuple[ActivityPlan, ...]


@dataclass
class Author:
    """Writes plans; the same seed, texts, stations and days give the same plan."""

    seed: int
    calendar: Calendar
    stations: Sequence[str]
    texts: Sequence[Words]
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  a play, not a secret

    def write(self, items: int, first: date, last: date) -> Plan:
        """Plan `items` items and a third as many activities between two days."""
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        working = [day for day in days if self.calendar.is_working_day(day)]
        plans = [self._item(number, working) for number in range(items)]
        self._trouble(plans, last)
        activities = [self._activity(number, days, last) for number in range(items // 3 + 1)]
        return Plan(
            self.seed,
            first,
            last,
            tuple(sorted(plans, key=lambda plan: (plan.typed, plan.number))),
            tuple(sorted(activities, key=lambda plan: (plan.typed, plan.number))),
        )

    def _item(self, number: int, working: Sequence[date]) -> ItemPlan:
        pick = self.random
        happened = working[int(len(working) * pick.random() ** 1.3)]
        return ItemPlan(
            number=number,
            station=pick.choice(self.stations),
            words=self.texts[number % len(self.texts)],
            happened=happened,
            typed=happened,
            accept_after=pick.choice((0, 0, 1)),
            dispatch_after=pick.choice((0, 1, 1, 2)),
            sign_after=pick.choice((0, 0, 1)),
            contact_after=pick.choice((0, 1, 2)),
            reply_after=pick.choice((1, 2, 2, 3, 3, 4, 6, 9)),
            on_spot=pick.random() < 0.05,
            returned=pick.random() < 0.04,
            rejected=pick.random() < 0.03,
            outcome=pick.choices(
                ("solved", "in_progress", "planned", "deferred", "reference"),
                (76, 9, 6, 4, 5),
            )[0],
            rating=pick.choices(("satisfied", "basically_satisfied", None), (70, 18, 12))[0],
            rate_after=pick.choice((1, 2, 3)),
        )

    def _trouble(self, plans: Sequence[ItemPlan], last: date) -> None:
        """Deal the troubles out so that each has its share however small the play is."""
        share = max(1, -(-len(plans) * int(LEAST_SHARE * 100) // 100))
        ordinary = [plan for plan in plans if not (plan.on_spot or plan.rejected)]
        early = sorted(ordinary, key=lambda plan: plan.typed)[: max(6 * share, len(ordinary) // 2)]
        self.random.shuffle(early)
        dealt = iter(early * 2)
        for _ in range(share):
            late, objecting, displeased = next(dealt), next(dealt), next(dealt)
            late.dispatch_after = 5
            objecting.objection = self.random.choice(("reassign", "refuse"))
            displeased.outcome, displeased.rating = "reference", "dissatisfied"
            next(dealt).sent_again = True
            next(dealt).merged = True
            retyped = next(dealt)
            retyped.typed = min(last, retyped.happened + timedelta(self.random.choice((2, 3, 5))))

    def _activity(self, number: int, days: Sequence[date], last: date) -> ActivityPlan:
        pick = self.random
        first = pick.choice(days)
        kinds: tuple[ActivityKind, ...] = ("inspection", "research", "meeting", "contact")
        return ActivityPlan(
            number=number,
            station=pick.choice(self.stations),
            kind=pick.choice(kinds),
            first=first,
            days=pick.choice((1, 1, 1, 2)),
            deputies=pick.randint(1, 6),
            typed=min(last, first + timedelta(days=pick.choice((1, 1, 2)))),
        )


def read_texts(file: Path | None) -> list[Words]:
    """Read real messages (`created_at,subject,body`, maybe gzipped), else the shipped examples."""
    if file is None:
        with EXAMPLES.open(encoding="utf-8", newline="") as lines:
            return [
                Words(row["text"][:30], row["text"], row["place_hint"])
                for row in csv.DictReader(lines)
            ]
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        return [
            Words(row["subject"][:200], row["body"][:5000])
            for row in csv.DictReader(lines)
            if row["subject"].strip() and row["body"].strip()
        ]
