"""The trail of a report: who took which step, and how its figures moved between versions."""

from shared.ids import from_text, to_text
from shared.tables.files import decoded
from tests.support.refusals import problem
from tests.support.reporting.counting import accepted
from tests.support.reporting.running import RunningReporting, report_id

TRAIL = f"/reports/{report_id()}/trail"


async def test_each_step_is_told_with_who_took_it_and_what_it_changed(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-09-01"))
    await reporting.tick()
    await reporting.done(("liaison", "check"), ("head", "confirm"))
    told = decoded((await reporting.get("liaison", f"{TRAIL}.csv")).content)
    liaison, head = to_text(reporting.person("liaison")), to_text(reporting.person("head"))
    assert told.splitlines()[0].startswith("时间（北京时间）,谁,")
    for words in (
        "\n2022-09-19 10:0",
        ",系统,system,系统起草,,进度,,未报,",
        f",林晓岚,{liaison},联络员核对,,进度,未报,未报，已核对,",
        f",何立群,{head},工委确认,,进度,未报，已核对,未报，已确认,",
    ):
        assert words in told, words
    key = from_text(TRAIL.split("/")[2])
    assert await reporting.taken(key) == [(reporting.person("liaison"), "331004")]
    for who, seen in (("head", True), ("city_head", True), ("linhai_head", False)):
        log = (await reporting.page(who, "/access-log")).text
        link = f'href="/reporting{TRAIL}">路桥区</a>'
        assert all((one in log) is seen for one in ("林晓岚", "签报记录", link)), who
    english = (await reporting.page("head", TRAIL, "en")).text
    assert "Report history of 路桥区" in english


async def test_who_does_not_see_the_form_is_told_what_is_said_of_none(
    reporting: RunningReporting,
) -> None:
    await reporting.hear(accepted("2022-09-01"))
    await reporting.tick()
    nothing = f"/reports/{report_id('999999')}/trail"
    assert (await reporting.get("dispatcher", TRAIL)).status_code == 200
    for who in ("linhai_liaison", "clerk"):
        hidden, none = await reporting.get(who, TRAIL), await reporting.get(who, nothing)
        assert problem(hidden) in ((404, "no_report"), (403, "not_yours")), who
        assert hidden.json() | {"trace": ""} == none.json() | {"trace": ""}
