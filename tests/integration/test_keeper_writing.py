"""Writing at the keeper: what would be sealed with the wrong key, for another source or twice, is not sealed."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from msgspec import structs

from registry.wire import messages
from registry.wire.messages import Document, WriteRecord
from tests.keeper_machine import Signed, Stage, document, open_stage
from tests.keeper_writer import COMPARTMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins) as opened:
        yield opened


def written(stage: Stage, source: Signed, compartment: str, content: bytes) -> str:
    record = WriteRecord({compartment: Document(content)})
    return stage.refused(messages.Write([record], session=source.token))


def test_a_source_writes_only_documents_of_its_own_in_their_compartment(stage: Stage) -> None:
    clerk, other = stage.officer("Agentur"), stage.officer("BAMF")
    right = document("languages.core", clerk).content
    for compartment, content, code in (
        ("languages", right, "write.compartment"),
        ("education.core", right, "write.wrong-compartment"),
        ("languages.core", document("education.core", clerk).content, "write.wrong-compartment"),
        ("languages.core", document("languages.core", other).content, "write.wrong-source"),
        ("languages.core", b'{"entries":[{"kind":"made.up","source":"x"}]}', "write.wrong-compartment"),
        ("languages.core", b'{"entries":[],"more":1}', "write.not-a-document"),
        ("languages.core", b'{"entries":[{}]}', "write.not-a-document"),
        ("languages.core", document("languages.core", clerk, text="x" * 2**19).content, "write.too-large"),
        ("languages.core", b"[]", "write.not-a-document"),
        ("languages.core", b"", "write.not-a-document"),
        ("languages.core", b"\xff", "write.not-a-document"),
        ("languages.core", b'{"entries":[{"kind":"\xff","source":"x"}]}', "write.not-a-document"),
        ("languages.core", b'{"entries":' + b"[" * 100_000, "write.not-a-document"),
        ("languages.core", b'{"entries":[{"kind":"x","source":"x","value":' + b"[" * 100_000, "write.not-a-document"),
    ):
        assert written(stage, clerk, compartment, content) == code
    administrator = stage.officer("Agentur", "administrator")
    assert (
        written(stage, administrator, "languages.core", document("languages.core", administrator).content)
        == "officer.role"
    )


def test_a_source_rewrites_its_own_appearance_in_its_present_version_only(stage: Stage) -> None:
    clerk, other = stage.officer("Agentur"), stage.officer("BAMF")
    (born,) = stage.born(clerk)
    stage.rewrite(clerk, stage.sealed(born.id, "languages.core"))
    for source, base, appearance, code in (
        (other, 2, born.id, "write.foreign"),
        (clerk, 1, born.id, "write.version"),
        (clerk, 3, born.id, "write.version"),
        (clerk, 2, uuid4(), "write.unknown-appearance"),
    ):
        said = {"languages.core": document("languages.core", source, base_version=base)}
        question = messages.Write([WriteRecord(said, appearance_id=appearance)], session=source.token)
        assert stage.refused(question) == code
    opened = stage.open(clerk, stage.claim([born]))
    assert {one.compartment: one.version for one in opened} == dict.fromkeys(COMPARTMENTS, 1) | {"languages.core": 2}
    for wrong in (
        WriteRecord({}, person_id=born.person_id),
        WriteRecord({"languages.core": document("languages.core", clerk, base_version=1)}),
    ):
        assert stage.refused(messages.Write([wrong], session=clerk.token)) in {
            "write.link-needs-a-decision",
            "write.version",
        }


def test_a_person_writes_her_own_and_nobody_elses(stage: Stage) -> None:
    clerk = stage.officer("Agentur")
    hers, other = stage.born(clerk, 2)
    person = stage.person(stage.letter(clerk, hers.person_id))
    (own,) = stage.born(person)
    assert (own.person_id, own.source_kind, own.basis) == (hers.person_id, "person", "own")
    said = {"languages.core": document("languages.core", person)}
    again = {"languages.core": document("languages.core", person, base_version=1)}
    for record, code in (
        (WriteRecord(said, person_id=other.person_id), "person.other"),
        (WriteRecord(again, appearance_id=hers.id), "write.foreign"),
        (WriteRecord(again, appearance_id=other.id), "write.foreign"),
    ):
        assert stage.refused(messages.Write([record], session=person.token)) == code
    stage.rewrite(person, stage.sealed(own.id, "languages.core"))


def received(stage: Stage, agency: UUID | None, one: messages.Written) -> None:
    """Note a record as received, as a worker does."""
    stage.writer.connection.execute(
        "INSERT INTO inbox (agency_id, token, key_version, kept, appearance_id, fingerprint, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, now())",
        (agency, one.token, one.key_version, one.kept, one.appearance_id, one.fingerprint),
    )


def test_a_record_is_known_by_its_sources_own_key(stage: Stage) -> None:
    clerk, stranger = stage.officer("Agentur"), stage.officer("BAMF")
    (first, second) = (sha256(text).digest() for text in (b"first", b"second"))
    record = WriteRecord({}, key="A-1", digest=first)
    asked = messages.Write([record], session=clerk.token)
    made = stage.ask(asked, messages.Sealed).results[0]
    assert made.appearance is not None
    stage.writer.put(made.appearance, *made.sealed)
    received(stage, clerk.agency, made)
    (again,) = stage.ask(asked, messages.Sealed).results
    assert (again.status, again.appearance_id, again.sealed) == ("unchanged", made.appearance_id, [])
    changed = structs.replace(record, digest=second)
    (other,) = stage.ask(messages.Write([changed], session=clerk.token), messages.Sealed).results
    assert (other.status, other.appearance_id, other.sealed) == ("changed", made.appearance_id, [])
    (elsewhere,) = stage.ask(messages.Write([record], session=stranger.token), messages.Sealed).results
    assert elsewhere.status == "created"
    assert elsewhere.token != made.token
    said = {"languages.core": document("languages.core", clerk, base_version=1)}
    for records, code in (
        ([record, record], "write.twice-in-one-batch"),
        ([structs.replace(changed, documents=said, appearance_id=uuid4())], "write.other-appearance"),
        ([WriteRecord(said, key="A-2", digest=first, appearance_id=made.appearance_id)], "write.unknown-record"),
    ):
        assert stage.refused(messages.Write(records, session=clerk.token)) == code
    right = structs.replace(changed, documents=said, appearance_id=made.appearance_id)
    (rewritten,) = stage.ask(messages.Write([right], session=clerk.token), messages.Sealed).results
    assert (rewritten.status, rewritten.sealed[0].version) == ("sealed", 2)


def test_a_run_writes_as_much_as_it_was_given(stage: Stage) -> None:
    run = stage.run(stage.officer("Agentur", "administrator"), budget=3)
    role = f"worker-{stage.agency('Agentur').id}"
    two = messages.Write([WriteRecord({})] * 2, run=run)
    stage.ask(two, messages.Sealed, role=role)
    assert stage.refused(two, role=role) == "run.budget"
    stage.restart()
    assert stage.refused(two, role=role) == "run.budget"
    stage.ask(messages.Write([WriteRecord({})], run=run), messages.Sealed, role=role)


def test_nothing_is_written_over_rows_that_came_back(stage: Stage) -> None:
    clerk, officer = stage.officer("Agentur"), stage.officer("Jobcenter Köln")
    (born,) = stage.born(clerk)
    letter = stage.letter(clerk, born.person_id)
    person = stage.person(letter)
    grant = stage.give(stage.wish(born.person_id, officer.office, [born.id]), letter.proof(1), person=person)
    old = stage.sealed(born.id, "languages.core")
    stage.end(grant.id, person)
    new = stage.sealed(born.id, "languages.core")
    stage.writer.put(old)
    said = {"languages.core": document("languages.core", clerk, base_version=1)}
    question = messages.Write([WriteRecord(said, appearance_id=born.id)], session=clerk.token)
    assert stage.refused(question) == "sealed.below-floor"
    stage.writer.put(new)
    assert stage.ask(question, messages.Sealed).results[0].sealed[0].epoch == 2


def test_nothing_is_made_of_somebody_who_was_forgotten_though_her_rows_come_back(stage: Stage) -> None:
    """Her secret is gone: neither her source, nor a grant, nor the housekeeper brings her back."""
    clerk, officer = stage.officer("Agentur"), stage.officer("Jobcenter Köln")
    approver = stage.officer("Agentur", "approver")
    (born,) = stage.born(clerk)
    due = structs.replace(stage.sealed(born.id, "languages.core"), delete_on=stage.now().date())
    stage.writer.put(due)
    stage.house.keeper.rooms.store.destroy([born.id])
    said = {"languages.core": document("languages.core", clerk, base_version=1)}
    rewritten = messages.Write([WriteRecord(said, appearance_id=born.id)], session=clerk.token)
    assert stage.refused(rewritten) == "appearance.erased"
    wish = stage.wish(born.person_id, officer.office, [born.id])
    wrap = messages.Wrap(stage.record(wish), messages.OfficersProof(clerk.token, approver.token))
    assert stage.refused(wrap) == "appearance.erased"
    assert stage.closed(clerk, stage.claim([born])) == "appearance.erased"
    pruned = stage.ask(messages.Prune([born.id]), messages.Pruned, role="housekeeper")
    assert (pruned.sealed, pruned.wraps, pruned.identities, pruned.skipped) == ([], [], {}, 1)


@pytest.mark.parametrize(
    ("came", "code"),
    [
        (timedelta(seconds=6), "write.not-yet"),
        (timedelta(days=3650), "write.not-yet"),
        (timedelta(seconds=4), None),
        (timedelta(days=-3650), None),
    ],
)
def test_no_statement_comes_from_a_time_to_come(stage: Stage, came: timedelta, code: str | None) -> None:
    """How long it may be kept counts from that day, so whoever could name a later one could keep it longer."""
    clerk = stage.officer("BAMF")
    entry = {
        "kind": "languages.language",
        "source": str(clerk.agency),
        "recorded_at": (stage.now() + came).isoformat(),
    }
    record = WriteRecord({"languages.core": Document(json.dumps({"entries": [entry]}).encode())})
    question = messages.Write([record], session=clerk.token)
    if code is None:
        assert stage.ask(question, messages.Sealed).results[0].status == "created"
    else:
        assert stage.refused(question) == code


def test_a_moment_without_a_zone_is_none(stage: Stage) -> None:
    clerk = stage.officer("BAMF")
    entry = {"kind": "languages.language", "source": str(clerk.agency), "recorded_at": "2026-01-01T00:00:00"}
    assert written(stage, clerk, "languages.core", json.dumps({"entries": [entry]}).encode()) == "write.not-yet"
