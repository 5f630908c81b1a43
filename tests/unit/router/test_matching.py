"""Finding the matter of a text: what the shipped words can do, and when they say nothing."""

import csv

import pytest

from services.router.cli import SEED
from services.router.routing.domain.routing_table import Matcher
from shared.contracts.router import DirectoryMatter
from tests.support.router.play import DIRECTORY, matter

SHIPPED = Matcher(DIRECTORY.matters())


def examples() -> list[tuple[str, str]]:
    with (SEED / "matters_examples.csv").open(encoding="utf-8", newline="") as opened:
        return [(line["text"], line["matter_code"]) for line in csv.DictReader(opened)]


def some_matter(code: str, *words: str) -> DirectoryMatter:
    return matter("street_light").model_copy(update={"code": code, "seed_words": words})


def test_the_shipped_words_find_what_is_known_of_them() -> None:
    """Seen: right first 79.4 %; proposed for 82.8 %, of these right 91.8 %; sure 50.5 %, 98.6 %.

    A smoke test on invented texts by the words' own author, no measure of real quality.
    """
    found = [(SHIPPED.match(text), code) for text, code in examples()]
    total = len(found)
    first = sum(proposal.best == code for proposal, code in found) / total
    answered = [(proposal, code) for proposal, code in found if proposal.matter is not None]
    coverage = len(answered) / total
    precision = sum(p.matter.code == code for p, code in answered if p.matter) / len(answered)
    sure = [(proposal, code) for proposal, code in answered if proposal.confidence == "high"]
    sure_right = sum(p.matter.code == code for p, code in sure if p.matter) / len(sure)
    assert total == 558
    assert 0.785 <= first < 0.8
    assert coverage >= 0.82
    assert precision >= 0.91
    assert len(sure) / total >= 0.5
    assert sure_right >= 0.98


def test_a_text_without_a_known_word_gets_no_proposal() -> None:
    nothing = SHIPPED.match("我有一个想法，说不清是什么")
    assert (nothing.matter, nothing.confidence, nothing.hits) == (None, "low", ())
    assert SHIPPED.match("").matter is None
    assert Matcher([]).match("停电").matter is None


def test_a_neighbour_that_fits_as_well_makes_it_abstain() -> None:
    proposal = Matcher([some_matter("a", "停电"), some_matter("b", "停水")]).match("停电又停水")
    assert (proposal.matter, proposal.confidence) == (None, "low")
    assert (proposal.best, proposal.runner_up) == ("a", "b")


def test_longer_words_weigh_more() -> None:
    matcher = Matcher([some_matter("a", "退税"), some_matter("b", "留抵退税")])
    proposal = matcher.match("留抵退税没有到账")
    assert proposal.matter is not None
    assert (proposal.matter.code, proposal.confidence) == ("b", "medium")


@pytest.mark.parametrize(("words", "sure"), [("用电增容", "high"), ("增容", "medium")])
def test_a_clear_lead_is_sure(words: str, sure: str) -> None:
    assert Matcher([some_matter("a", words)]).match(f"希望{words}").confidence == sure


def test_a_word_counts_once_and_letters_in_either_case() -> None:
    matcher = Matcher([some_matter("a", "IPO"), some_matter("b", "停电", "电")])
    assert matcher.match("ipo").best == "a"
    assert matcher.match("停电停电停电").hits == ("停电", "电")
    assert matcher.match("电").best == "b"
