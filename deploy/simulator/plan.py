"""The script of the play: what happens to each item and activity, fixed by one seed."""

import csv
import gzip
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from shared.calendar import Calendar
from shared.contracts.codes import ActivityKind, ItemType, Outcome, RatingResult

EXAMPLES = Path(__file__).parents[2] / "services/router/seed/matters_examples.csv"
LEAST_SHARE = 0.04
"""Each of the play's troubles is dealt to at least this share of the items."""
TOLD = 12
"""At least this many items are completed; of the others, up to half are left open."""
Step = Literal[
    "accept", "resubmit", "escalate", "dispatch", "sign", "reply", "sign_off", "decide_objection",
    "rate", "check",
]  # fmt: skip
Level = Literal["township", "county", "city"]
Source = Literal["enterprise", "deputy", "scan"]
LEFT: Sequence[tuple[Step, int]] = (
    ("dispatch", 4), ("sign", 4), ("accept", 1), ("reply", 5), ("escalate", 2), ("sign_off", 8),
    ("decide_objection", 5), ("rate", 9), ("sign", 5), ("reply", 8),
)  # fmt: skip
"""The step at which open items stop, in turn, and how many working days before the end they begin.

There are ten: one more or less than the nine counties, so that each gets every step.
"""
AT_DOOR: Sequence[tuple[Level, Step, int]] = (
    ("township", "accept", 1), ("township", "accept", 5),
    ("township", "resubmit", 9), ("township", "rate", 8), ("township", "check", 9),
    ("township", "dispatch", 1), ("township", "dispatch", 6),
    ("township", "sign", 2), ("township", "reply", 3), ("township", "reply", 14),
    ("township", "sign_off", 5), ("township", "sign_off", 14),
    ("county", "dispatch", 2), ("county", "dispatch", 7), ("county", "decide_objection", 3),
    ("county", "sign", 2), ("county", "reply", 3), ("county", "reply", 20), ("county", "reply", 20),
    ("county", "sign_off", 5), ("county", "sign_off", 14),
    ("city", "dispatch", 2), ("city", "dispatch", 8), ("city", "sign", 2), ("city", "reply", 20),
    ("city", "sign_off", 6), ("city", "sign_off", 15),
)  # fmt: skip
"""What is left, besides, to the people whom a trial system's door offers first: something due and
something late for each of them. It is given to the first office of the level."""
OF_DEPUTIES: Sequence[Step] = ("resubmit", "rate")
"""The steps of those that a deputy raised, as only who raised an item supplies and rates it."""
ENTERPRISES = 300
PLANNED_AHEAD = 3
"""Every other activity is planned so many days ahead."""
_LINE = 24
_STOPS = re.compile("[，。；？！]")
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Words:
    """The text of an item, in the words of an enterprise; `place` is the division it names."""

    title: str
    body: str
    place: str = ""
    matter: str = ""


@dataclass(slots=True)
class ItemPlan:
    """One item's course; `…_after` are working days after the step before.

    `same_as` is the number of the item it turns out to be the same as: it is merged into that.
    `joined` is how many deputies raise it together with the enterprise. `left_at` is the step that
    nobody takes within the play. `stays_at` is the level whose first office has it, whatever it is
    about, None for who fits. `source`: an enterprise tells the station, or scans its poster, or the
    station's first deputy raises it.
    """

    number: int
    station: str
    enterprise: str
    words: Words
    item_type: ItemType
    happened: date
    typed: date
    accept_after: int
    dispatch_after: int
    sign_after: int
    contact_after: int
    reply_after: int
    rate_after: int
    decide_after: int
    promise_days: int
    outcome: Outcome
    rating: RatingResult | None
    second_rating: RatingResult
    returned: bool = False
    rejected: bool = False
    withdrawn: bool = False
    supplemented: bool = False
    joined: int = 0
    on_spot: bool = False
    signs: bool = True
    sent_again: bool = False
    same_as: int | None = None
    objection: Literal["", "reassign", "refuse"] = ""
    left_at: Step | None = None
    stays_at: Level | None = None
    source: Source = "enterprise"

    @property
    def is_typed_late(self) -> bool:
        """Whether it was recorded on a later day than it was raised."""
        return self.typed > self.happened

    @property
    def is_ordinary(self) -> bool:
        """Whether it is accepted and given out without a detour at the station."""
        detours = self.on_spot, self.rejected, self.returned, self.withdrawn
        return not any(detours) and self.same_as is None


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """One activity of a station and how many of its deputies came.

    `planned` is the day it is planned, None if it is only recorded; `revoked`: one who was said to
    have come did not; `cancelled`: in the end it does not count; `forgotten`: its day passes and
    nobody says whether it was held.
    """

    number: int
    station: str
    kind: ActivityKind
    first: date
    last: date
    deputies: int
    street_rep: bool
    enterprise: str
    typed: date
    planned: date | None
    revoked: bool
    cancelled: bool
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be played between two days, in order of the days."""

    seed: int
    first: date
    last: date
    items: tuple[ItemPlan, ...]
    activities: tuple[ActivityPlan, ...]


@dataclass
class Author:
    """Writes plans; the same seed, texts, stations and days give the same plan.

    `stations` speak at random, one that stands in it twice twice as often; `around` has each of
    them once, in the order in which open items are left at them.
    """

    seed: int
    calendar: Calendar
    stations: Sequence[str]
    around: Sequence[str]
    texts: Sequence[Words]
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  a play, not a secret

    def write(self, items: int, first: date, last: date) -> Plan:
        """Plan `items` items and a third as many activities between two days, and work at the door.

        The door is the first station of `around`.
        """
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        working = [day for day in days if self.calendar.is_working_day(day)]
        plans = [self._item(number, working) for number in range(items)]
        at_door = [self._at_door(items + n, n, working) for n in range(len(AT_DOOR))]
        left = max(0, min(items // 2, items - TOLD))
        self._trouble(plans[left:], last, -(-items * round(LEAST_SHARE * 100) // 100))
        self._leave_open(plans[:left], working)
        activities = [self._activity(number, days) for number in range(items // 3 + 1)]
        forgotten = self._activity(0, days[-3:-2] or days[:1])
        activities.append(replace(forgotten, station=self.around[0], forgotten=True))
        return Plan(
            self.seed,
            first,
            last,
            tuple(sorted([*plans, *at_door], key=lambda plan: (plan.typed, plan.number))),
            tuple(sorted(activities, key=lambda plan: (plan.typed, plan.number))),
        )

    def _item(self, number: int, working: Sequence[date]) -> ItemPlan:
        pick = self._random
        happened = working[int(len(working) * pick.random() ** 1.2)]
        outcomes: tuple[Outcome, ...] = (
            "solved", "in_progress", "planned", "deferred", "reference",
        )  # fmt: skip
        station = pick.choice(self.stations)
        return ItemPlan(
            number=number,
            station=station,
            enterprise=credit_code(pick.randrange(ENTERPRISES)),
            words=self._words(number, station),
            item_type=pick.choices(("problem", "suggestion", "opinion"), (70, 22, 8))[0],
            happened=happened,
            typed=happened,
            accept_after=pick.choice((0, 0, 1)),
            dispatch_after=pick.choice((0, 1, 1, 2)),
            sign_after=pick.choice((0, 0, 1)),
            contact_after=pick.choice((0, 1, 2)),
            reply_after=pick.choice((1, 1, 2, 2, 3, 3, 4, 6, 9)),
            rate_after=pick.choice((1, 2, 3)),
            decide_after=pick.choice((1, 1, 3)),
            promise_days=pick.choice((10, 14, 20, 30, 60)),
            outcome=pick.choices(outcomes, (74, 10, 7, 4, 5))[0],
            rating=pick.choices(("satisfied", "basically_satisfied", None), (70, 18, 12))[0],
            second_rating=pick.choices(("satisfied", "dissatisfied"), (4, 1))[0],
            returned=pick.random() < 0.05,
            rejected=pick.random() < 0.04,
            on_spot=pick.random() < 0.05,
            signs=pick.random() > 0.03,
            objection="refuse" if pick.random() < 0.04 else "",
            withdrawn=pick.random() < 0.02,
            supplemented=pick.random() < 0.05,
            joined=pick.choices((0, 1, 2), (88, 8, 4))[0],
        )

    def _words(self, number: int, station: str) -> Words:
        """A text that names no place but one the station lies in."""
        fitting = [one for one in self.texts if station.startswith(one.place)]
        return fitting[number % len(fitting)]

    def _leave_open(self, plans: Sequence[ItemPlan], working: Sequence[date]) -> None:
        """Spread what is left to do over stations, steps and matters, and so over the offices."""
        used: Counter[str] = Counter()
        for n, plan in enumerate(plans):
            plan.station = self.around[n % len(self.around)]
            fitting = [one for one in self.texts if plan.station.startswith(one.place)]
            plan.words = min(fitting, key=lambda one: used[one.matter])
            used[plan.words.matter] += 1
            step, ago = LEFT[n % len(LEFT)]
            _leave(plan, step, working[-min(ago, len(working))])

    def _at_door(self, number: int, n: int, working: Sequence[date]) -> ItemPlan:
        plan = self._item(number, working)
        level, step, ago = AT_DOOR[n]
        plan.station = self.around[0]
        plan.words = self._words(number, plan.station)
        _leave(plan, step, working[-min(ago, len(working))])
        plan.stays_at, plan.joined = level, 0
        plan.source = "deputy" if step in OF_DEPUTIES else "enterprise"
        return plan

    def _trouble(self, plans: Sequence[ItemPlan], last: date, share: int) -> None:
        """Assign each trouble to `share` items, however small the simulation is."""
        by_day = sorted(plans, key=lambda plan: (plan.happened, plan.number))
        early = by_day[: max(7 * share + 4, len(plans) // 2)]
        dealt = self._dealt(early)
        again: list[ItemPlan] = []
        for _ in range(share):
            slow, objecting, displeased, waiting = (next(dealt) for _ in range(4))
            slow.dispatch_after = 5
            objecting.objection = self._random.choice(("reassign", "refuse"))
            displeased.rating, displeased.rate_after, displeased.reply_after = "dissatisfied", 1, 1
            waiting.reply_after = 30
            slow.source, displeased.source = "scan", "deputy"
            kept = next(dealt)
            again.append(next(dealt))
            self._keep_offline(kept, next(dealt), last)
        next(dealt).returned = True
        next(dealt).rejected = True
        next(dealt).on_spot = True
        next(dealt).withdrawn = True
        self._repeat(again, early)

    def _keep_offline(self, first: ItemPlan, second: ItemPlan, last: date) -> None:
        """Let a station type two items without a line, and send one of them twice."""
        typed = min(last, second.happened + timedelta(self._random.choice((2, 3, 5))))
        second.station, second.words = first.station, self._words(second.number, first.station)
        for plan in (first, second):
            plan.happened, plan.typed, plan.source = second.happened, typed, "enterprise"
        first.sent_again = True

    def _dealt(self, early: Sequence[ItemPlan]) -> Iterator[ItemPlan]:
        """Give early items one after the other, each made ordinary; in a tiny play some twice."""
        order = list(early)
        self._random.shuffle(order)
        while True:
            for plan in order:
                plan.on_spot = plan.rejected = plan.returned = plan.withdrawn = False
                plan.signs, plan.objection = True, ""
                yield plan

    def _repeat(self, again: Sequence[ItemPlan], early: Sequence[ItemPlan]) -> None:
        """Make items repeat what the same enterprise raised at the same station the day before."""
        others = [
            plan
            for plan in early
            if plan.is_ordinary and plan.source == "enterprise" and plan not in again
        ]
        for plan, first in zip(again, self._random.sample(others, len(others)), strict=False):
            plan.station, plan.enterprise, plan.words = first.station, first.enterprise, first.words
            plan.happened = plan.typed = self.calendar.add_working_days(first.typed, 1)
            plan.accept_after, plan.same_as, plan.source = 0, first.number, "enterprise"

    def _activity(self, number: int, days: Sequence[date]) -> ActivityPlan:
        pick = self._random
        kinds: tuple[ActivityKind, ...] = ("inspection", "research", "meeting", "contact")
        at = pick.randrange(len(days))
        ended = min(at + pick.choice((0, 0, 0, 1)), len(days) - 1)
        return ActivityPlan(
            number=number,
            station=pick.choice(self.stations),
            kind=pick.choice(kinds),
            first=days[at],
            last=days[ended],
            deputies=pick.randint(1, 4),
            street_rep=pick.random() < 0.2,
            enterprise=credit_code(pick.randrange(ENTERPRISES)),
            typed=days[min(ended + pick.choice((0, 1, 2)), len(days) - 1)],
            planned=days[max(0, at - PLANNED_AHEAD)] if number % 2 == 0 else None,
            revoked=number % 7 == 3,
            cancelled=number % 9 == 4,
        )


def _leave(plan: ItemPlan, step: Step, day: date) -> None:
    """Let a plan begin on a day, go on without a detour and stop before a step."""
    plan.left_at, plan.happened, plan.typed = step, day, day
    plan.accept_after = plan.sign_after = plan.contact_after = 0
    plan.dispatch_after = plan.reply_after = 1
    plan.signs, plan.on_spot, plan.withdrawn = True, False, False
    plan.rejected = plan.supplemented = False
    plan.returned = step == "resubmit"
    plan.objection = "refuse" if step == "decide_objection" else ""
    plan.rating = "satisfied"


def credit_code(n: int) -> str:
    """Invent the n-th unified social credit code of a county's firms, with its check character.

    GB 32100-2015 §4.6: weights 3ⁱ mod 31.
    """
    first = f"91331000MA2{n:06d}"
    total = sum(_CODE.index(character) * pow(3, i, 31) for i, character in enumerate(first))
    return first + _CODE[-total % 31]


def read_texts(file: Path | None) -> list[Words]:
    """Read real messages (`created_at,subject,body`, maybe gzipped), else the shipped examples.

    Raises OSError, UnicodeDecodeError, and ValueError for a file without texts in these columns.
    """
    if file is None:
        with EXAMPLES.open(encoding="utf-8", newline="") as lines:
            return [
                Words(headline(row["text"]), row["text"], row["place_hint"], row["matter_code"])
                for row in csv.DictReader(lines)
            ]
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [(row.get("subject") or "", row.get("body") or "") for row in csv.DictReader(lines)]
    texts = [
        Words(title.strip()[:100], body.strip()[:8000])
        for title, body in rows
        if title.strip() and body.strip()
    ]
    if not texts:
        raise ValueError("no line has words in the columns subject and body")
    return texts


def headline(text: str) -> str:
    """Name a text by its first clauses, as many as a line of a list holds."""
    stops = [stop.start() for stop in _STOPS.finditer(text[: _LINE + 1])]
    return text[: stops[-1] if stops else _LINE + 6]
