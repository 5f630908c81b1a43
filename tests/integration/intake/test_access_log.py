"""The page of the access log: who sees which entries, page by page, in both languages."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.features.access_log.pages import PAGE
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.ids import TAIL, Id, named_id, to_text
from tests.support.intake.desk import Desk
from tests.support.intake.stations import COUNTY

NEIGHBOUR = "331003"
ITEM = named_id("item", "looked at")


async def log(desk: Desk, *words: str, place: str = COUNTY, subject: Id = ITEM) -> None:
    """Log accesses one second apart."""
    async with desk.service.db.begin() as tx:
        for n, one in enumerate(words):
            then = replace(tx, now=tx.now + timedelta(seconds=n))
            look = AccessEntry(desk.person("dispatcher"), subject, place, ("trail",), EXPORT, one)
            await log_access(then, look)


async def test_an_item_is_a_link_for_those_only_who_may_see_its_case(desk: Desk) -> None:
    await log(desk, "a.csv")
    link = f'href="/tracker/items/{to_text(ITEM)}"'
    assert link in (await desk.page("committee", "/access-log")).text
    hidden = (await desk.page("admin", "/access-log")).text
    assert (link in hidden, to_text(ITEM)[TAIL] in hidden) == (False, True)


async def test_a_log_is_read_page_by_page_the_newest_first(desk: Desk) -> None:
    names = [f"file-{n:03}.csv" for n in range(PAGE + 1)]
    await log(desk, *names)
    first = (await desk.page("committee", "/access-log")).text
    assert [one for one in names if one in first] == names[1:]
    assert first.index(names[-1]) < first.index(names[1])
    before = first.split('href="/intake/access-log?before=')[1].split('"')[0]
    last = (await desk.page("committee", f"/access-log?before={before}")).text
    assert [one for one in names if one in last] == names[:1]
    assert "更早的查阅记录" in first
    assert "更早的查阅记录" not in last
    wrong = await desk.page("committee", "/access-log?before=yesterday")
    assert wrong.status_code == 422


async def test_an_empty_log_says_so_in_both_languages(desk: Desk) -> None:
    for lang, words in (
        ("zh", ("查阅记录", "还没有人看过。", "来源和受理")),
        ("en", ("Access log", "No access has been logged yet.", "Sources and acceptance")),
    ):
        page = (await desk.page("committee", f"/access-log?before={UUID(int=0)}", lang)).text
        assert all(one in page for one in words)
