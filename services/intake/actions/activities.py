"""Use cases of activities: plan, record, act on, read; and who else visits an enterprise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.intake import activity_store, store
from services.intake.activity_store import Days, Organisers
from services.intake.domain.activity import firms_of
from services.intake.domain.activity_commands import (
    ActivityAct,
    ActivityBody,
    ChangeActivity,
    PlanActivity,
    PlanBody,
    RecordActivity,
)
from services.intake.domain.activity_refusals import (
    no_activity,
    require_one_organiser,
    require_organ,
)
from services.intake.domain.asker import (
    Asker,
    Organised,
    Organiser,
    find_organ,
    may_for,
    organiser_of,
    organisers_of,
    organs_of,
    stations_of,
)
from services.intake.domain.context import DecisionContext
from services.intake.domain.model import Activity, ActivityRow
from services.intake.domain.refusals import require_station
from services.intake.domain.visits import NOBODY, Visit, around, is_joint, week_of
from shared.db.pool import Tx
from shared.directory import Directory, DirectoryCopy
from shared.ids import Id, from_text
from shared.messaging.messaging import Messaging
from shared.messaging.subject import Applied, Subject
from shared.rights import Action, Relation, RowScope, held

MAX_LISTED, MAX_VISITS, MAX_FIRMS = 500, 100, 20


@dataclass(frozen=True, slots=True)
class FoundVisit:
    """A visit of somebody; `notes` are set where the asker may read that activity."""

    visit: Visit
    organiser: str
    notes: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Burden:
    """Other visits to some enterprises around some days, and the activities of a place in a week.

    `recent_days` before and after count as recent; `week` begins on a Monday.
    """

    visits: Sequence[FoundVisit]
    recent_days: int
    week: tuple[date, date]
    in_week: int


@dataclass(frozen=True, slots=True)
class OpenedActivity:
    """An activity with the names of its enterprises by credit code, as far as registered."""

    activity: Activity
    directory: Directory
    now: datetime
    firms: Mapping[str, str]
    is_blocked: bool


@dataclass
class ActivityActions:
    """Actions of stations and organs; visits are recent within so many days."""

    messaging: Messaging
    activities: Subject[Activity, DecisionContext]
    copy: DirectoryCopy
    recent_days: int

    def organiser(self, by: Asker, station: str | None, organ: Id | None) -> Organiser:
        """Find who organises a new activity: the one named, else the asker's only one.

        Raises Forbidden for one where the asker may not, Invalid if several could be meant.
        """
        directory, action = self.copy.snapshot, Action.ACTIVITY_HOLD
        if station is not None:
            return organiser_of(require_station(by, action, station, directory))
        if organ is not None:
            return require_organ(by, action, organ, directory)
        if by.station is not None:
            return organiser_of(by.station)
        return require_one_organiser(organisers_of(by, action, directory))

    def organisers(self, by: Asker) -> dict[Organiser, str]:
        """List for whom the asker may plan and record, sub-points of stations too, with names."""
        directory, action = self.copy.snapshot, Action.ACTIVITY_HOLD
        found = dict[Organiser, str]()
        for key in stations_of(by, action, directory):
            if station := directory.station(key):
                one = Organiser(station.code, station.division_code, station_id=key)
                found[one] = station.name
        for key in organs_of(by, action):
            organ, entry = find_organ(directory, key), directory.organ_by_id(key)
            if organ and entry:
                found[organ] = entry.name
        return found

    def people_of(self, organisers: Collection[Organised]) -> dict[Id, str]:
        """Name the deputies and street representatives of these stations and organs, in order.

        A station's are attached to it; an organ's have a mandate in its division.
        """
        people, found = self.copy.snapshot.people, dict[Id, str]()
        for one in organisers:
            organ = self.copy.snapshot.organ_by_id(one.organ_id) if one.organ_id else None
            here = (
                people.at(people.by_seat, organ.division_code)
                if organ
                else people.at(people.by_station, one.station_id)
            )
            found |= {key: it.name for key, it in here if it.mandates or it.is_street_rep}
        return dict(sorted(found.items(), key=lambda one: one[1]))

    def people_for(self, row: ActivityRow) -> dict[Id, str]:
        """Name who may have come to an activity: its organiser's people, and who was expected."""
        directory = self.copy.snapshot
        expected = {key: it.name for key in row.expected if (it := directory.person(key))}
        return self.people_of([row]) | expected

    async def match_firms(self, typed: str) -> Sequence[tuple[str, str]]:
        """Find registered firms by the first letters of their names: credit code and name."""
        async with self.messaging.db.begin() as tx:
            return await store.firms_that_begin(tx, typed, MAX_FIRMS)

    async def now(self) -> datetime:
        async with self.messaging.db.begin() as tx:
            return tx.now

    async def plan(self, by: Asker, organiser: Organiser, body: ActivityBody) -> Applied[Activity]:
        """Plan an activity; raises Conflict for a visit so soon again without a reason."""
        key = body.key(organiser)
        command = PlanActivity(key, by, body, organiser, await self._recent(body, key))
        return await self.messaging.act(self.activities, command)

    async def record(
        self, by: Asker, organiser: Organiser, body: ActivityBody
    ) -> Applied[Activity]:
        """Record an activity that was held; raises Conflict for a joint one without a reason."""
        key = body.key(organiser)
        place = body.organiser_division or organiser.division_code
        joint = await self._recorded_by_partners(body, place, key)
        command = RecordActivity(key, by, body, organiser, joint)
        return await self.messaging.act(self.activities, command)

    async def act(self, command: ActivityAct) -> Applied[Activity]:
        """Carry out a command on an activity that the asker sees; raises Refused."""
        await self.find(command.asker, command.key)
        if isinstance(command, ChangeActivity):
            visits = await self._recent(command.body, command.key)
            command = replace(command, recent_visits=visits)
        return await self.messaging.act(self.activities, command)

    async def _recent(self, body: PlanBody, key: Id) -> int:
        """Count the other visits to its enterprises around its days."""
        async with self.messaging.db.begin() as tx:
            firms, days = firms_of(body), (body.first_day, body.last_day)
            return len(await self._visits(tx, firms, *days, key))

    async def _recorded_by_partners(self, body: PlanBody, organiser: str, key: Id) -> int:
        """Count what partners recorded that may be the same joint activity."""
        async with self.messaging.db.begin() as tx:
            days = Days(body.first_day, body.last_day)
            same = await self._on_days(tx, firms_of(body), days, key)
        return sum(is_joint(visit, organiser, body.partners) for visit in same)

    async def find(self, by: Asker, key: Id) -> Activity:
        """Find an activity of a station or organ of the asker's; raises NotFound."""
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            return await self._read(tx, by, key)

    async def _read(self, tx: Tx, by: Asker, key: Id) -> Activity:
        found = (await activity_store.read(tx, [key])).get(key)
        if found is None or not self._may_read(by, found):
            raise no_activity()
        return found if self._may_read_notes(by, found) else found.without_notes()

    async def open(self, by: Asker, key: Id) -> OpenedActivity:
        """Read an activity with all that its page shows; raises NotFound."""
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            found = await self._read(tx, by, key)
            now, is_blocked = tx.now, await self.messaging.is_blocked(tx, key)
        async with self.messaging.db.begin() as tx:
            firms = await store.name_firms(tx, found.text.enterprise_codes)
        return OpenedActivity(found, self.copy.snapshot, now, firms, is_blocked)

    async def list_between(
        self, by: Asker, state: str, first: date, last: date
    ) -> Sequence[Activity]:
        """List the activities of the asker's stations and organs on these days."""
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            return await activity_store.list_between(
                tx, self._organisers(by), state, Days(first, last), MAX_LISTED
            )

    async def list_to_complete(
        self, by: Asker, today: date, limit: int
    ) -> tuple[Sequence[Activity], int]:
        """List what is planned and whose last day has come, and how many there are."""
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            found = await activity_store.list_to_complete(tx, self._organisers(by), today, limit)
            activities = await activity_store.read(tx, found.keys)
        return [activities[key] for key in found.keys], found.total

    async def look_up(
        self, by: Asker, firms: Collection[Id], place: str, first: date, last: date
    ) -> Burden:
        """Find who visits these enterprises around these days, city-wide; never who took part."""
        week = week_of(first)
        async with self.messaging.db.begin() as tx:
            visits = await self._visits(tx, firms, first, last, NOBODY)
            in_week = await activity_store.count_at(tx, place, Days(*week))
        async with self.messaging.db.begin_as(self.row_scope_of(by)) as tx:
            own = await activity_store.read(tx, [one.key for one in visits])
        found = [self._found(by, one, own.get(one.key)) for one in visits]
        return Burden(found, self.recent_days, week, in_week)

    async def _visits(
        self, tx: Tx, firms: Collection[Id], first: date, last: date, but: Id
    ) -> list[Visit]:
        if last < first:
            return []
        return await self._on_days(tx, firms, Days(*around(first, last, self.recent_days)), but)

    async def _on_days(self, tx: Tx, firms: Collection[Id], days: Days, but: Id) -> list[Visit]:
        if not firms:
            return []
        return await activity_store.list_visits(tx, firms, days, but, MAX_VISITS)

    def _found(self, by: Asker, visit: Visit, own: Activity | None) -> FoundVisit:
        directory = self.copy.snapshot
        station = directory.station(visit.station_id) if visit.station_id else None
        organ = directory.organ_by_id(visit.organ_id) if visit.organ_id else None
        place = station or organ
        found = FoundVisit(visit, place.name if place else "")
        if own is None or not self._may_read_notes(by, own):
            return found
        return replace(found, notes=own.text.notes, is_own=True)

    def _may_read(self, by: Asker, one: Activity) -> bool:
        directory, read = self.copy.snapshot, Action.ACTIVITY_READ
        return may_for(by, read, one.row, directory, one.invited)

    def _may_read_notes(self, by: Asker, one: Activity) -> bool:
        """Whether the asker belongs to its station or organ, and is not only invited."""
        return may_for(by, Action.ACTIVITY_READ, one.row, self.copy.snapshot)

    def _organisers(self, by: Asker) -> Organisers:
        read = Action.ACTIVITY_READ
        return Organisers(stations_of(by, read, self.copy.snapshot), organs_of(by, read))

    def row_scope_of(self, by: Asker) -> RowScope:
        """The rows of the asker's stations and organs, and of what they are asked to."""
        invited = invited_as(by)
        return RowScope(codes={}, keys=self._organisers(by)._asdict() | {"invited": invited})


def invited_as(by: Asker) -> list[Id]:
    """List the people whose invitations the asker reads and answers: a deputy's own."""
    return [from_text(by.code)] if held(by, Action.ACTIVITY_ANSWER, Relation.INVITED) else []
