"""Decoys are put together from parts of people whom nobody recognises in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from registry.folding.identity import FAMILY, GIVEN, Identity
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.tables.decoys import Decoys, mixed
from registry.linkage.tables.identities import Fresh, State
from tests.identities import Said, tokens

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
NADIR = Said(family="Barak Zai", given="Nadir Shah", born="1979-06-21", place="Herat", numbers={"azr": "240101123456"})
FAMILIES = ("Barakzai", "Haidari", "Rahimi", "Popal", "Safi", "Wardak")
GIVENS = ("Nadir", "Omid", "Farid", "Habib", "Latif", "Murad")
CROWD = [replace(NADIR, family=one, given=other) for one in FAMILIES for other in GIVENS]


def made(*known: Said, version: int = 1) -> list[Identity[int]]:
    """Return decoys for everybody, among people under the first version of the key."""
    decoys, counted = Decoys(1.0, Random(4)), Frequencies()  # noqa: S311 - the same each time, no secret
    for said in known:
        decoys.remember(1, tokens(said))
        counted.add(tokens(said))
    taken = [Fresh(at, State(MOMENT, version), tokens(said)) for at, said in enumerate(known)]
    return [one.identity for one in decoys.beside(taken, counted)]


def test_family_and_given_name_of_two_people_make_one_name_with_its_joined_neighbours() -> None:
    (one,), (other,) = tokens(NADIR).forms, tokens(replace(NADIR, family="Popal Khel", given="Abdul Rahim")).forms
    form = mixed(one, other)
    family = [word for word in one.words if word.slot == FAMILY]
    given = [word for word in other.words if word.slot == GIVEN]
    assert list(form.words) == [*family, *given]
    assert [(part.slot, part.skeletons) for part in form.joined] == [
        *((part.slot, part.skeletons) for part in one.joined if part.slot == FAMILY),
        *((part.slot, part.skeletons) for part in other.joined if part.slot == GIVEN),
    ]
    assert all(form.words[part.first].slot == form.words[part.first + 1].slot == part.slot for part in form.joined)


def test_a_decoy_has_no_word_that_fewer_than_three_people_have_and_nobodys_number() -> None:
    rare = replace(NADIR, family="Achakzai", given="Zalmai", place="Balkh")
    theirs = {word.exact for form in tokens(rare).forms for word in form.words} | {
        word.exact for word in tokens(rare).places
    }
    decoys = made(*CROWD, rare, replace(rare, given="Yama"))
    assert len(decoys) > len(CROWD) / 2
    words = {word.exact for one in decoys for form in one.forms for word in form.words}
    assert not theirs & (words | {word.exact for one in decoys for word in one.places})
    real = {one.number for one in tokens(NADIR).numbers}
    assert all(one.numbers and not real & {number.number for number in one.numbers} for one in decoys)


def test_parts_under_two_versions_of_the_key_are_never_put_together() -> None:
    assert made(*CROWD, version=2) == []


def test_without_a_share_there_are_none() -> None:
    decoys = Decoys(0.0)
    for said in CROWD:
        decoys.remember(1, tokens(said))
    assert decoys.beside([Fresh(1, State(MOMENT, 1), tokens(NADIR))], Frequencies()) == []
