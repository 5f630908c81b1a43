"""No phone number leaves intake, and of a confidential item no name of who raised it."""

import time
import unicodedata
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.intake.domain.contact import mask_firm, mask_name
from services.intake.domain.decide import decide
from services.intake.domain.folding import HIDDEN
from services.intake.domain.redaction import Places, firm_patterns, firm_sounds, secrets_of
from services.intake.domain.source_access import ProposerView, SourceView
from shared.contracts.intake import ItemText
from shared.text import flaw_of, fold
from tests.support.intake import commands
from tests.support.intake.commands import CONTEXT, KEY, after, unknown
from tests.support.intake.stations import CREDIT_CODE, DEPUTY

FIRM, NAME = "台州市新桥模具（集团）有限公司", "王小明"
WAYS = (FIRM, "新桥模具", "台州市新桥模具", "新桥", NAME, "小明", "王总", CREDIT_CODE, "代表")
PLACES = Places(("台州市",), ())
INSIDE = ("", " ", "\u200b", "\u3000", "·", ".")
"""How people may write who raised it; the deputy of the small directory is called 代表."""

CHARACTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(CHARACTERS, st.sampled_from(WAYS), st.sampled_from(INSIDE), CHARACTERS, MOBILES)
def test_every_way_to_write_who_raised_it_stays_here(
    before: str, way: str, inside: str, after_: str, phone: str
) -> None:
    words = f"{before}，{inside.join(way)}，{inside.join(phone)}，{after_}"
    submit = commands.submit(
        title=words[:100],
        body=words,
        confidential=True,
        deputy_id=UUID(bytes=DEPUTY),
        firm=FIRM,
        proposer=NAME,
    )
    item = after(submit, commands.give_back(), commands.resubmit(supplement=words))
    item, (_fact, text) = decide(item, commands.accept(), CONTEXT)
    assert isinstance(text, ItemText)
    published = letters(text.model_dump_json(exclude={"actor"}))
    assert not any(letters(one) in published for one in WAYS)
    assert HIDDEN in text.body
    assert letters(phone) not in published
    assert item.text.body == words


GAPS = st.text(" -.·，、/（）", max_size=3)


@given(MOBILES, MOBILES, st.integers(1, 4), GAPS, GAPS)
def test_of_two_numbers_no_more_is_shown_than_of_each_by_itself(
    one: str, other: str, house: int, inside: str, between: str
) -> None:
    spelled = [inside.join((it[:3], it[3:7], it[7:])) for it in (one, other)]
    left = secrets_of().redact(f"{'3' * house}幢{between}{between.join(spelled)}")
    assert sum(it.isdigit() for it in left) <= house + 2 * 7
    assert not any(it[3:7] + it[7:] in letters(left) for it in (one, other))


SLOW = (
    "a", "a@", "a.", "@", "@b", "@b.", "at ", "a at b ", "[at", "1", "1 3 ", "139 ", "139 1234 ",
    "0571 ", "+86", "一三九", "一", "微信", "微信:", "q ", "qq号", "扣", "中", "（",
    "王", "王总", "台州", "a.com", "www.", "xin", "x", "电话", "8812", "浙j", "v:",
    "x m ", "xin mo ", "mr ", "mr w", "明", "王*", "王x", "新1", "peter ", "uee",
)  # fmt: skip
"""What patterns may read again and again."""


@pytest.mark.parametrize("part", SLOW)
def test_the_work_grows_with_the_length_only(part: str) -> None:
    patterns, sounds = firm_patterns(FIRM, PLACES), firm_sounds(FIRM, PLACES)
    phones = ("0576-88123456",)
    secrets = secrets_of(
        patterns, (NAME, "Peter Müller"), (), phones, sounds=sounds, is_confidential=True
    )

    def work(n: int) -> float:
        text = part * (n // len(part)) + "@"
        begun = time.process_time()
        secrets.redact(text)
        fold(text)
        flaw_of(text)
        return time.process_time() - begun

    secrets.redact(part)
    assert min(work(16_000) / work(4_000) for _ in range(4)) < 8, "4 if it is even"


def letters(text: str) -> str:
    return "".join(it for it in unicodedata.normalize("NFKC", text).lower() if it.isalnum())


@given(CHARACTERS)
def test_words_without_a_name_number_or_address_leave_as_they_are(words: str) -> None:
    assume(not any(character.isdigit() for character in unicodedata.normalize("NFKC", words)))
    assume("@" not in words)
    assert secrets_of().redact(words) == words
    assert secrets_of(firm_patterns(FIRM, PLACES)).redact(words) == words


def test_an_open_item_keeps_its_names_but_no_number() -> None:
    submit = commands.submit(body=f"{FIRM}的{NAME}，13812341234", firm="", proposer="")
    _, said = decide(unknown(), submit, CONTEXT)
    (text,) = [one for one in said if isinstance(one, ItemText)]
    assert text.body == f"{FIRM}的{NAME}，138****1234"


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40), MOBILES)
def test_a_mask_never_shows_the_whole(firm: str, name: str, phone: str) -> None:
    whole = ProposerView(
        proposer_id="x", kind="enterprise", firm=firm, firm_code=CREDIT_CODE, person=name,
        name=name, phone=phone,
    )  # fmt: skip
    source = SourceView(proposers=(whole,))
    (shown,) = source.masked().proposers
    assert (shown.firm, shown.name, shown.person) == (mask_firm(firm), *[mask_name(name)] * 2)
    assert not shown.firm.startswith(firm)
    assert not shown.name.startswith(name)
    assert CREDIT_CODE not in shown.firm_code
    assert phone not in shown.phone
    assert len(shown.phone.replace("*", "")) <= 7
    assert source.masked().fields == source.fields
    assert not any(it in repr(source) for it in (phone, CREDIT_CODE))


def test_what_an_item_hides_is_in_no_repr() -> None:
    submit = commands.submit(confidential=True, firm=FIRM, proposer=NAME)
    shown = repr(submit) + repr(decide(unknown(), submit, CONTEXT)[0])
    assert not [one for one in (FIRM, NAME) if one in shown]
    assert repr(KEY) in shown
