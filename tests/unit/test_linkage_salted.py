"""High protection: tokens of names that are equal only among people of one birth year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registry.folding.identity import BESIDE, YEAR, stored, tokenized
from registry.keeper.tokens import Linking, tokenizer
from registry.linkage import blocking
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.index import Index
from registry.linkage.score import KNOWN, compare
from tests.identities import LINKER_KEY, LOOKUP_KEY, TOKEN, Lookup, Said, document, folded, tokens

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF", place="Herat")
NADER = replace(NADIR, family="BARAKSAI", given="Nader Schah")


def names_of(said: Said, kind: int) -> set[int]:
    """Return the tokens of names under salts of one kind."""
    return {word.exact for form in tokens(said, salted=True).forms if form.salted_by == kind for word in form.words}


def test_a_name_has_other_tokens_in_each_year() -> None:
    assert not names_of(NADIR, YEAR) & names_of(replace(NADIR, born="1980-06-21"), YEAR)
    assert names_of(NADIR, YEAR) == names_of(replace(NADIR, born="1979-11-30"), YEAR)
    plain = {word.exact for form in tokens(NADIR).forms for word in form.words}
    assert not plain & (names_of(NADIR, YEAR) | names_of(NADIR, BESIDE))


def test_tokens_of_the_years_beside_are_of_a_question_and_never_kept() -> None:
    asked = tokens(NADIR, salted=True)
    assert names_of(NADIR, BESIDE) >= names_of(replace(NADIR, born="1980-03-01"), YEAR)
    assert [form.salted_by for form in stored(asked).forms] == [YEAR], "two would join what the salts part"
    assert stored(tokens(NADIR)) == tokens(NADIR)


@pytest.mark.parametrize(
    ("born", "other", "is_found"),
    [
        ("1979-06-21", "1979-06-21", True),
        ("1979-06-21", "1979-12-06", True),  # the year agrees
        ("1979-06-21", "1978-06-21", True),  # the year before
        ("1979-06-21", "1980-01-01", True),  # a placeholder of the year after
        ("1979-06-21", "1989-02-03", True),  # ten years: by two names
        ("1979-06-21", "1993-02-03", False),
        ("1979-06-21", "1997-06-21", False),
    ],
)
def test_who_is_asked_about_is_found_and_compared_where_dates_have_something_in_common(
    born: str,
    other: str,
    is_found: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    there = stored(tokens(replace(NADIR, born=born, place=None), salted=True))
    here = tokens(replace(NADER, born=other, place=None), salted=True)
    shared = set(blocking.keys_of(there, b"s")) & set(blocking.questions_of(here, b"s"))
    assert bool(shared) is is_found
    reasons = {reason.attribute for reason in compare(here, there, Frequencies()).reasons}
    assert ("family-name" in reasons) is is_found


def test_names_that_no_salt_makes_comparable_say_nothing_for_or_against() -> None:
    there, here = (tokens(replace(NADIR, born=born), salted=True) for born in ("1979-06-21", "1993-02-03"))
    found = compare(here, stored(there), Frequencies())
    assert "names" not in dict(found.evidence)
    assert not {"given-name", "family-name"} & set(found.differences)


def test_who_has_no_birth_date_is_compared_with_who_has_none() -> None:
    nobody = replace(NADIR, born=None)
    there, here = stored(tokens(nobody, salted=True)), tokens(replace(NADER, born=None), salted=True)
    assert set(blocking.keys_of(there, b"s")) & set(blocking.questions_of(here, b"s"))
    assert "names" in dict(compare(here, there, Frequencies()).evidence)


def test_a_salted_judgement_is_nearly_that_of_plain_tokens() -> None:
    """Of a hundred one name is as usual as of the ten of one year."""
    names = [(f"{letter}arzai", f"Nadir{other}a") for letter in "bdfgklmnrs" for other in "bdfgklmnrs"]
    crowd = [
        replace(NADIR, family=family, given=given, born=f"19{60 + at % 10}-02-0{1 + at % 9}", place=f"{given} Dasht")
        for at, (family, given) in enumerate(names)
    ]
    judged = []
    for salted in (False, True):
        counted = Frequencies()
        for said in crowd:
            counted.add(stored(tokens(said, salted=salted)))
        there, here = (tokens(replace(one, born="1965-06-21"), salted=salted) for one in (NADIR, NADER))
        judged.append(compare(here, stored(there), counted))
    assert [one.grade for one in judged] == [KNOWN, KNOWN]
    assert set(judged[0].reasons) == set(judged[1].reasons)
    assert abs(judged[0].bits - judged[1].bits) < 4


def test_usual_names_are_common_where_too_few_share_a_salt_to_count_them() -> None:
    usual = Said(family="Mohammad", given="Ali", born="1979-01-01", sex="m", nationality="AF")
    there, here = (tokens(usual, salted=True) for _ in range(2))
    assert compare(here, stored(there), Frequencies()).grade != KNOWN


def test_a_question_finds_both_manners_while_the_registry_switches() -> None:
    newer = b"another look-up key of tests...."
    keys = Lookup({1: LOOKUP_KEY, 2: newer}, salted=frozenset({2}))
    sealed = Linking.of(keys, LINKER_KEY).seal([document(NADER)], asker=b"run", subject=None, at=datetime.now(UTC))
    index = Index.of(LINKER_KEY)
    asked = index.opened(sealed)
    there = {1: tokenized(folded(NADIR), TOKEN), 2: tokenized(folded(NADIR), tokenizer(newer, 2), salted=True)}
    for identity in there.values():
        index.frequencies.add(stored(identity))
    for version, identity in there.items():
        found = compare(asked.identities[version], stored(identity), index.counted(asked, version))
        assert found.grade == KNOWN
