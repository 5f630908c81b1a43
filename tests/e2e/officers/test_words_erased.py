"""`jianyi erase` in a running city; last of its folder, for a case that others read is emptied."""

from shared.messaging import audit
from tests.e2e.officers.story import COUNTY
from tests.support.city import City, jianyi
from tests.support.database import connected

SECRET = "食材检测"


async def columns_with(dsn: str, secret: str) -> set[str]:
    async with connected(dsn) as connection:
        columns = await connection.fetch(
            """SELECT attrelid::regclass::text AS t, attname AS c
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped
                AND relnamespace = ANY ('{intake,router,tracker,reporting}'::regnamespace[])"""
        )
        found = set()
        for one in columns:
            hit = f"""SELECT FROM {one["t"]} WHERE "{one["c"]}"::text LIKE '%' || $1 || '%'
                OR "{one["c"]}"::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'"""
            if await connection.fetchrow(hit, secret) is not None:
                found.add(f"{one['t']}.{one['c']}")
        return found


async def test_a_proposers_words_are_gone_everywhere_and_every_figure_stays(city: City) -> None:
    item = city.items["replied"]
    before = await columns_with(city.dsn, SECRET)
    assert {one.split(".")[0] for one in before} == {"intake", "router", "tracker"}
    printed = await jianyi("erase", "--proposer", item, "--by", "officer-7", "--yes")
    assert printed.splitlines()[-1] == "1 / 1 件已删除 erased"
    await city.settle()
    assert await columns_with(city.dsn, SECRET) == set()
    for messaging in city.messagings.values():
        assert (await audit.verify(messaging.db, messaging.subjects)).broken == []
    assert "every figure is the sum of its facts" in await jianyi("reporting", "verify")
    dispatcher = await city.person("dispatcher", COUNTY)
    case = await city.get(dispatcher, f"/tracker/v1/items/{item}")
    assert [task["state"] for task in case["tasks"]] == ["replied"]
