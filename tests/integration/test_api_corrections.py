"""A source corrects its own word: nobody overwrites what they did not see, and nothing that was said is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.api_client import DARI, NAME, Api, Caller, Person, opened, profile, wish
from tests.conftest import DatabasePair
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

CORRECTED = {**NAME, "value": {"family": "Karimi-Haidari", "given": "Zahra", "form": "current", "script": "Latn"}}


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_corrections", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Köln")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


def address(person: Person, compartment: str = "identity.core") -> str:
    return f"/api/v1/persons/{person.id}/appearances/{person.appearance}/{compartment}"


def put(caller: Caller, where: str, *entries: dict[str, Any], tag: str | None = '"1"') -> Any:  # noqa: ANN401 - werkzeug's answer
    headers = {} if tag is None else {"If_Match": tag}
    return caller.ask("PUT", where, {"entries": list(entries)}, **headers)


def test_a_correction_supersedes_and_keeps_what_was_said_before(clerk: Caller, zahra: Person) -> None:
    before = clerk.get(address(zahra))
    assert before.headers["ETag"] == '"1"'
    answer = put(clerk, address(zahra), CORRECTED)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    after = clerk.get(address(zahra))
    assert after.get_json() == answer.get_json()
    old, new = after.get_json()["entries"]
    assert (old["value"]["family"], old["superseded_by"]) == ("Karimi", new["id"])
    assert (new["value"]["family"], new["superseded_by"]) == ("Karimi-Haidari", None)


def test_only_what_stands_is_read_elsewhere(api: Api, clerk: Caller, jobcenter: Caller, zahra: Person) -> None:
    api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1), "identity"))
    put(clerk, address(zahra), CORRECTED)
    shown = jobcenter.get(profile(zahra.id)).get_json()["sections"]
    (identity,) = (one for one in shown if one["section"] == "identity")
    assert [entry["value"]["family"] for entry in identity["entries"]] == ["Karimi-Haidari"]


def test_a_correction_made_from_an_older_state_changes_nothing(clerk: Caller, zahra: Person) -> None:
    put(clerk, address(zahra), CORRECTED)
    late = put(clerk, address(zahra), NAME)
    assert (late.status_code, late.get_json()["code"]) == (412, "changed-meanwhile")
    assert clerk.get(address(zahra)).headers["ETag"] == '"2"'


@pytest.mark.parametrize("tag", [None, "*", "1", 'W/"1"', '"x"'])
def test_a_correction_says_which_state_it_was_made_from(clerk: Caller, zahra: Person, tag: str | None) -> None:
    """RFC 6585, section 3; a weak tag does not do for a change (RFC 9110, 13.1.1)."""
    answer = put(clerk, address(zahra), CORRECTED, tag=tag)
    assert (answer.status_code, answer.get_json()["code"]) == (428, "if-match-required")


def test_an_entry_of_another_compartment_does_not_get_in(clerk: Caller, zahra: Person) -> None:
    answer = put(clerk, address(zahra), DARI)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_a_number_in_an_unusual_form_is_recorded_with_a_warning(clerk: Caller) -> None:
    """Numbers are warned about, never refused; the warning does not repeat the number."""
    odd = {"kind": "identifiers.azr", "value": {"number": "12345"}}
    usual = {"kind": "identifiers.azr", "value": {"number": "850712000123"}}
    born = clerk.post("/api/v1/persons", {"entries": [NAME, odd]})
    assert born.status_code == 201
    (warning,) = born.get_json()["warnings"]
    assert "identifiers.azr" in warning
    assert "12345" not in warning
    person = Person(born.get_json()["id"], born.get_json()["appearance"], "", [])
    assert clerk.get(address(person, "identifiers.azr")).get_json()["warnings"] == [warning]
    corrected = put(clerk, address(person, "identifiers.azr"), usual)
    assert (corrected.status_code, corrected.get_json()["warnings"]) == (200, [])


def test_nobody_reads_or_corrects_what_another_source_said(
    api: Api, clerk: Caller, jobcenter: Caller, zahra: Person
) -> None:
    """A grant to read is no right to write, and the answer is that of a person who does not exist."""
    api.person(zahra).post("/api/v1/me/grants", wish(api.agency("Jobcenter Köln"), zahra.proof(1), "identity"))
    unknown = Person(str(uuid4()), str(uuid4()), "", [])
    answers = [
        jobcenter.get(address(zahra)),
        jobcenter.get(address(unknown)),
        put(jobcenter, address(zahra), CORRECTED),
        clerk.get(address(Person(unknown.id, zahra.appearance, "", []))),
        clerk.get(address(Person(zahra.id, unknown.appearance, "", []))),
        clerk.get(address(zahra, "no.such-compartment")),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1


def test_a_correction_is_a_line_in_her_log(api: Api, clerk: Caller, zahra: Person) -> None:
    put(clerk, address(zahra), CORRECTED)
    lines = api.person(zahra).get("/api/v1/me/log").get_json()["lines"]
    (line,) = (one for one in lines if one["event"] == "entries.recorded")
    assert (line["agency"], line["sections"]) == (api.agency("Agentur"), ["identity"])
