"""Events applied to the copies that services keep of each other equal a fresh read of the owner."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import services
from services.intake.domain import commands as intake
from services.intake.domain import proposer_commands as proposers
from services.intake.domain.activity_commands import (
    AnswerInvitation,
    CancelActivity,
    ChangeActivity,
    ConfirmAttendance,
    EraseActivity,
    HoldActivity,
    NoteActivity,
    PlanActivity,
    RecordActivity,
    RevokeAttendance,
)
from services.intake.domain.attachments import Attach, RemoveAttachment
from services.reporting.domain import commands as reporting
from services.router.directory.domain.commands import EditEntry, PutEntry, SwitchAutoDispatch
from services.router.identity.domain.sessions import EndSessions, end_sessions
from services.router.routing.domain import commands as router
from services.tracker.domain import commands as tracker
from shared.calendar import local_day
from shared.ids import Id
from shared.messaging.subject import ClockDue, Command
from tests.support import mirrors
from tests.support.entries import Officer
from tests.support.intake import activities, commands, stations
from tests.support.mirror_entries import edit_entry, put, put_entry, put_matter, switch
from tests.support.mirrors import Place, World, assert_events_equal_fresh_read
from tests.support.places import amended
from tests.support.reporting import filing
from tests.support.router.play import COUNTY, PERSON, POWER, dispatcher_of, unit
from tests.support.shanghai import at
from tests.support.tracker import play
from tests.support.tracker.play import officer

ITEM, ROUTED, CASE = ("intake", "item"), ("router", "item"), ("tracker", "case")
ENTRY, REPORT, ACTIVITY = ("router", "entry"), ("reporting", "report"), ("intake", "activity")
KEY = commands.KEY
PROMISED: Any = {"outcome": "planned", "promised_on": "2022-11-30", "contact": "王工"}
Start = Callable[[World], Awaitable[None]]
Make = Callable[[World], Command]


async def nothing(world: World) -> None:
    """A world in which nothing has happened."""


def submit(world: World) -> intake.Submit:
    title, _, body = POWER.partition("\n")
    return commands.submit(title=title, body=body, occurred_at=world.now - timedelta(hours=1))


async def submitted(world: World) -> None:
    await world.do(ITEM, submit(world))


async def attached(world: World) -> None:
    await accepted(world)
    await world.do(ITEM, commands.attach())


async def returned(world: World) -> None:
    await submitted(world)
    await world.do(ITEM, commands.give_back())


async def accepted(world: World, accept: Any = commands.accept) -> None:
    await submitted(world)
    await world.do(ITEM, accept())


def dispatcher(world: World) -> Officer:
    """The dispatcher of the organ that decides on the item."""
    return dispatcher_of(world.state(ROUTED, KEY).row.organ_id)


def escalate(world: World) -> router.Escalate:
    return router.Escalate(KEY, dispatcher(world), router.EscalateBody(reason="事权在区级"))


def dispatch(world: World) -> router.Dispatch:
    return router.Dispatch(KEY, dispatcher(world), router.DispatchBody())


async def to_county(world: World) -> None:
    await accepted(world)
    while world.state(ROUTED, KEY).row.level == "township":
        await world.do(ROUTED, escalate(world))


async def dispatched(world: World) -> None:
    """Given to the power company by the county."""
    await to_county(world)
    await world.do(ROUTED, dispatch(world))


def task(world: World, role: str = "lead") -> tuple[Id, Officer, Officer]:
    """The task of a role, and the clerk and the head of its unit."""
    found = next(one for one in world.state(CASE, KEY).tasks.values() if one.role == role)
    clerk, head = (officer(it, unit=found.unit_id) for it in ("clerk", "unit_head"))
    return found.task_id, clerk, head


def sign(world: World) -> tracker.Sign:
    task_id, clerk, _ = task(world)
    return tracker.Sign(KEY, task_id, clerk)


def contact(world: World) -> tracker.LogContact:
    task_id, clerk, _ = task(world)
    return replace(play.contact(task_id, clerk), key=KEY)


def opine(world: World) -> tracker.FileOpinion:
    task_id, clerk, _ = task(world, "co")
    return replace(play.opinion(task_id, clerk), key=KEY)


def draft(world: World, **more: object) -> tracker.DraftReply:
    task_id, clerk, _ = task(world)
    return replace(play.draft(waiver="协办未回", **more), key=KEY, task_id=task_id, by=clerk)


def sign_off(world: World) -> tracker.SignOff:
    task_id, _, head = task(world)
    return tracker.SignOff(KEY, task_id, head)


def return_draft(world: World) -> tracker.ReturnDraft:
    task_id, _, head = task(world)
    return tracker.ReturnDraft(KEY, task_id, head, tracker.ReturnDraftBody(reason="写明日子"))


def fulfil(world: World) -> tracker.Fulfil:
    task_id, _, head = task(world)
    return replace(play.fulfil(task_id, head), key=KEY)


def objection(world: World) -> tracker.Object:
    task_id, _, head = task(world)
    return replace(play.objection(), key=KEY, task_id=task_id, by=head)


async def signed(world: World) -> None:
    await dispatched(world)
    await world.do(CASE, sign(world))


async def contacted(world: World) -> None:
    await signed(world)
    await world.do(CASE, contact(world))


async def drafted(world: World, **more: object) -> None:
    await contacted(world)
    await world.do(CASE, draft(world, **more))


async def replied(world: World, **more: object) -> None:
    await drafted(world, **more)
    await world.do(CASE, sign_off(world))


async def promised(world: World) -> None:
    await replied(world, **PROMISED)
    await world.do(ITEM, commands.rate(result="basically_satisfied"))


async def late(world: World) -> None:
    await contacted(world)
    world.now = at("2022-10-20")
    await world.do(CASE, ClockDue(KEY))


def decide_supervision(world: World) -> Command:
    organ = world.state(ROUTED, KEY).row.organ_id
    by = officer("dispatcher", organ=organ)
    command: Command = replace(play.supervise(None, by, granted=False), key=KEY)
    return command


async def objected(world: World) -> None:
    await dispatched(world)
    await world.do(CASE, objection(world))


def decide_objection(world: World) -> router.DecideObjection:
    body = router.ObjectionBody(decision="refuse", reason="已经研究")
    return router.DecideObjection(KEY, dispatcher(world), body)


async def abolished(world: World) -> None:
    """Dispatched to a unit that ended the day before, without a successor."""
    await dispatched(world)
    ended = {"valid_to": local_day(world.now) - timedelta(days=1), "end_reason": "机构改革"}
    gone = amended(mirrors.KNOWN, unit(COUNTY, "power_co"), **ended)
    mirrors.DIRECTORY_COPY.snapshot = gone
    await world.do(ROUTED, ClockDue(KEY))


def rehome(world: World) -> router.Rehome:
    body = router.RehomeBody(unit=unit(COUNTY, "econ_it"), reason="职能划入")
    return router.Rehome(KEY, dispatcher(world), body)


CAME = activities.participant(stations.DEPUTY, is_deputy=True)


def record(world: World) -> RecordActivity:
    return activities.record(local_day(world.now) - timedelta(days=1), attendance=(CAME,))


def plan(world: World) -> PlanActivity:
    return activities.plan(local_day(world.now), attendance=(CAME,))


async def planned(world: World) -> None:
    await world.do(ACTIVITY, plan(world))


async def recorded(world: World) -> None:
    await world.do(ACTIVITY, record(world))


async def noted(world: World) -> None:
    await recorded(world)
    await world.do(ACTIVITY, activities.note())


async def unattended(world: World) -> None:
    await recorded(world)
    await world.do(ACTIVITY, activities.revoke(stations.DEPUTY))


CHECK, CONFIRM = filing.check(), filing.confirm()


def reported(*given: Command) -> Start:
    async def start(world: World) -> None:
        await world.do(REPORT, ClockDue(filing.KEY))
        for one in given:
            await world.do(REPORT, one)

    return start


async def called(world: World) -> None:
    await replied(world)
    await world.do(ITEM, call_back(world))


def call_back(world: World) -> proposers.RecordCallBack:
    return commands.call_back(asker=commands.CHIEF, called_on=str(local_day(world.now)))


OTHER = replace(commands.CHIEF, code="officer-8")
DISCARD = proposers.DiscardCallBack(
    KEY, OTHER, proposers.DiscardBody(n=1, reason="记成了别家的回访")
)
TOLD = {"reply_no": 1, "channel": "phone", "day": str(commands.TODAY)}
TELL = proposers.TellProposer(KEY, OTHER, proposers.TellBody.model_validate(TOLD))
confirmed, sent = reported(CHECK, CONFIRM), reported(CHECK, CONFIRM, filing.submit())
EXAMPLES: dict[type[Command], tuple[Place, Start, Make]] = {
    intake.Submit: (ITEM, nothing, submit),
    intake.Accept: (ITEM, submitted, lambda _: commands.accept(note="属实")),
    intake.Return: (ITEM, submitted, lambda _: commands.give_back()),
    intake.Resubmit: (ITEM, returned, lambda _: commands.resubmit()),
    intake.Reject: (ITEM, submitted, lambda _: commands.reject()),
    intake.Transfer: (ITEM, submitted, lambda _: commands.transfer()),
    intake.Merge: (ITEM, submitted, lambda _: commands.merge()),
    Attach: (ITEM, accepted, lambda _: commands.attach()),
    RemoveAttachment: (ITEM, attached, lambda _: commands.remove()),
    proposers.Cosign: (ITEM, submitted, lambda _: commands.cosign()),
    proposers.Supplement: (ITEM, accepted, lambda _: commands.supplement()),
    proposers.Protect: (ITEM, accepted, lambda _: commands.protect()),
    proposers.Withdraw: (ITEM, returned, lambda _: commands.withdraw()),
    proposers.Rate: (ITEM, replied, lambda _: commands.rate()),
    proposers.RecordCallBack: (ITEM, replied, call_back),
    proposers.CheckCallBack: (ITEM, called, lambda _: commands.check(asker=OTHER)),
    proposers.DiscardCallBack: (ITEM, called, lambda _: DISCARD),
    proposers.AskToReopen: (ITEM, partial(accepted, accept=commands.accept_on_spot),
                  lambda _: commands.ask_to_reopen(reply_no=0)),
    proposers.TellProposer: (ITEM, replied, lambda _: TELL),
    intake.Erase: (ITEM, replied, lambda _: intake.Erase(KEY, "officer-7", "asked")),
    PlanActivity: (ACTIVITY, nothing, plan),
    RecordActivity: (ACTIVITY, nothing, record),
    ChangeActivity: (ACTIVITY, planned, lambda _: activities.change()),
    HoldActivity: (ACTIVITY, planned, lambda _: activities.hold(CAME)),
    CancelActivity: (ACTIVITY, recorded, lambda _: activities.cancel()),
    ConfirmAttendance: (ACTIVITY, unattended, lambda _: activities.confirm(CAME)),
    RevokeAttendance: (ACTIVITY, recorded, lambda _: activities.revoke(stations.DEPUTY)),
    AnswerInvitation: (ACTIVITY, planned, lambda _: activities.answer()),
    EraseActivity: (ACTIVITY, noted, lambda _: activities.erase()),
    NoteActivity: (ACTIVITY, recorded, lambda _: activities.note()),
    router.Dispatch: (ROUTED, to_county, dispatch),
    router.Escalate: (ROUTED, accepted, escalate),
    router.DecideObjection: (ROUTED, objected, decide_objection),
    router.Rehome: (ROUTED, abolished, rehome),
    PutEntry: (ENTRY, nothing, put_entry),
    EditEntry: (ENTRY, put, edit_entry),
    SwitchAutoDispatch: (ENTRY, put_matter, switch),
    EndSessions: (ENTRY, nothing,
                  lambda world: end_sessions(PERSON, "admin", world.now, all_of_them=True)),
    tracker.Sign: (CASE, dispatched, sign),
    tracker.Object: (CASE, dispatched, objection),
    tracker.LogContact: (CASE, signed, contact),
    tracker.FileOpinion: (CASE, contacted, opine),
    tracker.DraftReply: (CASE, contacted, draft),
    tracker.SignOff: (CASE, partial(drafted, **PROMISED), sign_off),
    tracker.ReturnDraft: (CASE, partial(drafted, **PROMISED), return_draft),
    tracker.Fulfil: (CASE, promised, fulfil),
    tracker.DecideSupervision: (CASE, late, decide_supervision),
    reporting.Check: (REPORT, reported(), lambda _: CHECK),
    reporting.Confirm: (REPORT, reported(CHECK), lambda _: CONFIRM),
    reporting.Submit: (REPORT, confirmed, lambda _: filing.submit()),
    reporting.Receive: (REPORT, sent, lambda _: filing.receive()),
    reporting.Return: (REPORT, sent, lambda _: filing.send_back()),
}  # fmt: skip

UNSAID = {
    AnswerInvitation, Attach, NoteActivity, RemoveAttachment,
    proposers.DiscardCallBack, proposers.RecordCallBack, proposers.TellProposer,
}  # fmt: skip
"""What only its owner keeps: no event tells of it."""


def _name(command: type) -> str:
    """Name a command; `slots` leaves a second class of the same name behind."""
    return f"{command.__module__}.{command.__name__}"


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened."""
    mirrors.DIRECTORY_COPY.snapshot = mirrors.KNOWN
    return World()


@pytest.mark.parametrize("command", EXAMPLES, ids=_name)
async def test_events_applied_to_a_stale_copy_equal_a_fresh_read(
    world: World, command: type[Command]
) -> None:
    place, start, make = EXAMPLES[command]
    await start(world)
    given = make(world)
    assert type(given) is command
    await assert_events_equal_fresh_read(world, place, given, changes=command not in UNSAID)


async def test_a_repeated_command_changes_no_copy(world: World) -> None:
    await accepted(world)
    await assert_events_equal_fresh_read(world, ITEM, commands.accept(), changes=False)


def test_every_command_has_an_example() -> None:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if ".domain" in module.name:
            importlib.import_module(module.name)
    commands = [one for one in _below(Command) if one.__module__.startswith("services.")]
    bases = {_name(base) for one in commands for base in one.__mro__[1:]}
    assert {_name(one) for one in commands} - bases == {_name(one) for one in EXAMPLES}


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield from (one, *_below(one))
