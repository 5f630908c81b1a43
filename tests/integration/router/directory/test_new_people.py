"""Administrators enter a person by a form, judged as a table's lines are."""

from datetime import date
from typing import Any

from shared.contracts.router import DirectoryPerson, Mandate
from shared.ids import named_id, to_text
from tests.support.officers import as_form
from tests.support.router.directory import FINANCE, STATION, DirectoryDesk
from tests.support.router.play import CITY, COUNTY, STREET, TOWNSHIP


def deputy(**more: str) -> dict[str, str]:
    return {"division_code": COUNTY, "code": "D-01", "name": "王晓梅",
            "seat": f"county/{COUNTY}", "station_code": "JQ01"} | more  # fmt: skip


def clerk(**more: str) -> dict[str, str]:
    place = f"{COUNTY}/unit:{to_text(FINANCE)}"
    return {"division_code": COUNTY, "code": "C-01", "name": "陈小路", "role": "clerk",
            "place": place, "valid_from": "2022-01-01"} | more  # fmt: skip


async def enter(
    desk: DirectoryDesk, kind: str, form: dict[str, str], who: str = "county-admin"
) -> Any:
    done = await desk.send(who, f"/directory/new/{kind}", form)
    await desk.follow()
    return done


def person(desk: DirectoryDesk, code: str) -> DirectoryPerson:
    found = desk.service.copy.snapshot.person(named_id("person", code))
    assert found is not None
    return found


async def test_a_deputy_of_several_congresses_is_entered_in_one_form(desk: DirectoryDesk) -> None:
    page = (await desk.page("county-admin", f"/directory/new/deputies?division={COUNTY}")).text
    assert f'value="street_rep/{STREET}"' in page
    assert f'value="city/{CITY}"' not in page, "only the congresses of one's own area"
    form = deputy(second_seat=f"township/{TOWNSHIP}", third_seat=f"street_rep/{STREET}")
    done = await enter(desk, "deputies", form)
    assert done.status_code == 303, done.text
    entered = person(desk, "D-01")
    assert entered.mandates == (
        Mandate(level="county", division_code=COUNTY),
        Mandate(level="township", division_code=TOWNSHIP),
    )
    assert (entered.is_street_rep, entered.station_id) == (True, STATION)
    where = done.headers["location"].removeprefix("/router")
    shown = (await desk.page("county-admin", where)).text
    assert ("王晓梅" in shown, "管理员乙" in shown) == (True, True)


async def test_an_officer_is_entered_with_a_role_and_gets_the_next_on_their_page(
    desk: DirectoryDesk,
) -> None:
    done = await enter(desk, "officers", clerk())
    assert done.status_code == 303, done.text
    [grant] = person(desk, "C-01").grants
    assert (grant.role, grant.unit_id, grant.valid_from) == ("clerk", FINANCE, date(2022, 1, 1))
    page = (await desk.page("county-admin", done.headers["location"].removeprefix("/router"))).text
    assert 'id="add_grant"' in page


async def test_what_cannot_be_entered_comes_back_with_its_reason(desk: DirectoryDesk) -> None:
    """One example of each rule; a property test shows that the form and the table agree."""
    before = await desk.count("entry", "outbox")
    for kind, form, words in (
        ("deputies", deputy(code="leader"), "没有重复登记"),
        ("deputies", deputy(code="", seat=""), "编号：这一项没有填"),
        ("deputies", deputy(code="D-09", seat=f"township/{STREET}"), "没有自己的人民代表大会"),
        ("deputies", deputy(code="D-09", seat=f"city/{CITY}"), "不归您管理"),
        ("deputies", deputy(code="D-09", second_seat=f"county/{COUNTY}"), "上面已有这一行"),
        ("deputies", deputy(code="D-09", liaison_code="no-one"), "没有联系人no-one"),
        ("officers", clerk(code="C-09", place=COUNTY), "没有这类单位"),
        ("officers", clerk(code="C-09", role="admin", place="331003"), "不归您管理"),
        ("officers", clerk(code="C-09", role="ops", place=COUNTY), "您的范围以外"),
        ("officers", clerk(code="C-09", valid_to="2021-01-01"), "结束日期早于开始日期"),
        ("officers", clerk(code="C-09", valid_from="soon"), "日期应写作"),
        ("officers", clerk(code="c" * 65), "只能用字母、数字"),
    ):
        again = await enter(desk, kind, form)
        assert (again.status_code, words in again.text) == (422, True), (words, again.text)
        assert f'value="{form["name"]}"' in again.text, "nothing typed is lost"
    assert await desk.count("entry", "outbox") == before


async def test_somebody_of_the_same_name_is_entered_once_it_is_said_that_they_are_another(
    desk: DirectoryDesk,
) -> None:
    form = clerk(code="C-02", name="周明远")
    again = await enter(desk, "officers", form)
    assert (again.status_code, 'name="are_others"' in again.text) == (422, True), again.text
    assert "与已有的人同名" in again.text
    done = await enter(desk, "officers", form | {"are_others": "yes"})
    assert done.status_code == 303, done.text


async def test_a_table_that_puts_a_deputy_into_two_stations_is_refused(
    desk: DirectoryDesk,
) -> None:
    head = "code,name,level,division_code,station_code\n"
    rows = f"T-1,甲,county,{COUNTY},JQ01\nT-1,甲,township,{TOWNSHIP},JQ02\n"
    async with await desk.client("county-admin") as client:
        sent = await client.post(
            "/router/directory/import",
            data=as_form({"kind": "deputies"}),
            files={"file": ("deputies.csv", (head + rows).encode())},
            headers={"Accept": "text/html"},
        )
        preview = await client.get(sent.headers["location"], headers={"Accept": "text/html"})
    assert "同一个人写了两个联络站" in preview.text
    assert "T-1" not in {one.code for _key, one in desk.service.copy.snapshot.people.read(
        desk.service.copy.snapshot.people.bodies)}  # fmt: skip
