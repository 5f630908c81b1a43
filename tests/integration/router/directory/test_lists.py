"""An office keeps its list of policies on the pages of the directory."""

import pytest

from services.router.directory.domain.lists import LISTS, ListKind
from shared.contracts.lists import DirectoryPolicy
from shared.directory.snapshot import listed_key
from shared.ids import to_text
from tests.support.router.directory import DirectoryDesk, edit
from tests.support.router.play import CITY, COUNTY

OWN = listed_key(DirectoryPolicy, "LQ-1")
FORM = {"division_code": COUNTY, "code": "LQ-1", "name": "本区设备奖补", "level": "county",
        "category": "扶持", "source": "区办〔2022〕1号"}  # fmt: skip


async def test_a_policy_is_entered_changed_and_retired_by_its_own_office(
    desk: DirectoryDesk,
) -> None:
    listed = f"/directory/lists/policies?division={COUNTY}"
    page = await desk.page("county-admin", f"/directory/new/policies?division={COUNTY}")
    assert "国家级" in page.text
    unset = await desk.send("county-admin", "/directory/new/policies", FORM | {"level": ""})
    assert (unset.status_code, "级别没有填" in unset.text) == (422, True)
    done = await desk.send("county-admin", "/directory/new/policies", FORM)
    assert done.headers["location"].startswith(f"/router/directory/listed/{to_text(OWN)}?seen=")
    await desk.follow()
    shown = (await desk.page("clerk", listed)).text
    assert [words for words in ("GJ-33", "本区设备奖补", "扶持") if words not in shown] == []
    assert (
        "LQ-1" not in (await desk.page("clerk", f"/directory/lists/policies?division={CITY}")).text
    )
    named = await edit(desk, OWN, "change_listed", name="设备更新奖补", category="扶持",
                       source="区办〔2022〕1号")  # fmt: skip
    ended = await edit(desk, OWN, "end_listed", last_day="2026-01-01", reason="政策到期")
    assert (named.status_code, ended.status_code) == (200, 200), ended.text
    own = f"/directory/listed/{to_text(OWN)}"
    after = (await desk.page("county-admin", own)).text
    gone = [
        words
        for words in (
            "设备更新奖补",
            "区办〔2022〕1号",
            "已停用",
            "政策到期",
            "恢复使用",
            "管理员乙",
        )
        if words not in after
    ]
    assert gone == []
    assert "已停用" in (await desk.page("clerk", listed)).text
    assert "恢复使用" not in (await desk.page("clerk", own)).text
    assert (await edit(desk, OWN, "cancel_end", who="other-admin")).status_code == 404


@pytest.mark.parametrize("kind", ["themes", "functions", "groups"])
async def test_a_list_of_activities_is_kept_by_form_and_found_by_name(
    desk: DirectoryDesk, kind: ListKind
) -> None:
    form = {
        "division_code": COUNTY,
        "code": "LQ-1",
        "name": "本区汽摩",
        "category": "",
        "source": "",
    }
    done = await desk.send("county-admin", f"/directory/new/{kind}", form)
    page = f"/router/directory/listed/{to_text(listed_key(LISTS[kind], 'LQ-1'))}"
    assert done.headers["location"].startswith(f"{page}?seen=")
    await desk.follow()
    assert (
        "本区汽摩" in (await desk.page("clerk", f"/directory/lists/{kind}?division={COUNTY}")).text
    )
    assert page in (await desk.page("clerk", "/directory?q=汽摩")).text
    read = (await desk.page("clerk", f"/v1/directory/{kind}?division={COUNTY}")).json()
    assert "本区汽摩" in {one["name"] for one in read[kind]}
