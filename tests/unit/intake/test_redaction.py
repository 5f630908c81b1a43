"""Who raised a confidential item does not leave with its words, however people spell it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.commands import Submit
from services.intake.domain.decide import decide
from services.intake.domain.events import outgoing
from services.intake.domain.folding import HIDDEN
from services.intake.domain.model import Item
from services.intake.domain.proposer_checks import MAX_REPLACED_CONTACTS
from services.intake.domain.redaction import (
    Places,
    Secrets,
    code_patterns,
    firm_patterns,
    secrets_of,
)
from shared.contracts.intake import ItemSubmitted, ItemText
from shared.errors import Refused
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, after, unknown
from tests.support.intake.stations import DEPUTY

FIRM = "台州市路桥宏达机械有限公司"
PLACES = Places(
    ("浙江省", "台州市", "路桥区", "黄岩区", "玉环市"), ("宁溪镇", "永丰镇", "城东街道")
)


def known(firm: str) -> Secrets:
    return secrets_of(firm_patterns(firm, PLACES))


def secrets(people: Sequence[str] = ("陈建国", "欧阳明")) -> Secrets:
    firm = [*firm_patterns(FIRM, PLACES), *code_patterns("91330281MA2AH2R25D")]
    return secrets_of(firm, people)


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("宏达的电", "〔保密〕的电"),
        ("宏 达 机 械停电", "〔保密〕停电"),
        ("宏\u200b达机\ufeff械停电", "〔保密〕停电"),
        ("宏·达（机械）停电", "〔保密〕）停电"),
        ("９１３３０２８１ＭＡ２ＡＨ２Ｒ２５Ｄ", "〔保密〕"),
        ("9133 0281 ma2a h2r2 5d", "〔保密〕"),
        ("代码MA2AH2R2-5，尾号ah2r25d", "代码〔保密〕，尾号〔保密〕"),
        ("宏ー达、宏丨达、宏の达", "〔保密〕、〔保密〕、〔保密〕"),
        ("陈总说", "〔保密〕说"),
        ("陈 建 国说", "〔保密〕说"),
        ("老陈、欧阳总", "〔保密〕、〔保密〕"),
        ("陈老板和陈先生", "〔保密〕和〔保密〕"),
        ("资金总额、陈列", "资金总额、陈列"),
    ],
)
def test_a_name_is_known_however_it_is_spelled(written: str, leaves: str) -> None:
    assert secrets().redact(written) == leaves


@pytest.mark.parametrize(
    ("firm", "called"),
    [
        ("浙江永强卫浴有限公司", "永强"),
        ("玉环市海德曼洁具有限公司", "玉环海德曼、海德"),
        ("浙江水晶光电科技股份有限公司黄岩分公司", "水晶光电、水晶"),
        ("台州市黄岩区城东街道阿三小吃店", "阿三"),
        ("黄岩永强（宁溪）精密模具有限公司", "永强精密、永强宁溪精密、永强（宁溪）"),
        ("台州（黄岩）行健科技", "行健"),
        ("上海永强贸易有限公司台州分公司", "永强"),
        ("黄岩区前山村永强模具厂", "永强"),
        ("台州ABC智造科技有限公司", "ABC、abc智造、A.B.C、a b c"),
        ("浙江星星STAR有限公司", "star"),
        ("永丰机械厂", "永丰"),
        ("永丰达机械厂", "永丰达"),
        ("台州精密模具有限公司", "台州精密模具、台州市精密模具厂"),
        ("浙江第一机床厂", "第一机床"),
        ("浙江门马机械有限公司", "⻔⻢机械、門馬"),
        ("台州龙门机械有限公司", "⿓⾨、龍門、龙①门、龙x门"),
        ("台州鑫磊机械有限公司", "鑫ㆍ磊、鑫ˇ磊、鑫あ磊"),
    ],
)
def test_a_firm_is_known_whatever_its_trade_and_its_place(firm: str, called: str) -> None:
    for one in (firm, *called.split("、")):
        assert known(firm).redact(f"我们{one}公司").startswith("我们〔保密〕"), one


def test_words_that_stand_in_many_names_are_not_masked_by_themselves() -> None:
    words = (
        "台州市黄岩区宁溪镇的精密模具厂，第一批新材料、机械设备，中国农村合作社，380V，1360元，xlg"
    )
    for firm in (
        "台州精密模具有限公司", "黄岩区机械厂", "浙江第一机床厂", "中国新材料公司", "台州360科技",
        "浙江LG电子", "黄岩农村合作社", "宁溪镇农业公司",
    ):  # fmt: skip
        assert known(firm).redact(words) == words


@pytest.mark.parametrize(
    "called",
    [
        "王总", "王总的厂", "王总是", "王总和我们", "王总成立", "王总长期", "王总经理", "王董事长",
        "建国", "王工程师", "王工具体负责", "王大姐", "王哥", "王叔", "王会长", "王主席", "王校长",
        "阿王", "王氏兄弟", "王某某", "王ˇ建ˇ国", "王总计划扩产", "王总投资三千万建厂", "王总部署",
        "王总结合实际", "王总收入", "王总额外要求", "王工资历深", "王工作证",
    ],
)  # fmt: skip
def test_a_person_is_known_however_addressed(called: str) -> None:
    left = secrets(["王建国（厂长）"]).redact(f"找{called}，")
    assert left.startswith("找〔保密〕")
    assert not set(left) & set("王师董氏某姐国")


def test_each_part_of_a_name_of_two_is_known() -> None:
    assert secrets(["买买提·艾力·阿"]).redact("买买提和艾力，阿") == "〔保密〕和〔保密〕，阿"


def test_a_title_or_a_word_that_begins_like_one_stays() -> None:
    words = "大王、资金总额、对方总的来说、双方工作、地方工程，工资和总量；厂长、经理，施工作业"
    assert secrets(["王经理", "金一民", "方经理", "施一", "和平", "王"]).redact(words) == words


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("138.1234.5678", "138****5678"),
        ("138 1234 5678", "138****5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("138\u200b12345678", "138****5678"),
        ("+86-138-1234-5678", "861****5678"),
        ("0576 8888 1234", "057****1234"),
        ("(0576)88881234", "(057****1234"),
        ("0572345678", "057****5678"),
        ("139......1234....5678", "139****5678"),
        ("1381 234 5678", "138****5678"),
        ("139壹貳參肆伍陸柒捌", "139****5678"),
        ("138○1234567", "138****4567"),
        ("在一三九一二三四五六七八一带", "在139****5678一带"),
        ("331002 19800101 1234", "331***********1234"),
        ("130102 19800101 1234", "130***********1234"),
        ("33100219800101123Х", "331***********123X"),
        ("331002 19800101 123×", "331***********123×"),
        ("139-1234-5678、138-8765-4321", "139****5678、138****4321"),
        ("139 1234 5678 / 138 8765 4321", "139****5678 / 138****4321"),
        ("1391234567813887654321", "139****5678138****4321"),
        ("139-1234-5678138-8765-4321", "139****5678138****4321"),
        ("0576888812341391234567", "0576888812341391234567"),
        ("05768888123413912345678", "057****1234139****5678"),
        ("一三九一二三四五六七八、一三八八七六五四三二一", "139****5678、138****4321"),
        ("一三九一二三四五六七八一三八八七六五四三二一", "〔保密〕"),
        ("住3幢1502，139 1234 5678", "住3幢1502，139****5678"),
        ("住3幢1502，一三九一二三四五六七八", "住3幢1502，139****5678"),
        ("住3幢1502，1391 234 5678", "住3幢〔保密〕"),
        ("1381 234 5678, 1387 654 3210", "〔保密〕"),
        ("331002-1980-0101-123x", "331***********123x"),
        ("写信 Chen.Hong@hong-da.com.cn 。", "写信 〔保密〕 。"),
        ("chen＠hongda．com", "〔保密〕"),
        ("邮箱chen艾特hongda。com", "邮箱〔保密〕"),
        ("chen at hongda dot com", "〔保密〕"),
        ("zhang.san[at]qq[dot]com", "〔保密〕"),
        ("zhāng@qq.com、а@b.com", "〔保密〕、〔保密〕"),
        ("发到a@例子.中国。谢谢", "发到〔保密〕。谢谢"),
        ("微信 hongda_2022", "微信 〔保密〕"),
        ("微信（abc12345）", "微信（〔保密〕）"),
        ("微信-abc12345、微信=abc12345", "微信-〔保密〕、微信=〔保密〕"),
        ("微-信abc12345、V信abc12345", "微-信〔保密〕、V信〔保密〕"),
        ("Q Q 12345678、QQ:  12345678", "Q Q 〔保密〕、QQ:  〔保密〕"),
        ("🆀🆀:12345678", "🆀🆀:〔保密〕"),
        ("qq一二三四五六七八", "qq〔保密〕"),
        ("微信群里都说，扣款2000元", "微信群里都说，扣款2000元"),
        ("加微信号：宏达老陈，谢谢", "加微信号：〔保密〕，谢谢"),
        ("QQ：12345678", "QQ：〔保密〕"),
        ("2022年7月5日起停电12次，共1380.5万元", "2022年7月5日起停电12次，共1380.5万元"),
        ("电压380V，合同号2022-0705-18", "电压380V，合同号2022-0705-18"),
    ],
)
def test_no_number_or_address_leaves_with_any_item(written: str, leaves: str) -> None:
    assert secrets_of().redact(written) == leaves


@pytest.mark.parametrize(
    "trace",
    [
        "www.xinqiao.com",
        "http://xq-mould.cn/a?b",
        "xq-mould.com.cn",
        "91331002MA2AKX1234",
        "91331002-MA2AKX123-4",
        "400-826-1234",
        "4008261234",
        "332601800101123",
        "E12345678",
        "EA1234567",
        "6222021207001234567",
        "6222 0212 0700 1234 567",
        "浙J12345",
        "浙J·D12345",
        "13857612O4l",
    ],
)
def test_of_a_confidential_item_what_leads_to_who_raised_it_stays_too(trace: str) -> None:
    known = secrets_of(is_confidential=True)
    assert known.redact(f"请看{trace}，谢谢") == "请看〔保密〕，谢谢"
    assert secrets_of().redact(f"请看{trace}，谢谢") == f"请看{trace}，谢谢"


@pytest.mark.parametrize(
    "way",
    [
        "电话",
        "座机：",
        "传真 ",
        "tel: ",
        "加微：",
        "v: ",
        "微信搜 ",
        "公众号 ",
        "Q:",
        "加我Q ",
        "抖音号",
        "钉钉 ",
        "薇 ",
        "➕V ",
    ],
)
def test_of_a_confidential_item_the_number_behind_a_word_for_one_stays(way: str) -> None:
    known = secrets_of(is_confidential=True)
    assert known.redact(f"{way}88123456") == f"{way}〔保密〕"
    assert known.redact("电压v:380，产量88123456件，7125吨") == "电压v:380，产量88123456件，7125吨"


def confidential(**changes: Any) -> Item:
    words: dict[str, Any] = {"title": "宏达停电", "body": "宏 达机械晚上停电，陈总着急"}
    source = {"confidential": True, "firm": FIRM, "proposer": "陈建国"}
    return after(commands.submit(**{**words, **source, **changes}))


def test_the_words_of_a_confidential_item_leave_when_its_head_accepts_it() -> None:
    submit = commands.submit(confidential=True, firm=FIRM, title="宏达停电", body="宏达")
    _, (_fact, text) = decide(unknown(), submit, CONTEXT)
    assert isinstance(text, ItemText)
    assert (text.title, text.body) == (HIDDEN, HIDDEN)
    _, (_fact, text) = decide(confidential(), commands.accept(), CONTEXT)
    assert isinstance(text, ItemText)
    assert (text.title, text.body) == ("〔保密〕停电", "〔保密〕晚上停电，〔保密〕着急")


@pytest.mark.parametrize("act", [commands.give_back, commands.reject, commands.merge])
def test_what_is_said_of_a_confidential_item_before_it_is_accepted_stays_here(act: Any) -> None:
    more: dict[str, Any] = {"name_unknown_confirmed": True} if act is commands.merge else {}
    item, said = decide(confidential(firm=""), act(note="请宏达补充", **more), CONTEXT)
    (text,) = [one for one in said if isinstance(one, ItemText)]
    assert (text.decision_note, item.text.decision_note) == (HIDDEN, "请宏达补充")


def test_a_duplicate_leaves_again_where_the_head_masks_more() -> None:
    merge = commands.merge(mask=("宏达",))
    _, (_fact, text) = decide(after(commands.submit(body="宏达停电")), merge, CONTEXT)
    assert isinstance(text, ItemText)
    assert text.body == "〔保密〕停电"


def test_a_corrected_contact_hides_the_earlier_one_and_the_new_one() -> None:
    words = "公冶长和端木子贡、子贡，88123456或88654321"
    was = {"proposer": "公冶长", "phone": "0576-88123456"}
    item = confidential(title="停电", body=words, **was)
    item = after(commands.accept(), item=item)
    right = commands.submit(
        title="停电", body=words, confidential=True, contact="new", proposer="端木子贡",
        phone="0576-88654321",
    )  # fmt: skip
    item, (text,) = decide(item, right, CONTEXT)
    assert isinstance(text, ItemText)
    assert text.body == "〔保密〕和〔保密〕、〔保密〕，〔保密〕或〔保密〕"
    assert decide(item, right, CONTEXT) == (item, ())
    (proposer,) = item.proposers
    assert [one.opened.name for one in proposer.contacts if one.opened] == ["端木子贡", "公冶长"]


def test_the_head_sees_what_will_leave_and_masks_more() -> None:
    item = confidential(body="全区只有一家做船用阀门的，晚上停电")
    shown = outgoing(item, CONTEXT, ["船用阀门"])
    assert shown["body"] == "全区只有一家做〔保密〕的，晚上停电"
    item, (_fact, text) = decide(item, commands.accept(mask=("船用 阀门",)), CONTEXT)
    assert isinstance(text, ItemText)
    assert text.model_dump(include={"title", "body"}) == {
        name: shown[name] for name in ("title", "body")
    }
    item = commands.replied(item, 1)
    reason = commands.rate(result="dissatisfied", reason="船用阀门还在停")
    _, (_fact, text) = decide(item, reason, CONTEXT)
    assert isinstance(text, ItemText)
    assert "船用阀门" not in text.model_dump_json()


@pytest.mark.parametrize("act", [commands.accept, commands.merge])
@pytest.mark.parametrize(
    "source",
    [
        {},
        {"enterprise_code": None},
        {"self_interest": True},
        *({"enterprise_code": None, "source_kind": one} for one in ("scan", "station", "deputy")),
    ],
)
def test_words_that_may_name_an_unknown_firm_leave_only_once_the_head_has_looked(
    act: Any, source: dict[str, Any]
) -> None:
    """Whoever raises it, a deputy or the station too, may name the enterprise it is about."""
    item = confidential(firm="", deputy_id=UUID(bytes=DEPUTY), **source)
    with pytest.raises(Refused, match="name_unknown"):
        decide(item, act(), CONTEXT)
    for looked in ({"name_unknown_confirmed": True}, {"mask": ("宏达",)}):
        assert decide(item, act(**looked), CONTEXT)[1]
    named = tuple(replace(one, firm=FIRM) for one in item.proposers)
    assert decide(replace(item, proposers=named), act(), CONTEXT)[1]


def test_a_reason_that_may_name_an_unknown_firm_stays_at_the_station() -> None:
    """It is written after the head has looked at the words of the item."""
    looked = commands.accept(name_unknown_confirmed=True)
    item = commands.replied(after(looked, item=confidential(firm="")), 1)
    call = commands.rate(result="dissatisfied", reason="我们宏达还在停电")

    def reasons(at: Item) -> list[str]:
        return [one.reason for one in commands.text_of(decide(at, call, CONTEXT)[1]).ratings]

    assert reasons(item) == [HIDDEN]
    named = tuple(replace(one, firm=FIRM) for one in item.proposers)
    assert reasons(replace(item, proposers=named)) == ["我们〔保密〕还在停电"]


def test_a_contact_is_corrected_ten_times_at_most() -> None:
    """All that were replaced are looked for in every text of the item, of all its proposers."""

    def call(n: int) -> Submit:
        contact: dict[str, Any] = {
            "contact": f"sealed {n}",
            "proposer": f"陈{n}",
            "phone": f"1380000{n:04}",
        }
        return commands.submit(confidential=True, firm=FIRM, **contact)

    item = after(*(call(n) for n in range(MAX_REPLACED_CONTACTS + 1)))
    assert commands.code_of(item, call(99)) == "too_many_corrections"
    back = after(call(3), item=item)
    (proposer,) = back.proposers
    assert (proposer.contact, len(proposer.contacts)) == (
        call(3).body.contact,
        MAX_REPLACED_CONTACTS + 1,
    )


@pytest.mark.parametrize("is_confidential", [True, False])
def test_the_fact_names_no_source_of_a_confidential_item(is_confidential: bool) -> None:
    submit = commands.submit(confidential=is_confidential, deputy_id=UUID(bytes=DEPUTY))
    fact, *_ = decide(unknown(), submit, CONTEXT)[1]
    assert isinstance(fact, ItemSubmitted)
    (proposer,) = fact.proposers
    named = proposer.enterprise_id, proposer.person_id
    assert [one is None for one in named] == [is_confidential] * 2


def test_words_that_may_name_an_unregistered_firm_are_not_accepted_unseen() -> None:
    item, (_fact, text) = decide(
        unknown(), commands.submit(confidential=True, number="331004-2022-0009"), CONTEXT
    )
    assert isinstance(text, ItemText)
    assert (item.row.state, text.body) == ("SUBMITTED", HIDDEN)


def test_an_open_item_leaves_at_once_and_is_masked_where_the_head_says() -> None:
    _, (_fact, text) = decide(unknown(), commands.submit(body="宏达停电"), CONTEXT)
    assert isinstance(text, ItemText)
    assert text.body == "宏达停电"
    item = after(commands.submit(body="宏达停电"))
    _, (_fact, text) = decide(item, commands.accept(mask=("宏达",)), CONTEXT)
    assert isinstance(text, ItemText)
    assert text.body == "〔保密〕停电"
