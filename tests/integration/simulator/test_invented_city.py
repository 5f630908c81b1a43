"""A month of an invented city: other levels, other codes, no line of code of its own."""

import json
import re
from pathlib import Path

from deploy.local.servers import Servers
from tests.support.database import fetch
from tests.support.invented_city import QUARTER, fill_in
from tests.support.servers import fresh_database, reset_topics
from tests.support.simulation import Player, check_whole

MONTH = ("simulate", "--months=1", "--items=12", "--seed=3")


async def test_a_month_is_played_in_a_city_with_other_levels_and_codes(
    servers: Servers, tmp_path: Path
) -> None:
    await fill_in(tmp_path / "city")
    await reset_topics(servers.bootstrap)
    async with fresh_database(servers.dsn) as dsn:
        player = Player(dsn, servers.bootstrap, tmp_path, JIANYI_CITY=str(tmp_path / "city"))
        code, said = await player.run(*MONTH)
        assert code == 0, said
        assert re.search(r"figures [0-9a-f]{64}", said)
        await check_whole(dsn)
        numbers = await fetch(dsn, "SELECT number FROM intake.item WHERE number <> ''")
        assert any(one["number"].startswith(f"{QUARTER}-") for one in numbers)
        given = await fetch(
            dsn,
            "SELECT convert_from(payload, 'UTF8')::json AS said FROM router.outbox"
            " WHERE type = 'item.dispatched'",
        )
        for one in given:
            limits = {it["clock"]: it["limit"]["n"] for it in json.loads(one["said"])["limits"]}
            assert limits["sign"] == 3
