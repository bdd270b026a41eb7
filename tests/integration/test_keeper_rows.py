"""Rows that somebody else wrote: without the keeper's own MAC or key they do not exist (design, section 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from registry.crypto import macs
from registry.keeper.reading import Reader
from registry.keeper.rules import Refusal
from registry.keeper.store.shred import CACHE_SIZE, WARM_SIZE
from registry.keys.client import KeeperRefused
from registry.statements import Database
from registry.wire import admitting, messages
from registry.wire.rows import (
    AgencyRow,
    AppearanceRow,
    CredentialRow,
    ErasureRow,
    GrantRow,
    OfficerRow,
    Row,
    RunRow,
    SealedRow,
    SessionRow,
    WrapRow,
)
from schemas.compartments import Section
from tests.keeper_machine import Signed, Stage, document, open_stage
from tests.keeper_writer import COMPARTMENTS, TABLE_OF, Claim, store_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins
    from tests.house import Letter


@dataclass(frozen=True, slots=True)
class Scene:
    """One person whom two offices may read, and one of each row that the keeper relies on."""

    stage: Stage
    clerk: Signed
    officer: Signed
    hers: AppearanceRow
    other: AppearanceRow
    letter: Letter
    person: Signed
    grant: GrantRow
    run: UUID
    order: ErasureRow

    def row(self, kind: type[Row]) -> Row:
        """Return the row of this kind that the question of this kind relies on."""
        writer = self.stage.writer
        rows: dict[type[Row], Row] = {
            AgencyRow: writer.one(AgencyRow, id=self.officer.agency),
            OfficerRow: writer.one(OfficerRow, id=self.officer.actor),
            CredentialRow: writer.one(CredentialRow, owner_id=self.person.actor),
            SessionRow: writer.one(SessionRow, id=self.officer.session),
            RunRow: writer.one(RunRow, id=self.run),
            AppearanceRow: self.hers,
            GrantRow: writer.one(GrantRow, id=self.grant.id),
            ErasureRow: self.order,
        }
        return rows[kind]

    def ask(self, row: Row) -> None:
        """Ask something that relies on this row, as whoever wrote the row would ask."""
        asked, role = self._question(row)
        self.stage.ask(asked, object, role=role)

    def _question(self, row: Row) -> tuple[messages.Question, str]:
        stage, worker = self.stage, f"worker-{self.clerk.agency}"
        if isinstance(row, CredentialRow):
            return admitting.SignIn(letter_code=self.letter.code, pin="271828"), "web"
        if isinstance(row, RunRow):
            said = {"languages.core": document("languages.core", self.clerk)}
            return messages.Write([messages.WriteRecord(said)], run=row.id), worker
        if isinstance(row, GrantRow):
            return messages.Sign(row.id, stage.records[self.grant.id]), "web"
        if isinstance(row, ErasureRow):
            return messages.Erase(row.id), "housekeeper"
        if isinstance(row, AppearanceRow):
            return messages.Open(stage.claim([row]), session=self.clerk.token), "web"
        return messages.Open(stage.claim([self.hers], self.grant), session=self.officer.token), "web"


@pytest.fixture(scope="module")
def scene(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Scene]:
    with open_stage(clusters, template_pair, test_logins, idle_minutes=600) as stage:
        for table in ("appearance", "sealed_compartment", "access_grant", "wrap"):
            stage.writer.loosen(table)
        clerk, officer = stage.officer("Agentur"), stage.officer("Jobcenter Köln")
        hers, other = stage.born(clerk, 2)
        letter = stage.letter(clerk, hers.person_id)
        person = stage.person(letter)
        wish = stage.wish(hers.person_id, officer.office, [hers.id], sections=(Section.LANGUAGES, Section.IDENTITY))
        grant = stage.give(wish, letter.proof(1), person=person)
        administrator = stage.officer("Agentur", "administrator")
        run, order = stage.run(administrator), _ordered(stage, clerk)
        stage.run(administrator)  # this and what follows: the rows of others
        _ordered(stage, clerk)
        _granted(stage, clerk, other)
        yield Scene(stage, clerk, officer, hers, other, letter, person, grant, run, order)


def _ordered(stage: Stage, clerk: Signed) -> ErasureRow:
    """Return the order to erase somebody else, with its line."""
    (third,) = stage.born(clerk)
    third_person = stage.person(stage.letter(clerk, third.person_id))
    order = stage.ask(messages.OrderErasure(third_person.token), messages.ErasureOrdered).erasure
    stage.writer.put(order)
    told = Claim(persons=(), appearances=order.appearances, event="person.erased", outcome="done")
    stage.writer.line(told, stage.now())
    return order


def _granted(stage: Stage, clerk: Signed, born: AppearanceRow) -> GrantRow:
    letter = stage.letter(clerk, born.person_id)
    wish = stage.wish(born.person_id, clerk.office, [born.id])
    return stage.give(wish, letter.proof(1), person=stage.person(letter))


VOUCHED = (AgencyRow, OfficerRow, CredentialRow, SessionRow, RunRow, AppearanceRow, GrantRow, ErasureRow)
COLUMNS = [(kind, name) for kind in VOUCHED for name in kind.__struct_fields__ if name != "mac"]
#: What a row is found by; changed, there is no such row.
KEYS = frozenset({"id", "bucket", "lookup"})
FOUND_BY: dict[type[Row], frozenset[str]] = {CredentialRow: KEYS | {"kind"}}
#: What no two rows may share, so that another's row cannot simply be copied.
UNIQUE = frozenset({"id", "login", "lookup", "number", "bucket"})


def changed(value: object, name: str) -> object:
    """Return another value of the same type, near the true one; for nothing, something."""
    near: dict[type, Callable[[Any], object]] = {
        bytes: lambda old: bytes((*old[:-1], old[-1] ^ 1)),
        str: lambda old: f"{old}x",
        int: lambda old: old + 1,
        UUID: lambda old: UUID(int=old.int ^ 1),
        datetime: lambda old: old + timedelta(microseconds=1),
        date: lambda old: old + timedelta(days=1),
        list: lambda old: old[:-1],
    }
    if value is None:
        something = {"at": datetime(2026, 1, 1, tzinfo=UTC), "by": UUID(int=7), "version": 1}
        return something.get(name.rpartition("_")[2], "§ 1 TestG")
    return near[type(value)](value)


def without(kind: type[Row]) -> str:
    """Return why nothing happens without a row of this kind; a forged row in a set is not in the set."""
    return "open.nothing-granted" if kind is AppearanceRow else f"{TABLE_OF[kind]}.forged"


def refused(scene: Scene, row: Row, **columns: object) -> str:
    """Return why a question is refused while some columns of a row are changed."""
    written = structs.replace(row, **columns)
    scene.stage.writer.change(row, **columns)
    try:
        scene.ask(written)
    except KeeperRefused as refusal:
        return refusal.reason
    finally:
        scene.stage.writer.change(written, **{name: getattr(row, name) for name in columns})
    raise AssertionError(f"a {TABLE_OF[type(row)]} was believed with other {', '.join(columns)}")


@pytest.mark.parametrize(("kind", "name"), COLUMNS, ids=[f"{TABLE_OF[kind]}.{name}" for kind, name in COLUMNS])
def test_a_row_with_one_changed_column_does_not_exist(scene: Scene, kind: type[Row], name: str) -> None:
    row = scene.row(kind)
    code = refused(scene, row, **{name: changed(getattr(row, name), name)})
    believed = {f"{TABLE_OF[kind]}.missing"} if name in FOUND_BY.get(kind, KEYS) else set()
    assert code in {without(kind)} | believed
    scene.ask(row)


@pytest.mark.parametrize("kind", VOUCHED, ids=TABLE_OF.get)
def test_a_row_with_another_mac_does_not_exist(scene: Scene, kind: type[Row]) -> None:
    """Cut short, too long, of an unknown key, of nothing, of the same columns in another table."""
    row = scene.row(kind)
    mac: bytes = row.mac  # type: ignore[attr-defined]  # every vouched row has one
    _, key = scene.stage.house.keeper.rooms.store.keyring.active("rows")
    fields = [getattr(row, name) for name in row.__struct_fields__ if name != "mac"]
    moved = mac[:1] + macs.mac(key, ("another_table", *fields))
    for forged in (mac[:-1], mac + b"\0", b"\2" + mac[1:], b"\0" + mac[1:], mac[:1], mac[:1] + bytes(32), moved):
        assert refused(scene, row, mac=forged) == without(kind)
    assert refused(scene, row, mac=b"") in {without(kind), f"{TABLE_OF[kind]}.missing"}
    scene.ask(row)


@pytest.mark.parametrize("kind", VOUCHED, ids=TABLE_OF.get)
def test_the_row_of_another_does_not_count_in_its_place(scene: Scene, kind: type[Row]) -> None:
    row = scene.row(kind)
    others = [other for other in scene.stage.writer.everything(kind) if other != row]
    assert others
    for other in others[:5]:
        stolen = {name: value for name, value in other.values().items() if name not in UNIQUE}
        is_found = all(stolen[name] == getattr(row, name) for name in FOUND_BY.get(kind, KEYS) & stolen.keys())
        assert refused(scene, row, **stolen) == (without(kind) if is_found else f"{TABLE_OF[kind]}.missing")


Changes = dict[str, object]
WRAPS: dict[str, tuple[Changes, str]] = {
    "purpose": ({"purpose": "counselling"}, "crypto"),
    "purpose that is none": ({"purpose": "custodian"}, "ceiling"),
    "compartment": ({"compartment": "education.core"}, "crypto"),
    "compartment beyond the ceiling": ({"compartment": "unmapped"}, "ceiling"),
    "grant": ({"grant_id": UUID(int=7)}, "crypto"),
    "basis": ({"basis": "statute"}, "crypto"),
    "own basis": ({"basis": "own"}, "line.purpose"),
    "own basis and purpose": ({"basis": "own", "purpose": "intake"}, "own.foreign"),
    "epoch": ({"epoch": 2}, "wrap.epoch"),
    "beginning": ({"not_before": datetime(2020, 1, 1, tzinfo=UTC)}, "crypto"),
    "end": ({"not_after": datetime(2099, 1, 1, tzinfo=UTC)}, "crypto"),
    "end that has come": ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, "wrap.time"),
    "beginning that has not": ({"not_before": datetime(2099, 1, 1, tzinfo=UTC)}, "wrap.time"),
    "key": ({"key_version": 2}, "crypto"),
    "algorithm": ({"alg": 2}, "wrap.algorithm"),
    "nothing": ({"wrapped": b""}, "crypto"),
    "zeros": ({"wrapped": bytes(62)}, "crypto"),
}


def opened_with(scene: Scene, wrap: WrapRow, officer: Signed, hers: AppearanceRow) -> str:
    """Return why nothing opens with just this wrap and a line that fits it."""
    stage = scene.stage
    kept = stage.writer.one(WrapRow, grant_id=scene.grant.id, compartment="languages.core")
    said = {"basis": wrap.basis, "purpose": wrap.purpose, "grants": [wrap.grant_id]}
    claim = stage.claim([hers], **said, compartments=[wrap.compartment])
    stage.writer.drop(WrapRow, grant_id=scene.grant.id, compartment="languages.core")
    stage.writer.put(wrap)
    try:
        return stage.closed(officer, claim)
    finally:
        stage.writer.drop(WrapRow, grant_id=wrap.grant_id, compartment=wrap.compartment)
        stage.writer.put(kept)


def opens_as_granted(scene: Scene) -> bool:
    """Say whether everything granted opens with the wraps as they were made."""
    claim = scene.stage.claim([scene.hers], scene.grant)
    return {one.compartment for one in scene.stage.open(scene.officer, claim)} == {"identity.core", "languages.core"}


@pytest.mark.parametrize(("changes", "code"), WRAPS.values(), ids=WRAPS)
def test_an_altered_wrap_opens_nothing(scene: Scene, changes: Changes, code: str) -> None:
    """Not even where the same wrap, as it was, opened something a moment ago."""
    wrap = scene.stage.writer.one(WrapRow, grant_id=scene.grant.id, compartment="languages.core")
    assert opens_as_granted(scene)
    assert opened_with(scene, structs.replace(wrap, **changes), scene.officer, scene.hers) == code
    assert opens_as_granted(scene)


def test_a_wrap_moved_to_another_agency_or_person_opens_nothing(scene: Scene) -> None:
    wrap = scene.stage.writer.one(WrapRow, grant_id=scene.grant.id, compartment="languages.core")
    stranger = scene.stage.officer("Jobcenter Stuttgart")
    assert opened_with(scene, structs.replace(wrap, agency_id=stranger.agency), stranger, scene.hers) == "crypto"
    moved = structs.replace(wrap, appearance_id=scene.other.id, bucket=scene.other.bucket)
    assert opened_with(scene, moved, scene.officer, scene.other) == "crypto"
    both = scene.stage.sealed(scene.hers.id, "languages.core")
    scene.stage.writer.change(both, epoch=2)
    assert opened_with(scene, structs.replace(wrap, epoch=2), scene.officer, scene.hers) == "crypto"
    scene.stage.writer.put(both)


def test_every_changed_byte_of_a_wrap_is_noticed(scene: Scene) -> None:
    wrap = scene.stage.writer.one(WrapRow, grant_id=scene.grant.id, compartment="languages.core")
    for at in range(len(wrap.wrapped)):
        broken = wrap.wrapped[:at] + bytes((wrap.wrapped[at] ^ 0x80,)) + wrap.wrapped[at + 1 :]
        assert opened_with(scene, structs.replace(wrap, wrapped=broken), scene.officer, scene.hers) == "crypto"


def lanes(scene: Scene, compartment: str = "languages.core") -> dict[str, str]:
    """Return why nothing of a compartment opens, lane by lane; "opened" where it does."""
    stage, codes = scene.stage, {}
    asked: dict[str, messages.Question] = {
        "self": stage.looking(scene.person, [scene.hers.id], compartments=[compartment])
    }
    for lane, officer, grants in (("granted", scene.officer, [scene.grant]), ("own", scene.clerk, [])):
        claim = stage.claim([scene.hers], *grants, compartments=[compartment])
        asked[lane] = messages.Open(claim, session=officer.token)
    for lane, question in asked.items():
        try:
            stage.ask(question, messages.Plaintext)
        except KeeperRefused as refusal:
            codes[lane] = refusal.reason
        else:
            codes[lane] = "opened"
    return codes


EVERYWHERE = {"granted", "own", "self"}
SEALED: dict[str, tuple[Changes, set[str]]] = {
    "later epoch": ({"epoch": 2}, EVERYWHERE),
    "earlier epoch": ({"epoch": 0}, EVERYWHERE),
    "later version": ({"version": 2}, EVERYWHERE),
    "earlier version": ({"version": 0}, EVERYWHERE),
    "algorithm": ({"alg": 2}, EVERYWHERE),
    "no envelope": ({"envelope": b""}, EVERYWHERE),
    "a head without body": ({"envelope": b"\1\1" + bytes(52)}, EVERYWHERE),
    "custodian's wrap": ({"custodian_wrap": bytes(62)}, {"self"}),
    "custodian's key": ({"custodian_version": 2}, {"self"}),
    "own wrap": ({"own_wrap": bytes(62)}, {"own"}),
    "no own wrap": ({"own_wrap": None}, {"own"}),
    "own key": ({"own_version": 2}, {"own"}),
    "no own key": ({"own_version": None}, {"own"}),
    "day of deletion, which is clear and opens nothing": ({"delete_on": date(2030, 1, 1)}, set()),
}


@pytest.mark.parametrize(("changes", "closed"), SEALED.values(), ids=SEALED)
def test_an_altered_compartment_opens_nothing(scene: Scene, changes: Changes, closed: set[str]) -> None:
    sealed = scene.stage.sealed(scene.hers.id, "languages.core")
    assert set(lanes(scene).values()) == {"opened"}
    scene.stage.writer.change(sealed, **changes)
    codes = lanes(scene)
    scene.stage.writer.put(sealed)
    assert {lane for lane, code in codes.items() if code != "opened"} == closed
    assert set(lanes(scene).values()) == {"opened"}


def test_a_compartment_opens_in_its_own_place_only(scene: Scene) -> None:
    stage = scene.stage
    sealed = stage.sealed(scene.hers.id, "languages.core")
    elsewhere = [stage.sealed(scene.hers.id, "identity.core"), stage.sealed(scene.other.id, "languages.core")]
    for other in elsewhere:
        whole = structs.replace(other, compartment=sealed.compartment, appearance_id=sealed.appearance_id)
        for moved in (whole, structs.replace(sealed, envelope=other.envelope)):
            stage.writer.put(structs.replace(moved, bucket=sealed.bucket))
            assert "opened" not in lanes(scene).values()
    stage.writer.put(sealed)
    assert set(lanes(scene).values()) == {"opened"}


def test_every_changed_byte_of_a_compartments_head_and_tag_is_noticed(scene: Scene) -> None:
    sealed = scene.stage.sealed(scene.hers.id, "languages.core")
    size_bytes = len(sealed.envelope)
    for at in (*range(54), *range(54, size_bytes, 37), *range(size_bytes - 16, size_bytes)):
        flipped = sealed.envelope[:at] + bytes((sealed.envelope[at] ^ 1,)) + sealed.envelope[at + 1 :]
        scene.stage.writer.change(sealed, envelope=flipped)
        assert scene.stage.closed(scene.clerk, scene.stage.claim([scene.hers])) == "crypto"
        granted = scene.stage.claim([scene.hers], scene.grant)
        assert scene.stage.closed(scene.officer, granted) == "crypto"
    scene.stage.writer.put(sealed)


def test_what_a_wrap_opens_is_kept_ready_for_those_opened_last_alone(scene: Scene) -> None:
    assert opens_as_granted(scene)
    store = scene.stage.house.keeper.rooms.store
    hers = store.secrets_of([scene.hers.id])[scene.hers.id]
    assert len(hers.fitted) == 2
    store.keep_warm(store.new_secrets([uuid4() for _ in range(WARM_SIZE)], scene.stage.now()))
    assert not hers.fitted
    assert opens_as_granted(scene)


def test_nothing_is_kept_ready_of_whom_memory_has_no_room_for(scene: Scene) -> None:
    """What is forgotten hears of no grant that ends, so it must not open anything either."""
    assert opens_as_granted(scene)
    store = scene.stage.house.keeper.rooms.store
    hers = store.secrets_of([scene.hers.id])[scene.hers.id]
    assert hers.fitted
    store.new_secrets([uuid4() for _ in range(CACHE_SIZE)], scene.stage.now())
    assert not hers.fitted
    assert not store.warm
    assert store.secrets_of([scene.hers.id])[scene.hers.id] is not hers
    assert opens_as_granted(scene)


class _Answering(Database):
    """A database that answers with one row, whatever it is asked."""

    def __init__(self, row: Row) -> None:
        super().__init__("")
        self._row = row

    def fetch(self, _statement: str, _parameters: object = ()) -> list[tuple[object, ...]]:
        return [tuple(self._row.values().values())]


def test_a_credential_of_another_kind_than_was_asked_for_lets_nobody_in(scene: Scene) -> None:
    """Whoever owns the database may let it find a letter where a certificate with that digest was looked for."""
    letter = scene.stage.writer.fetch(CredentialRow, kind="letter")[0]
    reader = Reader(_Answering(letter), scene.stage.house.keeper.rooms.store.keyring)
    assert reader.credential_by(letter.lookup or b"", "letter") == letter
    with pytest.raises(Refusal, match=r"credential\.missing"):
        reader.credential_by(letter.lookup or b"", "certificate")


def test_nothing_is_kept_ready_of_a_wrap_whose_time_is_over(scene: Scene) -> None:
    """Also where nobody asks for it again and the housekeeper sleeps."""
    assert opens_as_granted(scene)
    store = scene.stage.house.keeper.rooms.store
    hers = store.secrets_of([scene.hers.id])[scene.hers.id]
    (ends,) = {known.wrap.not_after for known in hers.fitted.values()}
    store.tidy(ends - timedelta(seconds=1), timedelta(days=3650))
    assert len(hers.fitted) == 2
    store.tidy(ends, timedelta(days=3650))
    assert not hers.fitted


def test_nothing_is_kept_ready_of_whom_was_destroyed(scene: Scene) -> None:
    """Neither of what lies in memory nor of what an opening that was under way brings back."""
    store = scene.stage.house.keeper.rooms.store
    gone = store.new_secrets([uuid4()], scene.stage.now())
    store.keep_warm(gone)
    store.destroy(list(gone))
    store.keep_warm(gone)
    assert store.secrets_of(gone) == {}
    assert not gone.keys() & store.warm


def test_a_forged_wrap_holds_up_no_withdrawal(scene: Scene) -> None:
    """It opens for nobody; she must still be able to end what she gave."""
    stage = scene.stage
    real = stage.writer.fetch(WrapRow, grant_id=scene.grant.id)
    forged = [
        structs.replace(row, grant_id=uuid4(), agency_id=scene.clerk.agency, **lie)
        for row in real
        for lie in ({"wrapped": bytes(62)}, {"alg": 9})
    ]
    wish = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id])
    extra = stage.give(wish, scene.letter.proof(2), person=scene.person)
    stage.writer.put(*forged)
    rotated = stage.end(extra.id, scene.person)
    assert {wrap.grant_id for wrap in rotated.wraps} == {scene.grant.id}
    assert opens_as_granted(scene)


def test_rows_hidden_from_a_withdrawal_open_nothing_when_they_come_back(scene: Scene) -> None:
    """They keep their old keys and wraps; the keeper knows that the grant ended, also after a restart."""
    stage = scene.stage
    wish = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id], sections=(Section.GOALS,))
    grant = stage.give(wish, scene.letter.proof(4), person=scene.person)
    hidden = [stage.sealed(scene.hers.id, "goals.core"), *stage.writer.fetch(WrapRow, grant_id=grant.id), grant]
    stage.writer.drop(SealedRow, appearance_id=scene.hers.id, compartment="goals.core")
    assert stage.end(grant.id, scene.person).sealed == []
    stage.writer.put(*hidden)
    for _ in range(2):
        assert stage.closed(scene.officer, stage.claim([scene.hers], grant)) == "grant.ended"
        stage.restart()
    assert opens_as_granted(scene)


def test_a_forged_compartment_keeps_no_other_floor_down(scene: Scene) -> None:
    stage = scene.stage
    wish = stage.wish(scene.hers.person_id, scene.officer.office, [scene.hers.id], sections=(Section.EDUCATION,))
    grant = stage.give(wish, scene.letter.proof(3), person=scene.person)
    before = [
        *stage.writer.fetch(SealedRow, appearance_id=scene.hers.id),
        *stage.writer.fetch(WrapRow, grant_id=grant.id),
    ]
    rotated = stage.ask(messages.Rotate(grant.id, session=scene.person.token), messages.Rotated)
    store_ended(stage.writer, rotated)
    unmapped = stage.sealed(scene.hers.id, "unmapped")
    stage.writer.change(unmapped, epoch=9)
    assert stage.refused(messages.Settle([scene.hers.id])) == "settle.forged"
    stage.writer.put(*before)
    assert stage.closed(scene.clerk, stage.claim([scene.hers])) == "sealed.below-floor"
    again = messages.Wrap(stage.record(replace(wish, id=uuid4())), scene.letter.proof(5), session=scene.person.token)
    assert stage.refused(again) == "sealed.below-floor"
    stage.writer.put(*rotated.sealed, unmapped)
    opened = stage.open(scene.clerk, stage.claim([scene.hers]))
    assert {one.compartment for one in opened} == set(COMPARTMENTS)
