"""Administrators bring tables: each line is shown before it is entered, then exactly so."""

import asyncio
import io
import re
from datetime import timedelta
from itertools import product

import asyncpg
import httpx
import openpyxl
import pytest

from services.router.directory.actions import unchanged
from services.router.directory.domain.commands import PutEntry
from services.router.directory.store import read_directory
from services.router.identity import store
from services.router.identity.domain.accounts import SignInRecord
from shared.contracts.envelope import EVERYWHERE
from shared.errors import Conflict
from shared.features.access_log.store import EXPORT, AccessEntry, log_access
from shared.features.table_import.store import UPLOADS_KEPT
from shared.ids import named_id, to_text
from shared.tables.files import written
from tests.support.eventually import eventually
from tests.support.officers import as_form
from tests.support.router.directory import DirectoryDesk, dismiss, grant, new_person, person
from tests.support.router.play import CITY, COUNTY, TOWNSHIP, organ

UNITS = "division_code,kind_code,name,short_name\n"
OFFICERS = "code,name,role,division_code,unit_kind,station_code,valid_from,valid_to\n"
NOTHING = "没有什么要登记的"


async def bring(
    desk: DirectoryDesk, kind: str, content: str | bytes, who: str = "county-admin"
) -> httpx.Response:
    """Choose a file and send the form."""
    sent = content.encode() if isinstance(content, str) else content
    async with await desk.client(who) as client:
        return await client.post(
            "/router/directory/import",
            data=as_form({"kind": kind} if kind else {}),
            files={"file": ("表.csv", sent)} if sent else {"file": ("", b"")},
            headers={"Accept": "text/html"},
        )


async def brought(desk: DirectoryDesk, kind: str, content: str, who: str = "county-admin") -> str:
    """Bring a sound table; gives the address of its preview."""
    answer = await bring(desk, kind, content, who)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/router")


async def enter(
    desk: DirectoryDesk, at: str, page: str, who: str = "county-admin"
) -> httpx.Response:
    found = re.search(r'name="plan" value="(\w+)"', page)
    assert found, page
    return await desk.send(who, at, {"plan": found[1]})


async def test_each_line_is_shown_then_entered_once(desk: DirectoryDesk) -> None:
    table = (
        f"{UNITS}{COUNTY},finance,财政新名,财政\n{COUNTY},lab,实验室,实验室\n"
        f"{CITY},lab,市实验室,市实验室\n{COUNTY},lab,实验室,实验室\n"
    )
    at = await brought(desk, "units", table)
    before = await desk.stored()
    page = (await desk.page("county-admin", at)).text
    for shown in ("不能登记", "不归您管理", "请交给那里的管理员导入", "上面已有这一行", "财政新名",
                  "实验室", "路桥区财政局"):  # fmt: skip
        assert shown in page, shown
    english = (await desk.page("county-admin", at, "en")).text
    assert "is outside your area" in english
    assert await desk.stored() == before
    done = await enter(desk, at, page)
    assert (done.status_code, done.headers["location"]) == (303, "/router/directory/import?done=2")
    await desk.follow()
    units = desk.service.copy.snapshot.units_in(COUNTY)
    names = {unit.kind_code: unit.name for _key, unit in units}
    assert (names["finance"], names["lab"]) == ("财政新名", "实验室")
    assert (await desk.page("county-admin", at)).status_code == 404
    assert (await enter(desk, at, page)).status_code == 404
    assert NOTHING in (await desk.page("county-admin", await brought(desk, "units", table))).text


async def test_a_change_after_the_preview_stops_all_of_it(desk: DirectoryDesk) -> None:
    await desk.put([person("moved", "移动人", grant("liaison"))])
    table = (
        f"{OFFICERS}fresh,新人,liaison,{COUNTY},,,2026-01-01,\n"
        f"moved,移动人,dispatcher,{COUNTY},,,2026-01-01,\n"
    )
    at = await brought(desk, "officers", table)
    page = (await desk.page("county-admin", at)).text
    await desk.put([person("moved", "改名人", grant("liaison"))])
    before = await desk.stored()
    late = await enter(desk, at, page)
    assert late.status_code == 409
    assert ("什么也没有登记" in late.text, "改名人" in late.text) == (True, True)
    assert await desk.stored() == before
    assert (await enter(desk, at, late.text)).status_code == 303
    await desk.follow()
    assert desk.service.copy.snapshot.person(named_id("person", "fresh")) is not None


async def test_only_the_last_tables_of_a_person_are_kept(desk: DirectoryDesk) -> None:
    """A table may take megabytes, and nothing else ends one that nobody enters but the day."""
    other = await brought(desk, "units", UNITS, "admin")
    ways = [await brought(desk, "units", UNITS) for _ in range(UPLOADS_KEPT + 1)]
    shown = [(await desk.page("county-admin", way)).status_code for way in ways]
    assert shown == [404, *[200] * UPLOADS_KEPT]
    assert "之后又上传了别的文件" in (await desk.page("county-admin", ways[0])).text
    assert (await desk.page("admin", other)).status_code == 200, "of another person"


async def test_a_table_of_whoever_is_dismissed_is_not_entered(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "leaving", grant("admin", organ_id=organ(COUNTY)))
    table = f"{OFFICERS}newcomer,新来人,liaison,{COUNTY},,,2026-01-01,\n"
    at = await brought(desk, "officers", table, "leaving")
    page = (await desk.page("leaving", at)).text
    await dismiss(desk, key)
    before = await desk.count("entry", "outbox")
    late = await enter(desk, at, page, "leaving")
    assert (late.status_code, "不归您管理" in late.text) == (409, True)
    assert await desk.count("entry", "outbox") == before
    await desk.follow()


async def test_an_edit_while_a_table_is_being_entered_stops_all_of_it(desk: DirectoryDesk) -> None:
    messaging, entries = desk.service.messaging, desk.service.messaging.subjects[1]
    async with messaging.db.begin() as tx:
        state = await read_directory(tx)
    key, entry = person("late", "后来人", grant("liaison"))
    await desk.put([person("earlier", "先来人", grant("liaison"))])
    with pytest.raises(Conflict) as refused:
        await messaging.execute_all(entries, [PutEntry(key, entry)], unchanged(state))
    assert refused.value.code == "directory_changed"
    await desk.follow()
    assert desk.service.copy.snapshot.person(key) is None


async def test_a_table_is_its_bringers_alone(desk: DirectoryDesk) -> None:
    at = await brought(desk, "units", f"{UNITS}{COUNTY},lab2,甲,甲\n")
    for who in ("admin", "other-admin"):
        for answer in (
            await desk.page(who, at),
            await desk.page(who, f"{at}/report"),
            await desk.send(who, at, {"plan": "x"}),
        ):
            assert answer.status_code == 404


async def test_a_table_without_a_sound_line_says_so_and_offers_nothing(desk: DirectoryDesk) -> None:
    """Rights for oneself are no sound line."""
    own = f"{OFFICERS}county-admin,管理员乙,dispatcher,{COUNTY},,,2026-01-01,\n"
    for kind, content, words in (
        ("units", "\n", ""),
        ("units", "a,b\n1,2\n", ""),
        ("units", f"{UNITS}{COUNTY},l\0b,甲,甲\n", ""),
        ("officers", own, "登记的内容不能由本人修改"),
    ):
        page = (await desk.page("county-admin", await brought(desk, kind, content))).text
        for shown in ("不能登记", NOTHING, words):
            assert shown in page


async def test_only_who_keeps_the_directory_is_offered_tables(desk: DirectoryDesk) -> None:
    for who, offered in (("dispatcher", False), ("county-admin", True)):
        page = await desk.page(who, f"/directory/divisions/{COUNTY}")
        assert ("/router/directory/import" in page.text) is offered


async def test_what_is_no_table_is_refused_and_nothing_kept(desk: DirectoryDesk) -> None:
    before = await desk.count("upload")
    unread = "读不了这个表格"
    for kind, content, status, words in (
        ("", UNITS.encode(), 422, "请选择是哪一种表"),
        ("units", b"", 422, "请选择文件"),
        ("kings", UNITS.encode(), 422, "请选择是哪一种表"),
        ("units", b"\xff\xff\xff", 422, unread),
        ("units", b"PK\x03\x04 no archive", 422, unread),
        ("units", b"<html><script>alert(1)</script></html>", 422, unread),
        ("units", b"x" * (5 * 1024 * 1024 + 1), 413, "表格太大"),
        ("units", b"x" * (6 * 1024 * 1024), 413, "太大"),
    ):
        answer = await bring(desk, kind, content)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert await desk.count("upload") == before


async def test_a_table_taken_away_comes_back_as_it_was_in_both_forms(desk: DirectoryDesk) -> None:
    for kind, form in product(("units", "stations", "deputies", "officers"), ("csv", "xlsx")):
        taken = await desk.page("county-admin", f"/directory/export/{kind}?form={form}")
        assert taken.status_code == 200
        assert taken.headers["content-disposition"] == f'attachment; filename="{kind}.{form}"'
        answer = await bring(desk, kind, taken.content)
        at = answer.headers["location"].removeprefix("/router")
        page = (await desk.page("county-admin", at)).text
        assert (NOTHING in page, "不能登记</span>" in page) == (True, False), kind
        (log,) = await desk.sql("SELECT * FROM access_log ORDER BY id DESC LIMIT 1")
        assert (log["person_id"], log["reason"]) == (desk.person("county-admin"), "export")
        assert (log["fields"], log["words"]) == ([kind], f"{kind}.{form}")
        assert log["division_code"] == COUNTY
    assert CITY not in (await desk.page("county-admin", "/directory/export/officers?form=csv")).text
    assert (await desk.page("county-admin", "/directory/export/kings")).status_code == 422


async def test_the_report_names_every_line_and_holds_no_formula(desk: DirectoryDesk) -> None:
    table = f"{UNITS}{COUNTY},cell,=1+1,甲\n{COUNTY},b d,乙,乙\n"
    at = await brought(desk, "units", table)
    book = openpyxl.load_workbook(
        io.BytesIO((await desk.page("county-admin", f"{at}/report")).content)
    )
    rows = [
        [str(cell.value or "") for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)
    ]
    assert [(row[0], row[2]) for row in rows] == [("2", "新增 new"), ("3", "不能登记 refused")]
    assert rows[0][1] == "'=1+1"
    assert "letters, digits" in rows[1][5]


async def test_every_right_of_a_new_person_is_shown_before_it_is_given(
    desk: DirectoryDesk,
) -> None:
    """Also where the name is known: a foreign table could give the rights of an administrator."""
    lines = (f"n1,林交办,admin,{COUNTY},,,2026-01-01,2026-12-31",
             f"n1,林交办,liaison,{COUNTY},,,2026-02-01,")  # fmt: skip
    table = OFFICERS + "\n".join(lines)
    at = await brought(desk, "officers", table)
    page = (await desk.page("county-admin", at)).text
    place = desk.service.copy.snapshot.division(COUNTY)
    assert place is not None
    assert f"{place.name}系统管理员，2026-01-01至2026-12-31" in page
    assert f"{place.name}联络员，2026-02-01起" in page
    book = openpyxl.load_workbook(
        io.BytesIO((await desk.page("county-admin", f"{at}/report")).content)
    )
    cells = [row[3].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert len(cells) == 2
    assert all("系统管理员，2026-01-01至2026-12-31" in str(cell) for cell in cells)


async def test_the_preview_says_whose_password_becomes_void(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "TZ0008")
    at = await brought(
        desk, "officers", f"{OFFICERS}TZ0008,真领导,committee_head,{CITY},,,2026-01-01,\n", "admin"
    )
    assert "原来的密码不是由" not in (await desk.page("admin", at)).text, "there is no account"
    await desk.send("county-admin", f"/accounts/{to_text(key)}/open", {"name": "tz0008"})
    await desk.follow()
    assert "原来的密码不是由" in (await desk.page("admin", at)).text
    book = openpyxl.load_workbook(io.BytesIO((await desk.page("admin", f"{at}/report")).content))
    assert "no longer valid" in str(book.worksheets[0].cell(2, 6).value)


async def test_a_known_name_under_a_new_code_is_entered_only_when_somebody_said_so(
    desk: DirectoryDesk,
) -> None:
    row = f"d2,林交办,liaison,{COUNTY},,,2026-01-01,\n"
    at = await brought(desk, "officers", OFFICERS + row)
    page = (await desk.page("county-admin", at)).text
    assert "这里已有同名的人，编号dispatcher" in page
    refused = await enter(desk, at, page)
    assert refused.status_code == 409
    assert "有1个新增的人与已有的人同名" in refused.text
    assert await desk.sql("SELECT 1 FROM entry WHERE body LIKE $1", '%"d2"%') == []
    found = re.search(r'name="plan" value="(\w+)"', page)
    assert found
    done = await desk.send("county-admin", at, {"plan": found[1], "are_others": "yes"})
    assert (done.status_code, done.headers["location"][-7:]) == (303, "?done=1")
    await desk.follow()


async def test_ten_thousand_deputies_are_shown_and_entered_as_one(desk: DirectoryDesk) -> None:
    lines = [(f"d-{n}", f"代表{n}", "township", TOWNSHIP) for n in range(10_000)]
    table = written("xlsx", ("code", "name", "level", "division_code"), lines)
    answer = await bring(desk, "deputies", table)
    at = answer.headers["location"].removeprefix("/router")
    page = (await desk.page("county-admin", at)).text
    assert "10,000" in page
    assert "还有9,800项" in page
    done = await enter(desk, at, page)
    assert done.headers["location"].endswith("?done=10000")
    found = await desk.sql("SELECT count(*) AS n FROM entry WHERE body LIKE $1", "%代表9999%")
    assert found[0]["n"] == 1
    stored = to_text(named_id("person", "d-1"))
    assert (await desk.get("county-admin", f"/v1/directory/entries/{stored}")).status_code == 200


async def test_a_table_nobody_enters_is_gone_after_a_day(desk: DirectoryDesk) -> None:
    at = await brought(desk, "units", f"{UNITS}{COUNTY},finance,财政又一个,财政\n")
    await desk.sql("UPDATE upload SET uploaded_at = uploaded_at - interval '25 hours'")
    kept = await brought(desk, "units", f"{UNITS}{COUNTY},finance,财政还有一个,财政\n")
    assert (await desk.page("county-admin", at)).status_code == 404
    async with desk.service.db.begin() as tx:
        for days in (366, 364):
            key, at_ = named_id("try", str(days)), tx.now - timedelta(days=days)
            tried = SignInRecord(
                id=key, at=at_, person=None, way="password", result="unknown", address=""
            )
            await store.add_sign_in_record(tx, tried)
    duty = asyncio.create_task(desk.service.duties[-1]())

    async def forgotten() -> bool:
        return await desk.count("upload", "sign_in_record") == {"upload": 1, "sign_in_record": 1}

    try:
        await eventually(forgotten)
    finally:
        duty.cancel()
    assert (await desk.page("county-admin", kept)).status_code == 200
    for statement in ("DELETE FROM sign_in_record", "UPDATE sign_in_record SET result = 'in'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await desk.sql(statement)


async def test_supervisors_see_who_exported_a_table(desk: DirectoryDesk) -> None:
    assert (await desk.page("county-admin", "/directory/export/officers")).status_code == 200
    for who in ("county-admin", "admin"):
        page = (await desk.page(who, "/access-log")).text
        for shown in (
            "管理员乙",
            "工作人员的任职",
            "officers.xlsx",
            f"/directory/divisions/{COUNTY}",
        ):
            assert shown in page
    assert "officers.xlsx" not in (await desk.page("other-admin", "/access-log")).text
    assert (await desk.page("first", "/directory/export/units?form=csv")).status_code == 200
    async with desk.service.db.begin() as tx:
        everyone = named_id("division", EVERYWHERE)
        await log_access(tx, AccessEntry(None, everyone, EVERYWHERE, ("units",), EXPORT, "all.csv"))
    page = (await desk.page("first", "/access-log")).text
    assert all(one in page for one in ("units.csv", "all.csv", "服务器命令行", "全部地方"))
    assert "all.csv" not in (await desk.page("admin", "/access-log")).text
