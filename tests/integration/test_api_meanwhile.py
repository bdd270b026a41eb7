"""A link ends: she is asked about what she said herself while it stood, about that alone, and nothing goes unasked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from registry import clock
from registry.actors import PersonActor
from registry.auth import sessions
from registry.casework.herself import stating
from registry.db import Sessions
from tests.api_client import Api, Caller, Person, opened
from tests.conftest import DatabasePair
from tests.house import open_house
from tests.identities import Said, entries
from tests.integration.test_api_links import asked, letter, linked, separation
from tests.integration.test_api_own_entries import MINE, back, german, put, state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

MEANWHILE = "/api/v1/me/meanwhile"
SKILL = {"kind": "skills.skill", "value": {"name": "Nähen"}}
NEED = {"kind": "needs.support", "value": {"text": "Fahrrad"}}
NAMES = iter(f"{first}{last}" for first in "BDFGKLMNPRST" for last in ("arakzai", "otschieb", "ilzumut"))


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_meanwhile", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, linker=True, idle_minutes=10_000) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def agentur(api: Api) -> Caller:
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def approver(api: Api) -> Caller:
    return api.officer("Agentur", "approver")


@pytest.fixture(scope="module")
def jobcenter(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart")


@pytest.fixture(scope="module")
def second(api: Api) -> Caller:
    return api.officer("Jobcenter Stuttgart", "approver")


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody with a letter, and the record of another office that was linked to her."""

    person: Person
    me: Caller
    record: str

    @property
    def where(self) -> str:
        """Return the address of the record."""
        return f"/api/v1/me/appearances/{self.record}"

    def confirm(self) -> None:
        """Let her say "this is me"."""
        assert self.me.post(f"{self.where}/confirmation", {"proof": self.person.proof(1)}).status_code == 204

    def meanwhile(self) -> list[dict[str, Any]]:
        """Return what she is shown before she says "this is not me"."""
        said: list[dict[str, Any]] = self.me.get(f"{self.where}/meanwhile").get_json()["entries"]
        return said

    def part(self, *taking_back: dict[str, Any]) -> Any:  # noqa: ANN401 - werkzeug's answer
        """Let her say "this is not me", and what she takes back."""
        return self.me.post(f"{self.where}/separation", {"take_back": [one["entry"]["id"] for one in taking_back]})

    def questions(self) -> list[dict[str, Any]]:
        """Return what waits for her."""
        found: list[dict[str, Any]] = self.me.get(MEANWHILE).get_json()["questions"]
        return found

    def answer(self, link: str, *taking_back: dict[str, Any]) -> Any:  # noqa: ANN401 - werkzeug's answer
        """Answer one."""
        return self.me.post(f"{MEANWHILE}/{link}", {"take_back": [one["entry"]["id"] for one in taking_back]})

    def says(self) -> list[Any]:
        """Return the values of what she says herself now."""
        return [one["entry"]["value"] for one in self.me.get(MINE).get_json()["entries"]]

    def events(self) -> list[str]:
        """Return what her log says, the newest first."""
        return [line["event"] for line in self.me.get("/api/v1/me/log").get_json()["lines"]]


@pytest.fixture
def nadir() -> Said:
    return Said(family=next(NAMES), given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF")


@pytest.fixture
def joined(agentur: Caller, approver: Caller, jobcenter: Caller, api: Api, nadir: Said) -> Joined:
    born = agentur.post("/api/v1/persons", {"entries": entries(nadir)}).get_json()
    hers = letter(agentur, born["id"], born["appearance"], approval=approver.token)
    me = api.person(hers)
    state(me, german("A1"))
    record = linked(jobcenter, nadir)["appearance"]
    return Joined(hers, me, record)


def values(said: list[dict[str, Any]]) -> list[Any]:
    return [one["value"] for one in said]


def test_she_is_asked_about_what_she_said_since_she_confirmed_and_nothing_else(joined: Joined) -> None:
    between = state(joined.me, SKILL)
    assert values(joined.meanwhile()) == [between["entry"]["value"]], "it is linked, and nobody has confirmed it"
    joined.confirm()
    assert joined.meanwhile() == []
    need = state(joined.me, NEED)
    assert values(joined.meanwhile()) == [need["entry"]["value"]]


def test_she_keeps_and_takes_back_as_she_says_this_is_not_me(joined: Joined) -> None:
    joined.confirm()
    skill, need = state(joined.me, SKILL), state(joined.me, NEED)
    before = joined.says()
    assert joined.part(need).status_code == 204
    assert joined.says() == [one for one in before if one != need["entry"]["value"]]
    assert skill["entry"]["value"] in joined.says()
    assert joined.questions() == []
    assert {"link.undone", "link.answered"} <= set(joined.events())
    sources = joined.me.get("/api/v1/me/appearances").get_json()["appearances"]
    assert joined.record not in {one["id"] for one in sources}


def test_taking_back_a_change_lets_stand_again_what_she_had_said_before(joined: Joined) -> None:
    (first,) = joined.me.get(MINE).get_json()["entries"]
    joined.confirm()
    changed = put(joined.me, first, german("B1")).get_json()
    changed = put(joined.me, changed, german("C1")).get_json()
    assert joined.part(changed).status_code == 204
    (left,) = joined.me.get(MINE).get_json()["entries"]
    assert left["entry"] == first["entry"]


def test_where_she_said_nothing_of_it_the_question_waits_until_she_answers(joined: Joined) -> None:
    joined.confirm()
    skill, need = state(joined.me, SKILL), state(joined.me, NEED)
    before = joined.says()
    assert joined.me.delete(joined.where).status_code == 204
    assert joined.says() == before, "separating changes nothing of hers"
    after = state(joined.me, german("B2"))
    (question,) = joined.questions()
    assert question["ended_by"] == "person"
    assert sorted(one["id"] for one in question["entries"]) == sorted([skill["entry"]["id"], need["entry"]["id"]])
    for wrong in (after, {"entry": {"id": str(uuid4())}}):
        assert joined.answer(question["link"], wrong).status_code == 404
    assert joined.answer(str(uuid4())).status_code == 404
    assert joined.says() == [*before[:1], after["entry"]["value"], *before[1:]], "nothing was taken back so far"
    assert joined.answer(question["link"], skill).status_code == 204
    assert joined.questions() == []
    assert skill["entry"]["value"] not in joined.says()
    assert need["entry"]["value"] in joined.says()
    assert joined.answer(question["link"]).status_code == 404, "it was answered"


def test_an_office_undoes_it_and_she_is_asked_at_her_next_visit(
    joined: Joined, jobcenter: Caller, second: Caller, api: Api
) -> None:
    joined.confirm()
    need = state(joined.me, NEED)
    where = separation(joined.person.id, joined.record)
    assert jobcenter.post(where, {"approval": second.token}).status_code == 200
    (question,) = joined.questions()
    assert (question["ended_by"], question["source"]) == ("officer", api.agency("Jobcenter Stuttgart"))
    assert values(question["entries"]) == [need["entry"]["value"]]
    assert joined.answer(question["link"]).status_code == 204
    assert (joined.questions(), need["entry"]["value"] in joined.says()) == ([], True)


def test_nothing_is_asked_where_she_said_nothing_or_took_it_back_herself(joined: Joined) -> None:
    joined.confirm()
    assert back(joined.me, state(joined.me, SKILL)).status_code == 204
    assert joined.me.delete(joined.where).status_code == 204
    assert joined.questions() == []


def test_what_she_corrects_afterwards_is_not_asked_about(joined: Joined) -> None:
    joined.confirm()
    skill = state(joined.me, SKILL)
    assert joined.me.delete(joined.where).status_code == 204
    put(joined.me, skill, {"kind": "skills.skill", "value": {"name": "Backen"}})
    assert joined.questions() == []


def test_each_link_of_a_record_has_a_question_of_its_own(joined: Joined, jobcenter: Caller, nadir: Said) -> None:
    joined.confirm()
    first = state(joined.me, SKILL)
    assert joined.me.delete(joined.where).status_code == 204
    between = state(joined.me, german("B2"))
    anew = linked(jobcenter, replace(nadir, given="Nadir"), record=joined.person.appearance)
    again = replace(joined, record=anew["appearance"])
    during = state(joined.me, NEED)
    assert again.me.delete(again.where).status_code == 204
    asked_about = [values(one["entries"]) for one in joined.questions()]
    assert asked_about == [[first["entry"]["value"]], [during["entry"]["value"]]]
    assert between["entry"]["value"] in joined.says()


def test_what_cannot_be_separated_is_not_answered_either(joined: Joined) -> None:
    """Her answer and the separation are one transaction."""
    joined.confirm()
    need = state(joined.me, NEED)
    before = joined.says()
    other = replace(joined, record=joined.person.appearance)
    assert other.part(need).status_code == 404, "she was recorded like this, nothing was linked"
    assert joined.part({"entry": {"id": str(uuid4())}}).status_code == 404
    assert joined.says() == before
    assert joined.record in str(joined.me.get("/api/v1/me/appearances").get_json())


def test_what_became_of_another_kind_stands_again_as_it_was_before(
    joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = state(joined.me, NEED)
    joined.confirm()
    actor = sessions.asker(sessions.token_of(joined.me.token or ""), clock.now())
    assert isinstance(actor, PersonActor)
    monkeypatch.setattr(stating, "MOST_ENTRIES", 1)  # as many stand afterwards as before
    said = {"kind": "needs.training", "value": {"text": "Umschulung"}}
    with Sessions.begin() as session:
        old = UUID(need["entry"]["id"])
        made = stating.exchange(session, old, said, version=need["version"], actor=actor, now=clock.now())
    assert joined.says()[1:] == [said["value"]]
    assert joined.part({"entry": {"id": str(made.entry.id)}}).status_code == 204
    assert joined.says()[1:] == [NEED["value"]]


def test_nobody_answers_for_another(joined: Joined, agentur: Caller, api: Api, nadir: Said) -> None:
    joined.confirm()
    need = state(joined.me, NEED)
    assert joined.me.delete(joined.where).status_code == 204
    (question,) = joined.questions()
    born = agentur.post("/api/v1/persons", {"entries": entries(replace(nadir, family="Anders", born="1990-01-01"))})
    stranger = api.person(letter(agentur, born.get_json()["id"], born.get_json()["appearance"]))
    state(stranger, SKILL)
    other = replace(joined, me=stranger)
    assert other.questions() == []
    assert other.answer(question["link"], need).status_code == 404
    assert other.part(need).status_code == 404
    assert stranger.get(f"{joined.where}/meanwhile").status_code == 404
    assert agentur.get(MEANWHILE).status_code == 403
    assert len(joined.questions()) == 1


def test_her_words_are_destroyed_where_officers_part_what_her_letter_rests_on(
    agentur: Caller, jobcenter: Caller, second: Caller, api: Api, nadir: Said
) -> None:
    """Two that nobody had proved were linked; the counter of the one that moved hands a letter over, then it parts."""
    first = agentur.post("/api/v1/persons", {"entries": entries(nadir)}).get_json()
    moved = linked(jobcenter, nadir)
    hers = letter(jobcenter, first["id"], moved["appearance"])
    joined = Joined(hers, api.person(hers), moved["appearance"])
    need = state(joined.me, NEED)
    early = joined.part(need)
    assert (early.status_code, early.get_json()["code"]) == (422, "invalid"), "her words would go with her letter"
    assert joined.me.delete(joined.where).status_code == 422
    where = separation(hers.id, joined.record)
    parted = jobcenter.post(where, {"approval": second.token})
    assert parted.status_code == 200
    assert joined.me.get(MINE).status_code == 401, "her letter was handed over for what went"
    anew = letter(jobcenter, parted.get_json()["person"], joined.record)
    other = letter(agentur, first["id"], first["appearance"])
    for one in (api.person(anew), api.person(other)):
        assert one.get(MINE).get_json()["entries"] == []
        assert one.get(MEANWHILE).get_json()["questions"] == []
        lines = one.get("/api/v1/me/log").get_json()["lines"]
        assert "entries.recorded" not in {line["event"] for line in lines}, "nor that another said anything"
        state(one, SKILL)
        assert len(one.get(MINE).get_json()["entries"]) == 1, "each speaks for herself"
    assert asked(agentur, nadir), "whoever they are, both are found by what offices said"
