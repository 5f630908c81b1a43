"""An operator's commands: stations' keys and the register of enterprises."""

import json
from datetime import date
from itertools import count
from pathlib import Path

from joserfc.jwk import OKPKey

from services.intake.domain.station_keys import new_key
from shared.ids import to_text
from tests.support.intake.desk import URL, Desk, Intake, an_item
from tests.support.intake.stations import CREDIT_CODE, HEAD, OTHER_STATION, OTHER_TOWNSHIP, TOWNSHIP

AT = ("--address", URL)


async def test_a_station_is_enrolled_by_a_file_that_only_its_owner_reads(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    file = tmp_path / "app.json"
    code, said = await intake("station", "enrol", "XQ01-1", str(file), *AT)
    told = json.loads(file.read_text())
    assert (code, said.strip(), file.stat().st_mode & 0o777) == (0, told["kid"], 0o600)
    assert (told["address"], told["station_code"]) == (URL, "XQ01-1")
    assert (told["lifetime_seconds"], told["batch_items"]) == (300, 200)
    stored = str([dict(row) for row in await desk.sql("SELECT * FROM station_key")])
    assert (told["key"]["x"] in stored, told["key"]["d"] in stored) == (True, False)
    taken, why = await intake("station", "enrol", "XQ01", str(file), *AT)
    assert (taken, "cannot write" in why) == (1, True)
    assert (await intake("station", "revoke", told["kid"]))[0] == 0
    again, why = await intake("station", "revoke", told["kid"])
    assert (again, "没有在用的密钥" in why) == (1, True)


async def test_a_qr_code_is_shown_or_written_to_a_file(intake: Intake, tmp_path: Path) -> None:
    code, shown = await intake("station", "enrol", "NC01", *AT)
    assert (code, len(shown.splitlines()) > 30, "█" in shown) == (0, True, True)
    _, listed = await intake("station", "list", "NC01")
    assert (await intake("station", "revoke", listed.splitlines()[-1].split()[0]))[0] == 0
    file = tmp_path / "app.png"
    code, kid = await intake("station", "enrol", "NC01", str(file), *AT)
    assert (code, file.stat().st_mode & 0o777, file.read_bytes()[:4]) == (0, 0o600, b"\x89PNG")
    assert (await intake("station", "revoke", kid.strip()))[0] == 0


async def test_what_cannot_be_enrolled_leaves_no_key_and_no_file(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    file, keys = tmp_path / "app.json", await desk.count("station_key")
    for station, address, why in (
        ("NOWHERE", URL, "the station is not in the directory"),
        ("XQ01-1", "ftp://x", "not a valid address"),
        ("XQ01-1", "jianyi.example", "not a valid address"),
        ("XQ01-1", "https://host/path", "not a valid address"),
        ("XQ01-1", "https://[", "not a valid address"),
    ):
        code, said = await intake("station", "enrol", station, str(file), "--address", address)
        assert (code, why in said, file.exists()) == (1, True, False)
    assert await desk.count("station_key") == keys


async def test_a_closed_station_is_not_enrolled_and_its_live_key_opens_what_it_has(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    async with desk.station("NC01") as station:
        taken = (await station.submit(an_item(division_code=OTHER_TOWNSHIP))).json()["item_id"]
        known = desk.service.copy.snapshot.station(OTHER_STATION)
        assert known is not None
        closed = known.model_copy(update={"valid_to": date(2022, 8, 31)})
        await desk.hear_all([(OTHER_STATION, closed)])
        await desk.service.copy.refresh()
        file = tmp_path / "app.json"
        code, why = await intake("station", "enrol", "NC01", str(file), *AT)
        assert (code, "the station is closed" in why, file.exists()) == (1, True, False)
        late = await station.submit(an_item(division_code=OTHER_TOWNSHIP))
        assert (late.status_code, late.json()["code"]) == (403, "station_closed")
        assert (await station.item(taken)).status_code == 200
    await desk.hear_all([(OTHER_STATION, known)])


async def test_a_station_has_two_live_keys_while_it_changes_them_and_never_three(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    files = [tmp_path / f"{n}.json" for n in range(3)]
    assert (await intake("station", "enrol", "XQ01", str(files[1]), *AT))[0] == 0
    code, why = await intake("station", "enrol", "XQ01", str(files[2]), *AT)
    assert (code, "two active keys" in why, files[2].exists()) == (1, True, False)
    new = json.loads(files[1].read_text())
    desk.keys["new"] = (new["kid"], OKPKey.import_key(new["key"]))
    for name in ("XQ01", "new"):
        async with desk.station(name) as station:
            station.station_code = "XQ01"
            assert (await station.submit(an_item())).status_code == 201
    assert (await intake("station", "revoke", new["kid"]))[0] == 0
    code, kid = await intake("station", "enrol", "XQ01", str(files[2]), *AT)
    assert code == 0
    assert (await intake("station", "revoke", kid.strip()))[0] == 0


async def test_a_key_is_enrolled_for_a_person_who_works_there(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    file = tmp_path / "head.json"
    for person in ("nobody", "head", "deputy"):
        code, why = await intake("station", "enrol", "NC01", str(file), *AT, "--person", person)
        assert (code, "no role at the station" in why, file.exists()) == (1, True, False), person
    code, kid = await intake("station", "enrol", "XQ01", str(file), *AT, "--person", "head")
    assert code == 0
    _, listed = await intake("station", "list", "XQ01")
    assert f"\t{to_text(HEAD)}" in next(one for one in listed.splitlines() if kid.strip() in one)
    desk.keys["head"] = (kid.strip(), OKPKey.import_key(json.loads(file.read_text())["key"]))
    async with desk.station("head") as head:
        head.station_code = "XQ01"
        item_id = (await head.submit(an_item())).json()["item_id"]
        assert (await head.act(item_id, "accept", {})).json()["state"] == "ACCEPTED"
    assert (await intake("station", "revoke", kid.strip()))[0] == 0


async def test_a_stations_own_public_key_is_entered_once(intake: Intake) -> None:
    key, _ = new_key("XQ01")
    assert await intake("station", "add", "XQ01", key.kid, key.public_x) == (0, f"{key.kid}\n")
    for station, kid, x, why in (
        ("NC01", key.kid, key.public_x, "this key ID is already in use"),
        ("XQ01", "k", "AAAA", "not an Ed25519 public key"),
        ("XQ01", "", new_key("XQ01")[0].public_x, "the key ID is empty"),
    ):
        code, said = await intake("station", "add", station, kid, x)
        assert (code, why in said) == (1, True)
    assert (await intake("station", "revoke", key.kid))[0] == 0


async def test_a_key_that_begins_like_an_option_is_entered_and_revoked(intake: Intake) -> None:
    x = next(x for x in (new_key("XQ01")[0].public_x for _ in count()) if x.startswith("-"))
    for kid in ("-Ukey", "--key"):
        assert await intake("station", "add", "XQ01", kid, x) == (0, f"{kid}\n")
        assert await intake("station", "revoke", kid) == (0, f"{kid} 已停用 / revoked\n")


async def test_a_list_of_keys_is_entered_and_every_other_row_named(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    key, private = new_key("XQ01")
    file = tmp_path / "keys.csv"
    rows = [f"XQ01,{key.kid},{key.public_x}", f"NC01,{key.kid},{key.public_x}"]
    rows.append(f"XQ01,3,{key.public_x}")
    file.write_text("\n".join(["station_code,kid,x", *rows]), encoding="utf-8")
    code, said = await intake("station", "import", str(file))
    assert (code, "1 / 3 已登记" in said) == (1, True)
    assert "keys.csv:3: 密钥编号已有" in said
    assert "keys.csv:4: 已有两把在用的密钥" in said
    desk.keys["listed"] = (key.kid, OKPKey.import_key(dict(private)))
    async with desk.station("listed") as station:
        station.station_code = "XQ01"
        assert (await station.submit(an_item())).status_code == 201


async def test_the_register_takes_sound_rows_and_names_every_other(
    desk: Desk, intake: Intake, tmp_path: Path
) -> None:
    file = tmp_path / "enterprises.csv"
    head = "credit_code,name,division_code\n"
    file.write_text(f"{head}{CREDIT_CODE},甲公司,{TOWNSHIP}\n,丙公司,999999\n,小吃店,{TOWNSHIP}\n")
    code, said = await intake("import-enterprises", str(file))
    assert (code, "2 / 3" in said, "enterprises.csv:3: " in said) == (1, True, True)
    file.write_text(f"{head}{CREDIT_CODE},甲公司（新）,{TOWNSHIP}\n")
    assert (await intake("import-enterprises", str(file)))[0] == 0
    rows = await desk.sql("SELECT name FROM enterprise")
    assert {row["name"] for row in rows} == {"甲公司（新）", "小吃店"}


async def test_an_unreadable_file_is_reported(desk: Desk, intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "enterprises.csv"
    before = await desk.count("enterprise")
    for content, why in (
        ("甲,乙".encode("gbk"), "UTF-8"),
        (b"a,b\n1,2\n", "the header row must contain"),
        (b'credit_code,name,division_code\n,"' + b"x" * 140_000 + b'",1\n', "unreadable"),
    ):
        file.write_bytes(content)
        code, said = await intake("import-enterprises", str(file))
        assert (code, why in said) == (1, True)
    code, said = await intake("import-enterprises", "/nowhere.csv")
    assert (code, "No such file" in said) == (1, True)
    assert await desk.count("enterprise") == before
