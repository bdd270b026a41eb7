"""What holds for any two identities, whatever is said in them."""

from __future__ import annotations

import string
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.folding.letters import latin
from registry.linkage import blocking
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.reasons import difference, words
from registry.linkage.score import KNOWN, compare
from tests.identities import Said, folded, frequencies, tokens

NAMES = st.one_of(
    st.sampled_from(["Mohammad", "Al Haddad", "Abd al-Rahman", "Бондарчук", "ወልደሚካኤል", "الحداد", "Şêxmûs", "x", ""]),
    st.text(max_size=30),
)
DATES = st.one_of(
    st.none(), st.dates().map(str), st.sampled_from(["1979", "1979-06", "1979-01-01", "1979-06-09", "1979-09-06"])
)
NUMBERS = st.dictionaries(
    st.sampled_from(["azr", "bamf", "ba-customer", "jobcenter-case"]), st.sampled_from(["240101123456", "343C218870"])
)
SAID = st.builds(
    Said,
    family=NAMES,
    given=NAMES,
    variants=st.lists(NAMES, max_size=3).map(tuple),
    born=DATES,
    sex=st.sampled_from([None, "m", "w", "d", "x"]),
    nationality=st.sampled_from([None, "unclear", "SY", "UA", "ER", "DE"]),
    place=st.one_of(st.none(), NAMES),
    numbers=NUMBERS,
)


@given(text=st.text())
def test_folding_leaves_small_plain_letters_of_any_text(text: str) -> None:
    assert set(latin(text)) <= {*string.ascii_lowercase, " "}


@settings(deadline=None)
@given(said=SAID)
def test_the_same_statement_is_folded_the_same_and_never_into_too_much(said: Said) -> None:
    assert folded(said) == folded(said)
    assert len(blocking.keys_of(tokens(said), b"s")) <= 1000


@settings(deadline=None)
@given(one=SAID, other=SAID)
def test_what_contradicts_and_agrees_does_not_depend_on_who_is_asked_about(one: Said, other: Said) -> None:
    counted = frequencies(one, other)
    there = compare(tokens(one), tokens(other), counted)
    back = compare(tokens(other), tokens(one), counted)
    if not any(reason.level == "joined" for reason in (*there.reasons, *back.reasons)):  # may be joined in two ways
        assert abs(there.bits - back.bits) <= 1
    assert _of_numbers_and_dates(there.differences) == _of_numbers_and_dates(back.differences)


@settings(deadline=None)
@given(one=SAID, other=SAID)
def test_whoever_is_known_can_be_found(one: Said, other: Said) -> None:
    """No pair that would be linked is hidden by the keys it is looked up by, but where two spellings share no code."""
    if compare(tokens(one), tokens(other), Frequencies()).grade == KNOWN:
        asked = blocking.questions_of(tokens(one), b"s")
        assert set(asked) & set(blocking.keys_of(tokens(other), b"s"))


@settings(deadline=None)
@given(one=SAID, other=SAID)
def test_every_judgement_can_be_put_into_words(one: Said, other: Said) -> None:
    found = compare(tokens(one), tokens(other), Frequencies())
    assert all(words(reason) for reason in found.reasons)
    assert all(difference(attribute) for attribute in found.differences)
    assert not {reason.attribute for reason in found.reasons} & {"birth-date"} & set(found.differences)


@settings(deadline=None)
@given(one=SAID, other=SAID)
def test_the_weights_that_are_told_are_whole_and_add_up_to_the_side_on_which_it_was_judged(
    one: Said, other: Said
) -> None:
    found = compare(tokens(one), tokens(other), frequencies(one, other))
    told = {weight.name: weight.bits for weight in found.weights()}
    assert sum(told.values()) == floor(found.bits)
    assert list(told) == [name for name, _ in found.evidence]
    assert all(abs(told[name] - bits) <= 1 for name, bits in found.evidence)
    spoken = {reason.attribute for reason in found.reasons} | set(found.differences)
    assert spoken - {"family-name", "given-name", "name"} == told.keys() - {"start", "names", "together"}


@settings(deadline=None)
@given(known=st.lists(SAID, max_size=6))
def test_what_was_counted_and_taken_back_leaves_no_trace(known: list[Said]) -> None:
    counted = Frequencies()
    for said in known:
        counted.add(tokens(said))
    for said in known:
        counted.remove(tokens(said))
    fresh = Frequencies()
    for said in known:
        for form in tokens(said).forms:
            for word in form.words:
                assert counted.share(word.exact, 0.01) == fresh.share(word.exact, 0.01)
    assert (counted.people, counted.population) == (0, 0)


def _of_numbers_and_dates(differences: tuple[str, ...]) -> set[str]:
    return set(differences) - {"family-name", "given-name"}
