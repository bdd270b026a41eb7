"""Tokens hide what they stand for, and tell apart what must not be mixed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from registry.crypto import envelope
from registry.crypto.errors import CryptoError
from registry.folding.identity import Identity, tokenized
from registry.folding.reading import identity_of, number_of
from registry.keeper.tokens import Linking, tokenizer
from registry.linkage import blocking
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.index import Asked, Index
from registry.linkage.score import compare
from registry.wire import linking
from tests.identities import LINKER_KEY, LOOKUP_KEY, TOKEN, Lookup, Said, document, folded, keeper, sealed, tokens

GIVEN = ("Nadir", "Omid", "Farid", "Habib", "Latif", "Murad", "Rahim", "Samim")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NADIR = Said(
    family="Barakzai",
    given="Nadir Shah",
    born="1979-06-21",
    sex="m",
    nationality="AF",
    place="Herat",
    numbers={"azr": "240101123456", "ba-customer": "343C218870"},
)


def leaves(identity: object) -> list[object]:
    """Return every leaf of an identity but the plain marks of its form."""
    built = msgspec.to_builtins(identity)
    flat: list[object] = []
    todo = [built]
    while todo:
        one = todo.pop()
        if isinstance(one, list | tuple):
            todo.extend(one)
        elif isinstance(one, dict):
            todo.extend(one.values())
        elif one is not None and not isinstance(one, bool):
            flat.append(one)
    return flat


def test_no_text_is_left_but_the_schemes_of_numbers() -> None:
    texts = {leaf for leaf in leaves(tokens(NADIR)) if isinstance(leaf, str)}
    assert texts == {"azr", "ba-customer"}


def test_equal_text_gives_equal_tokens_and_other_keys_give_others() -> None:
    again = tokenizer(LOOKUP_KEY, 1)
    assert TOKEN("name", "exact", "barakzai") == again("name", "exact", "barakzai")
    others = {
        tokenizer(b"x" * 32, 1)("name", "exact", "barakzai"),
        tokenizer(LOOKUP_KEY, 2)("name", "exact", "barakzai"),
        TOKEN("birth-place", "exact", "barakzai"),
        TOKEN("name", "sound", "barakzai"),
        TOKEN("name", "exact", "barakzay"),
    }
    assert TOKEN("name", "exact", "barakzai") not in others
    assert len(others) == 5


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(CryptoError):
        tokenizer(b"", 1)("name", "exact", "barakzai")


def test_what_is_sealed_opens_with_the_query_key_alone_and_says_who_asked() -> None:
    subject = UUID(int=7)
    body = sealed(NADIR, asker=b"session", subject=subject, at=NOW)
    query = linking.QUERY.decode(envelope.open_secret(body, keeper().query_key, linking.QUERY_KEY))
    assert (query.asker, query.subject, query.at) == (b"session", subject, NOW)
    assert msgspec.msgpack.decode(query.identities[0][1], type=Identity[int]) == tokens(NADIR)
    for key in (keeper().finding_key, LOOKUP_KEY):
        with pytest.raises(CryptoError):
            envelope.open_secret(body, key, linking.QUERY_KEY)


def test_the_same_question_is_sealed_differently_each_time() -> None:
    assert sealed(NADIR, at=NOW) != sealed(NADIR, at=NOW)


def test_what_was_superseded_or_has_ended_does_not_count() -> None:
    name = {"kind": "identity.name", "value": {"family": "Haddad", "form": "current", "script": "Latn"}}
    for over in ({"superseded_by": str(UUID(int=1))}, {"ended_at": "2026-01-01T00:00:00.000000Z"}):
        assert identity_of([json.dumps({"entries": [name | over]}).encode()]) == Identity()
    kept = name | {"superseded_by": None, "ended_at": None}
    assert identity_of([json.dumps({"entries": [kept]}).encode()]) != Identity()


def test_entries_of_other_kinds_are_not_read() -> None:
    other = {"kind": "languages.language", "value": {"tag": "ar"}}
    assert identity_of([json.dumps({"entries": [other]}).encode()]) == Identity()


def test_nobody_is_found_by_a_placeholder_alone() -> None:
    """Or a tenth of a registry would be compared with everybody of the same year."""
    bare = folded(Said(born="1979-01-01", sex="m", nationality="AF", place="Kabul"))
    assert bare.births
    assert blocking.keys_of(tokens(Said(born="1979-01-01", sex="m", nationality="AF", place="Kabul")), b"s") == []


def test_keys_take_two_pieces_of_evidence_or_one_number() -> None:
    assert blocking.keys_of(tokens(Said(family="Barakzai", sex="m")), b"s") == []
    assert len(blocking.keys_of(tokens(Said(numbers={"azr": "240101123456"})), b"s")) == 1
    assert len(blocking.keys_of(tokens(Said(born="1979-06-21")), b"s")) == 1


def test_keys_of_another_linker_are_others() -> None:
    assert not set(blocking.keys_of(tokens(NADIR), b"s")) & set(blocking.keys_of(tokens(NADIR), b"t"))


def test_a_placeholder_asks_for_the_years_beside_it() -> None:
    stored = set(blocking.keys_of(tokens(Said(family="Barakzai", born="1979-06-21")), b"s"))
    beside, far = (Said(family="Barakzai", born=born) for born in ("1980-01-01", "1985-01-01"))
    assert stored & set(blocking.questions_of(tokens(beside), b"s"))
    assert not stored & set(blocking.questions_of(tokens(far), b"s"))


def test_a_name_is_as_common_as_it_is_whichever_versions_of_the_key_its_bearers_lie_under() -> None:
    """While the look-up key is renewed half of all people lie under each; no judgement changes by that."""
    newer = b"another look-up key of tests...."
    crowd = [replace(NADIR, given=f"{given} Shah", born=f"19{60 + year}-06-21") for year, given in enumerate(GIVEN)]
    alone, mixed = Frequencies(), Frequencies()
    for at, said in enumerate(crowd):
        alone.add(tokens(said))
        mixed.add(tokenized(folded(said), tokenizer(newer, 2)) if at % 2 else tokens(said))
    queries = [Linking.of(Lookup({1: LOOKUP_KEY, 2: newer}), LINKER_KEY), keeper()]
    two, one = (_asked(who, NADIR) for who in queries)
    assert (list(two.identities), list(one.identities)) == ([2, 1], [1])
    index = Index.of(LINKER_KEY)
    index.frequencies = mixed
    for version, token in ((1, TOKEN), (2, tokenizer(newer, 2))):
        other = tokenized(folded(replace(NADIR, family="Barakzay")), token)
        seen = compare(two.identities[version], other, index.counted(two, version))
        assert seen == compare(one.identities[1], tokens(replace(NADIR, family="Barakzay")), alone)
        assert seen != compare(two.identities[version], other, mixed), "counted under one version alone it is rarer"


def _asked(who: Linking, said: Said) -> Asked:
    return Index.of(LINKER_KEY).opened(who.seal([document(said)], asker=b"", subject=None, at=NOW))


@pytest.mark.parametrize("text", ["000000000000", "9999999", "+00 000 000", "xxxxxx"])
def test_one_sign_again_and_again_is_no_number(text: str) -> None:
    assert number_of("azr", text) is None
    assert number_of("azr", f"{text}1") is not None
