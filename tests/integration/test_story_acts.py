"""The story through the acts: granted, read, withdrawn, erased, with a real keeper and real databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from consent.errors import ConsentDenied
from consent.permits import AccessRequest
from registry import access, housekeeping
from registry.audit import log, sequencer
from registry.casework import granting, recording
from registry.casework.forgetting import erasing
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KEEPER, KeeperRefused
from registry.profiles import reading
from registry.profiles.entries import restated
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Lane, Purpose
from tests.house import House, Letter, open_house, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer, PersonActor
    from tests.conftest import DatabasePair

NAME = {"kind": "identity.name", "value": {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}}
DARI = {
    "kind": "languages.language",
    "value": {
        "language": "prs",
        "as_said": "Dari",
        "levels": [{"skill": "overall", "scale": "native", "code": "native"}],
    },
}


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def ask(actor: Officer, person: UUID, purpose: Purpose = Purpose.PLACEMENT) -> AccessRequest:
    assert actor.agency_id is not None
    assert actor.agency_kind is not None
    return AccessRequest(
        person_id=person,
        agency_id=actor.agency_id,
        agency_kind=actor.agency_kind,
        purpose=purpose,
        compartments=frozenset(Compartment),
    )


def read(house: House, actor: Officer, person: UUID) -> set[str]:
    admission = access.authorise(ask(actor, person), actor, house.clock.now())
    opened = reading.open_compartments(admission, actor)
    return {entry.kind for one in opened for entry in one.entries}


def give(house: House, letter: Letter, code: int, agency: str, *sections: Section) -> tuple[UUID, list[UUID]]:
    actor = house.person(letter)
    wish = granting.Wish(
        agency_id=UUID(house.agency(agency).id),
        purpose=Purpose.PLACEMENT,
        sections=frozenset(sections),
        until=house.clock.now() + timedelta(days=30),
        **told(),
    )
    with Sessions.begin() as session:
        grant = granting.give(session, wish, letter.proof(code), actor=actor, now=house.clock.now())
    KEEPER.close()
    return grant.id, grant.appearances


def test_a_granted_section_opens_and_nothing_opens_after_withdrawal(house: House) -> None:
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    letter = house.letter(clerk, born.person_id)
    officer = house.officer("Jobcenter Köln")
    with pytest.raises(ConsentDenied):
        access.authorise(ask(officer, born.person_id), officer, house.clock.now())
    grant, appearances = give(house, letter, 1, "Jobcenter Köln", Section.LANGUAGES)
    assert read(house, officer, born.person_id) == {"languages.language"}
    before = access.authorise(ask(officer, born.person_id), officer, house.clock.now())
    with Sessions.begin() as session:
        granting.revoke(session, grant, actor=house.person(letter), now=house.clock.now())
    granting.settle(appearances)
    with pytest.raises(KeeperRefused):
        reading.open_compartments(before, officer)
    with pytest.raises(ConsentDenied):
        read(house, officer, born.person_id)
    with Sessions.begin() as session:
        events = [line.event for line in log.lines_about(session, born.person_id)]
        assert events.count("profile.opened") == 4
        assert {"grant.given", "grant.withdrawn", "person.created", "letter.issued"} <= set(events)
    house.speak_as("housekeeper")
    assert housekeeping.order_lines() > 5
    with Sessions() as session:
        assert sequencer.verify(session) == sequencer.length(session)


def test_another_agency_keeps_its_grant_when_one_is_withdrawn(house: House) -> None:
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    letter = house.letter(clerk, born.person_id)
    first, appearances = give(house, letter, 1, "Jobcenter Köln", Section.LANGUAGES)
    give(house, letter, 2, "Jobcenter Stuttgart", Section.LANGUAGES, Section.IDENTITY)
    with Sessions.begin() as session:
        granting.revoke(session, first, actor=house.person(letter), now=house.clock.now())
    granting.settle(appearances)
    kept = house.officer("Jobcenter Stuttgart")
    assert read(house, kept, born.person_id) == {"languages.language", "identity.name"}
    assert {entry.kind for one in reading.open_self(house.person(letter)) for entry in one.entries}


def test_an_erased_person_opens_for_nobody(house: House) -> None:
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    letter = house.letter(clerk, born.person_id)
    give(house, letter, 1, "Jobcenter Köln", Section.LANGUAGES)
    person = house.person(letter)
    with Sessions.begin() as session:
        order = erasing.order(session, actor=person, now=house.clock.now())
    erasing.carry_out(order, now=house.clock.now())
    with pytest.raises(NotFound):
        reading.open_self(person)
    assert house.keeper.rooms.store.secrets_of([born.id]) == {}
    officer = house.officer("Jobcenter Köln")
    with pytest.raises(ConsentDenied):
        read(house, officer, born.person_id)


def test_a_grant_whose_time_has_passed_is_refused_at_once_and_swept(house: House) -> None:
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    letter = house.letter(clerk, born.person_id)
    give(house, letter, 1, "Jobcenter Köln", Section.LANGUAGES)
    officer = house.officer("Jobcenter Köln")
    house.clock.ahead = timedelta(days=30, seconds=1)
    with pytest.raises(ConsentDenied):
        read(house, officer, born.person_id)
    house.speak_as("housekeeper")
    assert housekeeping.end_what_is_over(house.clock.now()) == 1
    assert housekeeping.end_what_is_over(house.clock.now()) == 0


def test_a_source_corrects_its_own_appearance_and_history_stays(house: House) -> None:
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    own = AccessRequest(
        person_id=born.person_id,
        agency_id=clerk.agency_id or uuid4(),
        agency_kind=clerk.agency_kind or AgencyKind.BA,
        purpose=Purpose.INTAKE,
        compartments=frozenset(Compartment),
        lane=Lane.OWN,
        own_appearances=(born.id,),
    )
    opened = reading.open_compartments(access.authorise(own, clerk, house.clock.now()), clerk)
    languages = next(one for one in opened if one.compartment is Compartment.LANGUAGES_CORE)
    assert restated(languages.entries, languages.entries, house.clock.now()) == languages.entries
    with Sessions.begin() as session:
        versions = recording.rewrite(session, born.person_id, [languages], actor=clerk, now=house.clock.now())
    assert versions == {"languages.core": 2}
    with pytest.raises(KeeperRefused), Sessions.begin() as session:
        recording.rewrite(session, born.person_id, [languages], actor=clerk, now=house.clock.now())


def test_a_grant_given_while_another_is_withdrawn_opens(house: House) -> None:
    """Both change who holds the same compartment's key; neither may lose what the other stored."""
    clerk = house.officer("Agentur")
    born = house.create(clerk, [NAME, DARI])
    letter = house.letter(clerk, born.person_id)
    reader = house.officer("Jobcenter Stuttgart")
    for turn in range(5):
        grant, _ = give(house, letter, 3 * turn + 1, "Jobcenter Köln", Section.LANGUAGES)
        person = house.person(letter)
        with ThreadPoolExecutor(2) as both:
            withdrawn = both.submit(_withdraw, house, grant, person)
            given = both.submit(give, house, letter, 3 * turn + 2, "Jobcenter Stuttgart", Section.LANGUAGES)
            second, appearances = given.result()
            withdrawn.result()
        assert read(house, reader, born.person_id) == {"languages.language"}
        _withdraw(house, second, person)
        granting.settle(appearances)


def _withdraw(house: House, grant: UUID, person: PersonActor) -> None:
    with Sessions.begin() as session:
        granting.revoke(session, grant, actor=person, now=house.clock.now())
    KEEPER.close()
