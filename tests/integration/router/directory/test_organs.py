"""The further organs of a division on the pages of the directory."""

from services.router.directory.domain.model import organ_key
from shared.ids import to_text
from tests.support.router.directory import DirectoryDesk, edit
from tests.support.router.play import COUNTY

GROUP = organ_key(COUNTY, "work_group_1")
HERE = f"/directory/organs/{to_text(GROUP)}"
FORM = {"division_code": COUNTY, "code": "work_group_1", "kind": "work_group", "name": "路桥协调组"}


async def test_an_organ_is_entered_named_and_ended_on_its_page(desk: DirectoryDesk) -> None:
    new = f"/directory/new/organs?division={COUNTY}"
    assert "工作组" in (await desk.page("county-admin", new)).text
    second = FORM | {"kind": "committee_office"}
    refused = await desk.send("county-admin", "/directory/new/organs", second)
    assert refused.status_code == 422
    done = await desk.send("county-admin", "/directory/new/organs", FORM)
    assert done.headers["location"].partition("?")[0] == f"/router{HERE}"
    await desk.follow()
    assert "路桥协调组" in (await desk.page("clerk", f"/directory/divisions/{COUNTY}")).text
    named = await edit(desk, GROUP, "rename_organ", name="路桥综合协调组")
    ended = await edit(desk, GROUP, "end_organ", last_day="2026-01-01", reason="专项工作结束")
    assert (named.status_code, ended.status_code) == (200, 200), ended.text
    page = (await desk.page("county-admin", HERE)).text
    assert ("路桥综合协调组" in page, "专项工作结束" in page) == (True, True)
    elsewhere = await edit(desk, GROUP, "rename_organ", who="other-admin", name="别处的名")
    assert elsewhere.status_code == 404
