"""However a word is written, it is compared in one form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tracker.domain.search import query_of
from shared.directory.snapshot import Directory
from shared.text import fold, folded_words, like

TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40) | st.text(
    "企业用电ＡａßİΣ１1㎡ \u200b-𠀀", max_size=20
)


@given(TEXTS)
def test_a_folded_text_is_its_own_fold_and_bears_no_blank(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded == "".join(folded.split())
    assert unicodedata.is_normalized("NFKC", folded)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Straße", "STRASSE"),
        ("用 电\n增\u200b容", "用电增容"),
        ("㎡", "M2"),
    ],
)
def test_width_case_and_blanks_make_no_difference(typed: str, written: str) -> None:
    assert fold(typed) == fold(written)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("３３１００４－2022", "331004-2022"),
        ("331004102", "331004102"),
        ("2022年", ""),
        ("1 2", ""),
    ],
)
def test_a_number_is_one_word_of_digits(typed: str, number: str) -> None:
    assert query_of(typed, Directory()).number == number


def test_signs_of_like_stand_for_themselves() -> None:
    assert like(folded_words(r"100% a_b\c")) == [r"%100\%%", r"%a\_b\\c%"]
