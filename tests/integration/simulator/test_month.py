"""A small month is played by the command itself, through four services on real servers."""

import asyncio
import re
import signal
from pathlib import Path

import asyncpg
import pytest

from deploy.local.clock import moved_to
from deploy.local.servers import Servers
from tests.integration.simulator.door import see_first_pages
from tests.support.city import city_after
from tests.support.database import fetch
from tests.support.eventually import eventually
from tests.support.servers import fresh_database, reset_topics
from tests.support.simulation import PATIENCE, Player, check_whole

SMALL = ("simulate", "--months=1", "--items=20", "--seed=7")
OWED = {"accept", "dispatch", "sign", "reply", "decide_objection", "rating"}
TROUBLES = (
    "late", "objected", "rated_dissatisfied", "sent_again", "merged", "typed_late", "withdrawn",
)  # fmt: skip


async def events(dsn: str) -> int:
    try:
        return int((await fetch(dsn, "SELECT count(*) AS n FROM intake.outbox"))[0]["n"])
    except asyncpg.UndefinedTableError:
        return 0


def happened(said: str) -> dict[str, int]:
    return {name: int(n) for name, n in re.findall(r"│ (\w+) +│ +(\d+) │", said)}


@pytest.mark.timeout(600)
async def test_the_same_seed_plays_months_that_agree_to_the_last_figure(
    servers: Servers, tmp_path: Path
) -> None:
    hashes = []
    for _ in range(2):
        await reset_topics(servers.bootstrap)
        async with fresh_database(servers.dsn) as dsn:
            code, said = await Player(dsn, servers.bootstrap, tmp_path).run(*SMALL)
            assert code == 0, said
            hashes += re.findall(r"figures ([0-9a-f]{64})", said)
            await check_whole(dsn)
            owed = await fetch(dsn, "SELECT kind FROM tracker.clock")
            assert {row["kind"] for row in owed} >= OWED, "work is left for every role"
            if len(hashes) == 1:
                unnamed = "SELECT 1 FROM intake.proposer WHERE enterprise_code <> ALL "
                unnamed += "(SELECT credit_code FROM intake.enterprise)"
                assert await fetch(dsn, unnamed) == [], "the register has every firm of the play"
                async with city_after(servers, dsn, tmp_path) as city:
                    await see_first_pages(city)
            counts = happened(said)
            assert {it: counts.get(it, 0) for it in TROUBLES if counts.get(it, 0) < 1} == {}
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


@pytest.mark.timeout(600)
async def test_a_play_that_is_broken_off_says_so_and_returns_to_real_time(
    servers: Servers, tmp_path: Path
) -> None:
    await reset_topics(servers.bootstrap)
    async with fresh_database(servers.dsn) as dsn:
        player = Player(dsn, servers.bootstrap, tmp_path)
        with player.started(*SMALL) as process:

            async def plays() -> bool:
                assert process.poll() is None, player.emitted
                return await events(dsn) > 0

            await eventually(plays, timeout=PATIENCE)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, PATIENCE) != 0
        assert "Stopped on 2" in player.emitted
        assert "Traceback" not in player.emitted
        assert await moved_to(dsn) is None
        again, said = await player.run(*SMALL)
        assert again == 1
        assert "already holds" in said
        assert "JIANYI_HOME=" in said


async def test_a_file_of_texts_that_cannot_be_read_ends_the_play_before_it_begins(
    servers: Servers, bootstrap: str, tmp_path: Path
) -> None:
    player = Player(servers.dsn, bootstrap, tmp_path)
    nothing = "http://127.0.0.1:1/"
    code, said = await player.run(*SMALL, "--messages=/nowhere.csv", f"--url={nothing}")
    assert (code, "subject and body" in said) == (1, True)
    code, said = await player.run(*SMALL, f"--url={nothing}")
    assert (code, "make run" in said or "jianyi run" in said) == (1, True)
