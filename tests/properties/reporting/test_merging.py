"""Whatever counties go into each other, and whenever: all is counted once, in one form."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.calendar import Periods, start_of_day
from shared.errors import Conflict
from tests.properties.reporting.merging import Merging, Place
from tests.support.reporting.counting import CITY, COUNTY
from tests.support.reporting.places import LINHAI, TREE, YUHUAN

COUNTIES = (COUNTY, LINHAI, YUHUAN)
PLACES = sorted(code for code, (_name, level, _above) in TREE.items() if level != "province")
OPENS = date(2022, 7, 5)


class Mergers(RuleBasedStateMachine):
    """People's acts in any order, days that pass, counties that end on any day."""

    @initialize()
    def opens(self) -> None:
        self.city = Merging()

    @rule(days=st.sampled_from([1, 5, 12, 31]))
    def days_pass(self, days: int) -> None:
        self.city.today += timedelta(days=days)
        self.city.ticks()

    @rule(
        division=st.sampled_from(PLACES), column=st.sampled_from(["C3", "C5"]),
        ago=st.sampled_from([0, 0, 3, 20, 45]),
    )  # fmt: skip
    def something_happens(self, division: str, column: Any, ago: int) -> None:
        self.city.happens(division, column, max(OPENS, self.city.today - timedelta(days=ago)))
        self.city.ticks()

    @rule(
        county=st.sampled_from(COUNTIES), heir=st.sampled_from([*COUNTIES, None]),
        days=st.integers(-40, 20),
    )  # fmt: skip
    def a_county_ends(self, county: str, heir: str | None, days: int) -> None:
        """End a county on a day before or after today; it may be set anew until it is over."""
        ended = self.city.ends.get(county)
        if heir != county and (ended is None or ended[0] >= self.city.today):
            self.city.ends[county] = (self.city.today + timedelta(days=days), heir)
            self.city.ticks()

    @rule(
        filer=st.sampled_from([*COUNTIES, CITY]), back=st.sampled_from([0, 0, 0, 1, 2]),
        act=st.sampled_from(["submit", "submit", "receive", "give_back"]),
    )  # fmt: skip
    def somebody_acts(self, filer: str, back: int, act: str) -> None:
        """Take a step of one of a filer's last reports; one out of turn is refused."""
        places = sorted(place for place in self.city.reports if place[0] == filer)
        if len(places) > back:
            with suppress(Conflict):
                getattr(self.city, act)(places[-1 - back])

    @rule(but=st.sampled_from([*COUNTIES, None]))
    def the_month_is_filed(self, but: str | None) -> None:
        """Let everybody file who can, perhaps but one."""
        self.all_is_filed(but)

    @invariant()
    def nothing_is_counted_twice(self) -> None:
        counted = self.city.sent("submitted", "received")
        times = Counter(fact for facts in counted.values() for fact in facts)
        assert all(n == 1 for n in times.values()), times

    @invariant()
    def every_division_stands_in_one_form(self) -> None:
        for end in {end for _filer, end in self.city.reports}:
            lines = [code for one in self.city.book.filers(end) for code in one.divisions]
            assert sorted(lines) == PLACES

    def teardown(self) -> None:
        """Let two more months pass in which everybody files: then all is counted, and only once."""
        if not hasattr(self, "city"):
            return
        city = self.city
        last = None
        for _ in range(2):
            last = Periods().period_of(start_of_day(city.today))
            assert last
            city.today = last.due_on
            city.ticks()
            self.all_is_filed()
            city.today += timedelta(days=1)
        assert last
        counted = Counter(fact for facts in city.sent("received").values() for fact in facts)
        assert counted == Counter(city.facts)
        assert city.received_sum(last.due_on) == len(city.facts)
        stages = {one.row.stage for (_, end), one in city.reports.items() if end == last.due_on}
        assert stages <= {"received", "lapsed"}

    def all_is_filed(self, but: str | None = None) -> None:
        """Submit and receive whatever can be, until nothing moves any more."""
        places = sorted((place for place in self.city.reports if place[0] != but), key=_by_end)
        while sum(self.is_filed(place) for place in places):
            pass

    def is_filed(self, place: Place) -> bool:
        """Submit one and receive it; False when it is not its turn or it is done."""
        if self.city.reports[place].row.stage == "received":
            return False
        with suppress(Conflict):
            self.city.submit(place)
        self.city.receive(place)
        return self.city.reports[place].row.stage == "received"


def _by_end(place: Place) -> tuple[date, str]:
    return place[1], place[0]


Mergers.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestMergers = Mergers.TestCase
