"""The acts on the item of the tests."""

from shared.ids import to_text
from tests.support.refusals import problem
from tests.support.tracker.desk import Desk
from tests.support.tracker.play import ITEM

CONTACT = {"channel": "phone", "note": "约定现场查看"}
DRAFT = {"outcome": "solved", "plain": "本周接通", "text": "已安排增容"}
ITEM_PATH = f"/v1/items/{to_text(ITEM)}"


async def draft(desk: Desk) -> None:
    """Let the clerk do all that comes before the head signs off."""
    for name, body in (("sign", None), ("contact", CONTACT), ("draft", DRAFT)):
        done = await desk.act("clerk", name, body)
        assert done.status_code == 200, done.text


async def answer(desk: Desk) -> None:
    await draft(desk)
    done = await desk.act("head", "sign-off")
    assert done.status_code == 200, done.text


async def refused(desk: Desk, who: str, name: str, body: object = None) -> tuple[int, str]:
    before = await desk.sql('SELECT seq FROM "case"')
    answer = await desk.act(who, name, body)
    assert await desk.sql('SELECT seq FROM "case"') == before
    return problem(answer)
