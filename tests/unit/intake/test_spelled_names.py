"""Of a confidential item names are known by their sound, in Latin letters, and in part."""

import pytest

from services.intake.domain.redaction import Places, firm_sounds, secrets_of

FIRM = "台州市路桥宏达机械有限公司"
PLACES = Places(("浙江省", "台州市", "路桥区"), ())


@pytest.mark.parametrize(
    "called",
    [
        "hongda",
        "HongDa机械",
        "hóng dá",
        "宏da",
        "Hong达",
        "Chen Jianguo",
        "CHEN J.G.",
        "Jianguo Chen",
        "CJG",
        "陈J国",
        "陈jianguo",
        "Mr Chen",
        "Ms. C",
        "Chen总",
        "C 总",
        "国哥",
        "陈*国",
        "陈×国",
        "陈〇国",
        "陈XX",
        "陈a建国",
        "jianguo",
        "法人：陈＊国",
        "厂长陈",
        "老板陈",
        "陈姓",
        "OuyangMing",
    ],
)
def test_of_a_confidential_item_names_are_known_by_sound_and_by_title(called: str) -> None:
    sounds = firm_sounds(FIRM, PLACES)
    known = secrets_of((), ("陈建国", "欧阳明"), sounds=sounds, is_confidential=True)
    assert known.redact(f"找{called}，").startswith("找〔保密〕")
    words = "LED、html、PLC控制，厂长说，huanbao，CNC机床"
    assert known.redact(words) == words


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("Hongda Machinery停电", "〔保密〕 Machinery停电"),
        ("our company Hong Da makes pumps", "our company 〔保密〕 makes pumps"),
        ("contact Mr Chen Jianguo of Taizhou Hongda", "contact 〔保密〕 of Taizhou 〔保密〕"),
        ("出口品牌Hongda2号泵", "出口品牌〔保密〕2号泵"),
        ("Peter or Mr. Mueller (CEO)", "〔保密〕 or Mr. 〔保密〕 (CEO)"),
        ("Müller说", "〔保密〕说"),
        ("请国总看，停电，国总急", "请〔保密〕看，停电，〔保密〕急"),
    ],
)
def test_a_spelled_name_is_known_beside_other_latin_words(written: str, leaves: str) -> None:
    people = ("陈建国", "Peter Müller (CEO)")
    known = secrets_of((), people, sounds=firm_sounds(FIRM, PLACES), is_confidential=True)
    assert known.redact(written) == leaves


def test_words_that_only_look_like_a_part_of_a_name_stay() -> None:
    people = ("陈建国", "王志明", "李文", "赵一新", "Peter Müller (CEO)")
    known = secrets_of((), people, sounds=firm_sounds(FIRM, PLACES), is_confidential=True)
    for words in (
        "we have had no power since Monday; he does not know, the head promised help, CEO",
        "CAN总线和PLC控制，A工位，Z轴总成，L总长，LED",
        "中国总代理，全国总工会，说明总额，文明总是，透明总线，新总成，国家规定的新规",
        "一张x光片，陈列，2*3米，12#厂房，CAD*2",
    ):
        assert known.redact(words) == words


def test_a_name_with_a_rare_character_is_not_known_by_its_sound() -> None:
    assert not [*firm_sounds("台州鑫磊机械有限公司", PLACES)]
