"""The operator's commands where there is no browser: list, show, release, discard."""

from shared.ids import to_text
from tests.support.tracker.dead_letters import SECRET, close_the_gap, jianyi, resets, spoil
from tests.support.tracker.desk import Desk


async def parked_command(desk: Desk, *words: str) -> tuple[int, str]:
    """Run `jianyi tracker dead-letters …`."""
    return await jianyi(desk, "tracker", "dead-letters", *words)


async def test_a_release_by_command_replays_once_the_cause_is_gone(parked: Desk) -> None:
    code, listed = await parked_command(parked, "list")
    number, topic, _key, seq, kind, reason, letters, _since = listed.split("\t")
    assert (code, topic, seq, kind) == (0, "intake.item.v1", "2", "item.accepted")
    assert (reason, letters) == ("gap", "2")
    release = ("release", number, "--reason", "the event came", "--by")
    for who, why in (("on duty", "名录里没有代码为on duty的人员"), ("clerk", "系统运维")):
        code, told = await parked_command(parked, *release, who)
        assert (code, why in told) == (1, True), told
    code, told = await parked_command(parked, *release, "operator")
    assert (code, "2 failed again" in told) == (1, True)
    await close_the_gap(parked)
    (row,) = await parked.sql("SELECT min(id) AS id FROM dead_letter")
    code, told = await parked_command(parked, "release", str(row["id"]), *release[2:], "operator")
    assert (code, "已处理" in told) == (0, True)
    assert await parked_command(parked, "list") == (0, "")
    (decision,) = await parked.sql("SELECT * FROM dead_letter_decision ORDER BY id DESC LIMIT 1")
    operator = to_text(parked.person("operator"))
    assert (decision["action"], decision["decided_by"]) == ("released", operator)


async def test_a_discard_by_command_needs_two_operators_of_independent_accounts(desk: Desk) -> None:
    await spoil(desk)
    number = str((await desk.sql("SELECT id FROM dead_letter"))[0]["id"])
    code, shown = await parked_command(desk, "show", number)
    assert (code, "undecodable" in shown, SECRET in shown) == (0, True, False)
    discard = ("discard", number, "--reason", "noise", "--by", "operator", "--second")
    for second, words in (
        ("operator ", "another operator"),
        ("chief", "no person"),
        ("clerk", "operators"),
    ):
        code, told = await parked_command(desk, *discard, second)
        assert (code, words in told) == (1, True), told
    await resets(desk, "operator", "second_operator")
    code, told = await parked_command(desk, *discard, "second_operator")
    assert (code, "不能算两个人" in told) == (1, True)
    await desk.move("2022-09-09 10:00")
    assert (await parked_command(desk, *discard, "second_operator"))[0] == 0
    (decision,) = await desk.sql("SELECT * FROM dead_letter_decision")
    people = [to_text(desk.person(who)) for who in ("operator", "second_operator")]
    assert [decision["decided_by"], decision["confirmed_by"]] == people
    assert await desk.sql("SELECT 1 FROM dead_letter") == []
    code, told = await parked_command(desk, "show", number)
    assert (code, "This is not a dead letter." in told) == (1, True)
