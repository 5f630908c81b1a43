"""Administrators change the directory: by JSON and by forms, on what they saw, in their area."""

from typing import Any

import pytest

from shared.ids import Id, named_id, to_text
from tests.support.router.directory import (
    FINANCE,
    DirectoryDesk,
    basis,
    edit,
    form_of,
    grant,
    person,
)
from tests.support.router.play import CITY, COUNTY, unit

DAY = "2026-01-01"


async def new(desk: DirectoryDesk, code: str, *grants: Any) -> Id:
    key = named_id("person", code)
    await desk.put([person(code, f"某人{code}", *grants)])
    return key


def clerk(**more: Any) -> dict[str, Any]:
    at = {"role": "clerk", "division_code": COUNTY, "unit_id": to_text(FINANCE)}
    return at | {"valid_from": DAY} | more


async def test_a_right_of_the_city_is_ended_by_the_citys_administrator_only(
    desk: DirectoryDesk,
) -> None:
    key = await new(desk, "of-two-places", grant("leader", CITY), grant("liaison", COUNTY))
    above = await edit(desk, key, "end_grant", which=0, last_day="2026-06-30")
    assert (above.status_code, above.json()["code"]) == (404, "no_entry")
    own = await edit(desk, key, "end_grant", which=1, last_day="2026-06-30")
    assert own.status_code == 200, own.text
    by_city = await edit(desk, key, "end_grant", "admin", which=0, last_day="2026-06-30")
    assert by_city.status_code == 200, by_city.text


async def test_a_role_is_given_and_ended_and_the_history_says_by_whom(desk: DirectoryDesk) -> None:
    key = await new(desk, "given")
    given = await edit(desk, key, "add_grant", **clerk())
    assert given.status_code == 200, given.text
    assert given.json()["basis"] == 2
    ended = await edit(desk, key, "end_grant", which=0, last_day="2026-06-30")
    assert ended.status_code == 200, ended.text
    held = desk.service.copy.snapshot.person(key)
    assert held is not None
    assert [str(one.valid_to) for one in held.grants] == ["2026-06-30"]
    page = (await desk.page("admin", f"/directory/people/{to_text(key)}")).text
    assert page.index("2026-06-30") < page.index("管理员乙")


async def test_the_first_administrator_gives_rights_anywhere_and_none_to_themself(
    desk: DirectoryDesk,
) -> None:
    key = await new(desk, "appointed")
    given = await edit(desk, key, "add_grant", "first", **clerk())
    assert given.status_code == 200, given.text
    unknown = await edit(desk, key, "add_grant", "first", **clerk(division_code="999999"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_entry")
    sent = clerk() | {"basis": 1, "do": "add_grant"}
    path = f"/v1/directory/entries/{to_text(named_id('person', 'first'))}"
    own = await desk.post("first", path, sent)
    assert (own.status_code, own.json()["code"]) == (404, "no_entry")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (clerk(unit_id=None), 422, "no_place_for_role"),
        (clerk(role="leader"), 422, "no_place_for_role"),
        (clerk(role="station_head"), 422, "no_place_for_role"),
        (clerk(valid_to="2025-12-31"), 422, "ends_before_it_begins"),
        (clerk(division_code=CITY), 404, "no_entry"),
        (clerk(division_code="999999"), 404, "no_entry"),
        (clerk(role="king"), 422, "invalid"),
        (clerk(valid_from="tomorrow"), 422, "invalid"),
        (clerk(basis=99), 409, "entry_changed"),
        (clerk(basis=-1), 422, "invalid"),
        (clerk(more=1), 422, "invalid"),
    ],
)
async def test_a_role_that_cannot_be_given_is_refused(
    desk: DirectoryDesk, body: dict[str, Any], status: int, code: str
) -> None:
    key = await new(desk, "refused")
    done = await edit(desk, key, "add_grant", **body)
    assert (done.status_code, done.json()["code"]) == (status, code), done.text
    held = desk.service.copy.snapshot.person(key)
    assert held is not None
    assert held.grants == ()


async def test_the_same_role_is_not_given_twice(desk: DirectoryDesk) -> None:
    key = await new(desk, "twice", grant("clerk", unit_id=FINANCE))
    done = await edit(desk, key, "add_grant", **clerk())
    assert (done.status_code, done.json()["code"]) == (409, "holds_already")


@pytest.mark.parametrize("who", ["other-admin", "dispatcher", "clerk", "ops"])
async def test_only_an_administrator_of_the_place_edits(desk: DirectoryDesk, who: str) -> None:
    key = await new(desk, "protected")
    done = await edit(desk, key, "add_grant", who, **clerk())
    assert done.status_code in (403, 404), done.text
    assert await basis(desk, key) == 1


async def test_nobody_changes_their_own_rights(desk: DirectoryDesk) -> None:
    own = desk.person("county-admin")
    for do, body in {
        "add_grant": clerk(),
        "end_grant": {"which": 0, "last_day": DAY},
        "add_stand_in": {"person_id": to_text(desk.person("clerk")), "valid_from": DAY},
    }.items():
        done = await edit(desk, own, do, **body)
        assert (done.status_code, done.json()["code"]) == (403, "own_rights")


async def test_standing_in_never_comes_back_to_its_beginning(desk: DirectoryDesk) -> None:
    first, second, third = [await new(desk, code) for code in ("a", "b", "c")]
    for one, other in ((second, first), (third, second)):
        done = await edit(desk, one, "add_stand_in", person_id=to_text(other), valid_from=DAY)
        assert done.status_code == 200, done.text
    round_ = await edit(desk, first, "add_stand_in", person_id=to_text(third), valid_from=DAY)
    assert (round_.status_code, round_.json()["code"]) == (409, "would_circle")
    self_ = await edit(desk, first, "add_stand_in", person_id=to_text(first), valid_from=DAY)
    assert (self_.status_code, self_.json()["code"]) == (409, "would_circle")
    ended = await edit(desk, second, "end_stand_in", which=0, last_day=DAY)
    assert ended.status_code == 200, ended.text
    above = await edit(
        desk, first, "add_stand_in", person_id=to_text(desk.person("admin")), valid_from=DAY
    )
    assert (above.status_code, above.json()["code"]) == (422, "no_such_person")


async def test_an_edit_of_another_kind_of_entry_or_of_none_is_refused(desk: DirectoryDesk) -> None:
    done = await edit(desk, FINANCE, "rename_division", name="x")
    assert (done.status_code, done.json()["code"]) == (404, "no_entry")
    nowhere = f"/v1/directory/entries/{to_text(named_id('person', 'nobody-at-all'))}"
    sent = {"do": "rename_division", "name": "x", "basis": 0}
    assert (await desk.post("admin", nowhere, sent)).status_code == 404
    assert (await desk.get("admin", nowhere)).status_code == 404
    unknown = await desk.post("admin", nowhere, sent | {"do": "destroy"})
    assert unknown.status_code == 422


def named(name: str, short_name: str) -> dict[str, str]:
    names = {"rename_unit-name": name, "rename_unit-short_name": short_name}
    return {"do": "rename_unit", "basis": "1"} | names


async def test_a_form_is_saved_and_leads_back_to_the_entry(desk: DirectoryDesk) -> None:
    key = await new(desk, "formed")
    page = await desk.page("county-admin", f"/directory/people/{to_text(key)}?at={COUNTY}")
    assert 'name="add_grant-role"' in page.text
    at = f"{COUNTY}/unit:{to_text(FINANCE)}"
    sent = {
        "do": "add_grant",
        "basis": "1",
        "add_grant-role": "clerk",
        "add_grant-division_code": at,
    }
    wrong = await form_of(desk, key, **sent)
    assert wrong.status_code == 422
    assert "这一项没有填" in wrong.text
    assert f'value="{at}" selected' in wrong.text
    done = await form_of(desk, key, **sent, **{"add_grant-valid_from": DAY})
    assert done.status_code == 303, done.text
    await desk.follow()
    after = await desk.page("county-admin", done.headers["location"].removeprefix("/router"))
    assert "已保存" in after.text
    assert "从区财政局" not in after.text


async def test_a_form_on_an_old_state_comes_back_with_what_the_other_changed(
    desk: DirectoryDesk,
) -> None:
    key = unit(COUNTY, "econ_it")
    first = await edit(desk, key, "rename_unit", name="新名局", short_name="新名", basis=1)
    assert first.status_code == 200
    sent = {
        "do": "rename_unit",
        "basis": "1",
        "rename_unit-name": "我的名",
        "rename_unit-short_name": "我",
    }
    late = await form_of(desk, key, **sent)
    assert late.status_code == 409
    for shown in (
        "刚才有人改过",
        "管理员乙改了名称",
        "现为新名局",
        'value="我的名"',
        'name="basis" value="2"',
    ):
        assert shown in late.text, shown
    again = await form_of(desk, key, **sent | {"basis": "2"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    "sent", [{}, {"do": "destroy"}, {"do": "add_grant"}, {"do": "rename_unit", "basis": "x"}]
)
async def test_a_form_that_says_nothing_is_refused_with_a_message(
    desk: DirectoryDesk, sent: dict[str, str]
) -> None:
    done = await form_of(desk, FINANCE, **sent)
    assert done.status_code == 422
    assert "没有保存" in done.text


async def test_who_may_not_edit_sees_no_form_and_may_not_send_one(desk: DirectoryDesk) -> None:
    page = await desk.page("dispatcher", f"/directory/units/{to_text(FINANCE)}")
    assert "<form" in page.text
    assert 'name="basis"' not in page.text
    sent = {
        "do": "rename_unit",
        "basis": "1",
        "rename_unit-name": "x",
        "rename_unit-short_name": "x",
    }
    done = await desk.send("dispatcher", f"/directory/entries/{to_text(FINANCE)}", sent)
    assert done.status_code in (403, 404)


async def test_a_person_is_chosen_for_a_place_on_its_page(desk: DirectoryDesk) -> None:
    page = await desk.page("county-admin", f"/directory/units/{to_text(FINANCE)}")
    at = f"{COUNTY}/unit:{to_text(FINANCE)}"
    assert f'name="at" value="{at}"' in page.text
    key = to_text(desk.person("liaison"))
    answer = await desk.page("county-admin", f"/directory/appoint?person={key}&at={at}")
    assert answer.status_code == 303
    there = answer.headers["location"].removeprefix("/router").partition("#")[0]
    assert f'value="{at}" selected' in (await desk.page("county-admin", there)).text
