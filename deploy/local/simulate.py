"""`jianyi simulate`: months of a city's work, played on a trial system of this machine."""

import asyncio
import csv
import signal
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc.jwk import OKPKey
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.kafka.topics import TopicSettings, login_of
from deploy.local import clock, runner
from deploy.local.folder import LocalServerError
from deploy.local.server import is_open, remembered_port
from deploy.local.servers import Servers
from deploy.simulator.cast import Cast
from deploy.simulator.city import City
from deploy.simulator.enterprises import COLUMNS, enterprises
from deploy.simulator.plan import Author, Plan, Words, read_texts
from deploy.simulator.play import Play, Time, client, print_outcome
from deploy.simulator.station import StationClient
from shared.calendar import Calendar, local_day
from shared.contracts.topics import INTAKE_ACTIVITY, INTAKE_ITEM

KNOWN_SECONDS = 120.0
LIVELY = 12
"""A station of the first county, where a visitor arrives, speaks so much more often than others."""


@dataclass(frozen=True, slots=True)
class Wish:
    items: int
    months: int
    seed: int
    messages: Path | None = None

    @property
    def words(self) -> list[str]:
        """The wish as options of the command."""
        options = [f"--items={self.items}", f"--months={self.months}", f"--seed={self.seed}"]
        return [*options, *([f"--messages={self.messages}"] if self.messages else [])]


async def anywhere(url: str | None, wish: Wish, console: Console) -> bool:
    """Play at an address, else on what `jianyi run` serves, else on a system started for it."""
    found = url or _running_url()
    if found is not None:
        return await _until_ended(simulate(found, wish, console))
    code = 1

    async def work(started: str) -> None:
        nonlocal code
        code = await runner.jianyi("simulate", "--url", started, *wish.words)

    await runner.serve_while(console, work)
    if not code:
        console.print("Start `jianyi run` to see it.")
    return not code


async def _until_ended(play: Coroutine[None, None, bool]) -> bool:
    """Let Ctrl-C and SIGTERM end a play in the same way: time returns first."""
    task = asyncio.ensure_future(play)
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, task.cancel)
    return await task


def _running_url() -> str | None:
    """Find the address at which `jianyi run` serves on this machine now."""
    port = remembered_port(Servers().home / "port")
    if port is None or not is_open(port):
        return None
    return f"http://127.0.0.1:{port}/"


async def simulate(url: str, wish: Wish, console: Console) -> bool:
    """Play on the system at an address; True when the forms agree with what was played.

    Raises LocalServerError when it cannot be played there, Unexpected, NoRest.
    """
    servers = Servers()
    texts = _texts(wish.messages)
    if silent := [server.name for server in servers.ours if server.pid is None]:
        raise LocalServerError(
            f"{' and '.join(silent)} of {servers.home} is not running: start `jianyi run`, and use "
            "the same JIANYI_HOME here."
        )
    await _require_empty(servers)
    async with client(url) as http:
        cast = await _populated(http, console)
        keys = await _enrol(cast)
        await _known(http, cast, keys)
        plan = _plan(wish, cast, texts)
        await _import(("import-enterprises",), COLUMNS, enterprises(plan, cast))
        time = Time(
            lambda instant: clock.move_to(servers.dsn, instant),
            lambda: clock.remove_offset(servers.dsn),
        )
        try:
            with _progress(console, plan) as on_day:
                outcome = await Play(http, plan, cast, keys, time, on_day).run()
        except BaseException:
            await _break_off(servers.dsn, time, console)
            raise
    print_outcome(console, plan, outcome)
    return not outcome.differences


async def _break_off(dsn: str, time: Time, console: Console) -> None:
    """Return to real time and report it; events already emitted stay."""
    day = local_day(time.now())
    try:
        await clock.remove_offset(dsn)
    except (OSError, asyncpg.PostgresError):
        console.print(f"[red]Stopped on {day}; the clock stays there: `jianyi clock reset`[/]")
    else:
        console.print(f"Stopped on {day}; the clock is back to real time, the data is kept.")


def _texts(file: Path | None) -> list[Words]:
    try:
        return read_texts(file)
    except (OSError, ValueError) as error:
        raise LocalServerError(
            f"{file} cannot be read: {error}. It must be CSV in UTF-8 with the columns "
            "subject and body (gzipped as .gz)."
        ) from None


def _plan(wish: Wish, cast: Cast, texts: Sequence[Words]) -> Plan:
    """Plan the months up to yesterday, so that nothing is ever dated ahead of real time."""
    yesterday = local_day(_real_now()) - timedelta(days=1)
    first = _months_before(yesterday, wish.months)
    lively = cast.counties[0]
    stations = [
        code
        for code, division in sorted(cast.stations.items())
        for _ in range(LIVELY if cast.filer(division) == lively else 1)
    ]
    author = Author(wish.seed, Calendar({}), stations, _around(cast), texts)
    return author.write(wish.items, first, yesterday)


def _around(cast: Cast) -> list[str]:
    """List the stations in turn, one of each county after the other."""
    counties: dict[str, list[str]] = {}
    for code, division in sorted(cast.stations.items()):
        counties.setdefault(cast.filer(division), []).append(code)
    return [code for turn in zip_longest(*counties.values()) for code in turn if code]


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


async def _require_empty(servers: Servers) -> None:
    """Refuse a system whose topics hold events: its time would run backwards."""
    settings = TopicSettings.model_validate(runner.environment(servers))
    consumer = AIOKafkaConsumer(**login_of(settings))
    await consumer.start()
    try:
        places = [
            TopicPartition(topic.name, n)
            for topic in (INTAKE_ITEM, INTAKE_ACTIVITY)
            for n in range(topic.partitions)
        ]
        emitted = sum((await consumer.end_offsets(places)).values())
    finally:
        await consumer.stop()
    if emitted:
        raise LocalServerError(
            f"This system already holds {emitted} events of items and activities. A simulation "
            "needs an empty system because it moves the clock back. Start one in its own folder: "
            "JIANYI_HOME=/new/folder jianyi simulate …"
        )


async def _populated(http: httpx.AsyncClient, console: Console) -> Cast:
    """Read the cast; invent the city's people where there are none."""
    city = City(http, _real_now)
    await city.rest()
    cast = await Cast.read(city)
    if not cast.stations:
        with console.status("Inventing the city's people …"):
            await _jianyi("router", "seed")
            await _jianyi("router", "demo-people")
            await city.rest()
            cast = await Cast.read(city)
    return cast


async def _jianyi(*words: str) -> None:
    if await runner.jianyi(*words, quiet=True):
        raise LocalServerError(f"`jianyi {' '.join(words)}` failed; see above.")


async def _enrol(cast: Cast) -> dict[str, OKPKey]:
    """Make a key for every station and enter the public parts."""
    keys = {code: OKPKey.generate_key("Ed25519", auto_kid=True) for code in cast.stations}
    lines = ((code, str(key.kid), key.as_dict(private=False)["x"]) for code, key in keys.items())
    await _import(("station", "import"), ("station_code", "kid", "x"), lines)
    return keys


async def _import(
    command: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Let a command of intake import a table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows((columns, *rows))
        await _jianyi("intake", *command, str(file))


async def _known(http: httpx.AsyncClient, cast: Cast, keys: dict[str, OKPKey]) -> None:
    """Wait until every service has read the stations and the people."""
    city = City(http, _real_now)
    clerk, office = cast.at("clerk", cast.city), cast.at("city_office", cast.city)
    asked = [(clerk, "/tracker/v1/tasks"), (office, "/reporting/v1/forms")]
    try:
        async with asyncio.timeout(KNOWN_SECONDS):
            for code, key in keys.items():
                station = StationClient(http, code, key, _real_now)
                while not (await station.items(limit=1)).is_success:  # noqa: ASYNC110  no event
                    await asyncio.sleep(0.2)
            for person, path in asked:
                while not await city.answers(person, path):  # noqa: ASYNC110  no event
                    await asyncio.sleep(0.2)
    except TimeoutError:
        raise LocalServerError(
            f"After {KNOWN_SECONDS:.0f} s a service has not received the city's people; "
            f"see {Servers().home / 'services.log'}."
        ) from None
    await city.rest()


def _real_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _progress(console: Console, plan: Plan) -> Iterator[Callable[[date], None]]:
    days = (plan.last - plan.first).days + 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        played = bar.add_task(f"{plan.first}", total=days)

        def on_day(day: date) -> None:
            bar.update(played, completed=(day - plan.first).days, description=f"{day}")

        yield on_day
        bar.update(played, completed=days)
