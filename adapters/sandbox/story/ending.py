"""The story's end: old keys put back open nothing, and an erased person opens for nobody, whatever comes back."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from adapters.sandbox.story.checks import Check
from adapters.sandbox.story.world import OFFICE, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.sandbox.story.world import World

_LAST_LOOK = (
    "SELECT outcome FROM audit_line WHERE event = 'profile.opened' AND agency_id = %s::uuid ORDER BY at DESC LIMIT 1"
)
_HERS = (
    ("person", "SELECT count(*) FROM person WHERE id = %s::uuid"),
    ("appearances", "SELECT count(*) FROM appearance WHERE person_id = %s::uuid"),
    ("grants", "SELECT count(*) FROM access_grant WHERE person_id = %s::uuid"),
    ("letters", "SELECT count(*) FROM credential WHERE owner_id = %s::uuid"),
    ("index of the log", "SELECT count(*) FROM audit_index WHERE person_id = %s::uuid"),
)
_SEALED = "SELECT count(*) FROM sealed_compartment WHERE appearance_id = %s::uuid"
_SECRETS = "SELECT count(*) FROM shred_secret WHERE appearance_id = %s::uuid"
_UNDONE = "SELECT count(*) FROM erasure WHERE done_at IS NULL"
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_PATIENCE = 20.0


def clock_turned_back(world: World) -> Iterator[Check]:
    """A database writer puts grant, key and ciphertexts back as they were before she withdrew."""
    now = world.grant_rows()
    world.main.put_back(world.before)
    status = world.main.rows("SELECT status FROM access_grant WHERE id = %s::uuid", world.grant)[0][0]
    yield Check("the table says that she never withdrew", "active", status)
    answer = world.reads(OFFICE)
    looked = world.main.rows(_LAST_LOOK, world.agency(OFFICE))[0][0]
    yield Check("the policy, which believes the tables, permits the look", "permitted", looked)
    yield Check("the keeper opens nothing: the office finds nobody", world.nobodys(OFFICE).face, answer.face)
    world.main.put_back(now)
    yield Check("put right again, she reads what is hers", "200", world.me.get("/me/profile").told)


def she_is_forgotten(world: World) -> Iterator[Check]:
    """She is erased while a grant holds: profile, token and keys are gone, and old rows put back open nothing."""
    given = world.me.post("/me/grants", world.wish(2, "languages"))
    yield Check("a new grant", "201", given.told)
    yield Check("opens her languages to the office again", "200", world.reads(OFFICE).told)
    yield Check("the shred store holds one secret of hers", 1, world.shred.count(_SECRETS, world.appearance))
    copies = world.her_rows()
    erased = world.me.delete("/me")
    # 202 where the destroying takes longer than the answer.
    yield Check("she asks to be forgotten", "204", "204" if erased.status == HTTPStatus.ACCEPTED else erased.told)
    end = time.monotonic() + _PATIENCE
    while world.main.count(_UNDONE) and time.monotonic() < end:
        time.sleep(0.1)
    yield Check("the order is carried out", 0, world.main.count(_UNDONE))
    left = {name: world.main.count(statement, world.person) for name, statement in _HERS}
    yield Check("no row is left of her", dict.fromkeys(left, 0), left)
    yield Check("no ciphertext is left of her", 0, world.main.count(_SEALED, world.appearance))
    yield Check("the secret is gone from the shred store", 0, world.shred.count(_SECRETS, world.appearance))
    yield Check("her token is dead", "401 not-signed-in", world.me.get("/me/profile").told)
    letter = {"letter_code": world.letter.code, "pin": world.letter.pin}
    yield Check("her letter is dead", "401 sign-in.refused", world.nobody.post("/sessions", letter).told)
    yield Check("the office finds nobody", world.nobodys(OFFICE).face, world.reads(OFFICE).face)
    yield Check("the source finds nobody", world.nobodys(SOURCE, "intake").face, world.reads(SOURCE, "intake").face)
    world.main.put_back(copies)
    yield Check("a database writer puts all of her rows back", 1, world.main.count(_HERS[0][1], world.person))
    yield Check("the office finds nobody all the same", world.nobodys(OFFICE).face, world.reads(OFFICE).face)
    answer = world.reads(SOURCE, "intake")
    yield Check("the source finds nobody all the same", world.nobodys(SOURCE, "intake").face, answer.face)
    mine = world.me.get("/me/profile")
    yield Check("her old session reads nothing", "refused", "refused" if mine.status in _REFUSALS else mine.told)
    spared = world.reads(SOURCE, "intake", world.other)
    yield Check("another person of the same source is untouched", "200", spared.told)
