"""`jianyi erase` in a running city; last of its folder, for a case that others read is emptied."""

from deploy.local.runner import SERVICES
from shared.messaging import audit
from tests.e2e.officers.story import COUNTY
from tests.support.city import City, jianyi
from tests.support.tables import all_words

SECRET, HEAD = "食材检测", f"{COUNTY}-committee_head"


async def tables_with(dsn: str, secret: str) -> set[str]:
    lines = (await all_words(dsn, *SERVICES)).splitlines()
    return {line.partition(" ")[0] for line in lines if secret in line}


async def test_a_proposers_words_are_gone_everywhere_and_every_figure_stays(city: City) -> None:
    item = city.items["replied"]
    before = await tables_with(city.dsn, SECRET)
    assert {one.split(".")[0] for one in before} == {"intake", "router", "tracker"}
    printed = await jianyi("erase", "--proposer", item, "--by", HEAD, "--yes")
    assert printed.splitlines()[-1] == "1 / 1 件已删除 erased"
    await city.settle()
    assert await tables_with(city.dsn, SECRET) == set()
    for messaging in city.messagings.values():
        assert (await audit.verify(messaging.db, messaging.subjects)).broken == []
    assert "every figure is the sum of its facts" in await jianyi("reporting", "verify")
    dispatcher = await city.person("dispatcher", COUNTY)
    case = await city.get(dispatcher, f"/tracker/v1/items/{item}")
    assert [task["state"] for task in case["tasks"]] == ["replied"]
