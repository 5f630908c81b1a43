"""Forms: what was typed becomes a model's values, or comes back with each error at its field."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.web import components as ui
from shared.web.csrf import FORM_COOKIE, TOKEN, token_of
from shared.web.forms import Form, errors_of, validated
from shared.web.i18n import load


class Reply(BaseModel):
    """A reply as a form sends it."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["solved", "planned"]
    text: Annotated[str, Field(min_length=2)]
    units: Annotated[tuple[int, ...], Field(max_length=2)] = ()
    due: date | None = None
    basis: int = 0


FORM = Form(
    "答复",
    [
        ui.Field("basis", "", "7", control="hidden"),
        ui.Field("r-outcome", "结果", control="choices"),
        ui.Field("r-text", "答复全文", control="textarea"),
        ui.Field("r-units", "会办单位", control="select"),
        ui.Field("r-due", "兑现日期", control="date"),
    ],
    prefix="r-",
)


def refused(submitted: Mapping[str, list[str]]) -> Form:
    with pytest.raises(ValidationError) as wrong:
        validated(Reply, submitted, FORM.prefix)
    return FORM.filled(submitted, errors_of(wrong.value))


def test_what_was_typed_becomes_values_and_a_blank_counts_as_not_sent() -> None:
    sent = {"r-outcome": ["solved"], "r-text": ["已修好"], "r-units": ["1", " ", "2"]}
    reply = validated(Reply, sent | {"r-due": [" "], "basis": ["7"]}, "r-")
    assert reply == Reply(outcome="solved", text="已修好", units=(1, 2), basis=7)


def test_all_errors_come_at_once_each_at_its_field_with_what_was_typed() -> None:
    form = refused({"r-text": ["短"], "r-units": ["1", "2", "3"], "r-due": ["soon"]})
    show = load("zh").show
    assert {one.name: (one.value, show(one.error)) for one in form.fields} == {
        "basis": ("7", ""),
        "r-outcome": ("", "这一项没有填。"),
        "r-text": ("短", "至少要写2个字。"),
        "r-units": ("1", "最多2项。"),
        "r-due": ("soon", "这一项应为日期，如2022-09-30。"),
    }
    assert not form.errors


def test_an_error_of_no_visible_field_is_shown_too() -> None:
    form = refused({"r-outcome": ["solved"], "r-text": ["已修好"], "basis": ["x"], "r-odd": ["1"]})
    assert [load("zh").show(one) for one in form.errors] == [
        "basis：这一项应为整数。",
        "odd：没有这一项。",
    ]


async def test_the_summary_names_the_field_and_leads_to_it(client: httpx.AsyncClient) -> None:
    browser = {"accept": "text/html", "cookie": f"{FORM_COOKIE}=browser"}
    sent = {"reason": "不是我们的事", TOKEN: token_of("browser")}
    refused = await client.post("/fill", data=sent, headers=browser)
    assert '<a href="#f-reason">理由：写明为什么不属本单位</a>' in refused.text
