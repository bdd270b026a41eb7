"""Lines of a list become the statements that a clerk would record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from adapters.cli.knowing import known
from registry.linkage.batch.lists.people import COLUMNS
from registry.linkage.batch.lists.reading import ListRefused
from registry.linkage.batch.lists.stating import is_enough, stated
from schemas.entries import EntryIn

if TYPE_CHECKING:
    from pathlib import Path


def line(**said: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | said


def test_what_is_empty_or_unknown_says_nothing() -> None:
    assert stated(line(rec_id="1", sex="x", nationality="XXX")) == []
    (born,) = stated(line(birth_date="1990-05-00"))
    assert born["value"]["date"] == "1990-05"
    (born,) = stated(line(birth_date="1990-00-00"))
    assert born["value"]["date"] == "1990"


@pytest.mark.parametrize(
    ("family", "script"), [("Karimi", "Latn"), ("کریمی", "Arab"), ("Ковтун", "Cyrl"), ("ተኽለ", "Ethi")]
)
def test_every_statement_is_one_that_may_be_recorded(family: str, script: str) -> None:
    said = stated(
        line(
            given_name="Zahra",
            family_name=family,
            sex="F",
            birth_date="1988-11-09",
            birth_place="Herat",
            nationality="AFG",
            azr="150923481207",
            phone="0170 1",
        )
    )
    assert [EntryIn().load(one)["kind"] for one in said] == [
        "identity.name",
        "identity.birth-date",
        "identity.sex",
        "identity.nationality",
        "identity.birth-place",
        "identifiers.azr",
    ]
    assert said[0]["value"]["script"] == script
    assert (said[2]["value"], said[3]["value"]["country"]) == ({"code": "w"}, "AF")


def test_one_asks_by_a_whole_name_with_a_birth_date_or_by_a_number() -> None:
    named = {"given_name": "Zahra", "family_name": "Karimi"}
    assert is_enough(stated(line(**named, birth_date="1988")))
    assert is_enough(stated(line(azr="150923481207")))
    assert not is_enough(stated(line(**named)))
    assert not is_enough(stated(line(family_name="Karimi", birth_date="1988")))


def test_a_list_that_is_too_long_for_a_day_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    people, out = tmp_path / "people.csv", tmp_path / "answers.csv"
    rows = [f"{at},Zahra,Karimi,1988-11-09,{at:012}" for at in range(2_501)]  # a name and a number each
    people.write_text("\n".join(["rec_id,given_name,family_name,birth_date,azr", *rows]), encoding="utf-8")
    done = CliRunner().invoke(known, [str(people), "677", "--out", str(out)])
    assert isinstance(done.exception, ListRefused)
    assert "5002 identities" in str(done.exception)
    assert not out.exists()
