"""What a dump of the linker's tables tells whoever has much the same people in plaintext: measured, and bounded."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.folding.identity import stored, tokenized
from registry.keeper.tokens import tokenizer
from registry.linkage import blocking
from tests.dump_attacks import by_company, by_frequency, by_likeness, counted
from tests.identities import Said, folded

if TYPE_CHECKING:
    from registry.folding.identity import Identity
    from tests.dump_attacks import Claims, Postings

DEVELOPMENT = Path(__file__).parents[3] / "shared" / "data" / "linkage" / "refugee_dev.csv"
COUNTRIES = {
    "SYR": "SY", "UKR": "UA", "AFG": "AF", "IRQ": "IQ", "IRN": "IR", "ERI": "ER", "SOM": "SO", "TUR": "TR", "ETH": "ET",
}  # fmt: skip
pytestmark = pytest.mark.skipif(not DEVELOPMENT.exists(), reason="the development set is not here")


@pytest.fixture(
    scope="module", params=[pytest.param(False, id="plain"), pytest.param(True, id="salted", marks=pytest.mark.long)]
)
def identities(request: pytest.FixtureRequest) -> dict[str, dict[str, Identity[int]]]:
    """The two offices' people as tokens: some 11,000 of 15,500 are the same."""
    token = tokenizer(b"k" * 32, 1)
    said: dict[str, dict[str, Identity[int]]] = {"A": {}, "B": {}}
    with DEVELOPMENT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            said[row["agency"]][row["person_id"]] = stored(tokenized(folded(_said(row)), token, salted=request.param))
    return said


@pytest.fixture(scope="module")
def offices(identities: dict[str, dict[str, Identity[int]]]) -> dict[str, Postings]:
    """What would be stored of them."""
    return {office: {one: _keys(identity) for one, identity in people.items()} for office, people in identities.items()}


def _keys(identity: Identity[int]) -> frozenset[int]:
    return frozenset(blocking.keys_of(identity, b"s" * 32))


def _said(row: dict[str, str]) -> Said:
    return Said(
        family=row["family_name"],
        given=row["given_name"],
        born=row["birth_date"] if len(row["birth_date"]) == 10 and "-00" not in row["birth_date"] else None,
        sex=row["sex"] or None,
        nationality=COUNTRIES.get(row["nationality"]),
        place=row["birth_place"] or None,
        numbers={"azr": row["azr"]} if row["azr"] else {},
    )


def test_how_often_digests_occur_tells_almost_none_of_them(
    offices: dict[str, Postings], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two pieces of evidence make one digest: what is most frequent at one office is not what is at the other."""
    claims = [by_frequency(offices["A"], offices["B"], top) for top in (100, 1000)]
    _say(capsys, "by frequency", *claims)
    assert all(one.right <= 0.08 * one.made for one in claims)
    often = counted(offices["A"])
    assert sum(count == 1 for count in often.values()) > 0.7 * len(often), "most digests are of one person"


def test_which_digests_occur_together_tells_almost_nobody_at_another_office(
    offices: dict[str, Postings], capsys: pytest.CaptureFixture[str]
) -> None:
    claims = [by_company(offices["A"], offices["B"], rounds) for rounds in (1, 2)]
    _say(capsys, "by company", *claims)
    both = len(offices["A"].keys() & offices["B"].keys())
    assert both > 10_000
    assert all(one.right <= 0.005 * both for one in claims)


def test_how_somebodys_digests_look_tells_few(offices: dict[str, Postings], capsys: pytest.CaptureFixture[str]) -> None:
    claims = by_likeness(offices["A"], offices["B"])
    _say(capsys, "by likeness", claims)
    assert claims.right <= 0.03 * claims.made


def test_whoever_has_the_very_rows_recognises_nearly_all_of_them(offices: dict[str, Postings]) -> None:
    """The attacks can succeed, and this is what is not promised: a dump hides nobody from who has the whole file."""
    claims = by_company(offices["A"], offices["A"], 2)
    assert claims.right == claims.made > 0.9 * len(offices["A"])


def _say(capsys: pytest.CaptureFixture[str], what: str, *claims: Claims) -> None:
    with capsys.disabled():
        print(f" {what}:", ", ".join(f"{one.right} right of {one.made}" for one in claims), end="")
