"""Redaction of numbers, addresses, and of who raised a confidential item.

Names are matched on folded text: NFKC, simplified characters, ASCII digits, lower case, letters and
digits only. So blanks, invisible characters, full-width and traditional forms and punctuation
inside a name do not let it through.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from opencc import OpenCC

from shared.observability.masking import mask_phone
from shared.text import INVISIBLE

HIDDEN = "〔保密〕"
SHORTEST_NAME = 2
"""A single character would match inside unrelated words."""

_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|集团|公司|个人独资企业|工厂|厂|商行|经营部|商店|店)$"
)
_TRADE = re.compile(
    r"(?:机械|机电|电子|电器|电气|电机|科技|技术|实业|工贸|贸易|制造|模具|塑料|塑胶|塑业|橡胶|五金|"
    r"金属|铸造|汽配|汽车|配件|零部件|设备|仪器|阀门|泵业|医药|药业|化工|材料|新材料|服饰|服装|鞋业|"
    r"纺织|家具|包装|印刷|食品|水产|农业|建筑|建设|建材|装饰|工程|物流|运输|能源|环保|智能|信息|网络|"
    r"软件|文化|旅游|酒店|餐饮|投资|控股|产业|工业|制品|进出口|国际)+$"
)
_ASIDE = re.compile(r"[（(][^）)]*[）)]")
_TWO_CHARACTER_SURNAMES = (
    "欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙",
)  # fmt: skip
_TITLES = (
    r"(?:总(?![额量数计体是共和之结部局站产面长价值投成的])|董事长|董(?!事会)|老板|老总|经理|厂长|书记|"
    r"主任|先生|女士|小姐|姐|师傅|老师|某)"
)
_ENGINEER = r"工(?![作资业程人地厂商会具期艺序伤种况信])"
_BUILDER_SURNAMES = "施包"
"""With 工 these make an ordinary word."""

_NUMERALS = "〇零一幺二三四五六七八九壹贰叁肆伍陆柒捌玖"
_DIGITS = str.maketrans(_NUMERALS, "001123456789123456789")
_NUMERAL = re.compile(f"[{_NUMERALS}]")
_SEP = r"[\W_]{0,3}"
_NUMBER = (
    rf"(?:(?P<id>[1-9](?:{_SEP}\d){{16}}{_SEP}[\dXx])"
    rf"|(?P<mobile>(?:(?:\+|00)?86{_SEP}|0{_SEP})?1{_SEP}[3-9](?:{_SEP}\d){{9}})"
    rf"|(?P<landline>0\d{{2,3}}{_SEP}[2-8](?:{_SEP}\d){{6,7}}))"
)
_NUMBERS, _MIXED = re.compile(rf"(?<!\d){_NUMBER}(?!\d)"), re.compile(_NUMBER)
_EXTENSION, _AREA = re.compile(r"-\d{1,6}$"), re.compile(r"^(?:010|02\d|0\d{3})")
_ADDRESSES = re.compile(
    r"(?P<mail>(?:[A-Za-z0-9._%+-]+|[\u4e00-\u9fff]{1,4})\s?(?:@|[\[({【]\s?at\s?[\])}】])\s?[A-Za-z0-9-]+(?:\s?\.\s?[A-Za-z0-9-]+)+)"
    r"|(?:[微薇徽]\s?信|扣\s?扣|wechat|weixin|[vw]x|qq)\s?(?:号码|号|名|昵称|id)?\s?(?:[:：]|是|为)?\s?"
    r"(?P<account>(?<=[:：是为])[^\s，。；,;、）)]{2,30}"
    r"|(?<=[:：是为]\s)[^\s，。；,;、）)]{2,30}|[A-Za-z][A-Za-z0-9_-]{5,19}|\d{5,11})",
    re.IGNORECASE,
)


class _Folded(NamedTuple):
    """Folded text, and for each of its characters the place in the original."""

    text: str
    places: Sequence[int]


def _fold(text: str) -> _Folded:
    """NFKC without invisible characters, in simplified characters and ASCII digits."""
    text = text.translate(_plain_forms())
    if unicodedata.is_normalized("NFKC", text) and not INVISIBLE.search(text):
        return _Folded(text, range(len(text)))
    pairs = [
        (one, place)
        for place, character in enumerate(text)
        for one in unicodedata.normalize("NFKC", character)
        if not INVISIBLE.match(one)
    ]
    return _Folded("".join(one for one, _ in pairs), [place for _, place in pairs])


@cache
def _plain_forms() -> dict[int, str]:
    """Map traditional to simplified characters, and digits of any form to ASCII, one to one."""
    characters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    forms = {ord(one): to for one, to in zip(characters, simplified, strict=True) if one != to}
    digits = ((code, unicodedata.digit(chr(code), None)) for code in range(0x80, 0x20000))
    return forms | {code: str(digit) for code, digit in digits if digit is not None}


def _letters(folded: _Folded) -> _Folded:
    """The letters and digits of a folded text, in lower case."""
    pairs = [
        (lower, place)
        for one, place in zip(folded.text, folded.places, strict=True)
        if one.isalnum()
        for lower in one.lower()
    ]
    return _Folded("".join(one for one, _ in pairs), [place for _, place in pairs])


def firm_names(name: str, places: Iterable[str]) -> Iterator[str]:
    """List how people may write a firm: in full, without legal form, places, trade."""
    yield name
    short = _LEGAL_FORM.sub("", _ASIDE.sub("", name))
    yield short
    fronts = sorted({front for place in places for front in (place, place[:-1])}, key=len)
    while front := next((it for it in reversed(fronts) if it and short.startswith(it)), ""):
        short = short.removeprefix(front)
        if not _TRADE.fullmatch(short):
            yield short
    yield _TRADE.sub("", short)


def _addressed(person: str) -> Iterator[str]:
    """How a person is addressed by surname, as patterns over folded text."""
    name = _letters(_fold(person)).text
    if len(name) >= SHORTEST_NAME and not name.isascii():
        surname = re.escape(name[: 2 if name.startswith(_TWO_CHARACTER_SURNAMES) else 1])
        yield f"{surname}{_TITLES}"
        if surname not in _BUILDER_SURNAMES:
            yield f"{surname}{_ENGINEER}"
        yield f"[老小姓]{surname}"


class _Span(NamedTuple):
    start: int
    end: int
    instead: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """Names and numbers to redact from the words of one item."""

    pattern: re.Pattern[str] | None
    phone: re.Pattern[str] | None = None

    def redact(self, text: str) -> str:
        """Remove the secret names and all addresses; mask every phone and identity number."""
        done: list[_Span] = []
        folded = _fold(text)
        for span in sorted([*_numbers(folded), *_addresses(folded), *self._named(folded)]):
            if done and span.start < done[-1].end:
                last = done.pop()
                done.append(_Span(last.start, max(last.end, span.end), HIDDEN))
            else:
                done.append(span)
        for start, end, instead in reversed(done):
            text = text[:start] + instead + text[end:]
        return text

    def _named(self, text: _Folded) -> Iterator[_Span]:
        if self.pattern is not None or self.phone is not None:
            folded = _letters(text)
            spelled = folded.text.translate(_DIGITS)
            for pattern, written in ((self.pattern, folded.text), (self.phone, spelled)):
                for found in pattern.finditer(written) if pattern is not None else ():
                    yield _span(folded, found.start(), found.end(), HIDDEN)


def secrets_of(
    names: Sequence[str] = (),
    people: Sequence[str] = (),
    masks: Sequence[str] = (),
    phone: str = "",
) -> Secrets:
    """Compile names of firms and people, masks of any length, and a phone, also without area."""
    folded = {_letters(_fold(one)).text for one in (*names, *people)}
    words = {one for one in folded if len(one) >= SHORTEST_NAME}
    words |= {_letters(_fold(one)).text for one in masks} - {""}
    patterns = {re.escape(one) for one in words} | {it for one in people for it in _addressed(one)}
    longest_first = sorted(patterns, key=len, reverse=True)
    return Secrets(re.compile("|".join(longest_first)) if patterns else None, _spellings(phone))


def _spellings(phone: str) -> re.Pattern[str] | None:
    digits = _EXTENSION.sub("", phone).replace("-", "")
    return re.compile(_AREA.sub(r"(?:\g<0>)?", digits)) if digits else None


def _numbers(folded: _Folded) -> Iterator[_Span]:
    """Find numbers in digits, and those with Chinese numerals, which may touch other numerals."""
    spelled = folded.text.translate(_DIGITS)
    for found in _NUMBERS.finditer(folded.text):
        yield _number(folded, found)
    for found in _MIXED.finditer(spelled) if spelled != folded.text else ():
        if _NUMERAL.search(folded.text, found.start(), found.end()):
            yield _number(folded, found)


def _number(folded: _Folded, found: re.Match[str]) -> _Span:
    digits = re.sub(r"[^\dXx]", "", found.group())
    is_id = found.lastgroup == "id"
    instead = f"{digits[:3]}{'*' * 11}{digits[-4:]}" if is_id else mask_phone(digits)
    return _span(folded, found.start(), found.end(), instead)


def _addresses(folded: _Folded) -> Iterator[_Span]:
    for found in _ADDRESSES.finditer(folded.text):
        kind = found.lastgroup or "mail"
        yield _span(folded, found.start(kind), found.end(kind), HIDDEN)


def _span(folded: _Folded, start: int, end: int, instead: str) -> _Span:
    return _Span(folded.places[start], folded.places[end - 1] + 1, instead)
