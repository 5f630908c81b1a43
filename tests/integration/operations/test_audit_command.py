"""`jianyi audit verify`: an auditor sees that nothing was touched, or what was."""

from shared.ids import to_text
from tests.support.tampering import tamper
from tests.support.tracker.dead_letters import jianyi
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import accepted, dispatched, submitted


async def test_the_first_broken_link_is_named_and_ends_with_1(desk: Desk) -> None:
    await desk.hear(submitted("2022-09-05 09:12"), accepted("2022-09-05 15:40"))
    await desk.hear(dispatched("2022-09-08 09:30"))
    code, told = await jianyi(desk, "tracker", "audit", "verify")
    assert (code, "断0处" in told, "0 broken" in told) == (0, True, True)
    (touched,) = await tamper(
        desk.dsn, "tracker",
        "UPDATE outbox SET payload = '{}' WHERE seq = 1 AND type = 'deadline.set' RETURNING *",
    )  # fmt: skip
    code, told = await jianyi(desk, "tracker", "audit", "verify")
    line = told.splitlines()[0].split("\t")
    assert code == 1
    assert line == ["tracker", touched["topic"], to_text(touched["key"]), "1", "changed"]
