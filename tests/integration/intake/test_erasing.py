"""`jianyi erase` on a real database: whose items, what goes, what stays, again and after a kill."""

from pathlib import Path

import pytest

from shared.ids import from_text, named_id, to_text
from shared.messaging.audit import verify
from shared.sealing import new_key
from tests.support.fault_points import at
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, Intake, an_activity, an_item
from tests.support.intake.stations import CREDIT_CODE, DEPUTY, STREET_REP, TOWNSHIP
from tests.support.refusals import problem

PERSON = {"name": "章秋实", "phone": "13957612345"}
SECRET = "章秋实家的紫藤"


async def raised(station: HeadedStation, secret: str = SECRET, **more: object) -> str:
    """Raise an item with a contact; gives its id."""
    answer = await station.submit(an_item(body=secret, contact=PERSON, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["item_id"])


async def words_left(desk: Desk, secret: str = SECRET) -> list[str]:
    """List the columns of intake in which the secret still stands."""
    found = []
    for row in await desk.sql(
        """SELECT relname AS t, attname AS c FROM pg_class JOIN pg_attribute ON attrelid = oid
        WHERE relnamespace = 'intake'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname <> 'migration' AND attnum > 0 AND NOT attisdropped"""
    ):
        hit = f"""SELECT FROM "{row["t"]}" WHERE "{row["c"]}"::text LIKE $1
            OR "{row["c"]}"::text LIKE '%' || encode(convert_to($2, 'UTF8'), 'hex') || '%'"""
        if await desk.sql(hit, f"%{secret}%", secret):
            found.append(f"{row['t']}.{row['c']}")
    return found


async def test_all_words_of_an_enterprise_go_and_what_was_done_stays(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    first = await raised(station, enterprise_code=CREDIT_CODE)
    await raised(station, enterprise_code=CREDIT_CODE)
    held = {"item_text.body", "outbox.payload"}
    assert set(await words_left(desk)) == held
    erase = ("erase", "--proposer", CREDIT_CODE, "--by", "committee")
    code, said = await intake(*erase)
    assert (code, first in said, "Aborted" in said, SECRET in said) == (1, True, True, False)
    assert set(await words_left(desk)) == held, "it asks before it deletes for good"
    code, said = await intake(*erase, "--yes")
    assert (code, said.splitlines()[-1]) == (0, "2 / 2 件已删除 erased")
    assert await words_left(desk) == []
    assert await desk.sql("SELECT FROM proposer WHERE sealed <> '{}'") == []
    assert await desk.sql("SELECT FROM search_title WHERE folded <> ''") == []
    assert await desk.sql("SELECT FROM proposer WHERE enterprise_code IS NOT NULL") == []
    answer = (await station.item(first)).json()
    assert (answer["state"], answer["erased"], answer["reply_text"]) == ("SUBMITTED", True, "")
    subjects = desk.service.messaging.subjects
    assert (await verify(desk.service.db, subjects)).broken == []
    again, said = await intake(*erase, "--yes")
    assert (again, said.splitlines()[-1]) == (0, "0 / 2 件已删除 erased")


async def test_the_list_of_what_was_erased_erases_it_again_after_a_restore(
    desk: Desk, station: HeadedStation, intake: Intake, tmp_path: Path
) -> None:
    secret = "旧账本里的紫藤"
    item = await raised(station, secret, source_kind="deputy", deputy_id=to_text(DEPUTY))
    told = "--reason", "retention_ended", "--by", "committee"
    assert (await intake("erase", "--proposer", to_text(DEPUTY), *told, "--yes"))[0] == 0
    listed = (await intake("erasures", "list"))[1]
    (line,) = [one for one in listed.splitlines() if one.startswith(item)]
    assert line.split("\t")[2:] == ["retention_ended", to_text(named_id("person", "committee"))]
    other = await raised(station, secret)  # stands for one that a restore brought back
    file = tmp_path / "erasures.tsv"
    file.write_text(f"{line}\n{line.replace(item, other)}\n")
    assert (await intake("erasures", "replay", str(file))) == (0, "1 / 2 件已删除 erased\n")
    assert await words_left(desk, secret) == []
    file.write_text(f"{line}\nnot a line\n")
    code, said = await intake("erasures", "replay", str(file))
    assert (code, "erasures.tsv:2" in said) == (1, True)


async def merged_sources(desk: Desk, station: HeadedStation) -> tuple[str, str]:
    """Merge a confidential item into another whose words name its proposer; gives both ids."""
    stays = {"name": "司马相如", "phone": "0576-88123456"}
    words = {"body": "司马相如说可打88123456", "contact": stays}
    (into, gone) = [
        (
            await station.submit(an_item(enterprise_code=CREDIT_CODE, confidential=True, **one))
        ).json()["item_id"]
        for one in (words, {"contact": PERSON})
    ]
    looked = {"name_unknown_confirmed": True}
    assert (await station.act(into, "accept", looked, HEAD_ID)).status_code == 200
    merged = await station.act(gone, "merge", {"into": into} | looked, HEAD_ID)
    assert merged.status_code == 200, merged.text
    return into, gone


async def texts(desk: Desk, item_id: str) -> list[str]:
    """Read the texts of an item that left intake, in order."""
    rows = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS body FROM outbox "
        "WHERE key = $1 AND type = 'item.text' ORDER BY id",
        from_text(item_id),
    )
    return [row["body"] for row in rows]


async def test_what_is_left_of_a_merged_item_still_hides_who_raised_it(
    desk: Desk, station: HeadedStation, intake: Intake, tmp_path: Path
) -> None:
    into, gone = await merged_sources(desk, station)
    before = len(await texts(desk, into))
    erase = ("erase", "--proposer", gone, "--by", "committee", "--yes")
    assert (await intake(*erase))[0] == 0
    said = await texts(desk, into)
    assert len(said) == before + 1
    assert "〔保密〕说可打〔保密〕" in said[-1]
    assert not [one for one in ("相如", "88123456", PERSON["name"]) if one in said[-1]]


@pytest.mark.parametrize("key", ["", "another"])
async def test_without_the_key_of_a_contact_nothing_is_erased_or_leaves(
    desk: Desk, station: HeadedStation, intake: Intake, tmp_path: Path, key: str
) -> None:
    _into, gone = await merged_sources(desk, station)
    before, file = await desk.stored(), tmp_path / "contact.keys"
    if key:
        file.write_bytes(new_key())
    listed = tmp_path / "erasures.tsv"
    listed.write_text(f"{gone}\t2026-01-01\tasked\tcommittee\n")
    for words in (
        ("erase", "--proposer", gone, "--by", "committee", "--yes"),
        ("erasures", "replay", str(listed)),
    ):
        code, said = await intake(*words, INTAKE_CONTACT_KEY_FILE=str(file))
        assert (code, "INTAKE_CONTACT_KEY_FILE" in said, " / " in said) == (1, True, True)
    assert await desk.stored() == before
    assert not await desk.sql(
        "SELECT FROM item WHERE key = $1 AND erased_at > '-infinity'", from_text(gone)
    )


async def test_what_names_nobody_deletes_nothing(desk: Desk, intake: Intake) -> None:
    before = await desk.count("outbox")
    for proposer in ("nobody", to_text(b"0" * 16)):
        code, said = await intake("erase", "--proposer", proposer, "--by", "committee", "--yes")
        assert (code, " / " in said) == (1, True)
    assert await desk.count("outbox") == before


async def test_who_does_not_answer_for_the_item_deletes_nothing(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    item, before = await raised(station), await desk.count("outbox")
    for by, why in (
        ("officer-7", "no person with the code officer-7"),
        ("dispatcher", "committee head"),
        ("neighbour_committee", "committee head"),
    ):
        code, said = await intake("erase", "--proposer", item, "--by", by, "--yes")
        assert (code, why in said) == (1, True), said
    assert await desk.count("outbox") == before


async def test_an_item_under_repair_is_named_and_the_others_are_erased(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    held, free = await raised(station), await raised(station)
    await desk.sql(
        "INSERT INTO position (topic, key, seq, blocked) VALUES ('tracker.text.v1', $1, 0, true)",
        from_text(held),
    )
    assert (await intake("erase", "--proposer", free, "--by", "committee", "--yes"))[0] == 0
    code, said = await intake("erase", "--proposer", held, "--by", "committee", "--yes")
    assert (code, held in said, "0 / 1" in said) == (1, True, True)
    await desk.sql("UPDATE position SET blocked = false WHERE key = $1", from_text(held))
    assert (await intake("erase", "--proposer", held, "--by", "committee", "--yes"))[0] == 0


async def test_a_kill_between_two_items_leaves_the_rest_to_the_next_run(
    desk: Desk, station: HeadedStation, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = {"source_kind": "deputy", "deputy_id": to_text(DEPUTY)}
    secret = "半路停下的紫藤"
    items = {await raised(station, secret, **person) for _ in range(2)}
    monkeypatch.setattr("shared.cli.MAX_SET", 1)

    rows = await desk.sql("SELECT key FROM proposer WHERE person_id = $1 ORDER BY key", DEPUTY)
    assert {to_text(row["key"]) for row in rows[-2:]} == items, "erased last, in this order"
    left = len(rows) - 1

    async def killed() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    with at("after_commit", killed):
        await intake("erase", "--proposer", to_text(DEPUTY), "--by", "committee", "--yes")
    gone = await desk.sql("SELECT key FROM item WHERE erased_at IS NOT NULL")
    assert len(items & {to_text(row["key"]) for row in gone}) == 1
    code, said = await intake("erase", "--proposer", to_text(DEPUTY), "--by", "committee", "--yes")
    assert (code, said.splitlines()[-1].startswith("1 / ")) == (0, True)
    assert await words_left(desk, secret) == []


async def test_what_activities_keep_of_a_trader_goes_and_who_came_stays(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    gone, stays, secret = "紫藤小吃", "青藤五金", "紫藤巷里的事"
    body = an_activity(enterprises=[], traders=[gone, stays], notes=secret)
    held = (await station.hold(body)).json()["activity_id"]
    why = {"people": [to_text(STREET_REP)], "reason": secret}
    assert (await station.act_on(held, "revoke", why)).status_code == 200
    assert await words_left(desk, gone) == ["activity_text.traders"]
    said_before = await desk.emitted(from_text(held))
    erase = ("erase", "--by", "committee", "--yes", "--proposer")
    code, said = await intake(*erase, f"{TOWNSHIP}:{gone}")
    assert (code, said.splitlines()[-1]) == (0, "1 / 1 件已删除 erased")
    assert await words_left(desk, gone) == []
    assert await words_left(desk, secret) == ["attendance.revoke_reason"], "it is another's"
    assert await words_left(desk, stays) == ["activity_text.traders"]
    assert problem(await station.hold(body)) == (409, "erased")
    assert (await intake(*erase, to_text(STREET_REP)))[0] == 0
    assert await words_left(desk, secret) == []
    again = ["activity.erased", "activity.erased"]
    assert await desk.emitted(from_text(held)) == said_before + again
    (row,) = await desk.sql("SELECT count(*) AS n FROM attendance WHERE came AND activity_id = $1",
                            from_text(held))  # fmt: skip
    assert row["n"] == 1, "the deputy still counts"


async def test_what_was_erased_from_an_activity_goes_again_after_a_restore(
    desk: Desk, station: HeadedStation, intake: Intake, tmp_path: Path
) -> None:
    gone = "白藤小吃"
    body = an_activity(enterprises=[], traders=[gone])
    held = (await station.hold(body)).json()["activity_id"]
    assert (await intake("erase", "--by", "committee", "--yes", "--proposer", held))[0] == 0
    listed = (await intake("erasures", "list"))[1]
    file = tmp_path / "erasures.tsv"
    file.write_text("".join(f"{one}\n" for one in listed.splitlines() if held in one))
    assert (await intake("erasures", "replay", str(file))) == (0, "0 / 1 件已删除 erased\n")
    await desk.sql("UPDATE activity_text SET traders = $2 WHERE key = $1", from_text(held), [gone])
    assert (await intake("erasures", "replay", str(file))) == (0, "1 / 1 件已删除 erased\n")
    assert await words_left(desk, gone) == []


async def test_who_raised_a_merged_item_is_never_named_again_where_it_was_merged(
    desk: Desk, station: HeadedStation, intake: Intake
) -> None:
    named = f"也是{PERSON['name']}说的"
    into, gone = [
        (
            await station.submit(an_item(enterprise_code=CREDIT_CODE, body=body, contact=contact))
        ).json()["item_id"]
        for body, contact in ((named, ...), ("同一件事", PERSON))
    ]
    assert (await station.act(into, "accept", {}, HEAD_ID)).status_code == 200
    assert (await station.act(gone, "merge", {"into": into}, HEAD_ID)).status_code == 200
    assert (await intake("erase", "--proposer", gone, "--by", "committee", "--yes"))[0] == 0
    more = await station.act(into, "supplement", {"supplement": "又停电了"})
    assert more.status_code == 200, more.text
    assert "又停电了" in (last := (await texts(desk, into))[-1])
    assert PERSON["name"] not in last
    (row,) = await desk.sql("SELECT body FROM item_text WHERE key = $1", from_text(into))
    assert row["body"] == "也是〔保密〕说的"
