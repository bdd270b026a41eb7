"""Judgements about pairs: grades, reasons in words, and what no sum of weights may decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import (
    BIRTH_CONTRADICTS,
    BIRTH_LEVELS,
    BIRTH_VAGUE,
    BIRTH_YEAR_COUNTS,
    FEATURES,
    FITTED_NUMBERS,
    WORD_LEVELS,
)
from registry.linkage.comparison.model import MODEL
from registry.linkage.reasons import difference, words
from registry.linkage.score import KNOWN, LOOK, NEW, Comparison, compare
from registry.wire.linking import Reason, Statement, Weight, as_texts, reasons_in, weights_in
from tests.identities import Said, frequencies, tokens

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")
STRANGER = Said(family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
#: Two of the most usual names with a date that says only the year.
USUAL = Said(family="Mohammadi", given="Mohammad", born="1990-01-01", sex="m", nationality="AF")


def judged(one: Said, other: Said, *known: Said) -> Comparison:
    return compare(tokens(one), tokens(other), frequencies(*known))


def test_the_same_words_are_known() -> None:
    assert judged(NADIR, NADIR).grade == KNOWN


def test_strangers_are_new() -> None:
    found = judged(NADIR, STRANGER)
    assert found.grade == NEW
    assert set(found.differences) == {"family-name", "given-name", "birth-date", "sex", "nationality"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "BARAKSAI"}, "same family name in another spelling"),
        ({"given": "Nader Schah"}, "same given name in another spelling"),
        ({"given": "Nadirshah"}, "given name written as one word here and as two there"),
        ({"family": "Nadir Shah", "given": "Barakzai"}, "same name, once as family name and once as given name"),
        ({"born": "1979-06"}, "same birth month, day unknown"),
        ({"born": "1979-01-01"}, "birth year equal, day unknown"),
        ({"born": "1979-06-27"}, "birth dates that differ in one digit"),
        ({"born": "1980-06-21"}, "same day and month of birth in neighbouring years"),
        ({}, "same birth date"),
    ],
)
def test_what_differs_is_put_into_words_and_is_still_known(change: dict[str, Any], said: str) -> None:
    found = judged(NADIR, replace(NADIR, **change))
    assert found.grade == KNOWN
    assert said in {words(reason) for reason in found.reasons}


def test_a_row_keeps_reasons_and_weights_and_rows_of_before_have_no_weights() -> None:
    found = judged(NADIR, replace(NADIR, family="BARAKSAI", sex="w"))
    said = Statement(b"", None, UUID(int=1), found.grade, found.reasons, found.differences, NOW, found.weights())
    kept = as_texts(said)
    assert reasons_in(kept) == [f"{one.code}:{one.attribute}:{one.level}" for one in found.reasons]
    assert weights_in(kept) == list(found.weights())
    assert weights_in(reasons_in(kept)) == []
    weights_ = {one.name: one.bits for one in found.weights()}
    assert weights_["sex"] < 0 < weights_["birth-date"]


def test_a_number_of_a_household_weighs_what_the_law_says_of_it() -> None:
    number = {"jobcenter-case": "67748//0071230"}
    found = judged(replace(NADIR, numbers=number), replace(NADIR, numbers=number))
    assert Weight("jobcenter-case", 4) in found.weights()


def test_day_and_month_exchanged_are_recognised() -> None:
    born = replace(NADIR, born="1979-06-09")
    found = judged(born, replace(born, born="1979-09-06"))
    assert found.grade == KNOWN
    assert "same birth date with day and month exchanged" in {words(reason) for reason in found.reasons}


def test_a_fathers_name_in_the_family_name_and_a_grandfathers_there_are_one_chain() -> None:
    father = Said(family="WELDEMIKAEL", given="Rahwa", born="1996-02-17", sex="w", nationality="ER")
    grandfather = replace(father, family="Tesfagabir", given="Rahwa Weldemichael")
    assert judged(father, grandfather).grade == KNOWN


def test_the_native_script_counts_as_a_form_of_the_name() -> None:
    native = Said(native=("حداد", "خالد", "Arab"), born="1985-11-23", sex="m", nationality="SY")
    latin = Said(family="Haddad", given="Khaled", born="1985-11-23", sex="m", nationality="SY")
    assert judged(native, latin).grade == KNOWN


def test_twins_are_for_a_human_to_tell_apart() -> None:
    """They share everything but the given name, the date to the day and the place included."""
    twin = Said(family="Barakzai", given="Nadir", born="1979-06-21", sex="m", nationality="AF", place="Herat")
    found = judged(twin, replace(twin, given="Parwez"))
    assert found.grade != KNOWN
    assert "given-name" in found.differences


def test_a_household_number_does_not_make_siblings_one() -> None:
    twin = Said(family="Barakzai", given="Nadir", born="1979-06-21", sex="m", nationality="AF", place="Herat")
    numbered = replace(twin, numbers={"jobcenter-case": "67748//0071230"})
    assert judged(numbered, replace(numbered, given="Parwez")).grade != KNOWN


@pytest.mark.parametrize("scheme", sorted(weights.PERSONAL))
def test_a_shared_number_against_name_and_date_is_for_a_human(scheme: str) -> None:
    """Exact numbers are strong and not absolute: they are mistyped, and files are mixed up."""
    number = {scheme: "343C218870"}
    found = judged(replace(NADIR, numbers=number), replace(STRANGER, numbers=number))
    assert found.grade == LOOK
    assert Reason("agrees", scheme, "exact") in found.reasons
    assert {"family-name", "birth-date"} <= set(found.differences)


def test_a_shared_number_makes_a_weak_agreement_known() -> None:
    one = Said(family="Barakzai", given="Nadir", numbers={"azr": "240101123456"})
    assert judged(one, replace(one, given="N. Shah")).grade == KNOWN


def test_another_customer_number_is_named_and_prevents_nothing() -> None:
    """Section 51a SGB II: who had no benefits for years is given a new one."""
    one = replace(NADIR, numbers={"ba-customer": "343C218870"})
    found = judged(one, replace(NADIR, numbers={"ba-customer": "215D774102"}))
    assert found.grade == KNOWN
    assert found.differences == ("ba-customer",)


def test_numbers_are_compared_without_how_they_are_grouped() -> None:
    one = replace(NADIR, numbers={"bamf": "BK4711-0815-22"})
    found = judged(one, replace(NADIR, numbers={"bamf": "bk4711 0815/22"}))
    assert Reason("agrees", "bamf", "exact") in found.reasons


def test_usual_names_with_a_placeholder_are_for_a_human() -> None:
    assert judged(USUAL, USUAL).grade == LOOK
    assert judged(USUAL, replace(USUAL, family="Muhammadi", given="Mohamed")).grade == LOOK


def test_names_that_many_bear_with_a_date_that_is_only_a_year_are_for_a_human() -> None:
    """Whatever the names are: what counts is how many people the registry knows by them."""
    one = Said(family="Barakzai", given="Nadir", born="1979-01-01", sex="m", nationality="AF")
    many = [replace(one, born=f"{1950 + at}-03-0{1 + at % 9}") for at in range(50)]
    assert judged(one, one).grade == KNOWN
    assert judged(one, one, *many).grade == LOOK
    assert judged(one, replace(one, born="1979-06-21"), *many).grade == LOOK
    assert judged(replace(one, born="1979-06-21"), replace(one, born="1979-06-21"), *many).grade == KNOWN


def test_usual_names_with_a_whole_date_are_known() -> None:
    dated = replace(USUAL, born="1990-03-14")
    assert judged(dated, dated).grade == KNOWN


def test_the_more_people_bear_a_name_the_less_it_says() -> None:
    crowd = [replace(NADIR, born=f"19{50 + at}-03-05") for at in range(40)]
    strangers = [replace(STRANGER, born=f"19{50 + at}-03-05") for at in range(40)]
    assert judged(NADIR, NADIR, *crowd).bits < judged(NADIR, NADIR, *strangers).bits


def test_the_more_people_are_known_the_more_a_judgement_needs() -> None:
    small, large = frequencies(NADIR), frequencies(NADIR)
    large.population = 1_000_000
    assert compare(tokens(NADIR), tokens(NADIR), large).bits < compare(tokens(NADIR), tokens(NADIR), small).bits - 10


@pytest.mark.parametrize("change", [{"sex": "w"}, {"nationality": "IR"}])
def test_another_sex_or_nationality_weakens_and_is_named(change: dict[str, Any]) -> None:
    found = judged(NADIR, replace(NADIR, **change))
    assert found.bits < judged(NADIR, NADIR).bits - 3
    assert found.differences == tuple(change)


@pytest.mark.parametrize("change", [{"sex": "x"}, {"sex": None}, {"nationality": "unclear"}, {"nationality": None}])
def test_what_is_not_stated_or_unclear_contradicts_nothing(change: dict[str, Any]) -> None:
    found = judged(NADIR, replace(NADIR, **change))
    assert found.grade == KNOWN
    assert found.differences == ()


def test_nobody_is_known_by_nothing() -> None:
    assert judged(Said(), Said()).grade == NEW
    assert judged(Said(born="1979-06-21", sex="m"), NADIR).grade != KNOWN


def test_two_names_alone_are_never_enough() -> None:
    bare = Said(family="Barakzai", given="Nadir")
    assert judged(bare, bare, *[NADIR] * 1000).grade != KNOWN


def test_every_reason_and_difference_has_words() -> None:
    attributes = ("family-name", "given-name", "birth-place", "sex", "nationality", *FITTED_NUMBERS, *weights.NUMBERS)
    levels = WORD_LEVELS
    said = {words(Reason("agrees", attribute, level)) for attribute, level in product(attributes, levels)}
    said |= {words(Reason("moved", "name", level)) for level in levels}
    agreeing = set(BIRTH_LEVELS) - BIRTH_CONTRADICTS
    said |= {words(Reason("agrees", "birth-date", level)) for level in agreeing}
    assert len(said) == len(attributes) * len(levels) + len(levels) + len(agreeing)
    assert difference("birth-date") == "other birth date"
    assert all(difference(attribute) for attribute in attributes)


def test_the_table_is_complete() -> None:
    """A level without a weight would end the linker's answer."""
    assert set(MODEL.weights) == set(FEATURES)
    assert set(BIRTH_LEVELS) >= BIRTH_CONTRADICTS | BIRTH_YEAR_COUNTS | BIRTH_VAGUE
    assert weights.NAME_AGREES.keys() == set(WORD_LEVELS)
    assert weights.NUMBERS.keys() | set(FITTED_NUMBERS) >= weights.PERSONAL
    assert all(agrees > 0 >= contradicts for agrees, contradicts in weights.NUMBERS.values())
