"""All four services' decisions about a few subjects, without servers: who mirrors what of whom.

A command is decided by its owner, its events are stamped, checked against their JSON schemas,
encoded, decoded and applied to the copies the other services had before. Afterwards each copy must
show what the owner shows.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import jsonschema

from services.intake import consumers as intake
from services.intake.domain.contact import Vault
from services.intake.domain.model import (
    Activity,
    ActivityRow,
    ActivityTextRow,
    Item,
    ItemRow,
    Progress,
    ProgressRow,
    TextRow,
)
from services.reporting import consumers as reporting
from services.reporting.domain import model as counting
from services.reporting.domain.context import DecisionContext
from services.reporting.domain.ledger import ReportLedger
from services.reporting.domain.model import Report, ReportRow
from services.router import consumers as router
from services.router.directory.domain import model as entries
from services.router.routing.domain import model
from services.tracker import consumers as tracker
from services.tracker.domain import mirrors as followed
from services.tracker.domain.mirrors import TextRow as CaseTextRow
from services.tracker.domain.model import CaseRow, blank
from shared.calendar import Periods
from shared.contracts.asyncapi import event_schema
from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import BY_NAME
from shared.db.pool import Tx
from shared.directory import DirectorySubject
from shared.directory.copy import EntryRow
from shared.ids import Id
from shared.messaging import outbox
from shared.messaging.reader import read
from shared.messaging.subject import (
    ClockDue,
    Command,
    Input,
    ReceivedEvent,
    State,
    Subject,
    keys_of,
)
from shared.sealing import Seal, new_key
from shared.settings import Limits
from tests.support.intake import stations
from tests.support.ledger import record
from tests.support.places import CITY, grant, person, with_entries
from tests.support.reporting import filing, places
from tests.support.router.play import COUNTY, DIRECTORY, SETTINGS

NOW = datetime.fromisoformat("2022-09-15T01:00:00+00:00")
KNOWN = with_entries(DIRECTORY, *stations.entries(), person("admin", grant("admin", CITY)))
"""The shipped directory, with the stations of the tests and an administrator in it."""
DIRECTORY_COPY: Any = SimpleNamespace(snapshot=KNOWN, last=(0, bytes(16)))
_RULES: Any = SimpleNamespace(periods=Periods())


class _ReportSubject(reporting.ReportSubject):
    """Reports whose figures are given and not counted from tables."""

    async def context(self, tx: Tx) -> DecisionContext:
        wanted = {filing.KEY: (COUNTY, filing.september())}
        return DecisionContext(tx.now, ReportLedger(places.directory(), {}), wanted, timedelta())


Place = tuple[str, str]
"""A service, and the name of one of its subjects."""
SUBJECTS: Mapping[Place, Subject[Any, Any]] = {
    ("intake", "item"): intake.ItemSubject(DIRECTORY_COPY, Vault(Seal([new_key()]))),
    ("intake", "activity"): intake.ActivitySubject(DIRECTORY_COPY),
    ("intake", "progress"): intake.ProgressSubject(Vault(Seal([new_key()]))),
    ("router", "item"): router.ItemSubject(DIRECTORY_COPY, SETTINGS),
    ("router", "entry"): router.EntrySubject(DIRECTORY_COPY),
    ("tracker", "case"): tracker.CaseSubject(DIRECTORY_COPY, Limits()),
    ("tracker", "text"): tracker.TextSubject(),
    ("tracker", "report"): tracker.ReportSubject(),
    ("tracker", "directory"): DirectorySubject(),
    ("reporting", "item"): reporting.ItemSubject(Periods()),
    ("reporting", "activity"): reporting.ActivitySubject(Periods()),
    ("reporting", "report"): _ReportSubject(DIRECTORY_COPY, _RULES),
}
BLANK: Mapping[Place, Callable[[Id], State[Any]]] = {
    ("intake", "item"): lambda key: Item(ItemRow(key=key), TextRow(key=key)),
    ("intake", "activity"): lambda key: Activity(ActivityRow(key=key), ActivityTextRow(key=key)),
    ("intake", "progress"): lambda key: Progress(ProgressRow(key=key)),
    ("router", "item"): lambda key: model.Item(model.ItemRow(key=key)),
    ("router", "entry"): lambda key: State(entries.EntryRow(key=key)),
    ("tracker", "case"): lambda key: blank(CaseRow(key=key)),
    ("tracker", "text"): lambda key: State(CaseTextRow(key=key)),
    ("tracker", "report"): lambda key: State(followed.ReportRow(key=key)),
    ("tracker", "directory"): lambda key: State(EntryRow(key=key)),
    ("reporting", "item"): lambda key: counting.Item(counting.ItemRow(key=key)),
    ("reporting", "activity"): lambda key: counting.Activity(counting.ActivityRow(key=key)),
    ("reporting", "report"): lambda key: Report(ReportRow(key=key)),
}


@cache
def _validator(event: type[Event]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(event_schema(event))


class _Nowhere(Tx):
    """A transaction on a database in which nothing is stored."""

    async def fetch(self, *_statement: object) -> list[Any]:
        return []


@dataclass
class World:
    """What each service holds of each subject, and the time."""

    now: datetime = NOW
    states: dict[tuple[Place, Id], State[Any]] = field(default_factory=dict)

    def state(self, place: Place, key: Id) -> Any:
        """Give what a service holds of a subject; blank at first."""
        if (place, key) not in self.states:
            self.states[place, key] = BLANK[place](key)
        return self.states[place, key]

    async def do(self, place: Place, given: Command | ClockDue) -> Sequence[Envelope]:
        """Decide one command and let every reader follow; gives the command's own events.

        Raises Refused.
        """
        self.now += timedelta(minutes=1)
        if place == ("intake", "item"):  # its load reads the progress too
            for key in keys_of(given):
                progress = self.state(("intake", "progress"), key).row
                item = replace(self.state(place, key), progress=progress)
                self.states[place, key] = item
        own = await self._step(place, given)
        sent = list(own)
        while sent:
            sent += await self._deliver(sent.pop(0))
        return own

    async def _step(self, place: Place, given: Input) -> Sequence[Envelope]:
        subject = SUBJECTS[place]
        context = await subject.context(_Nowhere(None, self.now))  # type: ignore[arg-type]
        states = {key: self.state(place, key) for key in keys_of(given)}
        if isinstance(given, Command) and given.others:
            decided = subject.decide_together(states, given, context)
        else:
            decided = {given.key: subject.decide(states[given.key], given, context)}
        said: list[Envelope] = []
        for key, (state, events) in decided.items():
            self.states[place, key], more = outbox.stamp(
                place[0], state, events, self.now, given.key
            )
            said += more
        return said

    async def _deliver(self, envelope: Envelope) -> Sequence[Envelope]:
        """Send one event through its bytes to all who read its topic; gives what they emit."""
        if envelope.payload is not None:
            event = BY_NAME[envelope.topic].types[envelope.type]
            _validator(event).validate(json.loads(envelope.payload))
        emitted: list[Envelope] = []
        for place, subject in SUBJECTS.items():
            if envelope.topic in {topic.name for topic in subject.topics}:
                received = read(record(envelope, 0), subject.ignores)
                assert isinstance(received, ReceivedEvent), received
                if received.type not in subject.ignores:
                    emitted += await self._step(place, received)
        return emitted


View = Mapping[str, Any]
_ROUTED = {
    "SUBMITTED": "submitted",
    "SUPPLEMENT": "submitted",
    "ACCEPTED": "accepted",
    "WITHDRAWN": "withdrawn",
    "REJECTED": "rejected",
    "TRANSFERRED": "transferred",
    "MERGED": "merged",
}
INTAKE_ITEM, ROUTER_ITEM, CASE = ("intake", "item"), ("router", "item"), ("tracker", "case")
PROGRESS = ("intake", "progress")


def _only(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def item_in_router(world: World, key: Id) -> tuple[View, View]:
    own, copy = world.state(INTAKE_ITEM, key), world.state(ROUTER_ITEM, key)
    same = ("number", "division_code", "confidential", "self_interest", "accepted_at", "erased_at")
    state = "solved" if own.row.solved_on_spot else _ROUTED.get(own.row.state, "")
    words = copy.text or own.text
    return (
        {"state": state, "title": own.text.title, "body": own.text.body, **_only(own.row, *same)},
        {"state": copy.row.intake_state, **_only(words, "title", "body"), **_only(copy.row, *same)},
    )


def item_in_tracker(world: World, key: Id) -> tuple[View, View]:
    item, copy = world.state(INTAKE_ITEM, key), world.state(CASE, key).row
    own, proposers = item.row, tuple(one.row.proposer_id for one in item.proposers)
    same = (
        "division_code", "station_id", "number", "accepted_at", "solved_on_spot", "solved_by",
        "confidential", "self_interest", "erased_at",
    )  # fmt: skip
    return (
        {"state": own.state.lower(), "proposers": proposers, **_only(own, *same)},
        {"state": copy.intake_state, **_only(copy, "proposers", *same)},
    )


def words_in_tracker(world: World, key: Id) -> tuple[View, View]:
    """Intake's words and the router's, both in the tracker's copy."""
    own, routed = world.state(INTAKE_ITEM, key).text, world.state(ROUTER_ITEM, key)
    copy = world.state(("tracker", "text"), key).row
    same = ("title", "body", "supplements", "ratings", "decision_note")
    reasons = tuple(reason.words for reason in routed.reasons)
    return (
        {"reasons": reasons, **_only(own, *same)},
        {"reasons": copy.reasons, **_only(copy, *same)},
    )


def item_in_reporting(world: World, key: Id) -> tuple[View, View]:
    """What an item is worth by what intake and the tracker say of it."""
    own, case = world.state(INTAKE_ITEM, key).row, world.state(CASE, key).row
    copy = world.state(("reporting", "item"), key).row
    return (
        {"number": own.number, "c3": own.state == "ACCEPTED", "reply_no": case.reply_no},
        {"number": copy.number, "c3": copy.c3 == 1, "reply_no": copy.reply_no},
    )


def _tasks(running: Iterable[Any]) -> Mapping[Id, Id]:
    return {task.task_id: task.unit_id for task in running}


def assignment_in_readers(world: World, key: Id) -> tuple[View, View]:
    """The router's running tasks, in the tracker's copy and in what stations are shown."""
    own, case = world.state(ROUTER_ITEM, key), world.state(CASE, key)
    shown = world.state(PROGRESS, key).row
    tasks = _tasks(task for task in own.tasks if not task.ended)
    return (
        dict.fromkeys(("tracker", "intake"), (own.row.dispatch_no, tasks)),
        {
            "tracker": (case.row.dispatch_no, _tasks(case.tasks.values())),
            "intake": (shown.dispatch_no, _tasks(shown.tasks)),
        },
    )


def case_in_router(world: World, key: Id) -> tuple[View, View]:
    own, copy = world.state(CASE, key).row, world.state(ROUTER_ITEM, key).row
    return (
        {"closed": own.phase == "closed", "leader": own.leader},
        {"closed": copy.closed, "leader": copy.leader},
    )


def case_in_intake(world: World, key: Id) -> tuple[View, View]:
    """The last reply and rating, as stations are shown them."""
    own, copy = world.state(CASE, key), world.state(PROGRESS, key).row
    same = ("reply_no", "outcome", "promised_on", "rating")
    last = own.words.replies[-1] if own.words.replies else None
    return (
        {"closed": own.row.phase == "closed", "text": last.text if last else "",
         **_only(own.row, *same)},
        {"closed": copy.is_closed, "text": copy.reply_text, **_only(copy, *same)},
    )  # fmt: skip


def entry_in_copies(world: World, key: Id) -> tuple[View, View]:
    places: Sequence[Place] = (("router", "entry"), ("tracker", "directory"))
    own, copy = (_only(world.state(place, key).row, "type", "body") for place in places)
    return own, copy


def report_in_tracker(world: World, key: Id) -> tuple[View, View]:
    places: Sequence[Place] = (("reporting", "report"), ("tracker", "report"))
    same = ("filer", "period_start", "period_end", "stage", "version")
    own, copy = (_only(world.state(place, key).row, *same) for place in places)
    return own, copy


def activity_in_reporting(world: World, key: Id) -> tuple[View, View]:
    own, copy = (world.state((name, "activity"), key) for name in ("intake", "reporting"))
    held = own.row.state == "HELD"
    people = {one.person_id for one in own.came} if held else set()
    counted = {key for key, one in copy.people.items() if one.worth}
    return (
        {"counts": held, "people": people},
        {"counts": copy.row.c1 == 1, "people": counted},
    )


MIRRORS: Mapping[Place, Sequence[Callable[[World, Id], tuple[View, View]]]] = {
    INTAKE_ITEM: (item_in_router, item_in_tracker, words_in_tracker, item_in_reporting),
    ROUTER_ITEM: (assignment_in_readers, words_in_tracker),
    CASE: (case_in_router, case_in_intake, item_in_reporting),
    ("router", "entry"): (entry_in_copies,),
    ("reporting", "report"): (report_in_tracker,),
    ("intake", "activity"): (activity_in_reporting,),
}
"""By the owner of a subject: what it shows, and what its readers' copies must show."""


async def assert_events_equal_fresh_read(
    world: World, place: Place, command: Command | ClockDue, *, changes: bool = True
) -> None:
    """Carry out a command and compare every copy with its owner; without `changes` all stay."""
    before = [mirror(world, command.key) for mirror in MIRRORS[place]]
    emitted = await world.do(place, command)
    assert bool(emitted) == changes, [one.type for one in emitted]
    after = [mirror(world, command.key) for mirror in MIRRORS[place]]
    for mirror, (own, copy) in zip(MIRRORS[place], after, strict=True):
        assert own == copy, mirror.__name__
    assert changes or after == before
