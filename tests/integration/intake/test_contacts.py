"""A proposer's contact lies sealed in one table of intake, and nowhere else."""

from services.intake.domain.contact import Vault
from shared.ids import from_text
from shared.sealing import seal_of
from tests.support.intake.desk import HEAD_ID, Desk, HeadedStation, an_item
from tests.support.intake.sources import register
from tests.support.intake.stations import CREDIT_CODE, submit_batch
from tests.support.refusals import problem
from tests.support.servers import administrator
from tests.support.tables import all_words

NAME, PHONE = "王小明", "13812341234"
CONTACT = {"name": NAME, "phone": PHONE}


def vault(desk: Desk) -> Vault:
    return Vault(seal_of(desk.settings.contact_key_file, create=False))


async def sealed(desk: Desk, item_id: str) -> list[str]:
    rows = await desk.sql("SELECT sealed FROM proposer WHERE key = $1", from_text(item_id))
    return [token for row in rows for token in row["sealed"]]


async def texts_sent(desk: Desk, item_id: str) -> list[str]:
    rows = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS body FROM outbox "
        "WHERE key = $1 AND type = 'item.text' ORDER BY id",
        from_text(item_id),
    )
    return [row["body"] for row in rows]


async def test_a_contact_is_kept_sealed_for_its_item_alone(
    desk: Desk, station: HeadedStation
) -> None:
    taken = (await station.submit(an_item(contact=CONTACT))).json()
    batch = await submit_batch(station, [an_item(contact=CONTACT), an_item()])
    first, second = (one["item_id"] for one in batch.json()["results"])
    (token,), (other,) = await sealed(desk, taken["item_id"]), await sealed(desk, first)
    opened = vault(desk).open(from_text(taken["item_id"]), token)
    assert (opened.name, opened.phone) == (NAME, PHONE)
    assert token != other
    assert await sealed(desk, second) == []
    dsn = administrator(desk.settings.database_url.get_secret_value())
    told = await all_words(dsn, "intake")
    assert "夜间停电" in told
    assert NAME not in told
    assert PHONE not in told


async def test_a_repeated_item_may_correct_whom_to_call(desk: Desk, station: HeadedStation) -> None:
    item = an_item(contact=CONTACT)
    item_id = (await station.submit(item)).json()["item_id"]
    other = CONTACT | {"phone": "+86 139 0000 1111"}
    for again in (
        item | {"contact": other},
        an_item(id=item["id"], occurred_at=item["occurred_at"]),
    ):
        assert (await station.submit(again)).status_code == 200
    tokens = await sealed(desk, item_id)
    phones = [vault(desk).open(from_text(item_id), one).phone for one in tokens]
    assert phones == ["13900001111", PHONE]


async def test_a_correction_masks_both_names_where_an_item_was_merged_too(
    desk: Desk, station: HeadedStation
) -> None:
    looked = {"name_unknown_confirmed": True}
    into, gone = (
        an_item(
            enterprise_code=CREDIT_CODE,
            confidential=True,
            contact={"name": "公冶长", "phone": "0576-88123456"},
            body="公冶长和端木子贡，88123456或88654321",
        )
        for _ in range(2)
    )
    kept, merged = [(await station.submit(one)).json()["item_id"] for one in (into, gone)]
    assert (await station.act(kept, "accept", looked, HEAD_ID)).status_code == 200
    assert (await station.act(merged, "merge", {"into": kept} | looked, HEAD_ID)).status_code == 200
    other = {"contact": {"name": "端木子贡", "phone": "0576-88654321"}}
    for one in (into, gone, gone):
        assert (await station.submit(one | other)).status_code == 200
    last = (await texts_sent(desk, kept))[-1]
    assert last.count("〔保密〕和〔保密〕，〔保密〕或〔保密〕") == 2
    assert len(await sealed(desk, merged)) == 2


async def test_a_contact_nobody_could_call_is_named(desk: Desk, station: HeadedStation) -> None:
    before = await desk.stored()
    for contact, field in (
        (CONTACT | {"phone": "12345"}, "phone"),
        (CONTACT | {"phone": 13812341234}, "phone"),
        ({"phone": PHONE}, "name"),
        (CONTACT | {"wechat": "x"}, "wechat"),
    ):
        answer = await station.submit(an_item(contact=contact))
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["pointer"] == f"#/contact/{field}"
        assert PHONE not in answer.text
    assert await desk.stored() == before


async def test_the_marks_travel_and_the_contact_does_not(
    desk: Desk, station: HeadedStation
) -> None:
    item_id = (await station.submit(an_item(confidential=True, contact=CONTACT))).json()["item_id"]
    (row,) = await desk.sql(
        "SELECT convert_from(payload, 'UTF8') AS body FROM outbox "
        "WHERE key = $1 AND type = 'item.submitted'",
        from_text(item_id),
    )
    assert '"confidential":true' in row["body"]
    assert "contact" not in row["body"]


async def test_protection_hides_who_raised_what_was_merged_into_the_item(
    desk: Desk, station: HeadedStation
) -> None:
    await register(desk)
    firm = {"enterprise_code": CREDIT_CODE}
    asker = {"contact": {"name": "李大山", "phone": "13812341234"}}
    named = an_item(body="李大山反映晚上常停电", **firm, **asker), an_item(**firm)
    one, into = [(await station.submit(body)).json()["item_id"] for body in named]
    assert (await station.act(one, "merge", {"into": into}, HEAD_ID)).status_code == 200
    done = [await station.act(into, "protect", {"confirmed": True}, HEAD_ID) for _ in "ab"]
    assert [answer.status_code for answer in done] == [200, 200]
    shown = await desk.post("station_head", f"/v1/items/{into}/preview", {})
    assert "反映晚上常停电" in shown.text
    accepted = await station.act(into, "accept", {}, HEAD_ID)
    assert accepted.status_code == 200, accepted.text
    sent = await texts_sent(desk, into)
    assert "反映晚上常停电" in sent[-1]
    assert not [text for text in (shown.text, sent[-1]) if "李大山" in text]
    assert "item.protected" in await desk.emitted(from_text(one))
    assert "李大山" not in (await texts_sent(desk, one))[-1]
