"""Administrators change the directory: by JSON and by forms, on what they saw, in their area."""

import asyncio
from typing import Any

import httpx

from shared.ids import Id, to_text
from tests.support.refusals import problem
from tests.support.router.directory import (
    FINANCE,
    DirectoryDesk,
    basis,
    dismiss,
    edit,
    form_of,
    grant,
    new_person,
)
from tests.support.router.play import CITY, COUNTY, organ, unit

DAY = "2026-01-01"


def clerk(**more: Any) -> dict[str, Any]:
    at = {"role": "clerk", "division_code": COUNTY, "unit_id": to_text(FINANCE)}
    return at | {"valid_from": DAY} | more


def ok(*answers: httpx.Response) -> None:
    for answer in answers:
        assert answer.status_code == 200, answer.text


async def test_a_right_of_the_city_is_ended_by_its_administrator_only(desk: DirectoryDesk) -> None:
    rights = grant("leader", CITY), grant("liaison", COUNTY)
    key = await new_person(desk, "of-two-places", *rights)
    above = await edit(desk, key, "end_grant", which=0, last_day="2026-06-30")
    assert problem(above) == (404, "no_entry")
    ok(await edit(desk, key, "end_grant", which=1, last_day="2026-06-30"))
    ok(await edit(desk, key, "end_grant", "admin", which=0, last_day="2026-06-30"))


async def test_a_role_is_given_and_ended_and_the_history_says_by_whom(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "given")
    given = await edit(desk, key, "add_grant", **clerk())
    ok(given)
    assert given.json()["basis"] == 2
    twice = await edit(desk, key, "add_grant", **clerk())
    assert problem(twice) == (409, "holds_already")
    ok(await edit(desk, key, "end_grant", which=0, last_day="2026-06-30"))
    held = desk.service.copy.snapshot.person(key)
    assert held is not None
    assert [str(one.valid_to) for one in held.grants] == ["2026-06-30"]
    page = (await desk.page("admin", f"/directory/people/{to_text(key)}")).text
    assert page.index("2026-06-30") < page.index("管理员乙")


async def test_the_first_administrator_gives_rights_to_all_others(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "appointed")
    ok(await edit(desk, key, "add_grant", "first", **clerk()))
    unknown = await edit(desk, key, "add_grant", "first", **clerk(division_code="999999"))
    assert problem(unknown) == (404, "no_entry")
    path = f"/v1/directory/entries/{to_text(desk.person('first'))}"
    own = await desk.post("first", path, clerk() | {"basis": 1, "do": "add_grant"})
    assert problem(own) == (404, "no_entry")


async def test_a_role_that_cannot_be_given_is_refused(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "refused")
    for body, status, code in (
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
    ):
        assert problem(await edit(desk, key, "add_grant", **body)) == (status, code), body
    for who in ("other-admin", "dispatcher", "clerk", "ops"):
        assert problem(await edit(desk, key, "add_grant", who, **clerk()))[0] in (403, 404)
    assert await basis(desk, key) == 1
    own = desk.person("county-admin")
    for do, body in {
        "add_grant": clerk(),
        "end_grant": {"which": 0, "last_day": DAY},
        "add_stand_in": {"person_id": to_text(desk.person("clerk")), "valid_from": DAY},
    }.items():
        assert problem(await edit(desk, own, do, **body)) == (403, "own_rights")


async def test_standing_in_never_comes_back_to_its_beginning(desk: DirectoryDesk) -> None:
    first, second, third = [await new_person(desk, code) for code in ("a", "b", "c")]

    async def stands_in(one: Id, other: Id) -> httpx.Response:
        body = {"person_id": to_text(other), "valid_from": DAY}
        return await edit(desk, one, "add_stand_in", **body)

    ok(await stands_in(second, first), await stands_in(third, second))
    for other in (third, first):
        assert problem(await stands_in(first, other)) == (409, "would_circle")
    ok(await edit(desk, second, "end_stand_in", which=0, last_day=DAY))
    assert problem(await stands_in(first, desk.person("admin"))) == (422, "no_such_person")


async def test_whoever_is_dismissed_changes_nothing_more(desk: DirectoryDesk) -> None:
    """Before the router has heard of it as well."""
    key = await new_person(desk, "hers")
    await dismiss(desk, await new_person(desk, "leaving", grant("admin", organ_id=organ(COUNTY))))
    before = await desk.count("entry", "outbox", "account")
    path = f"/v1/directory/entries/{to_text(key)}"
    late = await desk.post("leaving", path, clerk() | {"basis": 1, "do": "add_grant"})
    assert problem(late) == (404, "no_entry")
    lab = {"division_code": COUNTY, "kind_code": "lab", "name": "实验室", "short_name": "实验室"}
    made = await desk.send("leaving", "/directory/new/units", lab)
    assert (made.status_code, "不归您管理" in made.text) == (422, True)
    opened = await desk.send("leaving", f"/accounts/{to_text(key)}/open", {"name": "hers.1"})
    assert opened.status_code == 404
    assert await desk.count("entry", "outbox", "account") == before
    await desk.follow()


async def test_edits_at_once_are_judged_by_each_other(desk: DirectoryDesk) -> None:
    ring = [await new_person(desk, code) for code in ("ring-1", "ring-2", "ring-3", "ring-4")]
    path = "/v1/directory/entries/"
    bodies = [
        {"do": "add_stand_in", "basis": 1, "person_id": to_text(other), "valid_from": DAY}
        for other in (*ring[1:], ring[0])
    ]
    answers = await asyncio.gather(
        *(
            desk.post("county-admin", path + to_text(one), body)
            for one, body in zip(ring, bodies, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused) == (409, "would_circle")


async def test_an_edit_of_another_kind_of_entry_or_of_none_is_refused(desk: DirectoryDesk) -> None:
    done = await edit(desk, FINANCE, "rename_division", name="x")
    assert problem(done) == (404, "no_entry")
    nowhere = f"/v1/directory/entries/{to_text(desk.person('nobody-at-all'))}"
    sent = {"do": "rename_division", "name": "x", "basis": 0}
    assert (await desk.post("admin", nowhere, sent)).status_code == 404
    assert (await desk.get("admin", nowhere)).status_code == 404
    assert (await desk.post("admin", nowhere, sent | {"do": "destroy"})).status_code == 422


def named(name: str, short_name: str, basis: str = "1") -> dict[str, str]:
    names = {"rename_unit-name": name, "rename_unit-short_name": short_name}
    return {"do": "rename_unit", "basis": basis} | names


async def test_a_form_is_saved_and_leads_back_to_the_entry(desk: DirectoryDesk) -> None:
    key = await new_person(desk, "formed")
    page = await desk.page("county-admin", f"/directory/people/{to_text(key)}?at={COUNTY}")
    assert 'name="add_grant-role"' in page.text
    at = f"{COUNTY}/unit:{to_text(FINANCE)}"
    grant_ = {"role": "clerk", "division_code": at}
    sent = {"do": "add_grant", "basis": "1"} | {f"add_grant-{k}": v for k, v in grant_.items()}
    wrong = await form_of(desk, key, **sent)
    assert (wrong.status_code, "这一项没有填" in wrong.text) == (422, True)
    assert f'value="{at}" selected' in wrong.text
    done = await form_of(desk, key, **sent, **{"add_grant-valid_from": DAY})
    assert done.status_code == 303, done.text
    await desk.follow()
    after = await desk.page("county-admin", done.headers["location"].removeprefix("/router"))
    assert ("已保存" in after.text, "从区财政局" in after.text) == (True, False)


async def test_a_stale_form_comes_back_with_what_the_other_changed(desk: DirectoryDesk) -> None:
    key = unit(COUNTY, "econ_it")
    ok(await edit(desk, key, "rename_unit", name="新名局", short_name="新名", basis=1))
    late = await form_of(desk, key, **named("我的名", "我"))
    assert late.status_code == 409
    for shown in ("刚才有人改过", "管理员乙改了名称", "现为新名局", 'value="我的名"',
                  'name="basis" value="2"'):  # fmt: skip
        assert shown in late.text, shown
    assert (await form_of(desk, key, **named("我的名", "我", "2"))).status_code == 303


async def test_a_form_that_says_nothing_is_refused_with_a_message(desk: DirectoryDesk) -> None:
    wrong: tuple[dict[str, str], ...] = (
        {}, {"do": "destroy"}, {"do": "add_grant"}, {"do": "rename_unit", "basis": "x"},
    )  # fmt: skip
    for sent in wrong:
        done = await form_of(desk, FINANCE, **sent)
        assert (done.status_code, "没有保存" in done.text) == (422, True)


async def test_who_may_not_edit_sees_no_form_and_may_not_send_one(desk: DirectoryDesk) -> None:
    page = await desk.page("dispatcher", f"/directory/units/{to_text(FINANCE)}")
    assert ("<form" in page.text, 'name="basis"' in page.text) == (True, False)
    done = await desk.send("dispatcher", f"/directory/entries/{to_text(FINANCE)}", named("x", "x"))
    assert done.status_code in (403, 404)


async def test_a_person_is_chosen_for_a_place_on_its_page(desk: DirectoryDesk) -> None:
    page = await desk.page("county-admin", f"/directory/units/{to_text(FINANCE)}")
    at = f"{COUNTY}/unit:{to_text(FINANCE)}"
    assert f'name="at" value="{at}"' in page.text
    key = to_text(desk.person("liaison"))
    for asked in (f"person=&at={at}", f"at={at}"):
        nobody = await desk.page("county-admin", f"/directory/appoint?{asked}")
        back = nobody.headers["location"].removeprefix("/router").partition("#")[0]
        assert "请选择一个人" in (await desk.page("county-admin", back)).text
    answer = await desk.page("county-admin", f"/directory/appoint?person={key}&at={at}")
    assert answer.status_code == 303
    there = answer.headers["location"].removeprefix("/router").partition("#")[0]
    assert f'value="{at}" selected' in (await desk.page("county-admin", there)).text
