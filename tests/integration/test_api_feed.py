"""The feed: complete whatever commits when, in one order for ever, and nothing of what does not concern the office."""

from __future__ import annotations

import random
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from registry.audit import log, sequencer
from registry.audit.events import Event
from registry.audit.models import AuditLeaf
from registry.casework import feed, granting
from registry.db import Sessions
from registry.exchange import cursors
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import Purpose
from tests.api_client import DARI, NAME, Api, Caller, Person, opened, wish
from tests.conftest import DatabasePair
from tests.house import House, Letter, open_house, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

FEED, GRANTS = "/api/v1/feed", "/api/v1/me/grants"
MINUTES = timedelta(minutes=5)
SKILL = {"kind": "skills.strength", "value": {"name": "patience"}}


@pytest.fixture(scope="module")
def api(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Api]:
    """One house for this module: a one-time code works once, so officers sign in once."""
    pair = DatabasePair("test_api_feed", clusters, test_logins)
    clusters.clone_pair(template_pair, pair.name)
    with open_house(pair, idle_minutes=10_000) as house:
        yield from opened(house)
    clusters.drop_pair(pair.name)


@pytest.fixture(scope="module")
def clerk(api: Api) -> Caller:
    """An officer of the source."""
    return api.officer("Agentur")


@pytest.fixture(scope="module")
def officer(api: Api) -> Caller:
    """An officer of an office that gets grants."""
    return api.officer("Jobcenter Köln")


@pytest.fixture
def zahra(api: Api, clerk: Caller) -> Person:
    return api.recorded(clerk, NAME, DARI)


@pytest.fixture
def reader(api: Api, officer: Caller) -> Reader:
    """A reader of the office that gets grants, which has read all that was before."""
    made = Reader(api.house, officer)
    made.news()
    return made


@contextmanager
def housekeeper(house: House) -> Iterator[sa.orm.Session]:
    """Act as the housekeeper on a connection of its own."""
    url = house.pair.main_url("housekeeper").replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"options": "-c timezone=UTC"})
    with sa.orm.Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def place_lines(house: House) -> None:
    """Give what is committed its place, as the housekeeper does."""
    with housekeeper(house) as session:
        assert sequencer.sequence(session) is not None


@dataclass(slots=True)
class Reader:
    """An adapter that polls: it keeps its cursor and nothing else."""

    house: House
    caller: Caller
    cursor: str | None = None
    limit: int = 3
    last: dict[str, Any] = field(default_factory=dict)

    def poll(self) -> list[dict[str, Any]]:
        """Ask once."""
        cursor = f"&cursor={self.cursor}" if self.cursor else ""
        answer = self.caller.get(f"{FEED}?limit={self.limit}{cursor}")
        assert answer.status_code == 200, answer.get_json()
        self.last = answer.get_json()
        self.cursor = self.last["cursor"]
        items: list[dict[str, Any]] = self.last["items"]
        return items

    def news(self) -> list[dict[str, Any]]:
        """Let the housekeeper place lines, and ask until there is no more."""
        place_lines(self.house)
        items = self.poll()
        while self.last["more"]:
            items += self.poll()
        return items

    def events(self) -> list[str]:
        """Return the names of what is new."""
        return [item["event"] for item in self.news()]


def granted(api: Api, person: Person, index: int = 1, *sections: str, agency: str = "Jobcenter Köln") -> str:
    answer = api.person(person).post(GRANTS, wish(api.agency(agency), person.proof(index), *sections))
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["id"])


def restated(clerk: Caller, person: Person, compartment: str, *entries: dict[str, Any]) -> None:
    """Let the source say anew what it says in one compartment."""
    address = f"/api/v1/persons/{person.id}/appearances/{person.appearance}/{compartment}"
    etag = clerk.get(address).headers["ETag"]
    answer = clerk.ask("PUT", address, {"entries": list(entries)}, If_Match=etag)
    assert answer.status_code == 200, answer.get_json()


def test_an_office_hears_that_a_grant_was_given_and_withdrawn_with_purpose_and_sections(
    api: Api, reader: Reader, zahra: Person
) -> None:
    grant = granted(api, zahra)
    api.person(zahra).delete(f"{GRANTS}/{grant}")
    given, withdrawn = reader.news()
    assert (given["event"], withdrawn["event"]) == ("grant.given", "grant.withdrawn")
    for item in (given, withdrawn):
        assert (item["person"], item["grants"], item["purpose"]) == (zahra.id, [grant], "placement")
        assert item["sections"] == ["languages"]
    assert reader.news() == []


def test_nobody_hears_of_what_is_another_offices(api: Api, clerk: Caller, reader: Reader, zahra: Person) -> None:
    stranger = Reader(api.house, api.officer("Jobcenter Stuttgart"))
    stranger.news()
    granted(api, zahra)
    restated(clerk, zahra, "languages.core", DARI)
    source = Reader(api.house, clerk)
    assert zahra.id not in {item["person"] for item in source.news()}
    assert (stranger.news(), reader.events()) == ([], ["grant.given", "entries.recorded"])


def test_a_grant_that_ran_out_is_told(api: Api, reader: Reader, zahra: Person) -> None:
    house, grant = api.house, UUID(granted(api, zahra))
    reader.news()
    house.clock.ahead = timedelta(days=400)
    house.speak_as("housekeeper")
    try:
        with Sessions.begin() as session:
            granting.expire(session, UUID(zahra.id), grant, now=house.clock.now())
    finally:
        house.clock.ahead = timedelta()
        house.speak_as("web")
    (item,) = reader.news()
    assert (item["event"], item["grants"]) == ("grant.expired", [str(grant)])


def test_what_became_of_a_request_is_told_to_whoever_asked(api: Api, clerk: Caller, zahra: Person) -> None:
    source = Reader(api.house, clerk)
    source.news()
    questions = {"placement": "placement-offer", "counselling": "advice"}
    ids = {
        purpose: clerk.post(
            f"/api/v1/persons/{zahra.id}/requests", {"purpose": purpose, "sections": ["languages"], "reason": reason}
        ).get_json()["id"]
        for purpose, reason in questions.items()
    }
    assert source.news() == []
    me = api.person(zahra)
    body = wish(api.agency("Agentur"), zahra.proof(1)) | {"request": ids["placement"]}
    grant = me.post(GRANTS, body).get_json()["id"]
    me.post(f"/api/v1/me/requests/{ids['counselling']}/decline", {})
    told_of = {item["event"]: item for item in source.news()}
    assert set(told_of) == {"grant.given", "request.answered", "request.declined"}
    assert (told_of["request.answered"]["request"], told_of["request.answered"]["grants"]) == (
        ids["placement"],
        [grant],
    )
    assert (told_of["request.declined"]["request"], told_of["request.declined"]["grants"]) == (ids["counselling"], [])


def test_new_entries_are_told_where_a_live_grant_opens_them_and_only_that_they_are_there(
    api: Api, clerk: Caller, reader: Reader, zahra: Person
) -> None:
    restated(clerk, zahra, "languages.core", DARI)
    grant = granted(api, zahra)
    reader.news()
    restated(clerk, zahra, "skills.core", SKILL)
    assert reader.news() == []
    restated(clerk, zahra, "languages.core", DARI, DARI)
    (item,) = reader.news()
    assert (item["event"], item["person"], item["sections"]) == ("entries.recorded", zahra.id, ["languages"])
    assert item["grants"] == [grant]
    assert "Dari" not in str(item)


def test_after_the_end_of_a_grant_nothing_is_told_of_what_came_while_it_held(
    api: Api, clerk: Caller, reader: Reader, zahra: Person
) -> None:
    """Withdrawing takes effect with the next request, of the feed too."""
    grant = granted(api, zahra)
    restated(clerk, zahra, "languages.core", DARI)
    api.person(zahra).delete(f"{GRANTS}/{grant}")
    assert reader.events() == ["grant.given", "grant.withdrawn"]


def test_what_was_there_before_the_grant_is_not_told(api: Api, clerk: Caller, reader: Reader, zahra: Person) -> None:
    restated(clerk, zahra, "languages.core", DARI)
    place_lines(api.house)
    granted(api, zahra)
    assert reader.events() == ["grant.given"]


def test_who_had_a_grant_hears_that_she_was_forgotten_and_nobody_else_does(
    api: Api, reader: Reader, zahra: Person
) -> None:
    stranger = Reader(api.house, api.officer("Jobcenter Stuttgart", "case-officer"))
    stranger.news()
    grant = granted(api, zahra)
    assert api.person(zahra).delete("/api/v1/me").status_code == 204
    (item,) = reader.news()
    assert (item["event"], item["person"], item["grants"]) == ("person.erased", zahra.id, [grant])
    assert stranger.news() == []


def test_what_commits_late_comes_late_and_is_not_skipped(api: Api, clerk: Caller, reader: Reader) -> None:
    """Two grants are given; the one that was begun first commits last."""
    first, second = (api.recorded(clerk, NAME) for _ in range(2))
    with Sessions() as slow:
        late = given_in(slow, api, first)
        with Sessions.begin() as quick:
            soon = given_in(quick, api, second)
        assert [item["grants"] for item in reader.news()] == [[str(soon)]]
        slow.commit()
    assert [item["grants"] for item in reader.news()] == [[str(late)]]
    assert reader.news() == []


def given_in(session: sa.orm.Session, api: Api, person: Person) -> UUID:
    """Give a grant in a transaction that somebody else commits."""
    house = api.house
    actor = house.person(_letter(person))
    wished = granting.Wish(
        agency_id=UUID(api.agency("Jobcenter Köln")),
        purpose=Purpose.PLACEMENT,
        sections=frozenset({Section.LANGUAGES}),
        until=house.clock.now() + timedelta(days=30),
        **told(),
    )
    return granting.give(session, wished, _letter(person).proof(1), actor=actor, now=house.clock.now()).id


def _letter(person: Person) -> Letter:
    return Letter(person.letter_code, person.codes)


@pytest.mark.parametrize("seed", range(3))
def test_every_line_is_told_once_whatever_the_order_of_begin_commit_and_reading(
    api: Api, reader: Reader, zahra: Person, seed: int
) -> None:
    grant = granted(api, zahra)
    reader.news()
    chance, left = random.Random(seed), 12  # noqa: S311 - nothing secret
    open_: list[sa.orm.Session] = []
    heard: list[dict[str, Any]] = []
    while left or open_:
        step = chance.choice(["begin", "commit", "place", "read"])
        if step == "begin" and left and len(open_) < 3:
            session = Sessions()
            log.record(
                session, _recorded(zahra), None, now=api.house.clock.now() - chance.random() * timedelta(hours=1)
            )
            open_.append(session)
            left -= 1
        elif step == "commit" and open_:
            session = open_.pop(chance.randrange(len(open_)))
            session.commit()
            session.close()
        elif step == "place":
            place_lines(api.house)
        elif step == "read":
            reader.limit = chance.randint(1, 4)
            heard += reader.poll()
    heard += reader.news()
    seen = [item["at"] for item in heard]
    assert {tuple(item["grants"]) for item in heard} == {(grant,)}
    assert len(seen) == len(set(seen)) == 12


def _recorded(person: Person) -> log.Line:
    return log.Line(
        event=Event.ENTRIES_RECORDED,
        appearances=(UUID(person.appearance),),
        compartments=(Compartment.LANGUAGES_CORE.value,),
        persons=(UUID(person.id),),
    )


def test_the_same_cursor_again_is_the_same_answer(api: Api, reader: Reader, zahra: Person) -> None:
    for index in (1, 2, 3, 4):
        granted(api, zahra, index)
    place_lines(api.house)
    before, reader.limit = reader.cursor, 2
    first = reader.poll()
    assert (len(first), reader.last["more"]) == (2, True)
    granted(api, zahra, 5)
    place_lines(api.house)
    after, reader.cursor = reader.cursor, before
    assert reader.poll() == first
    further = reader.news()
    reader.cursor = after
    assert (len(further), reader.news()) == (3, further)


def test_it_says_how_far_it_is_behind(api: Api, reader: Reader, zahra: Person) -> None:
    """Also when the housekeeper stands still, or when more was placed than one answer tells."""
    assert reader.last["behind_seconds"] == 0
    agency, seen, later = UUID(api.agency("Jobcenter Köln")), length_of_log(), api.house.clock.now() + MINUTES
    granted(api, zahra)
    granted(api, zahra, 2)
    waiting = feed.read(agency, seen=seen, limit=1, now=later)
    assert (list(waiting.items), waiting.more, 290 <= waiting.behind_seconds <= 300) == ([], False, True)
    place_lines(api.house)
    half = feed.read(agency, seen=seen, limit=1, now=later)
    assert (len(half.items), half.more, 290 <= half.behind_seconds <= 300) == (1, True, True)
    whole = feed.read(agency, seen=half.seen, limit=1, now=later)
    assert (len(whole.items), whole.more, whole.behind_seconds) == (1, False, 0)


def test_an_answer_looks_through_a_part_of_a_long_log_and_goes_on_from_there(api: Api, zahra: Person) -> None:
    """However rare what concerns an office is."""
    granted(api, zahra)
    place_lines(api.house)
    agency, now = UUID(api.agency("Jobcenter Köln")), api.house.clock.now()
    whole = feed.read(agency, seen=0, limit=200, now=now)
    items: list[feed.Item] = []
    seen, pieces = 0, 0
    while seen < whole.seen:
        piece = feed.read(agency, seen=seen, limit=200, now=now, looked_through=7)
        assert 0 < piece.seen - seen <= 7
        assert piece.more == (piece.seen < whole.seen)
        items, seen, pieces = [*items, *piece.items], piece.seen, pieces + 1
    assert items == list(whole.items)
    assert pieces > 3


def test_a_cursor_says_neither_where_it_leads_nor_whether_anything_happened(
    api: Api, clerk: Caller, reader: Reader
) -> None:
    """Plain, two of them would tell an office how much all others do."""
    places, told_of = [], []
    for _ in range(4):
        for _ in range(2):  # the second time nothing has happened in between
            reader.news()
            places.append(length_of_log())
            told_of.append(urlsafe_b64decode(reader.cursor or ""))
        api.recorded(clerk, NAME)
    assert len(set(places)) == 4
    assert len(set(told_of)) == 8
    assert len({len(raw) for raw in told_of}) == 1
    pieces = [int.from_bytes(raw[at : at + 8]) for raw in told_of for at in range(len(raw) - 7)]
    assert min(pieces) > max(places)
    steps = {after - before for before, after in pairwise(places)}
    assert steps.isdisjoint(
        int.from_bytes(after[at : at + 8]) - int.from_bytes(before[at : at + 8])
        for before, after in pairwise(told_of)
        for at in range(len(before) - 7)
    )


def test_whoever_works_at_the_office_goes_on_with_its_cursor_and_nobody_else(
    api: Api, clerk: Caller, reader: Reader, zahra: Person
) -> None:
    granted(api, zahra)
    colleague = Reader(api.house, api.officer("Jobcenter Köln", "case-officer"), reader.cursor)
    assert colleague.events() == ["grant.given"]
    foreign = clerk.get(f"{FEED}?cursor={reader.cursor}")
    assert (foreign.status_code, foreign.get_json()["code"]) == (400, "malformed")
    assert "Begin without one" in foreign.get_json()["detail"]


def test_a_cursor_with_one_other_character_is_refused(officer: Caller, reader: Reader) -> None:
    own = reader.cursor or ""
    for at in range(len(own)):
        other = own[:at] + ("A" if own[at] != "A" else "B") + own[at + 1 :]
        assert officer.get(f"{FEED}?cursor={other}").status_code == 400, at
    for other in (own[:-4], f"{own}AAAA", f"{own}=", f"!{own}"):
        assert officer.get(f"{FEED}?cursor={other}").status_code == 400, other


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "_" * 12, "AAAAAAAAAP8=", "%C3%A4", "A" * 48, "A" * 5000])
def test_a_cursor_that_was_never_answered_is_refused(officer: Caller, cursor: str) -> None:
    answer = officer.get(f"{FEED}?cursor={cursor}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")


def test_a_cursor_beyond_the_end_of_the_log_is_refused(api: Api, officer: Caller) -> None:
    """As after a restore from a back-up that is older than the cursor."""
    agency = UUID(api.agency("Jobcenter Köln"))
    with Sessions.begin() as session:
        beyond = cursors.written(length_of_log() + 1, cursors.key_of(session, agency), agency)
    answer = officer.get(f"{FEED}?cursor={beyond}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed")


def test_two_that_ask_first_get_one_key(api: Api) -> None:  # noqa: ARG001 - the house must be open
    agency = uuid4()
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(_key_of, [agency] * 8))) == 1


def _key_of(agency: UUID) -> bytes:
    with Sessions.begin() as session:
        return cursors.key_of(session, agency)


def length_of_log() -> int:
    """Return how many lines of the log have a place."""
    with Sessions() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(AuditLeaf)) or 0


def test_a_person_has_no_feed(api: Api, zahra: Person) -> None:
    assert api.person(zahra).get(FEED).status_code == 403
