"""Words under which the keeper stores: who changed one would close, or count anew, what earlier versions stored."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from registry.crypto import envelope, macs
from registry.crypto.derivation import sub_key, wrapping_key
from registry.wire import admitting, messages
from registry.wire.rows import CredentialRow, WrapRow
from tests.authenticators import Authenticator
from tests.keeper_machine import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import AppearanceRow
    from tests.house import Letter


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins) as opened:
        yield opened


@pytest.fixture
def born(stage: Stage) -> AppearanceRow:
    return stage.born(stage.officer("Agentur"))[0]


@pytest.fixture
def letter(stage: Stage, born: AppearanceRow) -> Letter:
    return stage.letter(stage.officer("Agentur"), born.person_id)


def key(stage: Stage, kind: str, scope: str = "") -> bytes:
    """Return the present key of a kind."""
    return stage.house.keeper.rooms.store.keyring.active(kind, scope)[1]


def stored_secret(stage: Stage, appearance: UUID) -> bytes:
    """Open the secret of an appearance as it lies in the shred store."""
    found = stage.house.keeper.rooms.store.database.fetch(
        "SELECT wrapped FROM shred_secret WHERE appearance_id = %s", (appearance,)
    )
    return envelope.open_secret(found[0][0], key(stage, "shred"), "shred", appearance)


def test_what_lies_sealed_opens_by_the_words_it_was_sealed_with(stage: Stage, born: AppearanceRow) -> None:
    """By custodian, source and grant: each wrap by its own words, and the document in its place."""
    reader = stage.officer("Jobcenter Köln")
    letter = stage.letter(stage.officer("Agentur"), born.person_id)
    wish = stage.wish(born.person_id, reader.office, [born.id])
    grant = stage.give(wish, letter.proof(1), person=stage.person(letter))
    row, secret = stage.sealed(born.id, "languages.core"), stored_secret(stage, born.id)
    wrap = stage.writer.one(WrapRow, grant_id=grant.id, compartment="languages.core")
    source, asker, where = str(born.source_id), str(reader.agency), (born.id, "languages.core")
    ways = (
        (row.custodian_wrap, "custodian", key(stage, "custodian"), "custodian", (None, "custodian", None, None)),
        (row.own_wrap or b"", source, key(stage, "agency", source), "intake", (None, "own", None, None)),
        (
            wrap.wrapped,
            asker,
            key(stage, "agency", asker),
            "placement",
            (grant.id, "consent", grant.not_before, grant.not_after),
        ),
    )
    opened = set()
    for wrapped, holder, holders_key, purpose, (of, basis, begins, ends) in ways:
        wrapping = wrapping_key(secret, holders_key, holder=holder, purpose=purpose, appearance=born.id)
        context = ("wrap", of, holder, *where, purpose, basis, row.epoch, begins, ends)
        opened.add(envelope.open_secret(wrapped, wrapping, *context))
    (compartment_key,) = opened
    document = envelope.open_document(row.envelope, compartment_key, envelope.Place(*where, row.epoch, row.version))
    assert b"/languages.core" in document


def test_an_authenticator_knows_its_owner_by_the_same_handle_for_ever(stage: Stage, letter: Letter) -> None:
    """It gives the handle back at each sign-in; a passkey of before would let nobody in any more."""
    signed = stage.person(letter)
    asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
    assert asked.user == macs.mac(key(stage, "secrets"), ("passkey-user", signed.actor))


def test_a_letters_codes_are_those_that_were_printed(stage: Stage, born: AppearanceRow, letter: Letter) -> None:
    row = stage.writer.one(CredentialRow, owner_id=born.person_id, kind="letter")
    content = envelope.open_secret(row.secret, key(stage, "secrets"), "credential", row.id)
    kept = msgspec.msgpack.decode(content)
    assert kept["codes"] == [
        macs.mac(key(stage, "secrets"), ("code", row.id, index, code)) for index, code in enumerate(letter.codes, 1)
    ]
    assert (kept["agency"], kept["approved"], kept["totp"]) == (str(born.source_id), False, b"")


def test_what_was_used_up_stays_so_under_the_words_that_tidying_knows(
    stage: Stage, born: AppearanceRow, letter: Letter
) -> None:
    """Else a code counts again after an update, or what strangers leave behind is never cleared away."""
    database = stage.house.keeper.rooms.store.database
    before = {(row[0], bytes(row[1])) for row in database.fetch("SELECT what, id FROM spent")}
    officer, phone, signed = stage.agency("Agentur").officer("clerk"), Authenticator(), stage.person(letter)
    clerk = stage.sign_in(officer)
    asked = stage.ask(admitting.AskChallenge("add", session=signed.token), admitting.Challenge)
    question = admitting.EnrolPasskey(signed.token, phone.create(asked.challenge, asked.user), letter.proof(3))
    passkey = stage.ask(question, admitting.Enrolled).credential
    assert passkey is not None
    stage.writer.put(passkey)
    stage.ask(admitting.RemovePasskey(signed.token, passkey.id, letter.proof(4)), messages.Done)
    stage.ask(admitting.SignOut(clerk.token), messages.Done)
    after = {(row[0], bytes(row[1])) for row in database.fetch("SELECT what, id FROM spent")} - before
    row = stage.writer.one(CredentialRow, owner_id=born.person_id, kind="letter")
    password = stage.writer.one(CredentialRow, owner_id=clerk.actor, kind="password-totp")
    step = stage.last_steps[officer.login]
    assert after == {
        ("totp", password.id.bytes + step.to_bytes(8)),
        ("challenge", macs.digest(asked.challenge)),
        ("code", row.id.bytes + (3).to_bytes(2)),
        ("code", row.id.bytes + (4).to_bytes(2)),
        ("credential", passkey.id.bytes),
        ("session", clerk.session),
    }


def test_a_row_is_vouched_for_under_its_tables_name(stage: Stage, born: AppearanceRow) -> None:
    fields = [getattr(born, name) for name in born.__struct_fields__ if name != "mac"]
    assert born.mac == b"\1" + macs.mac(key(stage, "rows"), ("appearance", *fields))


def test_a_source_finds_its_own_record_by_the_words_of_then(stage: Stage) -> None:
    """Else the next import records everybody a second time."""
    clerk = stage.officer("Agentur")
    record = messages.WriteRecord({}, key=f"A-{uuid4()}", digest=b"d" * 32)
    (made,) = stage.ask(messages.Write([record], session=clerk.token), messages.Sealed).results
    assert made.token == macs.mac(key(stage, "lookup"), ("inbox", clerk.agency, record.key))
    secret = stored_secret(stage, made.appearance_id)
    of_content = sub_key(secret, "inbox-fingerprint")
    assert made.fingerprint == macs.mac(of_content, ("inbox-fingerprint", made.appearance_id, record.digest))
    place = ("inbox-key", clerk.office, made.appearance_id)
    opened = envelope.open_secret(made.kept or b"", sub_key(secret, "inbox-key"), *place)
    assert opened.decode() == record.key
