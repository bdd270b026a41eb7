"""Somebody runs code in web: its database login, its socket, and every session that passes through are hers.

research/security.md, section 4.6, attacker (iii). She may do what those sessions may, within their limits, with a line
for each; she makes no session, no grant and no wrap, and no key comes her way.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest
from msgspec import structs
from psycopg import sql

from registry.keeper.rules import PROFILES_AN_HOUR
from registry.keeper.sealing import Sealer
from registry.keys.client import Keeper, KeeperRefused
from registry.wire import admitting, asking, messages
from registry.wire.rows import AppearanceRow, GrantRow, SealedRow, SessionRow, WrapRow
from registry.wire.sockets import places
from schemas.compartments import Compartment
from tests.keeper_machine import Signed, Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from registry.wire.rows import Row
    from tests.house import Letter


class Overheard(Keeper):
    """Web's way to the keeper, with a record of every byte that comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[bytes] = []

    def call(self, body: bytes) -> bytes:
        """Ask, and keep the answer."""
        answer = super().call(body)
        self.answers.append(answer)
        return answer


@dataclass(slots=True)
class Scene:
    """What she finds when she gets in: one officer's session, and a person who granted another office something."""

    stage: Stage
    web: psycopg.Connection[tuple[object, ...]] = field(repr=False)
    officer: Signed
    other: Signed
    hers: AppearanceRow
    letter: Letter
    person: Signed
    grant: GrantRow

    def put(self, table: str, row: Row, **lies: object) -> bool:
        """Write a row as web; say whether the database let it happen."""
        values = row.values() | lies
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        places_ = sql.SQL(", ").join(sql.Placeholder() * len(values))
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places_)
        try:
            self.web.execute(insert, list(values.values()))
        except psycopg.Error:
            return False
        return True

    def as_agency(self, agency: object) -> None:
        """Say to row-level security whatever it wants to hear."""
        self.web.execute("SELECT set_config('app.agency', %s, false)", [str(agency)])


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins) as stage:
        clerk, officer = stage.officer("Agentur"), stage.officer("Jobcenter Köln")
        (hers,) = stage.born(clerk)
        letter = stage.letter(clerk, hers.person_id)
        person = stage.person(letter)
        wish = stage.wish(hers.person_id, officer.office, [hers.id])
        grant = stage.give(wish, letter.proof(1), person=person)
        with psycopg.connect(stage.house.pair.main_url("web"), autocommit=True) as web:
            yield Scene(stage, web, stage.officer("Jobcenter Essen"), officer, hers, letter, person, grant)


def test_she_mints_no_session(scene: Scene) -> None:
    genuine = scene.stage.writer.one(SessionRow, id=scene.other.session)
    token = os.urandom(32)
    made = sha256(token).digest()
    forged: dict[str, dict[str, object]] = {
        "out of nothing": {"mac": os.urandom(33)},
        "without a mac": {"mac": b""},
        "out of another's": {},
        "of a person": {"kind": "person", "actor_id": scene.hers.person_id},
        "of another office": {"agency_id": scene.officer.agency},
        "longer": {"ends_at": genuine.ends_at + timedelta(days=365)},
    }
    written = 0
    for name, lies in forged.items():
        scene.web.execute("DELETE FROM session WHERE id = %s", [made])
        written += scene.put("session", genuine, id=made, **lies)
        reason = scene.stage.refused(admitting.Touch(token))
        assert reason in {"session.forged", "session.missing"}, name
        looking = scene.stage.looking(Signed(token, scene.hers.person_id, None), [scene.hers.id])
        assert scene.stage.refused(looking) in {"session.forged", "session.missing"}, name
    assert written == len(forged)  # it is not the database that keeps her from it
    scene.web.execute("DELETE FROM session WHERE id = %s", [made])
    for credential in (None, b"x", os.urandom(32)):
        signing = admitting.SignIn(letter_code=credential.hex() if credential else "", pin="314159")
        assert scene.stage.refused(signing).startswith(("sign-in", "credential", "letter"))


def test_she_forges_no_grant(scene: Scene) -> None:
    """Neither by rows, nor by another's wraps under her own office's name, nor at the keeper without a proof."""
    stage = scene.stage
    scene.as_agency(scene.officer.agency)
    mine = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id])
    assert scene.put("access_grant", scene.grant, id=mine.id, agency_id=mine.agency_id, record_digest=os.urandom(32))
    wraps = stage.writer.fetch(WrapRow, grant_id=scene.grant.id)
    for wrap in wraps:
        assert scene.put("wrap", wrap, grant_id=mine.id, agency_id=mine.agency_id)
    forged = structs.replace(scene.grant, id=mine.id, agency_id=mine.agency_id)
    claim = stage.claim([scene.hers], forged)
    assert stage.closed(scene.officer, claim) in {"crypto", "open.nothing-granted", "wrap.algorithm"}
    borrowed = stage.claim([scene.hers], scene.grant)
    assert stage.closed(scene.officer, borrowed) == "open.nothing-granted"


def test_what_the_keeper_is_asked_to_wrap_without_proof_it_does_not_wrap(scene: Scene) -> None:
    stage = scene.stage
    record = stage.record(stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id]))
    guessed = asking.CodeProof("314159", 2, "00000000")
    spent = scene.letter.proof(1)
    for proof, token in ((guessed, scene.person.token), (spent, scene.person.token), (guessed, scene.officer.token)):
        reason = stage.refused(messages.Wrap(record, proof, session=token))
        assert reason.startswith(("proof.", "session.", "sign-in.")), reason
    alone = messages.OfficersProof(scene.officer.token, scene.officer.token)
    assert stage.refused(messages.Wrap(record, alone)).startswith("proof.")


def test_no_key_comes_her_way(scene: Scene) -> None:
    """All that web may ask, asked as it is asked in a day's work: no answer has a key in it."""
    stage = scene.stage
    stage.hang_up()
    web = stage.sockets["web"] = Overheard()
    web.configure(places.keeper(stage.house.settings.run_dir, "web"))
    clerk = stage.officer("Agentur")
    (born,) = stage.born(clerk)
    letter = stage.letter(clerk, born.person_id)
    person = stage.person(letter)
    wish = stage.wish(born.person_id, scene.other.office, [born.id])
    grant = stage.give(wish, letter.proof(1), person=person)
    assert stage.open(scene.other, stage.claim([born], grant))
    assert stage.open(clerk, stage.claim([born]))
    assert stage.ask(stage.looking(person, [born.id]), messages.Plaintext).opened
    stage.ask(messages.Sign(grant.id, stage.records[grant.id]), messages.Signature)
    stage.ask(messages.PublicKeys(), messages.Keys)
    stage.end(grant.id, person)
    stage.ask(messages.OrderErasure(person.token), messages.ErasureOrdered)
    heard, secret = b"".join(web.answers), keys_of(stage, born)
    assert b"languages.core" in heard  # what was opened is there: the search is in the right place
    assert len(secret) > len(Compartment)
    assert {name for name, key in secret.items() if key in heard or key.hex().encode() in heard} == set()


def keys_of(stage: Stage, born: AppearanceRow) -> dict[str, bytes]:
    """Return every key in the keeper's memory, and those of one appearance's documents."""
    rooms = stage.house.keeper.rooms
    keys = {f"{kind} {scope} {version}": key for (kind, scope, version), key in rooms.store.keyring._keys.items()}
    shred = rooms.store.secrets_of([born.id])[born.id]
    keys["shred"] = shred.secret
    keys |= {f"wrapping {name}": key for name, key in shred.wrapping.items()}
    for row in stage.writer.fetch(SealedRow, appearance_id=born.id):
        keys[f"data {row.compartment}"] = Sealer(rooms.store.keyring).custodian_key(row, shred)
    return keys


def test_a_session_that_passes_through_opens_no_more_than_its_limit_and_each_with_a_line(scene: Scene) -> None:
    """Beyond the limit there are no lines either: nothing was opened, and nobody's list fills up."""
    stage, clerk = scene.stage, scene.stage.officer("Jobcenter Stuttgart")
    everybody = stage.born(clerk, PROFILES_AN_HOUR + 10)
    opened, refusals = 0, set()
    for one in everybody:
        try:
            opened += bool(stage.open(clerk, stage.claim([one])))
        except KeeperRefused as refused:
            refusals.add(refused.reason)
    counted = "SELECT count(*) FROM audit_line WHERE officer_id = %s AND event = 'profile.opened'"
    assert (opened, refusals) == (PROFILES_AN_HOUR, {"rate.hour"})
    assert scene.web.execute(counted, [clerk.actor]).fetchone() == (PROFILES_AN_HOUR,)


def test_attempts_on_strangers_count_like_openings_and_fill_nobodys_list(scene: Scene) -> None:
    stage, clerk = scene.stage, scene.stage.officer("Migrationsberatung")
    strangers = stage.born(stage.officer("Agentur"), PROFILES_AN_HOUR + 10)
    claims = [stage.claim([one]) for one in strangers]
    refusals = [stage.closed(clerk, claim) for claim in claims]
    assert refusals == ["own.foreign"] * PROFILES_AN_HOUR + ["rate.hour"] * 10
    again = [stage.closed(clerk, claims[0]) for _ in range(3)]
    assert again == ["own.foreign"] * 3
    counted = "SELECT count(*) FROM audit_line WHERE officer_id = %s AND event = 'profile.opened'"
    assert scene.web.execute(counted, [clerk.actor]).fetchone() == (PROFILES_AN_HOUR + 3,)
