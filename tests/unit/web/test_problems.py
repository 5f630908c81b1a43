"""Failures: one shape, a stable code, both languages, what to do, and never the library's words."""

import gzip
from collections.abc import AsyncIterator
from typing import Any, Literal, get_args
from uuid import UUID

import httpx
import pytest
import structlog
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ErrorType

from shared.errors import Invalid
from shared.text import Flaw, _
from shared.web.i18n import english
from shared.web.problems import as_body
from shared.web.validation import SENTENCES, field_errors
from tests.support.refusals import problem

JSON = {"content-type": "application/json"}
PAGE = {"accept": "text/html,*/*"}
ALWAYS = {
    "type", "title", "title_en", "status", "code", "detail", "detail_en", "what_to_do",
    "what_to_do_en", "trace",
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 40_000, 400, "malformed_json"),
        (b'{"count": ' + b"9" * 5_000 + b"}", 400, "malformed_json"),
        (b"[" * 10_000 + b"]" * 10_000, 400, "malformed_json"),
        (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, 400, "malformed_json"),
        (b'{"count": 1, "count": 2}', 400, "repeated_field"),
        (b'{"count": 1, "more": [{"x": 1, "\\u0078": 2}]}', 400, "repeated_field"),
        (b'{"count": NaN}', 422, "invalid"),
        (b'{"count": -Infinity}', 422, "invalid"),
        (b'{"count": 1e999}', 422, "invalid"),
        (b"", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"count": "x"}', 422, "invalid"),
        (b'{"count": 1.5}', 422, "invalid"),
        (b'{"count": 1, "note": "' + b"x" * 65_536 + b'"}', 413, "too_large"),
    ],
)
async def test_a_bad_body_has_its_answer(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post("/sheet", content=body, headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.keys() >= ALWAYS
    assert all(problem[name] for name in ALWAYS)


async def test_a_body_that_is_not_said_to_be_json_is_told_so(client: httpx.AsyncClient) -> None:
    for said in ({}, {"content-type": "text/plain"}):
        answer = await client.post("/sheet", content=b'{"count": 1}', headers=said)
        assert problem(answer) == (415, "not_json")


@pytest.mark.parametrize("packed", ["gzip", "deflate", "br", "gzip, identity", "x"])
async def test_a_packed_body_is_not_unpacked(client: httpx.AsyncClient, packed: str) -> None:
    headers = JSON | {"content-encoding": packed}
    answer = await client.post("/sheet", content=gzip.compress(b'{"count": 1}'), headers=headers)
    assert problem(answer) == (415, "packed_body")
    plain = JSON | {"content-encoding": "identity"}
    assert (await client.post("/sheet", content=b'{"count": 1}', headers=plain)).status_code == 200


async def test_each_wrong_field_is_named_in_both_languages(client: httpx.AsyncClient) -> None:
    problem = (await client.post("/sheet", json={"count": "many"})).json()
    where = {"in": "body", "pointer": "#/count", "code": "int_parsing"}
    words = {"detail": "这一项应为整数。", "detail_en": "This must be a whole number."}
    assert problem["errors"] == [where | words]


async def test_a_body_that_hides_its_length_is_counted(client: httpx.AsyncClient) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _n in range(70):
            yield b" " * 1024

    answer = await client.post("/sheet", content=drops(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "64KB" in answer.text
    wider = await client.post("/sheet/many", content=drops(), headers=JSON)
    assert wider.status_code == 400


async def test_a_form_may_be_three_times_as_long_and_hears_its_limit(
    client: httpx.AsyncClient,
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for size, status in ((3 * 65_536, 415), (3 * 65_536 + 1, 413)):
        answer = await client.post("/sheet", content=b"x" * size, headers=headers)
        assert answer.status_code == status
    assert "192KB" in answer.text


async def test_unknown_paths_and_methods_have_their_answers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nowhere")).json()["code"] == "not_found"
    assert (await client.request("TRACE", "/sheet")).status_code == 405
    wrong_method = await client.get("/sheet")
    assert wrong_method.json()["code"] == "method_not_allowed"
    assert wrong_method.headers["allow"] == "POST"


async def test_a_bug_tells_its_trace_and_nothing_else_and_is_logged(
    client: httpx.AsyncClient,
) -> None:
    mine = "0191c0de-0000-7000-8000-0123456789ab"
    with structlog.testing.capture_logs() as lines:
        answer = await client.get("/bug", headers={"X-Correlation-Id": mine})
    assert [(line["action"], line["exc_info"]) for line in lines] == [("request.failed", True)]
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["trace"] == answer.headers["X-Correlation-Id"] == mine
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_foreign_correlation_id_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/me", headers={"X-Correlation-Id": "<script>"})
    assert UUID(answer.headers["X-Correlation-Id"]).version == 7


async def test_people_get_a_page_with_the_short_trace(client: httpx.AsyncClient) -> None:
    answer = await client.get("/hidden", headers=PAGE)
    assert answer.status_code == 404
    assert "您的身份看不到这件事。" in answer.text
    assert f"编号{answer.headers['X-Correlation-Id'][-8:]}" in answer.text
    english = await client.get("/hidden?lang=en", headers=PAGE)
    assert "Your role does not have access to this case." in english.text
    assert "您" not in english.text


async def test_a_fragment_gets_a_note_without_the_frame(client: httpx.AsyncClient) -> None:
    answer = await client.get("/hidden", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text


async def test_a_session_that_is_over_leads_to_the_door_and_back(client: httpx.AsyncClient) -> None:
    page = await client.get("/members?page=2", headers=PAGE)
    door = "/router/sign-in?next=%2Fmembers%3Fpage%3D2"
    assert (page.status_code, page.headers["location"]) == (303, door)
    here = {"HX-Request": "true", "HX-Current-URL": "https://jianyi.test/members?page=2"}
    assert (await client.get("/members/rows", headers=here)).status_code == 404
    fragment = await client.get("/members", headers=here)
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, door)
    nowhere = here | {"HX-Current-URL": "http://["}
    fragment = await client.get("/members", headers=nowhere)
    assert fragment.headers["hx-redirect"] == "/router/sign-in?next=%2F"
    program = await client.get("/members")
    assert (program.status_code, program.json()["code"]) == (401, "session_over")


def _errors(kind: Any, value: object) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return field_errors([dict(error) for error in caught.value.errors()])


class _Words(BaseModel):
    text: str = Field(min_length=2, max_length=2000)
    kind: Literal["a", "b"]
    at: AwareDatetime
    count: int = Field(ge=0)


async def test_an_address_with_a_wrong_query_leads_back_to_its_list(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/queue?show=everything", headers=PAGE)
    assert answer.status_code == 422
    assert "这个地址没有列表或页面可看。" in answer.text
    assert 'href="/queue"' in answer.text
    assert not {word for word in ("没有保存", "#/") if word in answer.text}
    (error,) = (await client.get("/queue?show=everything")).json()["errors"]
    assert (error["in"], error["pointer"]) == ("query", "#/show")


@pytest.mark.parametrize(
    ("field", "value", "zh", "en"),
    [
        ("text", "短", "至少要写2个字。", "Minimum number of characters: 2."),
        ("text", "长" * 2001, "最多写2,000个字。", "Maximum number of characters: 2,000."),
        ("text", 7, "这一项应为文字。", "This must be text."),
        ("kind", "c", "只能填：a、b。", "This must be one of: a, b."),
        ("count", -1, "这个数不能小于0。", "This must be at least 0."),
        ("at", "2022-09-30", "这一项应为带时区的时间", "This must be a time with a time zone"),
    ],
)
def test_a_reason_is_said_with_its_numbers(field: str, value: object, zh: str, en: str) -> None:
    good = {"text": "两字", "kind": "a", "at": "2022-09-30T09:00:00Z", "count": 1}
    (error,) = _errors(_Words, good | {field: value})
    assert error["detail"].startswith(zh)
    assert error["detail_en"].startswith(en)


def test_a_rule_of_ours_brings_its_own_sentences() -> None:
    ours = PydanticCustomError("enterprise_code", "", {"zh": "校验位不对。", "en": "Wrong check."})
    error = {"type": ours.type, "loc": ("body", "a/b", 0), "ctx": ours.context}
    where = {"in": "body", "pointer": "#/a~1b/0", "code": "enterprise_code"}
    assert field_errors([error]) == [
        where | {"detail": "校验位不对。", "detail_en": "Wrong check."}
    ]


def test_what_is_wrong_with_a_field_is_said_in_the_english_of_its_service() -> None:
    wrong = Invalid("no_proposal", _("没有选主办单位；系统没有把握，没有可以照办的建议。"),
                    _("请选择主办单位，或上报上一级。"))  # fmt: skip
    body = as_body(Invalid.of_fields({"lead": wrong}), 422, english("router"))
    assert body["errors"][0]["detail_en"] == body["detail_en"]
    assert body["detail_en"].startswith("No lead unit was chosen")


def test_thousands_of_errors_are_cut_to_fifty() -> None:
    assert len(_errors(list[int], ["x"] * 3000)) == 50


def test_the_table_names_only_reasons_the_library_has() -> None:
    assert set(SENTENCES) <= {*get_args(ErrorType), *get_args(Flaw)}
