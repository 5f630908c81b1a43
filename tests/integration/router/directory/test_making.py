"""Administrators enter one unit or station by a form, judged as a table's line is."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.contracts.router import DirectoryDivision
from shared.ids import named_id, to_text
from tests.support.router.directory import DirectoryDesk
from tests.support.router.play import CITY, COUNTY, TOWNSHIP, emitted_by, unit

CLOSED = "331004999"


@pytest_asyncio.fixture(scope="module", autouse=True)
async def closed(desk: DirectoryDesk) -> None:
    township = DirectoryDivision(
        **emitted_by("seed", CLOSED), name="旧镇", level="township", parent_code=COUNTY,
        valid_to=date(2022, 1, 1),
    )  # fmt: skip
    await desk.put([(named_id("division", CLOSED), township)])


def lab(**more: str) -> dict[str, str]:
    return {"division_code": COUNTY, "kind_code": "lab", "name": "区实验室",
            "short_name": "实验室"} | more  # fmt: skip


def station(**more: str) -> dict[str, str]:
    return {"division_code": TOWNSHIP, "code": "JQ09", "name": "新港联络点",
            "parent_code": "JQ01"} | more  # fmt: skip


async def make(desk: DirectoryDesk, kind: str, form: dict[str, str], who: str) -> Any:
    done = await desk.send(who, f"/directory/new/{kind}", form)
    await desk.follow()
    return done


@pytest.mark.parametrize(
    ("kind", "form", "key"),
    [
        ("units", lab(vertical="yes"), unit(COUNTY, "lab")),
        ("stations", station(), named_id("station", "JQ09")),
    ],
)
async def test_it_is_entered_and_its_page_says_by_whom(
    desk: DirectoryDesk, kind: str, form: dict[str, str], key: bytes
) -> None:
    page = await desk.page("county-admin", f"/directory/new/{kind}?division={COUNTY}")
    assert (page.status_code, f'value="{COUNTY}"' in page.text) == (200, True)
    done = await make(desk, kind, form, "county-admin")
    assert done.status_code == 303, done.text
    assert f"/router/directory/{kind}/{to_text(key)}" in done.headers["location"]
    shown = (await desk.page("county-admin", f"/directory/{kind}/{to_text(key)}")).text
    assert (form["name"] in shown, "管理员乙" in shown) == (True, True)
    again = await make(desk, kind, form | {"name": "又一个"}, "county-admin")
    assert (again.status_code, "没有重复登记" in again.text) == (422, True)
    assert 'value="又一个"' in again.text


async def test_what_cannot_be_entered_comes_back_with_its_reason(desk: DirectoryDesk) -> None:
    """One example of each rule; a property test shows that the form and the table agree."""
    before = await desk.count("entry", "outbox")
    for kind, form, words in (
        ("units", lab(kind_code="finance", name="甲", short_name="甲"), "没有重复登记"),
        ("units", lab(kind_code=""), "类别：这一项没有填"),
        ("units", lab(name="区财政局", short_name="财政局"), "名称或简称相同"),
        ("units", lab(kind_code="=1+1"), "类别：这一项只能用字母"),
        ("units", lab(name="长" * 101), "名称太长"),
        ("units", lab(short_name=""), "简称：这一项没有填"),
        ("units", lab(name="坏\0名"), ""),
        ("units", lab(vertical="perhaps"), "垂直管理：这一项只能填是或否"),
        ("units", lab(division_code=CITY), "不归您管理"),
        ("units", lab(division_code=CLOSED), "旧镇已经撤并"),
        ("stations", station(code="JQ02"), "没有重复登记"),
        ("stations", station(code="JQ10", parent_code="JQ02"), "JQ02不是总站"),
    ):
        done = await make(desk, kind, form, "county-admin")
        assert (done.status_code, words in done.text) == (422, True), done.text
    assert await desk.count("entry", "outbox") == before


async def test_only_places_are_made_and_nobody_else_is_offered_it(desk: DirectoryDesk) -> None:
    for kind in ("people", "x"):
        assert (await make(desk, kind, {}, "county-admin")).status_code == 422
    shown = (await desk.page("clerk", f"/directory/divisions/{COUNTY}")).text
    assert "新增承办单位" not in shown
