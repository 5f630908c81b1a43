"""Administrators import the register of enterprises: shown line by line, then exactly so."""

import io
import re

import httpx
import openpyxl

from deploy.simulator.plan import credit_code
from services.intake.domain.enterprises import MAX_NAME
from shared.tables.files import written
from shared.tables.workbook import MAX_BYTES
from tests.support.intake.desk import Desk
from tests.support.intake.stations import COUNTY, OTHER_TOWNSHIP, TOWNSHIP
from tests.support.officers import as_form

REGISTER = "/enterprises"
HEAD = "credit_code,name,division_code\n"
FIRST, SECOND, THIRD = (credit_code(n) for n in (700, 701, 702))


async def bring(
    desk: Desk, content: bytes, who: str = "county_admin", name: str = "名册.csv"
) -> httpx.Response:
    async with await desk.client(who) as client:
        return await client.post(
            f"/intake{REGISTER}",
            data=as_form({}),
            files={"file": (name, content)},
            headers={"Accept": "text/html"},
        )


async def brought(desk: Desk, table: str, who: str = "county_admin") -> str:
    answer = await bring(desk, table.encode(), who)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/intake")


async def enter(desk: Desk, at: str, page: str, who: str = "county_admin") -> httpx.Response:
    found = re.search(r'name="plan" value="(\w+)"', page)
    assert found, page
    return await desk.send(who, at, {"plan": found[1]})


async def names(desk: Desk) -> dict[str, str]:
    rows = await desk.sql("SELECT coalesce(credit_code, division_code) AS at, name FROM enterprise")
    return {row["at"]: row["name"] for row in rows}


async def test_each_line_is_shown_then_entered_once_and_found_by_stations(desk: Desk) -> None:
    await desk.sql("DELETE FROM enterprise")
    assert ">1<" in (await desk.page("county_admin", f"{REGISTER}/missing")).text
    table = (
        f"{HEAD}{FIRST},金清某水泵厂,{TOWNSHIP}\n,张三小吃店,{TOWNSHIP}\n"
        f"{SECOND[:17]}{'A' if SECOND[17] != 'A' else 'B'},某厂,{TOWNSHIP}\n{SECOND},,{TOWNSHIP}\n"
        f"{FIRST},又一次,{TOWNSHIP}\n{THIRD},别处某厂,{OTHER_TOWNSHIP}\n"
        f"{SECOND},{'长' * (MAX_NAME + 1)},{TOWNSHIP}\n"
    )
    at = await brought(desk, table)
    page = (await desk.page("county_admin", at)).text
    for shown in ("校验位不对", "把这一列设为文本", "没有名称", "文件里已有这家企业",
                  f"{OTHER_TOWNSHIP}不归您管理", "名称太长", "金清某水泵厂"):  # fmt: skip
        assert shown in page, shown
    assert "is outside your area" in (await desk.page("county_admin", at, "en")).text
    assert await names(desk) == {}
    done = await enter(desk, at, page)
    assert (done.status_code, done.headers["location"]) == (303, f"/intake{REGISTER}?done=2")
    assert await names(desk) == {FIRST: "金清某水泵厂", TOWNSHIP: "张三小吃店"}
    assert "已登记2行" in (await desk.page("county_admin", f"{REGISTER}?done=2")).text
    assert "齐了" in (await desk.page("county_admin", f"{REGISTER}/missing")).text
    assert FIRST in (await desk.get("station_head", "/v1/lookups/firms?name=金清某")).text
    assert (await desk.page("county_admin", at)).status_code == 404
    assert (await enter(desk, at, page)).status_code == 404


async def test_a_change_is_shown_and_one_after_the_preview_stops_all_of_it(desk: Desk) -> None:
    await desk.sql("DELETE FROM enterprise")
    first = await brought(desk, f"{HEAD}{FIRST},旧名某厂,{TOWNSHIP}\n")
    await enter(desk, first, (await desk.page("county_admin", first)).text)
    at = await brought(desk, f"{HEAD}{FIRST},新名某厂,{COUNTY}\n")
    page = (await desk.page("county_admin", at)).text
    assert re.search(r"<del>.*旧名某厂.*</del> → <ins>.*新名某厂.*</ins>", page)
    await desk.sql("UPDATE enterprise SET name = '再改某厂' WHERE credit_code = $1", FIRST)
    late = await enter(desk, at, page)
    assert (late.status_code, "什么也没有登记" in late.text, "再改某厂" in late.text) == (
        409, True, True,
    )  # fmt: skip
    assert await names(desk) == {FIRST: "再改某厂"}
    assert (await enter(desk, at, late.text)).status_code == 303
    again = await brought(desk, f"{HEAD}{FIRST},新名某厂,{COUNTY}\n")
    assert "没有什么要登记的" in (await desk.page("county_admin", again)).text


async def test_nobody_takes_an_enterprise_of_another_area_and_tables_are_their_own(
    desk: Desk,
) -> None:
    await desk.sql("DELETE FROM enterprise")
    theirs = await brought(desk, f"{HEAD}{THIRD},黄岩某厂,{OTHER_TOWNSHIP}\n", "admin")
    assert (await desk.page("county_admin", theirs)).status_code == 404
    await enter(desk, theirs, (await desk.page("admin", theirs)).text, "admin")
    at = await brought(desk, f"{HEAD}{THIRD},拿走某厂,{TOWNSHIP}\n")
    page = (await desk.page("county_admin", at)).text
    assert f"{OTHER_TOWNSHIP}不归您管理" in page
    await enter(desk, at, page)
    assert await names(desk) == {THIRD: "黄岩某厂"}
    assert (await desk.page("dispatcher", REGISTER)).status_code == 403


async def test_what_is_no_table_is_explained(desk: Desk) -> None:
    before = await names(desk)
    for content, status, why in (
        (b"", 422, "请选择文件"),
        (b"\xff\xfe\x00\x01" * 50, 422, "读不了"),
        (b"<!doctype html><p>no table", 422, "读不了"),
        (f"{HEAD},甲,{TOWNSHIP}\n".encode() + b" " * MAX_BYTES, 413, "太大"),
    ):
        answer = await bring(desk, content, name="名册.csv" if content else "")
        assert (answer.status_code, why in answer.text) == (status, True), answer.text
    at = await brought(desk, "甲,乙\n1,2\n")
    assert f"表头应有{HEAD.strip()}" in (await desk.page("county_admin", at)).text
    assert await names(desk) == before


async def test_a_workbook_is_read_and_what_came_of_each_line_is_downloaded(desk: Desk) -> None:
    await desk.sql("DELETE FROM enterprise")
    template = await desk.page("county_admin", f"{REGISTER}/template?form=csv")
    columns = template.text.removeprefix("\ufeff").strip().split(",")
    rows = [(FIRST, "路桥某模具厂", TOWNSHIP), ("1", "某厂", TOWNSHIP)]
    answer = await bring(desk, written("xlsx", columns, rows))
    at = answer.headers["location"].removeprefix("/intake")
    report = await desk.page("county_admin", f"{at}/report")
    sheet = openpyxl.load_workbook(io.BytesIO(report.content)).worksheets[0]
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:3] for row in found] == [
        ["2", "路桥某模具厂", "新增 new"],
        ["3", "", "不能登记 refused"],
    ]
    assert found[1][4] == "credit_code"
    assert "check character" in str(found[1][5])
