"""The trail of an item with the router: whose it was, whose it is, who decided, and why."""

from shared.ids import to_text
from tests.support.router.desk import Desk, person_id
from tests.support.router.play import COUNTY, TOWNSHIP, handed_back, objected, unit

ECON, POWER = (unit(COUNTY, kind) for kind in ("econ_it", "power_co"))


async def test_the_way_of_an_item_is_told_with_its_reasons(desk: Desk) -> None:
    key = await desk.item_at_county()
    await desk.act("county", key, "dispatch", {"note": "请两家商量"})
    (task,) = await desk.sql("SELECT task_id FROM task WHERE key = $1 AND role = 'lead'", key)
    await desk.hear_all([(key, objected(task["task_id"])), (key, handed_back())])
    body = {"lead": to_text(ECON), "basis": None}
    line = await desk.line("county", key)
    body["basis"] = line["basis"]
    done = await desk.act("county", key, "dispatch", body)
    assert done.status_code == 200, done.text
    told = await desk.trail("county", f"/items/{to_text(key)}")
    county, township = to_text(person_id("county")), to_text(person_id("township"))
    names = {entry: desk.service.copy.snapshot.unit(entry) for entry in (ECON, POWER)}
    power, econ = (names[one].short_name for one in (POWER, ECON))  # type: ignore[union-attr]
    for words in (
        f",township,{township},上报上一级,,由谁交办,乡镇（街道）级,县级,",
        f",county,{county},交办,,主办单位,,{power},",
        f",county,{county},交办,,主办单位,{power},{econ},",
        f",county,{county},写下的理由,,说明,,请两家商量,",
        ",第几次交办,1,2,",
    ):
        assert words in told, words
    assert await desk.taken(key) == [(person_id("county"), TOWNSHIP)]
    english = (await desk.page("county", f"/items/{to_text(key)}/trail", "en")).text
    assert f"was {power}, now {econ}" in english
