"""Nobody silences the watch over questions at the counter by work on others than those whom the questions found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from registry.audit.watching import counters
from registry.audit.watching.counters import MANY, ONE_OF
from registry.db import Sessions
from tests.api_client import Api, Caller, opened, profile
from tests.house import open_house
from tests.identities import Said, entries, strangers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DatabasePair

KNOWN = strangers(MANY)
NEWCOMERS = strangers(MANY, first=MANY)
MORE = strangers(ONE_OF, first=2 * MANY)


@pytest.fixture
def api(database_pair: DatabasePair) -> Iterator[Api]:
    with open_house(database_pair, linker=True, idle_minutes=600) as house:
        yield from opened(house)


@pytest.fixture
def officer(api: Api) -> Caller:
    """Whoever asks, of an office that keeps nobody; another one keeps all of `KNOWN` and `MORE`."""
    agentur = api.officer("Agentur")
    for said in (*KNOWN, *MORE):
        record(agentur, said)
    return api.officer("Jobcenter Stuttgart")


def record(officer: Caller, said: Said, **choice: object) -> dict[str, Any]:
    answer = officer.post("/api/v1/persons", {"entries": entries(said), **choice})
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def ask(officer: Caller, said: Said) -> list[str]:
    answer = officer.post("/api/v1/matches", {"entries": entries(said)})
    assert answer.status_code == 200, answer.get_json()
    return [match["id"] for match in answer.get_json()["matches"]]


def told(api: Api) -> list[tuple[int, ...]]:
    """Return what is unusual: questions, of these led on; about people of others, of these led on."""
    with Sessions() as session:
        officers = counters.of_agency(session, UUID(api.agency("Jobcenter Stuttgart")))
        found = counters.unusual(session, officers, since=api.house.clock.now() - counters.BACK)
    return [(one.questions, one.followed, one.elsewhere, one.followed_elsewhere) for one in found]


def nearly(said: Said) -> Said:
    """Return somebody invented who looks like somebody else, and is not her."""
    day = "17" if said.born and said.born.endswith("-09") else "09"
    return replace(said, born=f"{(said.born or '')[:8]}{day}")


def test_recording_an_invented_newcomer_after_each_question_hides_none_about_people_of_others(
    api: Api, officer: Caller
) -> None:
    for known, invented in zip(KNOWN, NEWCOMERS, strict=True):
        assert ask(officer, known)
        record(officer, invented)
    assert told(api) == [(MANY, 0, MANY, 0)]


def test_recording_and_opening_an_invented_twin_of_each_hides_nothing(api: Api, officer: Caller) -> None:
    for known in KNOWN:
        twin = record(officer, nearly(known))
        assert ask(officer, known)
        assert officer.get(profile(twin["id"], "intake")).status_code == 200
    assert [one[2:] for one in told(api)] == [(MANY, 0)]


def test_work_on_the_own_people_hides_no_questions_about_those_of_others(api: Api, officer: Caller) -> None:
    own = [record(officer, said) for said in NEWCOMERS[: MANY // 2]]
    for known, said, made in zip(KNOWN, NEWCOMERS, own, strict=False):
        assert ask(officer, said)
        assert officer.get(profile(made["id"], "intake")).status_code == 200
        assert ask(officer, known)
    assert told(api) == []
    for known in KNOWN[MANY // 2 :]:
        assert ask(officer, known)
    assert told(api) == [(MANY + MANY // 2, MANY // 2, MANY, 0)], "one in three led on, but to nobody of theirs"


def test_whoever_links_or_opens_those_whom_questions_found_is_not_told_of(api: Api, officer: Caller) -> None:
    for at, known in enumerate(KNOWN):
        match, *_ = ask(officer, known)
        if at % ONE_OF == 0:
            assert record(officer, known, same_as=match)["linked"]
        assert bool(told(api)) is False
    assert officer.get(profile(record(officer, NEWCOMERS[0])["id"], "intake")).status_code == 200
    assert told(api) == []


def test_one_of_those_found_opened_again_and_again_leads_on_once(api: Api, officer: Caller) -> None:
    match, *_ = ask(officer, KNOWN[0])
    joined = record(officer, KNOWN[0], same_as=match)["id"]
    for at in range(MANY):
        ask(officer, replace(KNOWN[0], place=f"Ort {at}"))
        assert officer.get(profile(joined, "intake")).status_code == 200
    assert told(api) == [(MANY + 1, 1, MANY + 1, 1)]


def test_a_counter_of_newcomers_who_look_like_others_and_are_not_is_not_unusual(api: Api, officer: Caller) -> None:
    """Of whom an officer said that she is another, with a record to show for it, the question was not about her."""
    for known in KNOWN:
        newcomer = nearly(known)
        matches = ask(officer, newcomer)
        assert matches, "they do look like others"
        record(officer, newcomer, different_from=matches[:5])
    assert told(api) == []


def test_saying_that_invented_people_are_others_hides_only_whom_they_look_like(api: Api, officer: Caller) -> None:
    for known in (*KNOWN, *MORE):
        matches = ask(officer, known)
        if known in MORE:
            record(officer, nearly(known), different_from=matches[:5])
    assert told(api) == [(MANY + ONE_OF, ONE_OF, MANY, 0)]
