"""Whom to call back is checked, sealed for its own item, and shown masked."""

import logging
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError, create_model

from services.intake.domain.asker import Station
from services.intake.domain.commands import ItemBody, Return, ReturnBody, Submit
from services.intake.domain.contact import Contact, Vault, mask_firm, mask_name
from shared.ids import named_id
from shared.sealing import Seal, WrongSeal, new_key, read_seal
from tests.support.intake.commands import KEY_OF_STATION, MAIN
from tests.support.intake.desk import an_item

KEY, OTHER = named_id("item", "a"), named_id("item", "b")
WANG = Contact(name="王小明", phone="13812341234")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("13812341234", "13812341234"), (" 138 1234 1234 ", "13812341234"),
        ("138-1234-1234", "13812341234"), ("+86 13812341234", "13812341234"),
        ("0086-13812341234", "13812341234"), ("0576-88881234", "0576-88881234"),
        ("057688881234", "057688881234"), ("0576-8888123-801", "0576-8888123-801"),
        ("010-62345678", "010-62345678"),
    ],
)  # fmt: skip
def test_mainland_numbers_are_taken_in_the_ways_people_write_them(given: str, kept: str) -> None:
    assert Contact(name="王", phone=given).phone == kept


@pytest.mark.parametrize(
    "given",
    ["", "12812341234", "1381234123", "138123412345", "88881234", "0576-08881234", "+1 2025550123",
     "13812341234 转 9", "１３８１２３４１２３４x", "138\u0000", "0" * 41],
)  # fmt: skip
def test_another_number_is_refused_with_what_to_write(given: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Contact(name="王", phone=given)
    (error,) = refused.value.errors()
    assert error["loc"] == ("phone",)
    assert given == "" or given not in str(refused.value)


@pytest.mark.parametrize("name", ["", "  ", "王" * 41, "王\0"])
def test_a_name_nobody_could_call_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Contact(name=name, phone=WANG.phone)


def test_no_repr_tells_a_contact(caplog: pytest.LogCaptureFixture) -> None:
    body = ItemBody.model_validate(an_item(contact={"name": "王小明", "phone": "13812341234"}))
    command = Submit(KEY, KEY_OF_STATION, body, MAIN, ("sealed",), {})
    logging.getLogger().warning("%r %s %r", WANG, body, command)
    assert "小明" not in caplog.text
    assert "1381234" not in caplog.text


def test_the_digest_of_an_item_tells_nothing_of_its_contact() -> None:
    item = an_item()
    contact = {"contact": {"name": "王小明", "phone": "13812341234"}}
    plain, called = (
        Submit(KEY, KEY_OF_STATION, ItemBody.model_validate(body), MAIN, ("",), {})
        for body in (item, item | contact)
    )
    assert plain.digest == called.digest


@pytest.mark.parametrize(
    ("command", "body", "sent", "at"),
    [
        (Submit, ItemBody, an_item(), (MAIN, ("",), {})),
        (Return, ReturnBody, {"reason": "unclear"}, ()),
    ],
)
def test_a_field_added_later_leaves_the_digest_as_it_was(
    command: Any, body: type[BaseModel], sent: dict[str, Any], at: tuple[Station, ...]
) -> None:
    later = create_model("Later", __base__=body, urgency=(str, "normal"))
    now, then = (
        command(KEY, KEY_OF_STATION, one.model_validate(sent), *at) for one in (body, later)
    )
    assert now.digest == then.digest


def test_a_seal_opens_for_its_own_item_only() -> None:
    vault = Vault(Seal([new_key()]))
    sealed = vault.seal(KEY, WANG)
    assert "13812341234" not in sealed
    assert vault.open(KEY, sealed) == WANG
    with pytest.raises(WrongSeal):
        vault.open(OTHER, sealed)
    with pytest.raises(WrongSeal):
        vault.open(KEY, sealed[:-4] + "AAA=")


def test_after_a_change_of_keys_the_old_one_still_opens_and_the_new_one_seals() -> None:
    old, new = new_key(), new_key()
    before = Vault(read_seal(old + b"\n")).seal(KEY, WANG)
    both = Vault(read_seal(new + b"\n\n" + old))
    assert both.open(KEY, before) == WANG
    after = both.seal(KEY, WANG)
    assert Vault(Seal([new])).open(KEY, after) == WANG
    with pytest.raises(WrongSeal):
        Vault(Seal([old])).open(KEY, after)


@pytest.mark.parametrize("content", [b"", b"\n", b"not a key\n"])
def test_a_file_without_a_sound_key_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="Fernet"):
        read_seal(content)


def test_what_is_shown_is_masked() -> None:
    assert mask_name("王小明") == "王**"
    assert mask_firm("台州市路桥某某机械有限公司") == "台州****"
    assert mask_firm("") == ""
