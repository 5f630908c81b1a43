"""Events applied to the copies that services keep of each other equal a fresh read of the owner."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

import services
from services.intake.domain import commands as intake
from services.reporting.domain import commands as reporting
from services.router.directory.domain.commands import EditEntry, PutEntry, RenameUnit
from services.router.directory.domain.rights import COMMAND_LINE
from services.router.identity.domain.sessions import EndSessions, end_sessions
from services.router.routing.domain import commands as router
from services.tracker.domain import commands as tracker
from shared.calendar import local_day
from shared.directory.snapshot import Directory
from shared.ids import Id
from shared.messaging.subject import ClockDue, Command
from tests.support import mirrors
from tests.support.intake import commands, stations
from tests.support.mirrors import Place, World, assert_events_equal_fresh_read
from tests.support.places import with_entries
from tests.support.reporting import filing
from tests.support.router.play import COUNTY, DIRECTORY, PERSON, POWER, Dispatcher, unit
from tests.support.shanghai import at
from tests.support.tracker.play import Person, officer

ITEM, ROUTED, CASE = ("intake", "item"), ("router", "item"), ("tracker", "case")
ENTRY, REPORT, ACTIVITY = ("router", "entry"), ("reporting", "report"), ("intake", "activity")
KEY = commands.KEY
PROMISED = {"outcome": "planned", "promised_on": "2022-11-30", "contact": "王工"}
Example = Callable[[World], Awaitable[Command]]


async def submitted(world: World) -> World:
    """An item of a station."""
    await world.do(ITEM, submit(world))
    return world


def submit(world: World) -> intake.Submit:
    title, _, body = POWER.partition("\n")
    return commands.submit(title=title, body=body, occurred_at=world.now - timedelta(hours=1))


async def returned(world: World) -> World:
    await (await submitted(world)).do(ITEM, commands.give_back())
    return world


async def accepted(world: World) -> World:
    await (await submitted(world)).do(ITEM, commands.accept())
    return world


def dispatcher(world: World) -> Dispatcher:
    """The dispatcher of the organ that decides on the item."""
    return Dispatcher([world.state(ROUTED, KEY).row.organ_id])


async def to_county(world: World) -> None:
    """Accepted, and escalated to the county."""
    await accepted(world)
    while world.state(ROUTED, KEY).row.level == "township":
        body = router.EscalateBody(reason="事权在区级")
        await world.do(ROUTED, router.Escalate(KEY, dispatcher(world), body))


async def dispatched(world: World) -> World:
    """Given to the power company by the county."""
    await to_county(world)
    await world.do(ROUTED, router.Dispatch(KEY, dispatcher(world), router.DispatchBody()))
    return world


def task(world: World, role: str = "lead") -> tuple[Id, Person, Person]:
    """The task of a role, and the clerk and the head of its unit."""
    found = next(one for one in world.state(CASE, KEY).tasks.values() if one.role == role)
    clerk, head = (officer(it, unit=found.unit_id) for it in ("clerk", "unit_head"))
    return found.task_id, clerk, head


async def signed(world: World) -> World:
    task_id, clerk, _ = task(await dispatched(world))
    await world.do(CASE, tracker.Sign(KEY, task_id, clerk))
    return world


async def contacted(world: World) -> World:
    await (await signed(world)).do(CASE, contact(world))
    return world


def contact(world: World) -> tracker.LogContact:
    task_id, clerk, _ = task(world)
    body = tracker.ContactBody(channel="phone", note="约定现场查看")
    return tracker.LogContact(KEY, task_id, clerk, body)


def draft(world: World, **more: object) -> tracker.DraftReply:
    task_id, clerk, _ = task(world)
    values = {
        "outcome": "solved",
        "plain": "本周接通",
        "text": "已安排增容",
        "waiver": "协办未回",
    } | more
    return tracker.DraftReply(KEY, task_id, clerk, tracker.DraftBody.model_validate(values))


async def drafted(world: World, **more: object) -> World:
    await contacted(world)
    await world.do(CASE, draft(world, **more))
    return world


async def replied(world: World, **more: object) -> World:
    task_id, _, head = task(await drafted(world, **more))
    await world.do(CASE, tracker.SignOff(KEY, task_id, head))
    return world


async def objected(world: World) -> World:
    await dispatched(world)
    await world.do(CASE, objection(world))
    return world


def objection(world: World) -> tracker.Object:
    task_id, _, head = task(world)
    return tracker.Object(KEY, task_id, head, tracker.ObjectBody(reason="应由区经信局办理"))


async def erase(world: World) -> Command:
    await replied(world)
    return intake.Erase(KEY, "officer-7", "asked")


async def rate(world: World) -> Command:
    await replied(world)
    return commands.rate()


async def dispatch(world: World) -> Command:
    await to_county(world)
    return router.Dispatch(KEY, dispatcher(world), router.DispatchBody())


async def escalate(world: World) -> Command:
    await accepted(world)
    body = router.EscalateBody(reason="超出本级权限")
    return router.Escalate(KEY, dispatcher(world), body)


async def decide_objection(world: World) -> Command:
    await objected(world)
    body = router.ObjectionBody(decision="refuse", reason="已研究")
    return router.DecideObjection(KEY, dispatcher(world), body)


def abolished(key: Id, world: World) -> Directory:
    """The directory in which a unit ended the day before, without a successor."""
    there = DIRECTORY.unit(key)
    assert there is not None
    ended = {"valid_to": local_day(world.now) - timedelta(days=1), "end_reason": "机构改革"}
    return with_entries(mirrors.KNOWN, (key, there.model_copy(update=ended)))


async def rehome(world: World) -> Command:
    await dispatched(world)
    mirrors.DIRECTORY_COPY.snapshot = abolished(unit(COUNTY, "power_co"), world)
    await world.do(ROUTED, ClockDue(KEY))
    body = router.RehomeBody(unit=unit(COUNTY, "econ_it"), reason="职能划入")
    return router.Rehome(KEY, dispatcher(world), body)


async def put_entry(_world: World) -> Command:
    key = unit(COUNTY, "power_co")
    there = DIRECTORY.unit(key)
    assert there is not None
    return PutEntry(key, there)


async def edit_entry(world: World) -> Command:
    put = await put_entry(world)
    await world.do(ENTRY, put)
    edit = RenameUnit(do="rename_unit", basis=1, name="供电公司", short_name="供电")
    return EditEntry(put.key, edit, COMMAND_LINE)


async def end_every_session(world: World) -> Command:
    return end_sessions(PERSON, "admin", world.now, all_of_them=True)


async def sign(world: World) -> Command:
    task_id, clerk, _ = task(await dispatched(world))
    return tracker.Sign(KEY, task_id, clerk)


async def opine(world: World) -> Command:
    await contacted(world)
    task_id, clerk, _ = task(world, "co")
    return tracker.FileOpinion(KEY, task_id, clerk, tracker.OpinionBody(opinion="同意增容"))


async def sign_off(world: World) -> Command:
    task_id, _, head = task(await drafted(world, **PROMISED))
    return tracker.SignOff(KEY, task_id, head)


async def fulfil(world: World) -> Command:
    await replied(world, **PROMISED)
    await world.do(ITEM, commands.rate(result="basically_satisfied"))
    task_id, _, head = task(world)
    return tracker.Fulfil(KEY, task_id, head, tracker.FulfilBody(plain="已完工", text="已完工"))


async def decide_supervision(world: World) -> Command:
    await contacted(world)
    world.now = at("2022-10-20")
    await world.do(CASE, ClockDue(KEY))
    (organ,) = dispatcher(world).organs
    body = tracker.SupervisionBody(level="key", granted=False)
    return tracker.DecideSupervision(KEY, officer("dispatcher", organ=organ), body)


def hold(world: World) -> intake.HoldActivity:
    day = local_day(world.now) - timedelta(days=1)
    people = (commands.participant(stations.DEPUTY, is_deputy=True),)
    return commands.hold(day, attendance=people)


async def report(world: World, *given: Command) -> World:
    await world.do(REPORT, ClockDue(filing.KEY))
    for one in given:
        await world.do(REPORT, one)
    return world


CHECK, CONFIRM = (
    reporting.Check(filing.KEY, filing.LIAISON),
    reporting.Confirm(filing.KEY, filing.HEAD),
)
RECEIVE = filing.receive()


def after(
    start: Callable[[World], Awaitable[World]], command: Callable[[World], Command]
) -> Example:
    """Make an example: what happened before, and the command then."""

    async def example(world: World) -> Command:
        return command(await start(world))

    return example


def reported(*given: Command) -> Callable[[World], Awaitable[World]]:
    """Make a start: a drafted report and these commands."""

    async def start(world: World) -> World:
        return await report(world, *given)

    return start


async def begin(world: World) -> World:
    return world


EXAMPLES: dict[type[Command], tuple[Place, Example]] = {
    intake.Submit: (ITEM, after(begin, submit)),
    intake.Accept: (ITEM, after(submitted, lambda _: commands.accept(note="属实"))),
    intake.Return: (ITEM, after(submitted, lambda _: commands.give_back())),
    intake.Resubmit: (ITEM, after(returned, lambda _: commands.resubmit())),
    intake.Reject: (ITEM, after(submitted, lambda _: commands.reject())),
    intake.Transfer: (ITEM, after(submitted, lambda _: commands.transfer())),
    intake.Merge: (ITEM, after(submitted, lambda _: commands.merge())),
    intake.Rate: (ITEM, rate),
    intake.Erase: (ITEM, erase),
    intake.HoldActivity: (ACTIVITY, after(begin, hold)),
    router.Dispatch: (ROUTED, dispatch),
    router.Escalate: (ROUTED, escalate),
    router.DecideObjection: (ROUTED, decide_objection),
    router.Rehome: (ROUTED, rehome),
    PutEntry: (ENTRY, put_entry),
    EditEntry: (ENTRY, edit_entry),
    EndSessions: (ENTRY, end_every_session),
    tracker.Sign: (CASE, sign),
    tracker.Object: (CASE, after(dispatched, objection)),
    tracker.LogContact: (CASE, after(signed, contact)),
    tracker.FileOpinion: (CASE, opine),
    tracker.DraftReply: (CASE, after(contacted, draft)),
    tracker.SignOff: (CASE, sign_off),
    tracker.Fulfil: (CASE, fulfil),
    tracker.DecideSupervision: (CASE, decide_supervision),
    reporting.Check: (REPORT, after(reported(), lambda _: CHECK)),
    reporting.Confirm: (REPORT, after(reported(CHECK), lambda _: CONFIRM)),
    reporting.Submit: (REPORT, after(reported(CHECK, CONFIRM), lambda _: filing.submit())),
    reporting.Receive: (
        REPORT,
        after(reported(CHECK, CONFIRM, filing.submit()), lambda _: RECEIVE),
    ),
    reporting.Return: (
        REPORT,
        after(reported(CHECK, CONFIRM, filing.submit()), lambda _: filing.send_back()),
    ),
}


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
    place, example = EXAMPLES[command]
    given = await example(world)
    assert type(given) is command
    await assert_events_equal_fresh_read(world, place, given)


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
        yield one
        yield from _below(one)
