"""The directory's pages on a real database: who holds what where, what changed, for whom."""

from datetime import UTC, datetime

from shared.contracts.tracker import SupervisionDecided
from shared.ids import named_id, to_text
from tests.support.router.directory import FINANCE, POINT, STATION, DirectoryDesk, grant, person
from tests.support.router.play import CITY, COUNTY, TOWNSHIP

LEADER = f"/directory/people/{to_text(named_id('person', 'leader'))}"
CLERK = f"/directory/people/{to_text(named_id('person', 'clerk'))}"


async def read(desk: DirectoryDesk, who: str, path: str, lang: str = "zh") -> str:
    answer = await desk.page(who, path, lang)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_directory_opens_at_ones_own_place_or_the_top(desk: DirectoryDesk) -> None:
    (top, *_) = desk.service.copy.snapshot.children("")
    for who, code in (("clerk", COUNTY), ("first", top.division_code)):
        answer = await desk.page(who, "/directory")
        assert answer.headers["location"] == f"/router/directory/divisions/{code}"
    assert "林交办" in await read(desk, "first", f"/directory/divisions/{COUNTY}")
    own = f"/directory/people/{to_text(desk.person('first'))}"
    assert "全部地方" in await read(desk, "first", own)
    missing = await desk.page("first", "/directory/divisions/999999")
    assert missing.status_code == 404
    for who in ("ops", "stand-nobody", "liaison"):
        answer = await desk.page(who, f"/directory/divisions/{COUNTY}")
        assert answer.status_code in (303, 403), who


async def test_each_place_shows_who_is_there_and_what_lies_below(desk: DirectoryDesk) -> None:
    for path, lang, shown in (
        (
            f"divisions/{COUNTY}",
            "zh",
            f"林交办 交办人员 周明远 何立群 郑领导 联系员 金清镇 最近改动 /divisions/{CITY}",
        ),
        (f"divisions/{TOWNSHIP}", "en", "金清镇总站 金清港联络点 站长甲 郑领导 Leadership"),
        (f"units/{to_text(FINANCE)}", "zh", "周明远 何立群 吴代理"),
        (f"stations/{to_text(STATION)}", "zh", "站长甲 金清港联络点 郑领导 JQ01"),
        (f"stations/{to_text(POINT)}", "zh", "金清镇总站"),
    ):
        page = await read(desk, "admin", f"/directory/{path}", lang)
        assert [words for words in shown.split() if words not in page] == [], path


async def test_a_person_shows_mandates_rights_and_stand_ins(desk: DirectoryDesk) -> None:
    for who, shown in (
        ("leader", "金清镇人大代表 路桥区人大代表 领导干部代表 联系员"),
        ("clerk", "由吴代理代理"),
        ("stand-in", "代理周明远"),
        ("liaison", "郑领导"),
    ):
        page = await read(desk, "admin", f"/directory/people/{to_text(desk.person(who))}")
        assert [words for words in shown.split() if words not in page] == [], who


async def test_what_changed_is_shown_before_and_after_with_who_did_it(desk: DirectoryDesk) -> None:
    key, event = person("renamed", "旧名", grant("liaison"))
    await desk.put([(key, event)])
    by = to_text(desk.person("admin"))
    await desk.put([(key, event.model_copy(update={"name": "新名", "actor": by}))])
    page = await read(desk, "admin", f"/directory/people/{to_text(key)}")
    assert "<del>旧名</del> → <ins>新名</ins>" in page.replace("\n", "")
    assert "管理员甲" in page


async def test_people_are_shown_to_those_above_them_only(desk: DirectoryDesk) -> None:
    for who in ("other-admin", "station-head"):
        hidden, unknown = await desk.page(who, CLERK), await desk.page(who, f"{CLERK[:-4]}ffff")
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        place = await read(desk, who, f"/directory/divisions/{COUNTY}")
        assert "周明远" not in place
        assert "不在您的范围内" in place
        assert "没有找到" in await read(desk, who, "/directory?q=周明远")
    assert CLERK in await read(desk, "county-admin", "/directory?q=周明远")


async def test_what_is_not_there_is_said_so(desk: DirectoryDesk) -> None:
    for path in (
        "divisions/999999",
        "divisions/%00",
        f"units/{to_text(STATION)}",
        f"people/{to_text(FINANCE)}",
        "people/x",
    ):
        assert (await desk.page("admin", f"/directory/{path}")).status_code in (404, 422)


async def test_places_and_people_are_found_by_name_and_code(desk: DirectoryDesk) -> None:
    assert TOWNSHIP in await read(desk, "admin", "/directory?q=金清镇")
    assert to_text(STATION) in await read(desk, "admin", "/directory?q=JQ01")
    assert LEADER in await read(desk, "admin", "/directory?q=郑领导")
    assert "请写姓名" in await read(desk, "admin", "/directory?q=")
    assert "没有找到" in await read(desk, "admin", "/directory?q=<script>")


async def test_administrators_see_the_vacancies_of_their_area(desk: DirectoryDesk) -> None:
    page = await read(desk, "county-admin", "/directory/vacancies")
    assert ("缺人的承办单位" in page, "331003" in page) == (True, False)
    assert "金清镇总站" in page  # it has a head and no staff
    everything = await read(desk, "admin", "/directory/vacancies")
    assert everything.count("<tr>") > page.count("<tr>")


async def test_a_supervision_whose_leader_is_gone_is_among_them(desk: DirectoryDesk) -> None:
    assert "没有领衔督办人离任而留下的事" in await read(
        desk, "county-admin", "/directory/vacancies"
    )
    decided = SupervisionDecided(
        occurred_at=datetime(2022, 9, 1, tzinfo=UTC), division_code=COUNTY, actor="dispatcher",
        level="key", granted=True, leader=to_text(named_id("person", "clerk")),
    )  # fmt: skip
    await desk.hear_all([(named_id("item", "supervised"), decided)])
    page = await read(desk, "county-admin", "/directory/vacancies")
    assert "无人督办的事" in page
    assert page.index("已离任的领衔督办人") < page.index(CLERK) < page.index("另定领衔督办人")
    english = await read(desk, "county-admin", "/directory/vacancies", "en")
    assert "names another leader" in english
