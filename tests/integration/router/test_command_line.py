"""An operator's commands: the shipped directory, people and stations from files."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.runner import addresses
from deploy.local.servers import Servers
from services.router.cli import app
from shared.contracts.envelope import EVERYWHERE
from shared.ids import named_id, to_text
from tests.support import commands
from tests.support.database import fetch
from tests.support.router.play import COUNTY, ENTRIES, TOWNSHIP
from tests.support.servers import NO_KAFKA, fresh_database

Router = Callable[..., Awaitable[tuple[int, str]]]
OFFICERS = "code,name,role,division_code,unit_kind,station_code,valid_from,valid_to"


@pytest_asyncio.fixture(scope="module")
async def seeded(servers: Servers) -> AsyncIterator[str]:
    """The address of a database whose directory was seeded by command."""
    async with fresh_database(servers.dsn) as dsn:
        assert (await jianyi(dsn, "migrate"))[0] == 0
        assert await jianyi(dsn, "migrate") == (0, "nothing to do\n")
        code, said = await jianyi(dsn, "seed")
        assert (code, f"{len(ENTRIES)} / {len(ENTRIES)}" in said) == (0, True), said
        yield dsn


@pytest.fixture
def router(seeded: str) -> Router:

    async def run(*words: str) -> tuple[int, str]:
        return await jianyi(seeded, *words)

    return run


async def jianyi(dsn: str, *words: str, where: str = "development") -> tuple[int, str]:
    environ = {**addresses(dsn), "KAFKA_BOOTSTRAP_SERVERS": NO_KAFKA, "JIANYI_ENV": where}
    return await commands.run(app, environ, *words)


async def counted(dsn: str) -> tuple[int, int, int]:
    (row,) = await fetch(
        dsn,
        "SELECT (SELECT count(*) FROM router.entry), (SELECT count(*) FROM router.outbox), "
        "(SELECT count(*) FROM router.outbox_pending)",
    )
    return row[0], row[1], row[2]


async def test_seeding_twice_changes_nothing(seeded: str, router: Router) -> None:
    before = await counted(seeded)
    code, said = await router("seed")
    assert (code, said.startswith("0 / ")) == (0, True)
    assert await counted(seeded) == before
    assert before[1] >= len(ENTRIES)


async def test_files_are_taken_line_by_line_and_a_second_time_change_nothing(
    seeded: str, router: Router, tmp_path: Path
) -> None:
    stations, deputies, officers = (tmp_path / f"{n}.csv" for n in ("st", "dep", "off"))
    stations.write_text(
        "code,name,division_code,parent_code\n"
        f"JQ01,金清镇总站,{TOWNSHIP},\nJQ01-1,第一联络点,{TOWNSHIP},JQ01\nX,错站,999,\n"
    )
    deputies.write_text(
        "code,name,level,division_code\n"
        f"d-1,李玉兰,township,{TOWNSHIP}\nd-1,李玉兰,county,{COUNTY}\nd-2,王,county,{TOWNSHIP}\n"
    )
    officers.write_text(
        f"{OFFICERS}\n"
        f"o-1,林晓岚,dispatcher,{COUNTY},,,2022-01-01,\n"
        f"o-2,何立群,station_head,{TOWNSHIP},,JQ01,2022-01-01,\n"
        f"o-3,赵,clerk,{COUNTY},zoo,,2022-01-01,\n"
    )
    files = ((stations, "stations", 2), (deputies, "deputies", 1), (officers, "officers", 2))
    before = await counted(seeded)
    for file, kind, entries in files:
        code, said = await router(f"import-{kind}", str(file))
        assert code == 1
        assert f"{entries} / {entries}" in said
        assert "已登记2行，未登记1行" in said
        assert [line for line in said.splitlines() if line.startswith(f"{file.name}:4: ")]
    after = await counted(seeded)
    assert (after[0] - before[0], after[1] - before[1]) == (5, 5)
    for file, kind, entries in files:
        _, said = await router(f"import-{kind}", str(file))
        assert f"0 / {entries}" in said
    assert await counted(seeded) == after


async def test_automatic_dispatch_of_a_matter_is_switched_by_a_person_for_a_reason(
    seeded: str, router: Router, tmp_path: Path
) -> None:
    officers, why = tmp_path / "off.csv", ("--by", "o-7", "--reason", "规则已核对过")
    officers.write_text(f"{OFFICERS}\no-7,林晓岚,dispatcher,{COUNTY},,,2022-01-01,\n"
                        f"o-8,陈立新,liaison,{COUNTY},,,2022-01-01,\n")  # fmt: skip
    assert (await router("import-officers", str(officers), "--are-others"))[0] == 0
    for words, code, said in (
        (("on", "power_supply", "--by", "o-8", *why[2:]), 1, "这一步由负责交办的机构办理"),
        (("on", "power_supply", *why[:3], "规则已核对过\u202e某人"), 1, "理由"),
        (("on", "power_supply", "--by", "nobody", *why[2:]), 1, "名录里没有代码为nobody"),
        (("on", "no_such", *why), 1, "事项表里没有 no_such"),
        (("on", "power_supply", *why[:3], "x"), 1, "理由"),
        (("on", "power_supply", *why), 0, "1 / 1"),
    ):
        done, printed = await router("auto-dispatch", *words)
        assert (done, said in printed) == (code, True), printed
    await router("seed")
    (line,) = (await router("auto-dispatch", "list"))[1].splitlines()
    assert line.startswith("power_supply\t")
    assert line.endswith("\t林晓岚\t规则已核对过")
    (row,) = await fetch(
        seeded,
        "SELECT convert_from(payload, 'UTF8') AS body FROM router.outbox "
        "WHERE type = 'directory.matter' ORDER BY id DESC LIMIT 1",
    )
    assert to_text(named_id("person", "o-7")) in row["body"]
    assert '"auto_dispatch":true' in row["body"]
    assert (await router("auto-dispatch", "off", "power_supply", *why))[0] == 0
    assert await router("auto-dispatch", "list") == (0, "")


async def test_an_unreadable_file_is_reported(seeded: str, router: Router, tmp_path: Path) -> None:
    before = await counted(seeded)
    file = tmp_path / "table.csv"
    for content, why in (
        (None, "No such file"),
        (b"\xff\xff\xff", "UTF-8"),
        (b"", "the header row must contain"),
        (b"a,b\n1,2\n", "the header row must contain"),
    ):
        if content is not None:
            file.write_bytes(content)
        for kind in ("stations", "deputies", "officers"):
            code, said = await router(f"import-{kind}", str(file))
            assert (code, why in said) == (1, True), said
    assert await counted(seeded) == before


async def test_a_table_taken_away_is_logged_as_taken_by_nobody_who_signs_in(
    seeded: str, router: Router, tmp_path: Path
) -> None:
    file = tmp_path / "all.csv"
    assert (await router("export", "officers", str(file)))[0] == 0
    assert OFFICERS in file.read_text(encoding="utf-8-sig")
    assert (await router("export", "officers", str(tmp_path / "all.pdf")))[0] == 1
    rows = await fetch(seeded, "SELECT * FROM router.access_log")
    assert [
        (row["person_id"], row["division_code"], row["fields"], row["words"]) for row in rows
    ] == [(None, EVERYWHERE, ["officers"], "all.csv")]


async def test_people_are_invented_for_trial_systems_with_a_directory_only(
    seeded: str, router: Router, servers: Servers
) -> None:
    before = await counted(seeded)
    code, said = await jianyi(seeded, "demo-people", where="production")
    assert (code, "for trial systems only" in said) == (1, True)
    assert await counted(seeded) == before
    assert (await router("demo-people"))[0] == 0
    entered = await counted(seeded)
    assert entered[0] - before[0] > 2_000
    assert (await router("demo-people"))[1].startswith("0 / ")
    assert await counted(seeded) == entered
    async with fresh_database(servers.dsn) as dsn:
        await jianyi(dsn, "migrate")
        code, said = await jianyi(dsn, "demo-people")
        assert (code, "run `jianyi router seed` first" in said) == (1, True)
