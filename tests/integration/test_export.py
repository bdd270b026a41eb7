"""What an agency's own system gets: its own, what live grants open to it, and a line for each opening."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from adapters import catalogue
from adapters.contract import Office, Share
from adapters.engine.outbound import Tally
from consent.permits import AccessRequest
from registry import access
from registry.audit import log
from registry.casework import granting, receiving
from registry.casework.admission import signing_in
from registry.casework.herself import stating
from registry.db import Sessions
from registry.keys.client import KEEPER, KeeperRefused
from registry.ledger import grants
from registry.profiles import reading, sharing
from registry.wire.delivering import Grants, NameGrants
from registry.wire.messages import Sealed, Write, WriteRecord
from schemas.compartments import Compartment, Section
from schemas.entries import EntryIn, entry_document
from schemas.resources.me import OwnEntryIn
from schemas.vocabularies.access import Purpose
from tests.house import House, Letter, open_house, told
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer, PersonActor
    from registry.casework.receiving import Outcome
    from registry.profiles.sharing import Holding, Recipient
    from tests.conftest import DatabasePair

NAME = {"kind": "identity.name", "value": {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}}
DARI = {"kind": "languages.language", "value": {"language": "prs", "as_said": "Dari", "levels": []}}
LEFT = {"kind": "unmapped.path", "value": {"path": "/staerken/*", "content": "fleissig"}}
AZR = {"kind": "identifiers.azr", "value": {"number": "940317012345"}}


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def administrator(house: House, agency: str) -> Officer:
    house.speak_as("cli")
    return house.officer(agency, "administrator")


def open_export(house: House, agency: str, by: Officer, *, budget: int = 100) -> Recipient:
    """Open an export for an office and become its worker."""
    house.speak_as("cli")
    with Sessions.begin() as session:
        run = signing_in.open_run(session, by, operation="export", budget=budget, now=house.clock.now())
    house.speak_as("worker", UUID(house.agency(agency).id))
    return sharing.recipient(run.id)


def exported(house: House, to: Recipient) -> list[Holding]:
    """Return all that an agency may have, as its worker goes through it."""
    found = [sharing.of_appearance(to, one, now=house.clock.now()) for one in sharing.own_appearances(to, None)]
    persons, last = sharing.granting(to, None)
    assert last is None or sharing.granting(to, last) == ([], None)
    found += [sharing.of_person(to, one, now=house.clock.now()) for one in persons]
    return [one for one in found if one is not None]


def kinds(holding: Holding) -> tuple[set[str], set[str]]:
    return {entry.kind for entry in holding.own}, {entry.kind for entry in holding.granted}


def give(
    house: House, by: tuple[PersonActor, Letter], code: int, *sections: Section, purpose: Purpose = Purpose.PLACEMENT
) -> tuple[UUID, list[UUID]]:
    """Grant the Jobcenter Köln something."""
    wish = granting.Wish(
        agency_id=UUID(house.agency("Jobcenter Köln").id),
        purpose=purpose,
        sections=frozenset(sections),
        until=house.clock.now() + timedelta(days=30),
        **told(),
    )
    with Sessions.begin() as session:
        grant = granting.give(session, wish, by[1].proof(code), actor=by[0], now=house.clock.now())
    return grant.id, grant.appearances


def born(house: House, clerk: Officer, *entries: dict[str, Any]) -> tuple[UUID, tuple[PersonActor, Letter]]:
    person = house.create(clerk, list(entries)).person_id
    letter = house.letter(clerk, person)
    return person, (house.person(letter), letter)


def lines(person: UUID) -> list[tuple[str | None, str | None, bool]]:
    with Sessions() as session:
        opened = [line for line in log.lines_about(session, person) if line.event == "profile.opened"]
    return sorted((line.basis, line.purpose, line.run_id is not None) for line in opened)


def test_an_agency_gets_all_it_said_itself_and_of_others_what_was_granted_to_it(house: House) -> None:
    clerk = house.officer("Agentur")
    granting_person, hers = born(house, clerk, NAME, DARI, AZR)
    silent, _ = born(house, clerk, NAME, DARI)
    give(house, hers, 1, Section.LANGUAGES, Section.IDENTIFIERS)
    kept = house.create(house.officer("Jobcenter Köln"), [NAME, DARI, LEFT]).person_id
    to = open_export(house, "Jobcenter Köln", administrator(house, "Jobcenter Köln"))
    assert [kinds(one) for one in exported(house, to)] == [
        ({"identity.name", "languages.language", "unmapped.path"}, set()),
        (set(), {"languages.language"}),
    ]
    house.speak_as("web")
    assert lines(kept) == [("own", "intake", True)]
    assert lines(granting_person) == [("consent", "placement", True)]
    assert lines(silent) == []


def test_an_agency_gets_her_own_word_as_hers_once_a_grant_opens_it(house: House) -> None:
    _, hers = born(house, house.officer("Agentur"), NAME, DARI)
    skill = OwnEntryIn().load({"kind": "skills.skill", "value": {"name": "sewing"}})
    give(house, hers, 1, Section.SKILLS, Section.LANGUAGES)
    with Sessions.begin() as session:
        stating.state(session, skill, actor=hers[0], now=house.clock.now())
    clerk = administrator(house, "Jobcenter Köln")
    (before,) = exported(house, open_export(house, "Jobcenter Köln", clerk))
    assert kinds(before) == (set(), {"languages.language"}), "the grant is older than her word"
    house.speak_as("web")
    give(house, hers, 2, Section.SKILLS)
    (after,) = exported(house, open_export(house, "Jobcenter Köln", clerk))
    (said,) = (one for one in after.granted if one.kind == "skills.skill")
    assert (said.source, said.value) == ("person", {"name": "sewing"})
    share = Share("", (), tuple(entry_document(one) for one in after.granted))
    for name in catalogue.names():
        pieces = catalogue.find(name).write(iter([share]), Office("12345", "Jobcenter Köln"), at="2026-11-23T00:00:00Z")
        written = b"".join(piece.content for piece in pieces)
        assert (b"sewing" in written, b"person" in written) == (True, True), name


def test_a_withdrawn_grant_is_gone_at_once(house: House) -> None:
    clerk = house.officer("Agentur")
    person, hers = born(house, clerk, NAME, DARI)
    grant, appearances = give(house, hers, 1, Section.LANGUAGES)
    by = administrator(house, "Jobcenter Köln")
    to = open_export(house, "Jobcenter Köln", by)
    assert [kinds(one) for one in exported(house, to)] == [(set(), {"languages.language"})]
    (row,) = KEEPER.ask(NameGrants(to.actor.id, person=person), Grants).grants
    house.speak_as("web")
    with Sessions.begin() as session:
        granting.revoke(session, grant, actor=hers[0], now=house.clock.now())
    granting.settle(appearances)
    house.speak_as("worker", to.actor.agency_id)
    assert exported(house, to) == []
    stale = AccessRequest(
        person_id=person,
        agency_id=to.actor.agency_id,
        agency_kind=to.kind,
        purpose=Purpose.PLACEMENT,
        compartments=frozenset({Compartment.LANGUAGES_CORE}),
    )
    admission = access.authorise(stale, to.actor, house.clock.now(), told=[grants.as_grant(row)])
    with pytest.raises(KeeperRefused) as refused:
        reading.open_compartments(admission, to.actor)
    assert refused.value.reason == "open.nothing-granted"


def test_what_was_granted_for_reading_at_the_desk_alone_is_not_received(house: House) -> None:
    """consent.ceilings.RIGHTS: counselling is read, never delivered; and the keeper says so too."""
    clerk = house.officer("Agentur")
    person, hers = born(house, clerk, NAME, DARI)
    give(house, hers, 1, Section.LANGUAGES, purpose=Purpose.COUNSELLING)
    to = open_export(house, "Jobcenter Köln", administrator(house, "Jobcenter Köln"))
    assert exported(house, to) == []
    grant = grant_of(house, person)
    request = AccessRequest(
        person_id=person,
        agency_id=to.actor.agency_id,
        agency_kind=to.kind,
        purpose=Purpose.COUNSELLING,
        compartments=frozenset({Compartment.LANGUAGES_CORE}),
    )
    admission = access.authorise(request, to.actor, house.clock.now(), told=[grant])
    with pytest.raises(KeeperRefused) as refused:
        reading.open_compartments(admission, to.actor)
    assert refused.value.reason == "line.purpose"


def grant_of(house: House, person: UUID) -> Any:  # noqa: ANN401 - a grant
    house.speak_as("web")
    with Sessions() as session:
        (grant,) = grants.grants_between(session, person=person, agency=UUID(house.agency("Jobcenter Köln").id))
    house.speak_as("worker", grant.agency_id)
    return grant


def test_an_export_reads_no_more_persons_than_its_budget(house: House) -> None:
    clerk = house.officer("Agentur")
    for _ in range(3):
        house.create(clerk, [NAME])
    by = administrator(house, "Agentur")
    to = open_export(house, "Agentur", by, budget=2)
    first, second, third = sharing.own_appearances(to, None)
    for one in (first, first, second, second):  # the same person once more costs nothing
        assert sharing.of_appearance(to, one, now=house.clock.now()) is not None
    with pytest.raises(KeeperRefused) as refused:
        sharing.of_appearance(to, third, now=house.clock.now())
    assert refused.value.reason == "run.budget"


def bring(house: House, agency: str, *stated: dict[str, Any]) -> Outcome:
    """Import somebody for an office."""
    run = open_run(house, agency)
    record = receiving.Received("k", bytes(32), tuple(map(EntryIn().load, stated)))
    return receiving.receive(run, [record], now=house.clock.now())[0]


def open_run(house: House, agency: str) -> UUID:
    by = administrator(house, agency)
    with Sessions.begin() as session:
        run = signing_in.open_run(session, by, operation="import", budget=100, now=house.clock.now())
    house.speak_as("worker", UUID(house.agency(agency).id))
    return run.id


def test_what_was_granted_never_gets_into_a_file_that_is_hers_by_a_decision_alone(database_pair: DatabasePair) -> None:
    """Somebody of the same name and birth date would find her answers in his own file of that office."""
    with open_house(database_pair, linker=True) as house:
        who = entries(Said(family="Barakzai", given="Nadir Shah", born="1979-06-21", sex="m", nationality="AF"))
        clerk = house.officer("Agentur")
        _, hers = born(house, clerk, *who, DARI)
        assert bring(house, "Jobcenter Köln", *who, LEFT).linked
        house.speak_as("web")
        give(house, hers, 1, Section.LANGUAGES)
        to = open_export(house, "Jobcenter Köln", administrator(house, "Jobcenter Köln"))
        own, apart = exported(house, to)
        assert (own.appearance is not None, "unmapped.path" in kinds(own)[0], kinds(own)[1]) == (True, True, set())
        assert (apart.appearance, kinds(apart)) == (None, (set(), {"languages.language"}))
        tally = Tally()
        for one in (own, apart):
            tally.count(one)
        assert (tally.persons, tally.granted) == (2, 1)


def test_a_run_is_good_for_its_own_agency_and_its_own_work_only(house: House) -> None:
    clerk = house.officer("Agentur")
    house.create(clerk, [NAME])
    by = administrator(house, "Agentur")
    to = open_export(house, "Agentur", by)
    (own,) = sharing.own_appearances(to, None)
    with pytest.raises(KeeperRefused) as writes:
        KEEPER.ask(Write([WriteRecord({}, key="k", digest=bytes(32))], run=to.actor.id), Sealed)
    house.speak_as("worker", UUID(house.agency("Jobcenter Köln").id))
    with pytest.raises(KeeperRefused) as names:
        sharing.granting(to, None)
    with pytest.raises(KeeperRefused) as reads:
        sharing.of_appearance(to, own, now=house.clock.now())
    assert [writes.value.reason, names.value.reason, reads.value.reason] == ["run.ended", "run.agency", "run.agency"]
    house.speak_as("cli")
    with Sessions.begin() as session:
        run = signing_in.open_run(session, by, operation="import", budget=9, now=house.clock.now())
    house.speak_as("worker", to.actor.agency_id)
    with pytest.raises(KeeperRefused) as imports:
        sharing.granting(sharing.recipient(run.id), None)
    assert imports.value.reason == "run.operation"
    house.clock.ahead = timedelta(hours=25)
    with pytest.raises(KeeperRefused) as over:
        sharing.granting(to, None)
    assert over.value.reason == "run.ended"


def test_somebody_erased_meanwhile_is_left_out(house: House) -> None:
    house.create(house.officer("Agentur"), [NAME])
    to = open_export(house, "Agentur", administrator(house, "Agentur"))
    assert sharing.of_appearance(to, uuid4(), now=house.clock.now()) is None


def test_the_expected_number_counts_own_appearances_and_granting_persons(house: House) -> None:
    clerk = house.officer("Agentur")
    _, hers = born(house, clerk, NAME, DARI)
    give(house, hers, 1, Section.LANGUAGES)
    give(house, hers, 2, Section.EDUCATION)
    house.create(clerk, [NAME])
    house.speak_as("cli")
    assert sharing.expected(UUID(house.agency("Agentur").id)) == 2
    assert sharing.expected(UUID(house.agency("Jobcenter Köln").id)) == 1
